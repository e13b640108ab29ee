/** Which labels a curator will most likely want: counted for the word first, then for its kind. */

import { signal } from "@preact/signals";
import { ask, at } from "../api/client";
import type { Coverage, Exemplar, ExemplarPage } from "../api/types";
import { type Counts, isGesture } from "../browse/labels";

export const DIGITS = 9;

/** Every label that there is, covered or not, by kind. */
export const everyLabel = signal<{ relation: readonly string[]; gesture: readonly string[] }>({
  relation: [],
  gesture: [],
});
const asked = new Map<string, Promise<Counts>>();
let coverage: Promise<Coverage> | undefined;

/** The nine likeliest labels of a kind; those of the same word come first. */
export function ranked(
  kind: Exemplar["kind"],
  ofWord: Counts,
  ofAll: Counts,
  every: readonly string[],
): string[] {
  const fits = (label: string) => isGesture(label) === (kind === "gesture");
  const byCount = (counts: Counts) =>
    Object.entries(counts)
      .filter(([label, count]) => fits(label) && count > 0)
      .sort(([one, many], [two, few]) => few - many || one.localeCompare(two))
      .map(([label]) => label);
  const all = new Set([...byCount(ofWord), ...byCount(ofAll), ...every]);
  return kind === "gesture" ? [...every] : [...all].slice(0, DIGITS);
}

/** The likeliest labels of an exemplar, asked for once a word. */
export async function likelyLabels(kind: Exemplar["kind"], word: string): Promise<string[]> {
  await learnLabels();
  const every = everyLabel.value[kind];
  if (kind === "gesture") return ranked(kind, {}, {}, every);
  const [ofWord, ofAll] = await Promise.all([countsOf(kind, word), countsOf(kind, "")]);
  return ranked(kind, ofWord, ofAll, every);
}

/** Learn every label once. */
export async function learnLabels(): Promise<void> {
  coverage ??= ask<Coverage>("/v1/exemplars/coverage").catch((error) => {
    coverage = undefined;
    throw error;
  });
  const { labels } = await coverage;
  if (everyLabel.value.gesture.length > 0) return;
  const of = (kind: Exemplar["kind"]) =>
    labels.filter((row) => row.kind === kind).map((row) => row.label);
  everyLabel.value = { relation: of("relation"), gesture: of("gesture") };
}

function countsOf(kind: Exemplar["kind"], word: string): Promise<Counts> {
  const key = `${kind} ${word.toLowerCase()}`;
  const known = asked.get(key);
  if (known) return known;
  const address = at("/v1/exemplars", { kind, word, facets: true, limit: 1 });
  const counts = ask<ExemplarPage>(address).then((page) => page.facets?.label ?? {});
  counts.catch(() => asked.delete(key));
  asked.set(key, counts);
  return counts;
}
