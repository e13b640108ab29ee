/** Numbers and names of speakers: facets count names, filters take numbers. */

import { signal } from "@preact/signals";
import { ask, at } from "../api/client";

interface RecordingPage {
  recordings: { speaker: number; speaker_name: string }[];
  next_cursor: string | null;
}

/** Names by number, as text. */
export const speakerNames = signal<ReadonlyMap<string, string>>(new Map());
let asked: Promise<void> | undefined;

/** Learn them once. */
export function learnSpeakers(): Promise<void> {
  asked ??= learn().catch((error) => {
    asked = undefined;
    throw error;
  });
  return asked;
}

/** The number of a name, as text. */
export function speakerNumber(name: string): string | undefined {
  for (const [number, each] of speakerNames.value) if (each === name) return number;
  return undefined;
}

async function learn(): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: RecordingPage = await ask(at("/v1/recordings", { limit: 500, cursor }));
    const known = new Map(speakerNames.value);
    for (const each of page.recordings) known.set(String(each.speaker), each.speaker_name);
    speakerNames.value = known;
    cursor = page.next_cursor;
  } while (cursor);
}
