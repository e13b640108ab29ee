/** Moments of a talk: how they are told apart, what became of them, which colour they have. */

import type { Explanation, Moment } from "./explanation";

/** Colours of the palette. */
export const HUES = 8;

/** Tells a moment from the others of its talk, in any answer about it. */
export function keyOf(moment: Moment): string {
  return [moment.time_seconds.toFixed(3), moment.label, moment.method].join(" ");
}

/** Colour of each insertion by its moment: neighbours differ, and the order is that of the talk. */
export function huesOf(moments: readonly Moment[]): Map<string, number> {
  const placed = moments.filter((each) => each.placed);
  return new Map(placed.map((each, number) => [keyOf(each), number % HUES]));
}

/** What asks here, in words. */
export function asker(method: string): string {
  return ASKERS[method] ?? method;
}

const ASKERS: Record<string, string> = {
  discourse: "a relation",
  gesture_type: "a gesture word",
  llm: "a language model's label",
  prosody: "a stressed word",
};

/** The moment that was chosen, or the first one with candidates. */
export function chosenMoment(explanation: Explanation, key: string | null): Moment | undefined {
  const { moments } = explanation;
  return (
    moments.find((each) => keyOf(each) === key) ??
    moments.find((each) => each.placed) ??
    moments.find((each) => each.candidates.length > 0) ??
    moments[0]
  );
}

/** Why nothing was searched, or what filters kept out, most first. */
export function cutsOf(moment: Moment): { what: string; count: number; name: string }[] {
  const all = [
    { name: "label", count: moment.cut.label, what: "of another sense or type" },
    { name: "speaker", count: moment.cut.speaker, what: "of other speakers" },
    { name: "recording", count: moment.cut.recording, what: "of recordings that are left out" },
    { name: "exemplar", count: moment.cut.exemplar, what: "left out one by one" },
  ];
  return all.filter((each) => each.count > 0).sort((a, b) => b.count - a.count);
}

/** Seconds as a person reads them: "2.81 s", "3:05.2". */
export function clock(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}
