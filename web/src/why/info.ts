/** What the service tells of itself, asked once. */

import { signal } from "@preact/signals";
import { ask } from "../api/client";
import type { Info, Tag } from "../api/types";

export const info = signal<Info | undefined>(undefined);
export const tagNames = signal<readonly string[]>(["live", "staging"]);

export async function learnInfo(): Promise<void> {
  if (info.value) return;
  const [told, { tags }] = await Promise.all([
    ask<Info>("/v1/info"),
    ask<{ tags: Tag[] }>("/v1/tags"),
  ]);
  info.value = told;
  tagNames.value = tags.map((tag) => tag.name);
}
