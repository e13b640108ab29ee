/** What an explanation says: the shapes of its result file, and how it is asked for. */

import { ask, call } from "../api/client";
import type { Job } from "../api/types";
import { endOf } from "../jobs/follow";
import { formOf, type Question } from "./question";

export interface Term {
  name: string;
  value: number;
  why: string;
}

export interface Candidate {
  exemplar_id: number;
  recording: string;
  recording_seconds: number;
  speaker: number;
  label: string;
  word: string;
  quality: readonly string[];
  total: number;
  behind: number;
  terms: readonly Term[];
}

export interface Placed {
  exemplar_id: number;
  rank: number;
  target_start_seconds: number;
  target_end_seconds: number;
  source_start_seconds: number;
  offset_seconds: number;
}

export interface Cut {
  label: number;
  recording: number;
  speaker: number;
  exemplar: number;
}

/** An exemplar that a filter kept out; without a score where the published scorer chooses. */
export interface CutExemplar {
  exemplar_id: number;
  recording: string;
  recording_seconds: number;
  speaker: number;
  label: string;
  word: string;
  total: number | null;
  /** How far behind the best candidate; none where there is no candidate. */
  behind: number | null;
}

/** A moment of the talk that asks for a gesture, and what became of it. */
export interface Moment {
  time_seconds: number;
  word: string;
  label: string;
  method: string;
  text: string;
  prominence: number | null;
  importance: number;
  candidates: readonly Candidate[];
  margin: number | null;
  cut: Cut;
  /** The best of what was cut, by reason; missing in answers of earlier versions. */
  cut_examples?: Partial<Record<keyof Cut, readonly CutExemplar[]>>;
  placed: Placed | null;
  reason: string;
}

export interface Explanation {
  scorer: string;
  placement: string;
  method: string;
  weights: Record<string, number>;
  moments: readonly Moment[];
  notes: readonly string[];
}

interface Interval {
  start: number;
  end: number;
}

export interface Relation {
  connective: string;
  sense: string;
  interval: Interval;
  connective_interval: Interval;
  arg1: string;
  arg2: string;
  tokens: readonly number[];
  arg1_tokens: readonly number[];
  arg2_tokens: readonly number[];
  probability: number;
  source: string;
}

export interface GestureLabel {
  type: string;
  word: string;
  interval: Interval;
  tokens: readonly number[];
  probability: number;
  source: string;
}

/** The tiers of the speech. */
export interface Annotations {
  words: readonly { word: string; start: number; end: number }[];
  word_times: string;
  relations: readonly Relation[];
  gestures: readonly GestureLabel[];
  prominences: readonly { word: string; interval: Interval; value: number; boundary: number }[];
}

/** The whole result file of an explanation. */
export interface Whole {
  index_version: number;
  speaker: number;
  options: Record<string, unknown>;
  moments: number;
  placed: number;
  notes: readonly string[];
  explanation: Explanation;
  annotations: Annotations;
  without?: { exemplars: readonly number[]; explanation: Explanation };
}

/** One answered question. */
export interface Answer {
  job: Job;
  whole: Whole;
}

const WAIT_SECONDS = 5;

/** Queue an explanation; `without` are exemplars that are taken for gone. */
export async function submit(
  question: Question,
  without: readonly number[],
  signal: AbortSignal,
): Promise<Job> {
  const form = formOf(question);
  form.set("index", question.index);
  for (const id of without) form.append("without", String(id));
  const headers = {
    Prefer: `wait=${WAIT_SECONDS}`,
    // made once for all tries: an answer that was lost on the way is no second job
    "Idempotency-Key": crypto.randomUUID(),
  };
  return await ask<Job>("/v1/explanations", { method: "POST", body: form, headers, signal });
}

/** Its answer, as soon as there is one; throws what the job failed of. */
export async function answerOf(job: Job | string, signal: AbortSignal): Promise<Answer> {
  const ended = await endOf(job, signal);
  const file = ended.links.json;
  if (!file || ended.kind !== "explanation") {
    throw new Error(`Job ${ended.id} is no explanation: ask again.`);
  }
  const whole = (await (await call(file, { signal })).json()) as Whole;
  return { job: ended, whole };
}
