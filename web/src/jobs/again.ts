/** The same speech once more, with other chance. */

import { ask } from "../api/client";
import type { Job } from "../api/types";
import { speechOf } from "./speech";

/** Queue a job of the same speech and options with another seed. */
export async function again(job: Job, seed: number, signal: AbortSignal): Promise<Job> {
  const { sound, words, speaker } = await speechOf(job, signal);
  const form = new FormData();
  if (sound) form.set("sound_of", sound.job);
  if (words) form.set("words", words);
  form.set("speaker", speaker);
  form.set("options", JSON.stringify(withSeed(job.result?.options, seed)));
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  return await ask<Job>("/v1/jobs", { method: "POST", body: form, headers, signal });
}

/** All options of a job but the seed. */
export function withSeed(options: unknown, seed: number): Record<string, unknown> {
  const chosen = (options ?? {}) as Record<string, unknown>;
  const sampling = (chosen.sampling ?? {}) as Record<string, unknown>;
  return { ...chosen, sampling: { ...sampling, seed } };
}
