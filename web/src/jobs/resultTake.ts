/** The result of a job as something that can be played, with where its insertions lie. */

import type { Exemplar, Job } from "../api/types";
import type { Take } from "../watch/types";
import type { Annotations } from "../why/explanation";

/** One exemplar in the result. */
export interface Insertion {
  exemplar_id: number;
  word: string;
  label: string;
  exemplar_word: string;
  exemplar_label: string;
  recording: string;
  score: number;
  rank: number;
  margin: number | null;
  /** Of the talk. */
  time_seconds: number;
  start_seconds: number;
  end_seconds: number;
  /** Where the used part begins in the exemplar's recording. */
  source_seconds: number;
  offset_seconds: number;
  /** Both are missing in results of earlier versions. */
  window_source_seconds?: number;
  stroke_seconds?: number;
  reason: string;
}

/** Colours of the palette. */
const HUES = 8;
export const INSERTED = "Inserted";

export function insertionsOf(job: Job): readonly Insertion[] {
  return ((job.result?.matches ?? []) as Insertion[]).toSorted(
    (one, other) => one.start_seconds - other.start_seconds,
  );
}

export function hueOf(number: number): number {
  return number % HUES;
}

/** Whether there is a motion to be played. */
export function isPlayable(job: Job): boolean {
  return job.state === "succeeded" && job.links.glb !== undefined;
}

/** The take of a job that has succeeded; throws where no GLB was asked for. */
export function resultTake(job: Job, annotations?: Annotations): Take {
  const { glb, sound, wav } = job.links;
  if (!glb) throw new Error("No GLB was made of this job, so that it cannot be played here.");
  const insertions = insertionsOf(job);
  const heard = sound ?? wav;
  const base = `/v1/jobs/${job.id}/stretch`;
  return {
    key: `job ${job.id}`,
    title: "Result",
    // of any length: body and sound come in stretches around the playhead
    motion: `${base}.glb?seconds=0`,
    stretches: base,
    ...(heard && { sound: heard }),
    ...(sound && { peaks: `${sound}/peaks` }),
    seconds: Number(job.result?.seconds ?? insertions.at(-1)?.end_seconds ?? 0),
    tiers: [
      {
        name: INSERTED,
        marks: insertions.map((each, number) => ({
          id: String(number),
          text: `#${each.exemplar_id} ${each.exemplar_word}`,
          title: `#${each.exemplar_id} for “${each.word}” (${each.label}): ${each.reason}`,
          start: each.start_seconds,
          end: each.end_seconds,
          stroke: each.stroke_seconds ?? each.time_seconds + each.offset_seconds,
          colour: hueOf(number),
        })),
      },
      ...(annotations ? spokenTiers(annotations) : []),
    ],
    curves: [],
  };
}

function spokenTiers(annotations: Annotations): Take["tiers"] {
  return [
    {
      name: "Words",
      marks: annotations.words.map((each, place) => ({
        id: `word ${place}`,
        text: each.word,
        start: each.start,
        end: each.end,
      })),
    },
    {
      name: "Relations",
      marks: annotations.relations.map((each, place) => ({
        id: `relation ${place}`,
        text: each.sense,
        title: `${each.sense} at “${each.connective}”`,
        ...each.connective_interval,
      })),
    },
    {
      name: "Gestures",
      marks: annotations.gestures.map((each, place) => ({
        id: `gesture ${place}`,
        text: each.type,
        title: `${each.type} on “${each.word}”`,
        ...each.interval,
      })),
    },
  ].filter((tier) => tier.marks.length > 0);
}

/** Which insertion is under a time, or else the nearest one; none where there are none. */
export function insertionAt(insertions: readonly Insertion[], seconds: number): number | undefined {
  let nearest: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  insertions.forEach((each, number) => {
    const away = Math.max(each.start_seconds - seconds, seconds - each.end_seconds, 0);
    if (away < least) {
      least = away;
      nearest = number;
    }
  });
  return nearest;
}

/** Places of a list around one of them, at most so many; all where the list is not longer. */
export function around(
  count: number,
  place: number,
  most: number,
): { first: number; last: number } {
  const first = Math.max(0, Math.min(place - Math.floor(most / 2), count - most));
  return { first, last: Math.min(count, first + most) };
}

/** How far the exemplar's own time lies behind the talk's, so that both strokes meet. */
export function shiftOf(insertion: Insertion, exemplar: Exemplar): number {
  const { start_seconds, source_seconds, window_source_seconds } = insertion;
  const source = window_source_seconds ?? source_seconds - exemplar.window_start_seconds;
  return start_seconds - source;
}
