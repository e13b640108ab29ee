/** Marks of one tier: which lie over one another, and which are shown. */

import type { Mark, Tier } from "../types";

/** A mark with the lane that it lies in. */
export interface Laned {
  mark: Mark;
  lane: number;
}

/** A tier's marks in order of time, each in the first lane where it covers no other. */
export class Lanes {
  readonly marks: readonly Laned[];
  readonly count: number;
  /** The latest end up to each mark: it only grows, so it can be searched. */
  private readonly reach: readonly number[];

  constructor(readonly tier: Tier) {
    const ends: number[] = [];
    const ordered = tier.marks.toSorted((a, b) => a.start - b.start || b.end - a.end);
    this.marks = ordered.map((mark) => {
      const free = ends.findIndex((end) => end <= mark.start + 1e-6);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = mark.end;
      return { mark, lane };
    });
    this.count = Math.max(1, ends.length);
    let reach = Number.NEGATIVE_INFINITY;
    this.reach = ordered.map((mark) => {
      reach = Math.max(reach, mark.end);
      return reach;
    });
  }

  /** The marks that touch a stretch of time, in order. */
  between(start: number, end: number): Laned[] {
    const first = firstWhere(this.reach.length, (place) => (this.reach[place] ?? 0) >= start);
    const last = firstWhere(this.marks.length, (place) => this.startOf(place) > end);
    return this.marks.slice(first, last).filter(({ mark }) => mark.end >= start);
  }

  /** The place of a mark in the order; -1 where there is none of that id. */
  placeOf(id: string): number {
    return this.marks.findIndex(({ mark }) => mark.id === id);
  }

  /** The mark that is heard at a time. */
  at(time: number): Mark | undefined {
    return this.between(time, time).find(({ mark }) => mark.start <= time && time < mark.end)?.mark;
  }

  private startOf(place: number): number {
    return this.marks[place]?.mark.start ?? 0;
  }
}

function firstWhere(count: number, holds: (place: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
