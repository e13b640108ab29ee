/** Following a job to its end: by events, and by asking where events do not get through. */

import { ask, call, ServiceError, UnreachableError } from "../api/client";
import type { Job } from "../api/types";
import { EventReader } from "./sse";

/** What a job was after one change. */
export interface JobEvent {
  seq: number;
  state: Job["state"];
  attempt: number;
  progress: Job["progress"];
}

const FINAL: readonly Job["state"][] = ["succeeded", "failed", "canceled", "expired"];
const WAIT_SECONDS = 20;
const LONGEST_PAUSE_MILLISECONDS = 10_000;
const TRIES_BY_EVENTS = 3;

export function isFinal(job: { state: Job["state"] }): boolean {
  return FINAL.includes(job.state);
}

/** The job once it has ended; throws what it failed of. */
export async function endOf(job: Job | string, signal: AbortSignal): Promise<Job> {
  const id = typeof job === "string" ? job : job.id;
  let now = typeof job === "string" ? await ask<Job>(`/v1/jobs/${id}`, { signal }) : job;
  while (!isFinal(now)) {
    now = await patiently(
      () => ask<Job>(`/v1/jobs/${id}?wait=${WAIT_SECONDS}`, { signal }),
      signal,
    );
  }
  if (now.error) throw new ServiceError(500, now.error);
  if (now.state !== "succeeded") throw new Error(`Job ${id} was ${now.state}.`);
  return now;
}

/** Tell every change of a job until it has ended; comes back after a lost connection. */
export async function follow(
  id: string,
  tell: (job: Job) => void,
  signal: AbortSignal,
): Promise<void> {
  let job = await patiently(() => ask<Job>(`/v1/jobs/${id}`, { signal }), signal);
  tell(job);
  let last = "";
  for (let failed = 0; !isFinal(job) && !signal.aborted; ) {
    try {
      if (failed < TRIES_BY_EVENTS) {
        await events(id, last, signal, (event) => {
          last = String(event.seq);
          failed = 0;
          // the end is told by the job itself, which has its results
          if (!isFinal(event)) {
            job = changed(job, event);
            tell(job);
          }
        });
        job = await ask<Job>(`/v1/jobs/${id}`, { signal });
      } else job = await ask<Job>(`/v1/jobs/${id}?wait=${WAIT_SECONDS}`, { signal });
      tell(job);
      if (!isFinal(job)) await pause(300, signal);
    } catch (error) {
      if (!isPassing(error)) throw error;
      failed += 1;
      await pause(pauseAfter(failed), signal);
    }
  }
}

function changed(job: Job, event: JobEvent): Job {
  const { state, attempt, progress = null } = event;
  const begun = attempt > 0 ? { queue_position: null } : {};
  return { ...job, ...begun, state, attempt, progress };
}

/** How long to wait after so many failures in a row. */
export function pauseAfter(failed: number): number {
  return Math.min(LONGEST_PAUSE_MILLISECONDS, 500 * 2 ** (failed - 1));
}

async function events(
  id: string,
  last: string,
  signal: AbortSignal,
  tell: (event: JobEvent) => void,
): Promise<void> {
  const headers: Record<string, string> = last ? { "Last-Event-ID": last } : {};
  const answer = await call(`/v1/jobs/${id}/events`, { headers, signal });
  if (answer.status === 204 || !answer.body) return;
  const reader = new EventReader();
  const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let part = await text.read(); !part.done; part = await text.read()) {
      for (const event of reader.read(part.value)) tell(JSON.parse(event.data) as JobEvent);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UnreachableError("The connection was lost.");
  }
}

async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failed = 1; ; failed += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await pause(pauseAfter(failed), signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof UnreachableError ||
    (error instanceof ServiceError && error.detail.retryable && error.status !== 429)
  );
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      failed(signal.reason);
    });
  });
}
