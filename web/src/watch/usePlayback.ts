/** A take while it is shown: its clock, its sound, and the body that follows. */

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { call } from "../api/client";
import { tellProblem } from "../shell/notices";
import { Clock } from "./clock";
import { bytesOf, type Come } from "./fetching";
import type { Peaks } from "./peaks";
import type { Stage } from "./stage";
import { closeStage, openStage } from "./stages";
import type { Arrival, Stretches } from "./stretches";
import type { PlayerProps, Take } from "./types";
import { useSound } from "./useSound";
import { overviewOf, useStretches } from "./useStretches";

/** How far a player has come. */
export type State = "loading" | "ready" | "no picture" | "failed";

/** What the parts of a player share. */
export interface Playback {
  clock: Clock;
  peaks: Signal<Peaks | undefined>;
  /** None while three.js is loading, and where there is no WebGL. */
  stage: Signal<Stage | undefined>;
  state: Signal<State>;
  /** How much of a large body has come. */
  come: Signal<Come | undefined>;
  ghostShown: Signal<boolean>;
  /** Whether the motion and the sound at the playhead are there. */
  arrivals: { motion: ReadonlySignal<Arrival>; sound: ReadonlySignal<Arrival> };
}

/** Play a take in an element; another key of the take loads it anew, with the speed and loop kept. */
export function usePlayback({ take, ghost, onTime }: PlayerProps, host: Host): Playback {
  const { state, come, ghostShown } = useMemo(fresh, []);
  const stage = useStage(host, state);
  const { clock, goesOn } = useClock(take);
  const { peaks, arrival: sound } = useSound(take, clock, state);
  const stretches = useStretches(take, clock, state);
  useBody(take, stretches, stage, state, come);
  useEffect(
    () =>
      effect(() => {
        if (state.value === "loading" || !goesOn) return;
        clock.play();
      }),
    [clock, goesOn, state],
  );
  useGhost(ghost, stage);
  const shift = ghost?.shift ?? 0;
  useEffect(
    () =>
      effect(() => {
        const time = clock.time.value;
        // a stretch that has come may be what is shown
        stretches?.come.value;
        stage.value?.show(time, time - shift);
        // the clock was woken for this picture: the next one would be late
        if (clock.playing.peek()) stage.peek()?.draw();
      }),
    [clock, stage, shift, stretches],
  );
  const told = useRef(onTime);
  told.current = onTime;
  useEffect(() => clock.time.subscribe((time) => told.current?.(time)), [clock]);
  const arrivals = useMemo(() => {
    return { motion: stretches?.arrival ?? computed((): Arrival => "here"), sound };
  }, [stretches, sound]);
  return { clock, peaks, stage, state, come, ghostShown, arrivals };
}

function fresh() {
  return {
    state: signal<State>("loading"),
    come: signal<Come | undefined>(undefined),
    ghostShown: signal(true),
  };
}

type Host = { current: HTMLElement | null };

function useStage(host: Host, state: Signal<State>): Signal<Stage | undefined> {
  const stage = useMemo(() => signal<Stage | undefined>(undefined), []);
  useEffect(() => {
    const leave = new AbortController();
    const open = async () => {
      if (!host.current) return;
      const opened = await openStage(host.current, leave.signal);
      if (leave.signal.aborted) closeStage(opened);
      else stage.value = opened;
    };
    open().catch((error) => {
      if (leave.signal.aborted) return;
      console.warn(error);
      state.value = "no picture";
    });
    return () => {
      leave.abort();
      if (stage.peek()) closeStage(stage.peek() as Stage);
      stage.value = undefined;
    };
  }, [host, stage, state]);
  return stage;
}

/** A clock for each take; speed and loop stay, and what was playing goes on with the next take. */
function useClock(take: Take): { clock: Clock; goesOn: boolean } {
  const last = useRef<Clock | undefined>(undefined);
  // the key says when a take is another one
  const made = useMemo(() => {
    const before = last.current;
    const looping = before?.looping.peek() ?? false;
    const kept = { rate: before?.rate.peek() ?? 1, onProblem: tellProblem };
    const clock = new Clock(take.seconds, take.loop, kept);
    if (looping) clock.setLooping(true);
    last.current = clock;
    return { clock, goesOn: before?.playing.peek() ?? false };
  }, [take.key]);
  useEffect(() => () => made.clock.dispose(), [made]);
  const { start, end } = take.loop ?? { start: 0, end: take.seconds };
  useEffect(() => made.clock.setLoop({ start, end }), [made, start, end]);
  return made;
}

/** Bytes and three.js are fetched side by side. */
function useBody(
  take: Take,
  stretches: Stretches | undefined,
  stage: Signal<Stage | undefined>,
  state: Signal<State>,
  come: Signal<Come | undefined>,
): void {
  // the key says when a take is another one
  useEffect(() => {
    const leave = new AbortController();
    if (state.peek() !== "no picture") state.value = "loading";
    come.value = undefined;
    const content = bytesOf(take.motion, leave.signal, (now) => {
      come.value = now;
    });
    const { stretches: base, seconds } = take;
    const overview = base === undefined ? base : overviewOf(base, seconds, leave.signal);
    const both = Promise.all([content, overview]);
    both.catch((error) => {
      if (leave.signal.aborted) return;
      if (state.peek() !== "no picture") state.value = "failed";
      tellProblem(error);
    });
    const end = effect(() => {
      const ready = stage.value;
      if (!ready) return;
      const put = async () => {
        const [bytes, all] = await both;
        const far = stretches && all ? { overview: all, at: stretches.at } : undefined;
        await ready.setBody(bytes, take.loop, leave.signal, far);
        if (leave.signal.aborted) return;
        await ready.drawn();
        if (!leave.signal.aborted) state.value = "ready";
      };
      put().catch(() => {
        // told above, or the body's file is broken
        if (!leave.signal.aborted) state.value = "failed";
      });
    });
    return () => {
      leave.abort();
      end();
    };
  }, [take.key, stretches, stage, state]);
}

function useGhost(ghost: PlayerProps["ghost"], stage: Signal<Stage | undefined>): void {
  const motion = ghost?.take.motion;
  const beside = ghost?.beside ?? false;
  useEffect(() => {
    if (!motion) return;
    const leave = new AbortController();
    const content = fetched(motion, leave.signal);
    const end = effect(() => {
      const ready = stage.value;
      if (!ready) return;
      content
        .then((bytes) => ready.setGhost(bytes, beside, leave.signal))
        .catch((error) => {
          if (!leave.signal.aborted) tellProblem(error);
        });
    });
    return () => {
      leave.abort();
      end();
      stage.peek()?.clearGhost();
    };
  }, [motion, beside, stage]);
}

async function fetched(address: string, signal: AbortSignal): Promise<ArrayBuffer> {
  return (await call(address, { signal })).arrayBuffer();
}
