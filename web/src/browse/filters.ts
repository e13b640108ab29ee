/** What the list is narrowed to: in the address, as a question to the service, and as chips. */

import type { Query } from "../api/client";

/** Fields of which several values can be chosen; any of them will do. */
export const LISTS = [
  "label",
  "kind",
  "word",
  "speaker",
  "quality",
  "source",
  "split",
  "recording",
  "actor",
] as const;
export type ListName = (typeof LISTS)[number];

export const ORDERS = ["id", "label", "seconds", "newest"] as const;
export type Order = (typeof ORDERS)[number];

export const REMOVED = ["no", "yes", "any"] as const;
export type Removed = (typeof REMOVED)[number];

export interface Filters {
  lists: Readonly<Partial<Record<ListName, readonly string[]>>>;
  text: string;
  secondsMin: number | undefined;
  secondsMax: number | undefined;
  removed: Removed;
  /** Used in so many of the last jobs that succeeded. */
  used: number | undefined;
  nearDuplicates: boolean;
  order: Order;
}

export const EVERYTHING: Filters = {
  lists: {},
  text: "",
  secondsMin: undefined,
  secondsMax: undefined,
  removed: "no",
  used: undefined,
  nearDuplicates: false,
  order: "id",
};

/** The filters that an address names; what it does not know is left out. */
export function filtersOf(query: URLSearchParams): Filters {
  const lists: Partial<Record<ListName, readonly string[]>> = {};
  for (const name of LISTS) {
    const values = [...new Set(query.getAll(name).filter(Boolean))];
    if (values.length > 0) lists[name] = values;
  }
  return {
    lists,
    text: query.get("text") ?? "",
    secondsMin: numberOf(query.get("seconds_min")),
    secondsMax: numberOf(query.get("seconds_max")),
    removed: REMOVED.find((each) => each === query.get("removed")) ?? "no",
    used: numberOf(query.get("used")),
    nearDuplicates: query.get("near_duplicates") === "true",
    order: ORDERS.find((each) => each === query.get("order")) ?? "id",
  };
}

/** What the service is asked; also the words of the address, in one order. */
export function askedOf(filters: Filters): Record<string, Query> {
  const asked: Record<string, Query> = {};
  for (const name of LISTS) asked[name] = filters.lists[name];
  asked.text = filters.text.trim();
  asked.seconds_min = filters.secondsMin;
  asked.seconds_max = filters.secondsMax;
  asked.removed = filters.removed === "no" ? undefined : filters.removed;
  asked.used = filters.used;
  asked.near_duplicates = filters.nearDuplicates || undefined;
  asked.order = filters.order === "id" ? undefined : filters.order;
  return asked;
}

/** The address of these filters. */
export function queryOf(filters: Filters): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(askedOf(filters))) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== "") query.append(name, String(one));
    }
  }
  return query;
}

/** The same as JSON of a bulk edit, which knows no order. */
export function bodyOf(filters: Filters): Record<string, unknown> {
  const { order: _, speaker, ...asked } = askedOf(filters);
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== "");
  const body: Record<string, unknown> = Object.fromEntries(given);
  if (Array.isArray(speaker)) body.speaker = speaker.map(Number);
  return body;
}

/** Choose a value, or choose it no longer. */
export function toggled(filters: Filters, name: ListName, value: string): Filters {
  const chosen = filters.lists[name] ?? [];
  const values = chosen.includes(value)
    ? chosen.filter((each) => each !== value)
    : [...chosen, value];
  return withList(filters, name, values);
}

/** Choose exactly these values of a field. */
export function withList(filters: Filters, name: ListName, values: readonly string[]): Filters {
  const { [name]: _, ...others } = filters.lists;
  return { ...filters, lists: values.length > 0 ? { ...others, [name]: values } : others };
}

/** One thing that the list is narrowed by, and the filters without it. */
export interface Chip {
  field: string;
  value: string;
  without: Filters;
}

/** What narrows the list, in words; `speakers` tells names of numbers. */
export function chipsOf(filters: Filters, speakers: ReadonlyMap<string, string>): Chip[] {
  const chips: Chip[] = LISTS.flatMap((name) =>
    (filters.lists[name] ?? []).map((value) => ({
      field: name,
      value: name === "speaker" ? (speakers.get(value) ?? value) : value,
      without: toggled(filters, name, value),
    })),
  );
  const add = (field: string, value: string, cleared: Partial<Filters>) =>
    chips.push({ field, value, without: { ...filters, ...cleared } });
  if (filters.text.trim()) add("text", `“${filters.text.trim()}”`, { text: "" });
  if (filters.secondsMin !== undefined || filters.secondsMax !== undefined) {
    const cleared = { secondsMin: undefined, secondsMax: undefined };
    add("duration", rangeText(filters.secondsMin, filters.secondsMax), cleared);
  }
  if (filters.removed !== "no") {
    add("removed", filters.removed === "yes" ? "only" : "included", { removed: "no" });
  }
  if (filters.used !== undefined) {
    add("used", `in the last ${filters.used} jobs`, { used: undefined });
  }
  if (filters.nearDuplicates) add("near duplicates", "only", { nearDuplicates: false });
  return chips;
}

/** Whether two filters ask for the same rows in the same order. */
export function sameFilters(one: Filters, two: Filters): boolean {
  return queryOf(one).toString() === queryOf(two).toString();
}

function rangeText(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return `at most ${high} s`;
  return high === undefined ? `at least ${low} s` : `${low} to ${high} s`;
}

function numberOf(text: string | null): number | undefined {
  if (text === null || text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
