/** Moving the edges of a mark and its stroke: what is allowed, and what they are drawn to. */

import { FRAME_SECONDS } from "../clock";
import type { Mark, Span } from "../types";

export const EDGES = ["start", "stroke", "end"] as const;
export type Edge = (typeof EDGES)[number];

export const EDGE_NAMES: Record<Edge, string> = { start: "Start", stroke: "Stroke", end: "End" };

/** Shorter than this, no span can be seen or heard. */
export const LEAST_SECONDS = 0.04;
/** The server keeps milliseconds. */
const DIGITS = 1000;

/** A mark's times while they are being moved; nothing is told to anybody yet. */
export interface Draft {
  mark: Mark;
  span: Span;
  stroke: number | undefined;
}

export function draftOf(mark: Mark): Draft {
  return { mark, span: { start: mark.start, end: mark.end }, stroke: mark.stroke };
}

/** The time of an edge; of a stroke that is not known, none. */
export function timeOf(draft: Draft, edge: Edge): number | undefined {
  return edge === "stroke" ? draft.stroke : draft.span[edge];
}

/** The draft with one edge elsewhere: within the take, and start before end. */
export function moved(draft: Draft, edge: Edge, time: number, seconds: number): Draft {
  const { start, end } = draft.span;
  const within = (least: number, most: number) =>
    Math.round(Math.min(Math.max(time, least), Math.max(least, most)) * DIGITS) / DIGITS;
  switch (edge) {
    case "start":
      return { ...draft, span: { start: within(0, end - LEAST_SECONDS), end } };
    case "end":
      return { ...draft, span: { start, end: within(start + LEAST_SECONDS, seconds) } };
    case "stroke":
      return { ...draft, stroke: within(0, seconds) };
  }
}

/** The draft with one edge moved by frames; a stroke that is not known begins in the middle. */
export function nudged(draft: Draft, edge: Edge, frames: number, seconds: number): Draft {
  const { start, end } = draft.span;
  const from = timeOf(draft, edge) ?? (start + end) / 2;
  return moved(draft, edge, from + frames * FRAME_SECONDS, seconds);
}

/** Whether anything differs from the mark. */
export function differs({ mark, span, stroke }: Draft): boolean {
  return span.start !== mark.start || span.end !== mark.end || stroke !== mark.stroke;
}

/** The nearest of some times where it is nearer than `reach` seconds; else the time itself. */
export function snapped(time: number, times: readonly number[], reach: number): number {
  let best = time;
  let least = reach;
  for (const each of times) {
    const away = Math.abs(each - time);
    if (away <= least) [best, least] = [each, away];
  }
  return best;
}

/** Starts and ends of marks: what edges are drawn to. */
export function edgesOf(marks: readonly Mark[]): number[] {
  return marks.flatMap(({ start, end }) => [start, end]);
}
