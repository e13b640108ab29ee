/** An edit of many exemplars at once: which, what, and the request for it. */

import { signal } from "@preact/signals";
import { bodyOf, type Filters } from "../browse/filters";
import { type Edit, editWords } from "./edits";
import { exemplarsText } from "./fields";
import type { Wanted } from "./writes";

/** Whether the dialog is open. */
export const bulkOpen = signal(false);
/** At most so many ids go into one request. */
export const MOST_IDS = 10_000;

/** What a bulk edit is made of. */
export interface BulkAim {
  /** Chosen rows; empty where everything that the filters find is meant. */
  chosen: readonly number[];
  filters: Filters;
  /** Every id that the filters found. */
  found: readonly number[];
}

/** Why these exemplars cannot be edited at once; nothing where they can. */
export function tooMany(aim: BulkAim): string | undefined {
  const listed = aim.chosen.length;
  if (listed <= MOST_IDS) return undefined;
  const most = MOST_IDS.toLocaleString("en");
  return `At most ${most} exemplars can be chosen one by one, here are ${listed.toLocaleString("en")}. Narrow the list, or choose none to edit everything that the filters find.`;
}

/** The request; with `ifVersion` it changes exactly what a dry run showed, or nothing. */
export function bulkBody(aim: BulkAim, edit: Edit, reason: string, ifVersion?: number) {
  const filter = aim.chosen.length > 0 ? { id: aim.chosen, removed: "any" } : bodyOf(aim.filters);
  const common = { filter, edit, reason };
  return ifVersion === undefined
    ? { ...common, dry_run: true }
    : { ...common, if_version: ifVersion };
}

/** The write that applies what the dry run showed. */
export function bulkWrite(
  aim: BulkAim,
  edit: Edit,
  reason: string,
  shown: { total: number; head: number },
): Wanted {
  return {
    words: `${editWords(edit)}: ${exemplarsText(shown.total)}`,
    method: "POST",
    path: "/v1/exemplars/bulk",
    body: bulkBody(aim, edit, reason, shown.head),
  };
}
