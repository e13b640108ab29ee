/** What the player plays: the current exemplar's take, its playhead, its neighbours in time. */

import { ask } from "../api/client";
import type { Exemplar } from "../api/types";
import { rowOf } from "./listing";

interface Placed {
  exemplar_id: number | null;
  start_seconds: number;
  this: boolean;
}

interface Timeline {
  relations: readonly Placed[];
  gestures: readonly Placed[];
}

/** Where the player stands, in seconds from the start of the window; none while nothing is shown. */
export function playheadSeconds(): number | undefined {
  return window.__viewer?.time();
}

/** The exemplar that comes next on a tier. */
export function nextOf(tier: readonly Placed[], start: number): number | undefined {
  const later = tier
    .filter((each) => !each.this && each.exemplar_id !== null && each.start_seconds >= start)
    .sort((one, two) => one.start_seconds - two.start_seconds);
  return later[0]?.exemplar_id ?? undefined;
}

/** The next exemplar of the same tier and window. */
export async function neighbourOfTier(row: Exemplar): Promise<Exemplar | undefined> {
  const found = await ask<Timeline>(`/v1/exemplars/${row.id}/timeline`);
  const tier = row.kind === "relation" ? found.relations : found.gestures;
  const next = nextOf(tier, row.start_seconds);
  return next === undefined ? undefined : rowOf(next);
}
