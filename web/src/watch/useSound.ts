/** The sound of a take while it is shown: it leads the clock, and comes back where it was lost. */

import { effect, type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { UnreachableError } from "../api/client";
import { tellProblem } from "../shell/notices";
import type { Clock } from "./clock";
import type { Peaks } from "./peaks";
import { type LoadedSound, loadSound, streamSound } from "./sound";
import type { Arrival } from "./stretches";
import type { Take } from "./types";
import type { State } from "./usePlayback";

/** How long after it was lost a sound is asked for again. */
const PATIENCE_MILLISECONDS = 2000;

export interface Heard {
  peaks: Signal<Peaks | undefined>;
  /** Whether the sound at the playhead is there. */
  arrival: Signal<Arrival>;
}

export function useSound(take: Take, clock: Clock, state: Signal<State>): Heard {
  const heard = useMemo((): Heard => ({ peaks: signal(undefined), arrival: signal("here") }), []);
  // the clock is the take's
  useEffect(() => {
    heard.peaks.value = undefined;
    heard.arrival.value = "here";
    if (!take.sound) return;
    const playing = new Playing(take.sound, take.peaks, clock, heard, state);
    return () => playing.end();
  }, [clock, heard, state]);
  return heard;
}

/** One sound until its take is left. */
class Playing {
  readonly #leave = new AbortController();
  #sound: LoadedSound | undefined;
  #loading = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: string,
    private readonly peaks: string | undefined,
    private readonly clock: Clock,
    private readonly heard: Heard,
    private readonly state: Signal<State>,
  ) {
    addEventListener("online", this.#again);
    this.#load();
  }

  end(): void {
    removeEventListener("online", this.#again);
    clearTimeout(this.#retry);
    this.#leave.abort();
    this.#sound?.free();
  }

  #load(): void {
    if (this.#loading) return;
    this.#loading = true;
    const { address, peaks } = this;
    const { signal } = this.#leave;
    const loaded = peaks ? streamSound(address, peaks, signal) : loadSound(address, signal);
    loaded
      .finally(() => {
        this.#loading = false;
      })
      .then(
        (sound) => this.#put(sound),
        (error: unknown) => this.#miss(error),
      );
  }

  #put(sound: LoadedSound): void {
    if (this.#leave.signal.aborted) {
      sound.free();
      return;
    }
    this.#sound?.free();
    this.#sound = sound;
    const { element } = sound;
    element.addEventListener("waiting", () => this.#tell(sound, "coming"));
    for (const name of ["playing", "seeked", "pause"]) {
      element.addEventListener(name, () => this.#tell(sound, "here"));
    }
    element.addEventListener("error", () => {
      if (this.#sound === sound) this.#lose();
    });
    this.heard.arrival.value = "here";
    this.clock.attach(element);
    this.clock.hold("sound", false);
    this.#draw(sound);
  }

  /** A waveform that has to be asked for comes after the body. */
  #draw(sound: LoadedSound): void {
    if (this.heard.peaks.peek()) return;
    const { signal } = this.#leave;
    const end = effect(() => {
      if (this.peaks && this.state.value === "loading") return;
      queueMicrotask(() => end());
      sound.peaks().then((found) => {
        if (found && !signal.aborted) this.heard.peaks.value = found;
      });
    });
    signal.addEventListener("abort", end);
  }

  #tell(sound: LoadedSound, arrival: Arrival): void {
    if (this.#sound === sound && this.#retry === undefined) this.heard.arrival.value = arrival;
  }

  #miss(error: unknown): void {
    if (this.#leave.signal.aborted) return;
    if (error instanceof UnreachableError) {
      this.#lose();
      return;
    }
    this.heard.arrival.value = "refused";
    this.clock.hold("sound", false);
    tellProblem(error);
  }

  /** The connection broke: the place is kept, and the sound asked for until it comes. */
  #lose(): void {
    this.heard.arrival.value = "lost";
    this.clock.hold("sound", true);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(this.#again, PATIENCE_MILLISECONDS);
  }

  #again = (): void => {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#load();
  };
}
