/** What the list shows now: ids, rows, where one is, and what others did meanwhile. */

import { batch, signal } from "@preact/signals";
import { ask, at } from "../api/client";
import type { Exemplar, ExemplarPage, RowChange } from "../api/types";
import { tellProblem } from "../shell/notices";
import { countFacets, type FacetCounts } from "./facetCounts";
import { askedOf, EVERYTHING, type Filters } from "./filters";
import { RowCache } from "./rowCache";
import { carriedOver, NOTHING, type Selection } from "./selection";

export const ids = signal<readonly number[]>([]);
/** The version that the list was made at; rows are as they are now. */
export const version = signal<number | undefined>(undefined);
export const loading = signal(false);
export const selection = signal<Selection>(NOTHING);
export const facets = signal<FacetCounts>({ total: 0, counts: {} });
/** Grows whenever rows came or changed. */
export const rowsChanged = signal(0);
/** The filters that the list was asked with. */
export const listed = signal<Filters>(EVERYTHING);
/** Rows that were edited here and need not match the filters any more: they stay in sight. */
export const editedHere = signal<ReadonlySet<number>>(new Set());

const FACETS_AFTER_EDIT_MILLISECONDS = 700;
let listAsked: AbortController | undefined;
let facetsAsked: AbortController | undefined;
let facetsLater: ReturnType<typeof setTimeout> | undefined;

/** Rows by id; asked for by the list, put by edits. */
export const rows = new RowCache(fetchRows, touchRows, tellProblem);

/** Make the list anew; `wanted` is the exemplar to go to, if it is in it. */
export async function loadList(filters: Filters, wanted?: number): Promise<void> {
  listAsked?.abort();
  const asked = new AbortController();
  listAsked = asked;
  loading.value = true;
  const found = ask<{ version: number; ids: number[] }>(at("/v1/exemplars/ids", askedOf(filters)), {
    signal: asked.signal,
  });
  void loadFacets(filters);
  try {
    const answer = await found;
    if (!asked.signal.aborted) show(filters, answer.ids, answer.version, wanted);
  } catch (error) {
    if (!asked.signal.aborted) tellProblem(error);
  } finally {
    if (listAsked === asked) loading.value = false;
  }
}

/** Count the facets anew, quietly. */
export async function loadFacets(filters: Filters): Promise<void> {
  facetsAsked?.abort();
  const asked = new AbortController();
  facetsAsked = asked;
  try {
    const counted = await countFacets(filters, asked.signal);
    if (!asked.signal.aborted) facets.value = counted;
  } catch (error) {
    if (!asked.signal.aborted) tellProblem(error);
  }
}

/** Take in what an edit changed; nothing that one looks at moves away. */
export function takeIn(changes: readonly RowChange[]): void {
  const after = changes.flatMap((each) => (each.after ? [each.after] : []));
  batch(() => {
    rows.put(after);
    editedHere.value = new Set([...editedHere.value, ...after.map((row) => row.id)]);
    const added = changes.filter(isNew).map((each) => each.id);
    if (added.length > 0) insert(added);
  });
  clearTimeout(facetsLater);
  facetsLater = setTimeout(() => void loadFacets(listed.value), FACETS_AFTER_EDIT_MILLISECONDS);
}

/** The row of an id, fetched where it is not here. */
export async function rowOf(id: number): Promise<Exemplar> {
  const known = rows.get(id);
  if (known) return known;
  const found = await ask<Exemplar>(`/v1/exemplars/${id}`);
  rows.put([found]);
  return found;
}

/** New in the index, or in it again: a split that is made anew brings its removed part back. */
function isNew({ before, after }: RowChange): boolean {
  return Boolean(after && !after.removed && (!before || before.removed));
}

function show(
  filters: Filters,
  found: readonly number[],
  at: number,
  wanted: number | undefined,
): void {
  batch(() => {
    const before = ids.value;
    const refreshed = version.value !== at;
    if (refreshed) rows.forget();
    const carried = carriedOver(selection.value, before, found);
    const place = wanted === undefined ? -1 : found.indexOf(wanted);
    ids.value = found;
    version.value = at;
    listed.value = filters;
    editedHere.value = new Set();
    selection.value = place >= 0 ? { ...carried, at: place, anchor: place } : carried;
  });
}

function insert(added: readonly number[]): void {
  const place = selection.value.at + 1;
  const known = new Set(ids.value);
  const fresh = added.filter((id) => !known.has(id));
  ids.value = [...ids.value.slice(0, place), ...fresh, ...ids.value.slice(place)];
}

async function fetchRows(wanted: readonly number[], signal: AbortSignal): Promise<Exemplar[]> {
  const query = { id: wanted, limit: 500, removed: "any", counts: true };
  const page = await ask<ExemplarPage>(at("/v1/exemplars", query), { signal });
  return page.exemplars;
}

function touchRows(): void {
  rowsChanged.value = rowsChanged.peek() + 1;
}
