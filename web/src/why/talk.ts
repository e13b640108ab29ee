/** The words of a talk with what was found on them. */

import type { Annotations, Moment, Relation } from "./explanation";

/** A label under a word; with a moment it can be chosen. */
export interface WordLabel {
  text: string;
  moment: Moment | undefined;
}

export interface ShownWord {
  place: number;
  text: string;
  start: number;
  end: number;
  /** 0 weak to 3 strong; undefined where the tier does not tell. */
  strength: number | undefined;
  prominence: number | undefined;
  labels: readonly WordLabel[];
}

const STRONG = [0.5, 1.25, 2] as const;

/** Words between two times, each with its labels. */
export function shownWords(
  annotations: Annotations,
  moments: readonly Moment[],
  from: number,
  to: number,
): ShownWord[] {
  const labels = labelsByWord(annotations, moments);
  const prominences = new Map(
    annotations.prominences.map((each) => [each.interval.start.toFixed(3), each.value]),
  );
  return annotations.words
    .map((word, place): ShownWord => {
      const prominence = prominences.get(word.start.toFixed(3));
      return {
        place,
        text: word.word,
        start: word.start,
        end: word.end,
        prominence,
        strength: prominence === undefined ? undefined : strengthOf(prominence),
        labels: labels.get(place) ?? [],
      };
    })
    .filter((word) => word.end > from && word.start < to);
}

/** What each word is to the chosen moment: its connective, or part of an argument. */
export function rolesOf(
  annotations: Annotations,
  moment: Moment | undefined,
): ReadonlyMap<number, "focus" | "arg1" | "arg2"> {
  const roles = new Map<number, "focus" | "arg1" | "arg2">();
  if (!moment) return roles;
  const relation = annotations.relations.find((each) => asksFor(each, moment));
  for (const place of relation?.arg1_tokens ?? []) roles.set(place, "arg1");
  for (const place of relation?.arg2_tokens ?? []) roles.set(place, "arg2");
  const focus = relation?.tokens ?? [wordAt(annotations, moment.time_seconds)];
  for (const place of focus) roles.set(place, "focus");
  return roles;
}

/** The word that is said at a time, or else the last one begun before. */
export function wordAt(annotations: Annotations, seconds: number): number {
  const { words } = annotations;
  const inside = words.findIndex((word) => word.start <= seconds && seconds < word.end);
  return inside >= 0
    ? inside
    : Math.max(
        0,
        words.findLastIndex((word) => word.start <= seconds),
      );
}

function labelsByWord(
  annotations: Annotations,
  moments: readonly Moment[],
): Map<number, WordLabel[]> {
  const labels = new Map<number, WordLabel[]>();
  const add = (place: number, label: WordLabel) =>
    labels.set(place, [...(labels.get(place) ?? []), label]);
  const left = new Set(moments);
  const taken = (test: (moment: Moment) => boolean) => {
    const found = [...left].find(test);
    if (found) left.delete(found);
    return found;
  };
  for (const relation of annotations.relations) {
    const moment = taken((each) => asksFor(relation, each));
    add(relation.tokens[0] ?? 0, { text: moment?.label ?? relation.sense, moment });
  }
  for (const gesture of annotations.gestures) {
    const moment = taken(
      (each) =>
        each.method !== "discourse" &&
        each.method !== "prosody" &&
        each.label === gesture.type &&
        within(each.time_seconds, gesture.interval),
    );
    add(gesture.tokens[0] ?? 0, { text: gesture.type, moment });
  }
  for (const moment of left) {
    const place = wordAt(annotations, moment.time_seconds);
    const others = (labels.get(place) ?? []).filter(
      (each) => each.moment || each.text !== moment.label,
    );
    labels.set(place, others);
    add(place, { text: moment.label, moment });
  }
  return labels;
}

function asksFor(relation: Relation, moment: Moment): boolean {
  return (
    moment.method === "discourse" &&
    relation.sense.startsWith(moment.label) &&
    within(moment.time_seconds, relation.connective_interval)
  );
}

function within(seconds: number, interval: { start: number; end: number }): boolean {
  return interval.start - 0.01 <= seconds && seconds <= interval.end + 0.01;
}

function strengthOf(prominence: number): number {
  return STRONG.filter((bound) => prominence >= bound).length;
}
