/** The speech that a job was made of, so that the same can be asked again. */

import { call } from "../api/client";
import type { Job } from "../api/types";
import type { Annotations } from "../why/explanation";

export interface JobSpeech {
  text: string;
  sound: File | undefined;
  words: File | undefined;
  speaker: string;
  retrieval: Record<string, unknown>;
}

const UNSPOKEN = "nobody has spoken this yet";

/** Sound, words and options of a job that has succeeded; throws where it keeps neither. */
export async function speechOf(job: Job, signal: AbortSignal): Promise<JobSpeech> {
  const { annotations } = await annotationsOf(job, signal);
  const sound = await soundOf(job, signal);
  const said = annotations?.words ?? [];
  const result = job.result ?? {};
  const notes = (result.notes ?? []) as string[];
  const textAlone = !sound && notes.some((note) => note.startsWith(UNSPOKEN));
  if (!sound && !said.length) {
    throw new Error("This job keeps neither its sound nor its words: choose the files again.");
  }
  return {
    text: textAlone ? said.map((each) => each.word).join(" ") : "",
    sound,
    words: said.length && !textAlone ? wordsFile(said) : undefined,
    speaker: String(result.speaker ?? ""),
    retrieval: changedOptions(result),
  };
}

/** What the result file says of the words; nothing where no JSON was made. */
export async function annotationsOf(
  job: Job,
  signal: AbortSignal,
): Promise<{ annotations?: Annotations }> {
  const file = job.links.json;
  if (!file) return {};
  return (await (await call(file, { signal })).json()) as { annotations?: Annotations };
}

async function soundOf(job: Job, signal: AbortSignal): Promise<File | undefined> {
  const address = job.links.sound ?? job.links.wav;
  if (!address) return undefined;
  const sound = await (await call(address, { signal })).blob();
  const ending = /(mpeg|mp3)/.test(sound.type)
    ? "mp3"
    : (/(flac|ogg)/.exec(sound.type)?.[0] ?? "wav");
  return new File([sound], `job-${job.id.slice(0, 8)}.${ending}`, { type: sound.type });
}

function wordsFile(words: Annotations["words"]): File {
  return new File([JSON.stringify(words)], "words.json", { type: "application/json" });
}

/** Retrieval options of a result, without those that say nothing. */
function changedOptions(result: Record<string, unknown>): Record<string, unknown> {
  const options = (result.options ?? {}) as Record<string, unknown>;
  const retrieval = (options.retrieval ?? options) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(retrieval).filter(([name, value]) => {
      const usual = USUAL[name];
      return usual !== undefined && JSON.stringify(value) !== JSON.stringify(usual);
    }),
  );
}

/** As of `/v1/info`; an option that is not named here is not taken over. */
const USUAL: Record<string, unknown> = {
  method: "auto",
  scorer: "default",
  placement: "default",
  speaker: "prefer",
  candidates: 10,
  max_per_minute: 20,
  minimum_gap_seconds: 2,
  minimum_gap_chunks: 1,
  minimum_probability: 0,
  exclude_recordings: [],
  exclude_exemplars: [],
};
