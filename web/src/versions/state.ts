/** What the view of versions shows: events, tags, and how staging differs from live. */

import { signal } from "@preact/signals";
import { ask, at } from "../api/client";
import type { Diff, Tag, Version, Versions } from "../api/types";
import { submit } from "../edit/desk";
import { tellProblem } from "../shell/notices";

const PAGE = 60;

export const events = signal<readonly Version[]>([]);
export const nextCursor = signal<string | null>(null);
export const head = signal(0);
export const tags = signal<readonly Tag[]>([]);
export const difference = signal<Diff | undefined>(undefined);
/** Whether events that changed no exemplar are left out. */
export const changesOnly = signal(false);
export const loadingEvents = signal(false);

/** Ask for everything anew. */
export async function refresh(): Promise<void> {
  await Promise.all([loadEvents(false), loadTags(), loadDifference()]).catch(tellProblem);
}

/** The newest events, or those after the ones that are shown. */
export async function loadEvents(more: boolean): Promise<void> {
  loadingEvents.value = true;
  try {
    const cursor = more ? nextCursor.value : undefined;
    const changing = changesOnly.value || undefined;
    const found = await ask<Versions>(at("/v1/versions", { limit: PAGE, cursor, changing }));
    events.value = more ? [...events.value, ...found.versions] : found.versions;
    nextCursor.value = found.next_cursor;
    head.value = found.head;
  } finally {
    loadingEvents.value = false;
  }
}

async function loadTags(): Promise<void> {
  tags.value = (await ask<{ tags: Tag[] }>("/v1/tags")).tags;
}

async function loadDifference(): Promise<void> {
  difference.value = await ask<Diff>("/v1/versions/live/diff/staging");
}

/** The tag `live`, which answers requests. */
export function liveTag(all: readonly Tag[]): Tag | undefined {
  return all.find((tag) => tag.name === "live");
}

/** Let live point at a version, or follow all edits. */
export async function promote(version: number, follow: boolean): Promise<void> {
  const live = liveTag(tags.value);
  await act({
    words: follow ? "let live follow all edits" : `promote version ${version} to live`,
    method: "POST",
    path: "/v1/versions/promote",
    body: follow ? { follow: true } : { version },
    ...(live && { revision: live.version }),
  });
}

/** Pin live to an earlier version. */
export async function rollBack(version: number): Promise<void> {
  const live = liveTag(tags.value);
  await act({
    words: `roll live back to version ${version}`,
    method: "POST",
    path: "/v1/versions/rollback",
    body: { version },
    ...(live && { revision: live.version }),
  });
}

/** Name a version; `moved` is the tag as it is where the name is known. */
export async function putTag(name: string, version: number, moved?: Tag): Promise<void> {
  await act({
    words: moved ? `move the tag ${name} to version ${version}` : `tag version ${version} ${name}`,
    method: "PUT",
    path: `/v1/tags/${encodeURIComponent(name)}`,
    body: { version },
    ...(moved && { revision: moved.version }),
  });
}

/** Forget a name. */
export async function deleteTag(tag: Tag): Promise<void> {
  await act({
    words: `delete the tag ${tag.name}`,
    method: "DELETE",
    path: `/v1/tags/${encodeURIComponent(tag.name)}`,
    revision: tag.version,
  });
}

async function act(wanted: Parameters<typeof submit>[0]): Promise<void> {
  // a refusal is told by the bar
  await submit({ ...wanted, role: "other" }).catch(() => undefined);
  await refresh();
}
