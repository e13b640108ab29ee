/** Two answers about one talk, moment by moment, with what differs in words. */

import type { Explanation, Moment } from "./explanation";
import { keyOf } from "./moments";
import { signed } from "./scores";

/** One of two answers. */
export interface Side {
  name: string;
  explanation: Explanation;
}

/** A moment in both answers; one that is missing was not asked there. */
export interface Pair {
  key: string;
  time: number;
  before: Moment | undefined;
  after: Moment | undefined;
  /** What differs, in words; none where both decided alike. */
  changes: readonly string[];
}

const SAME_SECONDS = 0.05;

/** Moments of both, aligned by time. */
export function aligned(before: Explanation, after: Explanation): Pair[] {
  const left = [...after.moments];
  const pairs: Pair[] = before.moments.map((moment) => {
    const place = left.findIndex((each) => sameMoment(each, moment));
    const other = place < 0 ? undefined : left.splice(place, 1)[0];
    return pairOf(moment, other);
  });
  return [...pairs, ...left.map((moment) => pairOf(undefined, moment))].sort(
    (one, other) => one.time - other.time,
  );
}

/** What one sees differing at first: moments with another insertion. */
export function changed(pairs: readonly Pair[]): Pair[] {
  return pairs.filter((pair) => pair.changes.length > 0);
}

function sameMoment(one: Moment, other: Moment): boolean {
  return (
    one.label === other.label &&
    one.method === other.method &&
    one.word === other.word &&
    Math.abs(one.time_seconds - other.time_seconds) <= SAME_SECONDS
  );
}

function pairOf(before: Moment | undefined, after: Moment | undefined): Pair {
  const shown = before ?? after;
  if (!shown) throw new Error("a pair has at least one moment");
  return {
    key: keyOf(shown),
    time: shown.time_seconds,
    before,
    after,
    changes: changesOf(before, after),
  };
}

function changesOf(before: Moment | undefined, after: Moment | undefined): string[] {
  if (!before) return after?.placed ? [`asked only here: gets #${after.placed.exemplar_id}`] : [];
  if (!after) return before.placed ? [`no longer asked: loses #${before.placed.exemplar_id}`] : [];
  const was = before.placed;
  const is = after.placed;
  if (!was && !is) return [];
  if (!was) return [`gets #${is?.exemplar_id}; had none`];
  if (!is) return [`loses #${was.exemplar_id}: ${after.reason}`];
  const said: string[] = [];
  if (was.exemplar_id !== is.exemplar_id) {
    said.push(`#${is.exemplar_id} instead of #${was.exemplar_id}${scoreChange(before, after)}`);
  }
  const moved = is.target_start_seconds - was.target_start_seconds;
  if (Math.abs(moved) >= 0.01)
    said.push(`placed ${+Math.abs(moved).toFixed(2)} s ${moved > 0 ? "later" : "earlier"}`);
  return said;
}

function scoreChange(before: Moment, after: Moment): string {
  const was = chosenTotal(before);
  const is = chosenTotal(after);
  return was === undefined || is === undefined ? "" : `, score ${signed(is - was)}`;
}

function chosenTotal(moment: Moment): number | undefined {
  return moment.candidates.find((each) => each.exemplar_id === moment.placed?.exemplar_id)?.total;
}
