/** The exemplars behind candidates, as they were at the version that was asked. */

import { ask, at } from "../api/client";
import type { Exemplar, ExemplarPage } from "../api/types";

const known = new Map<string, Exemplar>();

/** Exemplars by their id; those that are not there at this version are left out. */
export async function exemplarsOf(
  ids: readonly number[],
  version: number,
  signal?: AbortSignal,
): Promise<Map<number, Exemplar>> {
  const missing = [...new Set(ids)].filter((id) => !known.has(`${version} ${id}`));
  for (let first = 0; first < missing.length; first += PAGE) {
    const some = missing.slice(first, first + PAGE);
    const page = await ask<ExemplarPage>(
      at("/v1/exemplars", { id: some, version, limit: PAGE }),
      signal ? { signal } : {},
    );
    for (const each of page.exemplars) known.set(`${version} ${each.id}`, each);
  }
  const rows = ids.map((id) => [id, known.get(`${version} ${id}`)] as const);
  return new Map(rows.filter((row): row is [number, Exemplar] => row[1] !== undefined));
}

const PAGE = 100;
