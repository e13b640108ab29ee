/** What the view knows between two looks at it: the question, its answer, what is compared with it. */

import { signal } from "@preact/signals";
import { ask } from "../api/client";
import type { Job } from "../api/types";
import { speechOf } from "../jobs/speech";
import { go, place, put } from "../shell/address";
import { tellProblem } from "../shell/notices";
import { type Answer, answerOf, submit } from "./explanation";
import { EMPTY, formOf, isAskable, keep, kept, type Question } from "./question";
import { SoundGoneError, sendSpeech } from "./sending";

export type Busy = "asking" | "without" | "comparing";

export const question = signal<Question>(kept()?.question ?? EMPTY);
export const answer = signal<Answer | undefined>(undefined);
/** Another answer about the same speech: another version, other options. */
export const beside = signal<Answer | undefined>(undefined);
export const busy = signal<Busy | undefined>(undefined);
/** What tools and avatars read: who plays a result may want any of them. */
const EVERY_FORMAT = ["npz", "glb", "json", "bvh", "vrma", "arkit.csv"];

let filesLost = kept()?.hadFiles ?? false;
let running: AbortController | undefined;

export function change(part: Partial<Question>): void {
  question.value = { ...question.value, ...part };
  filesLost = false;
  keep(question.value);
}

/** Ask anew about what the form says. */
export async function askWhy(): Promise<void> {
  await work("asking", async (signal) => {
    await askAnew(signal);
  });
}

async function askAnew(signal: AbortSignal): Promise<void> {
  const job = await sent((now) => submit(now, [], signal));
  go("why", { job: job.id });
  answer.value = await answerOf(job, signal);
  beside.value = undefined;
}

/** The job of the question; its sound is not sent again from then on. */
async function sent(post: (question: Question) => Promise<Job>): Promise<Job> {
  const asked = question.value;
  const { job, question: settled } = await sendSpeech(asked, post);
  // another one may have been chosen meanwhile
  if (question.value.sound === asked.sound) {
    question.value = { ...question.value, sound: settled.sound };
  }
  return job;
}

/** The same talk without some exemplars; none brings the first answer back. */
export async function leaveOut(ids: readonly number[]): Promise<void> {
  await work("without", async (signal) => {
    await findFiles(signal);
    const job = await sent((now) => submit(now, ids, signal));
    const found = await answerOf(job, signal);
    answer.value = found;
    put("job", [job.id]);
  });
}

/** Leave out one more, or take it in again. */
export function toggleWithout(id: number): void {
  const gone = answer.value?.whole.without?.exemplars ?? [];
  void leaveOut(gone.includes(id) ? gone.filter((each) => each !== id) : [...gone, id]);
}

/** The same talk with another version or other options. */
export async function compareWith(index: string, retrieval: Question["retrieval"]): Promise<void> {
  await work("comparing", async (signal) => {
    await findFiles(signal);
    const job = await sent((now) => submit({ ...now, index, retrieval }, [], signal));
    beside.value = await answerOf(job, signal);
    put("beside", [job.id]);
  });
}

export function stopComparing(): void {
  beside.value = undefined;
  put("beside", []);
}

/** Queue gestures for the same speech, without what is left out; its id goes into the address. */
export async function generate(seed: number): Promise<void> {
  await work("asking", async (signal) => {
    await findFiles(signal);
    const without = answer.value?.whole.without?.exemplars ?? [];
    const { retrieval } = question.value;
    const barred = [...((retrieval.exclude_exemplars ?? []) as number[]), ...without];
    const chosen = barred.length ? { ...retrieval, exclude_exemplars: barred } : retrieval;
    const made = { sampling: { seed }, output: { formats: EVERY_FORMAT } };
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const job = await sent((now) => {
      const body = formOf({ ...now, retrieval: chosen }, made);
      return ask<Job>("/v1/jobs", { method: "POST", body, headers, signal });
    });
    put("result", [job.id]);
    put("show", ["result"]);
  });
}

/** Show what the address names: after a reload, or where a link led here. */
export async function restore(): Promise<void> {
  const { query } = place.value;
  const [speech, job, other] = ["speech", "job", "beside"].map((name) => query.get(name));
  if (speech) return await takeOver(speech);
  if (!job) {
    answer.value = undefined;
    beside.value = undefined;
    return;
  }
  if (answer.value?.job.id !== job && !busy.value) {
    await work("asking", async (signal) => {
      answer.value = await answerOf(job, signal);
      if (!isAskable(question.value)) await findFiles(signal, true);
    });
  }
  if (other && beside.value?.job.id !== other) {
    await work("comparing", async (signal) => {
      beside.value = await answerOf(other, signal);
    });
  }
}

/** Ask about the speech of another job. */
async function takeOver(id: string): Promise<void> {
  put("speech", []);
  await work("asking", async (signal) => {
    const job = await ask<Job>(`/v1/jobs/${id}`, { signal });
    const { speaker, retrieval } = await speechOf(job, signal).then((found) => {
      question.value = { ...EMPTY, ...found };
      return found;
    });
    change({ speaker, retrieval });
    const { sound } = question.value;
    try {
      await askAnew(signal);
    } catch (error) {
      if (!(error instanceof SoundGoneError && isAskable(error.left))) throw error;
      tellProblem(new Error(`${error.message} This answer is about the words alone.`));
      // another one may have been chosen meanwhile
      if (question.value.sound === sound) change({ sound: undefined });
      await askAnew(signal);
    }
  });
}

/** Files do not outlive a reload, but the job that they were sent with has them. */
async function findFiles(signal: AbortSignal, anyway = false): Promise<void> {
  const asked = answer.value?.job;
  if (!asked || !(anyway || filesLost)) return;
  const found = await speechOf(asked, signal);
  change(anyway ? found : { sound: found.sound, words: found.words });
}

async function work(what: Busy, does: (signal: AbortSignal) => Promise<void>): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  busy.value = what;
  try {
    await does(mine.signal);
  } catch (error) {
    tellProblem(error);
  } finally {
    if (running === mine) busy.value = undefined;
  }
}
