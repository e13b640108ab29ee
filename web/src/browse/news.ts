/** Edits by others: asked for quietly, told in a line, and shown only when one asks. */

import { signal } from "@preact/signals";
import { ask, at } from "../api/client";
import type { Versions } from "../api/types";

const EVERY_MILLISECONDS = 10_000;
const MOST = 100;

/** How many edits by others the list does not show yet. */
export const othersEdits = signal(0);
const own = new Set<number>();

/** An edit of this tab: no news. */
export function isOwn(version: number | null | undefined): void {
  if (typeof version === "number") own.add(version);
}

/** How many events after a version changed exemplars and were not made here. */
export function countOthers(
  versions: Versions["versions"],
  since: number,
  mine: ReadonlySet<number>,
): number {
  return versions.filter((each) => each.seq > since && each.changed > 0 && !mine.has(each.seq))
    .length;
}

/** Look for news now. */
export async function lookForNews(since: number | undefined): Promise<void> {
  if (since === undefined) return;
  const newest = await ask<Versions>(at("/v1/versions", { limit: 1 }));
  if (newest.head <= since) {
    othersEdits.value = 0;
    return;
  }
  const found = await ask<Versions>(at("/v1/versions", { limit: MOST, changing: true }));
  othersEdits.value = countOthers(found.versions, since, own);
}

/** Look for news every few seconds while the page is seen; returns what ends it. */
export function followNews(since: () => number | undefined): () => void {
  const timer = setInterval(() => {
    if (document.hidden) return;
    // no connection is told by the bar
    lookForNews(since()).catch(() => undefined);
  }, EVERY_MILLISECONDS);
  return () => clearInterval(timer);
}
