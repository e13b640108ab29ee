/** What the timeline's parts share while one take is shown. */

import { type Signal, signal } from "@preact/signals";
import type { Clock } from "../clock";
import type { Mark, Take } from "../types";
import type { Draft } from "./retiming";
import { Scale } from "./scale";

/** At this size words can be read. */
const READABLE_PER_SECOND = 104;
const FIRST_WIDTH = 800;

/** Which part is shown, where the pointer is, and what is being moved. */
export class TimelineModel {
  readonly scale: Signal<Scale>;
  /** The time below the pointer. */
  readonly hover: Signal<number | undefined> = signal(undefined);
  readonly draft: Signal<Draft | undefined> = signal(undefined);
  /** Whether the draft was told already: it is drawn until the answer comes, and no longer held. */
  readonly told: Signal<boolean> = signal(false);
  /** The mark of each tier that Tab reaches, by the tier's name. */
  readonly reached: Signal<ReadonlyMap<string, string>> = signal(new Map());
  private measured = false;

  constructor(
    readonly clock: Clock,
    private readonly centre: number,
  ) {
    this.scale = signal(Scale.whole(clock.seconds, FIRST_WIDTH));
  }

  /** The strip has another width; the first time decides how much of the take is shown. */
  measure(width: number): void {
    if (width <= 0) return;
    this.scale.value = this.measured
      ? this.scale.peek().resized(width)
      : Scale.whole(this.clock.seconds, width).centred(READABLE_PER_SECOND, this.centre);
    this.measured = true;
  }

  /** Larger or smaller around the playhead, or around `otherwise` where it is not shown. */
  zoom(factor: number, otherwise?: number): void {
    const scale = this.scale.peek();
    const time = this.clock.time.peek();
    const middle = (scale.start + scale.end) / 2;
    const around = scale.shows(time) ? time : (otherwise ?? middle);
    this.scale.value = scale.zoomed(factor, around);
  }

  scroll(pixels: number): void {
    const scale = this.scale.peek();
    this.scale.value = scale.startingAt(scale.start + pixels / scale.perSecond);
  }

  /** Turn to the page of a time, if it is not shown. */
  follow(time: number): void {
    this.scale.value = this.scale.peek().showing(time);
  }

  reach(tier: string, id: string): void {
    this.reached.value = new Map(this.reached.peek()).set(tier, id);
  }

  /** Whether something is being moved that nobody was told of yet. */
  get holds(): boolean {
    return this.draft.value !== undefined && !this.told.value;
  }

  /** A mark as it is drawn: while it is being moved, where it would come to lie. */
  drawn(mark: Mark): Mark {
    const draft = this.draft.value;
    if (draft?.mark.id !== mark.id || !mark.focus) return mark;
    const { stroke: _, ...rest } = mark;
    const { span, stroke } = draft;
    return { ...rest, ...span, ...(stroke !== undefined && { stroke }) };
  }
}

/** The mark that a take is about. */
export function focusOf(take: Take): Mark | undefined {
  for (const { marks } of take.tiers) {
    const found = marks.find((mark) => mark.focus);
    if (found) return found;
  }
  return undefined;
}
