/** One time for body, sound and timeline. The sound is master; where there is none, the page's clock runs. */

import { type Signal, signal } from "@preact/signals";
import type { Span } from "./types";

export const FRAME_SECONDS = 1 / 30;
/** Speeds that can be chosen, as parts of the recorded one. */
export const RATES: readonly number[] = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

/** What the clock needs of an HTMLAudioElement. */
export interface Sound {
  currentTime: number;
  playbackRate: number;
  readonly duration: number;
  readonly paused: boolean;
  readonly ended: boolean;
  play(): Promise<void>;
  pause(): void;
}

/** What the clock needs of a window: the time in milliseconds, and being woken before each picture. */
export interface Beat {
  now(): number;
  request(run: () => void): number;
  cancel(number: number): void;
}

/** The browser's own. */
export const BROWSER_BEAT: Beat = {
  now: () => performance.now(),
  request: (run) => requestAnimationFrame(run),
  cancel: (number) => cancelAnimationFrame(number),
};

/** How long the picture goes on by itself where the sound tells the same time twice, in its own seconds. */
const PATIENCE_SECONDS = 0.05;

interface Settings {
  rate?: number;
  looping?: boolean;
  beat?: Beat;
  /** Told why the sound could not be played. */
  onProblem?: (error: unknown) => void;
}

/** The time of one take: it runs, stops, jumps and repeats; everything shown follows `time`. */
export class Clock {
  /** What is shown now, in seconds from the take's start. */
  readonly time: Signal<number> = signal(0);
  readonly playing: Signal<boolean> = signal(false);
  /** Whether the time stands still, though it plays: something of what is shown has not come yet. */
  readonly held: Signal<boolean> = signal(false);
  readonly rate: Signal<number>;
  readonly looping: Signal<boolean>;
  /** What is repeated while `looping`. */
  readonly loop: Signal<Span>;
  readonly #beat: Beat;
  readonly #onProblem: (error: unknown) => void;
  #sound: Sound | undefined;
  /** Whether the sound has truly begun; until then the picture waits for it. */
  #sounding = false;
  #told = Number.NaN;
  #untold = 0;
  #before = 0;
  #woken = 0;
  readonly #missing = new Set<string>();

  constructor(
    readonly seconds: number,
    loop: Span = { start: 0, end: seconds },
    settings: Settings = {},
  ) {
    this.loop = signal(loop);
    this.rate = signal(settings.rate ?? 1);
    this.looping = signal(settings.looping ?? false);
    this.#beat = settings.beat ?? BROWSER_BEAT;
    this.#onProblem = settings.onProblem ?? (() => {});
  }

  /** From now on this sound leads; it may come while the picture already moves. */
  attach(sound: Sound): void {
    this.#sound = sound;
    this.#sounding = false;
    sound.playbackRate = this.rate.peek();
    if (this.playing.peek()) this.#startSound();
  }

  play(): void {
    if (this.playing.peek()) return;
    const time = this.time.peek();
    if (this.looping.peek() && !within(time, this.loop.peek()))
      this.time.value = this.loop.peek().start;
    else if (time >= this.seconds) this.time.value = 0;
    this.playing.value = true;
    this.#before = this.#beat.now();
    this.#startSound();
    this.#woken = this.#beat.request(this.#tick);
  }

  pause(): void {
    if (!this.playing.peek()) return;
    this.playing.value = false;
    this.#beat.cancel(this.#woken);
    this.#stopSound();
  }

  /** Wait for something that is missing, sound and all; with nothing missing any more it goes on. */
  hold(what: string, missing: boolean): void {
    if (missing) this.#missing.add(what);
    else this.#missing.delete(what);
    const held = this.#missing.size > 0;
    if (held === this.held.peek()) return;
    this.held.value = held;
    if (!this.playing.peek()) return;
    this.#before = this.#beat.now();
    if (held) this.#stopSound();
    else this.#startSound();
  }

  toggle(): void {
    if (this.playing.peek()) this.pause();
    else this.play();
  }

  /** Show another time, playing or not; a jump out of the loop ends it. */
  seek(time: number): void {
    if (this.looping.peek() && !within(time, this.loop.peek())) this.looping.value = false;
    this.#jump(time);
  }

  /** Stop, and go to a frame before or behind this one. */
  step(frames: number): void {
    this.pause();
    this.#jump((Math.round(this.time.peek() / FRAME_SECONDS) + frames) * FRAME_SECONDS);
  }

  setRate(rate: number): void {
    this.rate.value = rate;
    if (this.#sound) this.#sound.playbackRate = rate;
  }

  /** The next slower or faster of `RATES`. */
  changeRate(steps: number): void {
    const now = this.rate.peek();
    const nearest = RATES.reduce((best, each, number) => {
      return Math.abs(each - now) < Math.abs((RATES[best] ?? 0) - now) ? number : best;
    }, 0);
    this.setRate(RATES[clamp(nearest + steps, 0, RATES.length - 1)] ?? now);
  }

  /** Repeat the loop, from its start, or no longer. */
  setLooping(looping: boolean): void {
    this.looping.value = looping;
    if (looping && !within(this.time.peek(), this.loop.peek())) this.#jump(this.loop.peek().start);
  }

  /** Repeat another part from now on: the stroke was moved. */
  setLoop(loop: Span): void {
    this.loop.value = loop;
    if (this.looping.peek()) this.setLooping(true);
  }

  dispose(): void {
    this.pause();
    this.#sound = undefined;
  }

  #jump(time: number): void {
    this.time.value = clamp(time, 0, this.seconds);
    if (!this.playing.peek()) return;
    this.#before = this.#beat.now();
    this.#startSound();
  }

  /** Let the sound begin where the picture is; a paused sound is not moved, so that scrubbing is cheap. */
  #startSound(): void {
    const sound = this.#sound;
    if (!sound || this.held.peek()) return;
    if (this.time.peek() >= sound.duration) {
      this.#stopSound();
      return;
    }
    this.#told = Number.NaN;
    sound.currentTime = this.time.peek();
    if (this.#sounding && !sound.paused) return;
    this.#sounding = false;
    sound.play().then(
      () => {
        this.#sounding = this.playing.peek() && this.#sound === sound;
        this.#before = this.#beat.now();
      },
      (error: unknown) => {
        if (isAbort(error) || this.#sound !== sound) return;
        this.pause();
        this.#onProblem(error);
      },
    );
  }

  #stopSound(): void {
    this.#sounding = false;
    this.#sound?.pause();
  }

  #tick = (): void => {
    const now = this.#beat.now();
    const passed = ((now - this.#before) / 1000) * this.rate.peek();
    this.#before = now;
    this.#show(this.#next(passed));
    if (this.playing.peek()) this.#woken = this.#beat.request(this.#tick);
  };

  #show(time: number | undefined): void {
    if (time === undefined) this.pause();
    else if (this.looping.peek() && time >= this.loop.peek().end)
      this.#jump(this.loop.peek().start);
    else {
      this.time.value = Math.min(time, this.seconds);
      if (time >= this.seconds) this.pause();
    }
  }

  /** The time to show next; none where somebody else has stopped the sound (a headset's key, say). */
  #next(passed: number): number | undefined {
    const [sound, shown] = [this.#sound, this.time.peek()];
    if (this.held.peek()) return shown;
    if (!sound || sound.ended || shown >= sound.duration) return shown + passed;
    if (!this.#sounding) return shown;
    if (sound.paused) return undefined;
    const told = sound.currentTime;
    this.#untold = told === this.#told ? this.#untold + passed : 0;
    this.#told = told;
    const heard = told + Math.min(this.#untold, PATIENCE_SECONDS);
    const ahead = shown - heard;
    return ahead > 0 && ahead <= PATIENCE_SECONDS ? shown : heard;
  }
}

function within(time: number, span: Span): boolean {
  return time >= span.start - FRAME_SECONDS / 2 && time < span.end;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
