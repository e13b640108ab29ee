/** Moments of a talk: how they are told apart, what became of them, which colour they have. */

import type { Cut, CutExemplar, Explanation, Moment } from "./explanation";

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

/** The moment that was chosen, or the first one with candidates, or that filters left without. */
export function chosenMoment(explanation: Explanation, key: string | null): Moment | undefined {
  const { moments } = explanation;
  return (
    moments.find((each) => keyOf(each) === key) ??
    moments.find((each) => each.placed) ??
    moments.find((each) => each.candidates.length > 0) ??
    moments.find((each) => cutsOf(each).length > 0) ??
    moments[0]
  );
}

/** What one filter kept out of a moment. */
export interface CutPart {
  name: keyof Cut;
  what: string;
  count: number;
  /** The best of it, best first. */
  examples: readonly CutExemplar[];
}

const CUT_WORDS: Record<keyof Cut, string> = {
  label: "of another sense or type",
  speaker: "of other speakers",
  recording: "of recordings that are left out",
  exemplar: "left out one by one",
};

/** What filters kept out: choices that were made come first, then what the sense keeps out. */
export function cutsOf(moment: Moment): CutPart[] {
  const names: readonly (keyof Cut)[] = ["exemplar", "recording", "speaker", "label"];
  return names
    .filter((name) => moment.cut[name] > 0)
    .map((name) => ({
      name,
      what: CUT_WORDS[name],
      count: moment.cut[name],
      examples: moment.cut_examples?.[name] ?? [],
    }));
}

/** How something that was cut would have stood among the candidates, in words. */
export function standing({ total, behind }: CutExemplar): string {
  if (total === null) return "";
  const score = `would score ${total.toFixed(2)}`;
  if (behind === null) return `${score}, with no rival`;
  const by = Math.abs(behind).toFixed(2);
  if (Number(by) === 0) return `${score}, level with the best`;
  return behind < 0 ? `${score}, ${by} ahead of the best` : `${score}, ${by} behind the best`;
}

/** Seconds as a person reads them: "2.81 s", "3:05.2". */
export function clock(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}
