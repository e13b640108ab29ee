/** A long motion around the playhead: fetched in stretches, and forgotten again when it is far away. */

import { type Signal, signal } from "@preact/signals";
import { ServiceError } from "../api/client";

export const STRETCH_SECONDS = 20;
/** Stretches that are kept: four minutes, 7 MB. */
const KEPT = 12;
/** How long after a call in vain it is made again, and at most. */
const PATIENCE_MILLISECONDS = 1000;
const LONGEST_PATIENCE_MILLISECONDS = 10_000;

/** Whether what is under the playhead is there: "lost" is asked for again, "refused" is not. */
export type Arrival = "here" | "coming" | "lost" | "refused";

/** Frames from a time on; the last one begins the next stretch. */
export interface Stretch {
  start: number;
  rows: Float32Array;
}

interface Settings {
  /** Length of the whole motion. */
  seconds: number;
  /** Fetch frames from a time on. */
  load: (start: number, seconds: number, signal: AbortSignal) => Promise<Float32Array>;
  /** Told why a stretch cannot be had. */
  onProblem: (error: unknown) => void;
}

/** What is here of a motion; the playhead says what comes next. */
export class Stretches {
  /** Of the stretch under the playhead. */
  readonly arrival: Signal<Arrival> = signal("coming");
  /** Grows whenever a stretch has come. */
  readonly come: Signal<number> = signal(0);
  readonly #settings: Settings;
  readonly #here = new Map<number, Stretch>();
  readonly #refused = new Set<number>();
  readonly #leave = new AbortController();
  #playhead = 0;
  #loading = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The stretch of a time, if it is here. */
  at = (seconds: number): Stretch | undefined => this.#here.get(this.#numberOf(seconds));

  /** Tell where the playhead is: its stretch is fetched, then the one behind it. */
  want(seconds: number): void {
    const before = this.#playhead;
    this.#playhead = this.#numberOf(seconds);
    if (before !== this.#playhead) this.#failures = 0;
    this.#look();
    this.#fetch();
  }

  /** Ask again at once for what was lost. */
  again(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#fetch();
  }

  dispose(): void {
    clearTimeout(this.#retry);
    this.#leave.abort();
    this.#here.clear();
  }

  #numberOf(seconds: number): number {
    const last = Math.max(0, Math.ceil(this.#settings.seconds / STRETCH_SECONDS) - 1);
    return Math.min(last, Math.max(0, Math.floor(seconds / STRETCH_SECONDS)));
  }

  #look(): void {
    const number = this.#playhead;
    if (this.#here.has(number)) this.arrival.value = "here";
    else if (this.#refused.has(number)) this.arrival.value = "refused";
    else this.arrival.value = this.#failures ? "lost" : "coming";
  }

  /** The next one that is missing; one at a time, so that scrubbing over an hour asks for few. */
  #fetch(): void {
    const wanted = [this.#playhead, this.#numberOf((this.#playhead + 1) * STRETCH_SECONDS)];
    const number = wanted.find((each) => !this.#here.has(each) && !this.#refused.has(each));
    if (number === undefined || this.#loading || this.#leave.signal.aborted) return;
    // after a call in vain the timer asks, unless the playhead has gone elsewhere
    if (this.#retry !== undefined) {
      if (this.#failures) return;
      clearTimeout(this.#retry);
      this.#retry = undefined;
    }
    this.#loading = true;
    const start = number * STRETCH_SECONDS;
    this.#settings
      .load(start, STRETCH_SECONDS, this.#leave.signal)
      .then(
        (rows) => this.#keep(number, { start, rows }),
        (error: unknown) => this.#miss(number, error),
      )
      .finally(() => {
        this.#loading = false;
        this.#fetch();
      });
  }

  #keep(number: number, stretch: Stretch): void {
    if (this.#leave.signal.aborted) return;
    this.#failures = 0;
    this.#here.set(number, stretch);
    const far = (each: number) => Math.abs(each - this.#playhead);
    for (const each of [...this.#here.keys()]
      .toSorted((one, other) => far(one) - far(other))
      .slice(KEPT)) {
      this.#here.delete(each);
    }
    this.#look();
    this.come.value += 1;
  }

  #miss(number: number, error: unknown): void {
    if (this.#leave.signal.aborted) return;
    if (isFinal(error)) {
      this.#refused.add(number);
      this.#settings.onProblem(error);
    } else {
      const patience = PATIENCE_MILLISECONDS * 2 ** this.#failures;
      this.#failures += 1;
      this.#retry = setTimeout(
        () => this.again(),
        Math.min(patience, LONGEST_PATIENCE_MILLISECONDS),
      );
    }
    this.#look();
  }
}

/** Whether asking again would be answered the same. */
function isFinal(error: unknown): boolean {
  return error instanceof ServiceError && !error.detail.retryable && error.status < 500;
}
