/** The speech that a job was made of, so that the same can be asked again. */

import type { Job } from "../api/types";
import type { Annotations } from "../why/explanation";
import { info, learnInfo } from "../why/info";
import { unusual } from "../why/options";
import type { KeptSound } from "../why/question";
import { headOf } from "./resultHead";

export interface JobSpeech {
  text: string;
  sound: KeptSound | undefined;
  words: File | undefined;
  speaker: string;
  retrieval: Record<string, unknown>;
}

const UNSPOKEN = "nobody has spoken this yet";

/** Sound, words and options of a job that has succeeded; throws where it keeps neither. */
export async function speechOf(job: Job, signal: AbortSignal): Promise<JobSpeech> {
  const { annotations } = await annotationsOf(job, signal);
  const sound = soundOf(job);
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
    retrieval: await changedOptions(result),
  };
}

/** What the result file says of the words, however long it is; nothing where no JSON was made. */
export async function annotationsOf(
  job: Job,
  signal: AbortSignal,
): Promise<{ annotations?: Annotations }> {
  const file = job.links.json;
  if (!file) return {};
  return (await headOf(file, signal)) as { annotations?: Annotations };
}

function soundOf(job: Job): KeptSound | undefined {
  return job.links.sound ? { job: job.id, name: `job ${job.id.slice(0, 8)}` } : undefined;
}

function wordsFile(words: Annotations["words"]): File {
  return new File([JSON.stringify(words)], "words.json", { type: "application/json" });
}

/** Retrieval options of a result that are not as usual. */
async function changedOptions(result: Record<string, unknown>): Promise<Record<string, unknown>> {
  await learnInfo();
  const options = (result.options ?? {}) as Record<string, unknown>;
  const retrieval = (options.retrieval ?? options) as Record<string, unknown>;
  return unusual(info.value?.options, retrieval);
}
