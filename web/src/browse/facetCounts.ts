/** Counts of every facet: each facet's own choice does not narrow its own counts. */

import { ask, at } from "../api/client";
import type { ExemplarPage } from "../api/types";
import { askedOf, type Filters, type ListName, withList } from "./filters";
import type { Counts } from "./labels";

export interface FacetCounts {
  total: number;
  counts: Readonly<Record<string, Counts>>;
}

type Asking = (filters: Filters, signal: AbortSignal) => Promise<FacetCounts>;

/** Facets whose counts must not be narrowed by themselves, and how to lift their choice. */
const LIFTED: readonly (readonly [facet: string, list: ListName])[] = [
  ["label", "label"],
  ["kind", "kind"],
  ["word", "word"],
  ["speaker", "speaker"],
  ["quality", "quality"],
  ["source", "source"],
  ["split", "split"],
];

/** What to ask: the filters themselves, and for each facet that narrows, the filters without it. */
export function questionsOf(filters: Filters): { facet: string | undefined; asked: Filters }[] {
  const questions: { facet: string | undefined; asked: Filters }[] = [
    { facet: undefined, asked: filters },
  ];
  for (const [facet, list] of LIFTED) {
    if (filters.lists[list]) questions.push({ facet, asked: withList(filters, list, []) });
  }
  if (filters.secondsMin !== undefined || filters.secondsMax !== undefined) {
    const asked = { ...filters, secondsMin: undefined, secondsMax: undefined };
    questions.push({ facet: "seconds", asked });
  }
  return questions;
}

/** Total and counts of all facets. */
export async function countFacets(
  filters: Filters,
  signal: AbortSignal,
  asking: Asking = askFacets,
): Promise<FacetCounts> {
  const questions = questionsOf(filters);
  const answers = await Promise.all(questions.map(({ asked }) => asking(asked, signal)));
  const counts: Record<string, Counts> = { ...answers[0]?.counts };
  questions.forEach(({ facet }, place) => {
    if (facet) counts[facet] = answers[place]?.counts[facet] ?? {};
  });
  return { total: answers[0]?.total ?? 0, counts };
}

async function askFacets(filters: Filters, signal: AbortSignal): Promise<FacetCounts> {
  const { order: _, ...asked } = askedOf(filters);
  const address = at("/v1/exemplars", { ...asked, facets: true, limit: 1 });
  const page = await ask<ExemplarPage>(address, { signal });
  return { total: page.total, counts: page.facets ?? {} };
}
