/** How a job is told in words. */

import type { Job } from "../api/types";
import { isFinal } from "./follow";

const STAGES: Record<string, string> = {
  speak: "speaking the text",
  transcribe: "finding the words",
  annotate: "reading the words",
  retrieve: "choosing exemplars",
  without: "choosing again without some",
  place: "laying them on the talk",
  denoise: "making the motion",
  export: "writing files",
  cut: "cutting exemplars",
  embed: "reading their meaning",
  invert: "preparing their motion",
  write: "writing the index",
  store: "storing files",
};
const KINDS: Record<Job["kind"], string> = {
  gestures: "gestures",
  explanation: "why",
  recording: "recording",
};

export function stageOf(job: Job): string {
  if (job.state === "queued") {
    const before = job.queue_position ?? 0;
    return before ? `waiting behind ${before}` : "next in the queue";
  }
  const stage = job.progress?.stage;
  if (isFinal(job) || !stage) return job.state;
  return STAGES[stage] ?? stage;
}

export function kindOf(job: Pick<Job, "kind">): string {
  return KINDS[job.kind];
}

/** How far it is within all its stages, as far as the service tells. */
export function fractionOf(job: Job): number {
  return job.state === "succeeded" ? 1 : (job.progress?.fraction ?? 0);
}

/** How long it took, or has taken. */
export function lasted(job: Job, now = Date.now()): string {
  if (!job.started_at) return "";
  const end = job.finished_at ? Date.parse(job.finished_at) : now;
  return duration((end - Date.parse(job.started_at)) / 1000);
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, seconds).toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor(seconds - 60 * minutes);
  return `${minutes}:${String(rest).padStart(2, "0")} min`;
}

/** A time as a person near it reads it. */
export function moment(iso: string | null | undefined, now = new Date()): string {
  if (!iso) return "–";
  const at = new Date(iso);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return at.toDateString() === now.toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}
