/** The jobs of the service, newest first: fetched by pages, looked at again and again. */

import { ask, at } from "../api/client";
import type { Job, Jobs } from "../api/types";
import { isFinal } from "./follow";

export const STATES: readonly Job["state"][] = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "canceled",
  "expired",
];
export const KINDS: readonly Job["kind"][] = ["gestures", "explanation", "recording"];

export interface Wanted {
  states: readonly string[];
  kinds: readonly string[];
  /** Number or tag of the index version that they ran on; empty for all. */
  version: string;
}

/** What the list shows. */
export interface Shown {
  jobs: readonly Job[];
  /** Of the page behind; none where all are shown. */
  cursor: string | null;
}

/** What a look at the service found. */
export interface Look {
  /** The newest jobs, and the cursor behind them. */
  front: Shown;
  /** Whether they reach what was shown, so that no job is missing between. */
  reaches: boolean;
  /** Jobs behind them that had not ended, as they stand now; none where one is no longer wanted. */
  later: ReadonlyMap<string, Job | undefined>;
  /** How often the service was asked. */
  asked: number;
}

export const NOTHING: Shown = { jobs: [], cursor: null };

const PAGE = 50;
/** As many as one answer may have. */
const MOST = 200;
/** Pages that are fetched to reach what was shown, when many jobs came at once. */
const MOST_PAGES = 5;
const BUSY_MILLISECONDS = 1000;
const CALM_MILLISECONDS = 4000;

/** Look at the newest jobs, and at every job shown behind them that had not ended. */
export async function look(
  wanted: Wanted,
  shown: readonly Job[],
  signal: AbortSignal,
): Promise<Look> {
  const limit = Math.min(MOST, Math.max(PAGE, shown.length));
  const pages = [await ask<Jobs>(address(wanted, { limit }), { signal })];
  const front = () => ({
    jobs: pages.flatMap((page) => page.jobs),
    cursor: pages.at(-1)?.next_cursor ?? null,
  });
  while (!reaches(front(), shown) && pages.length < MOST_PAGES) {
    const { cursor } = front();
    pages.push(await ask<Jobs>(address(wanted, { limit: MOST, cursor }), { signal }));
  }
  const open = behind(shown, front()).filter((job) => !isFinal(job));
  const later = new Map<string, Job | undefined>(open.map((job) => [job.id, undefined]));
  let asked = pages.length;
  for (let first = 0; first < open.length; first += MOST, asked += 1) {
    const id = open.slice(first, first + MOST).map((job) => job.id);
    const now = await ask<Jobs>(address(wanted, { id, limit: MOST }), { signal });
    for (const job of now.jobs) later.set(job.id, job);
  }
  return { front: front(), reaches: reaches(front(), shown), later, asked };
}

/** The page behind. */
export async function nextPage(
  wanted: Wanted,
  cursor: string,
  signal: AbortSignal,
): Promise<Shown> {
  const page = await ask<Jobs>(address(wanted, { limit: PAGE, cursor }), { signal });
  return { jobs: page.jobs, cursor: page.next_cursor };
}

/** What is shown after a look. */
export function after(shown: Shown, { front, reaches, later }: Look): Shown {
  if (!reaches) return front;
  const older = behind(shown.jobs, front).flatMap((job) =>
    later.has(job.id) ? (later.get(job.id) ?? []) : [job],
  );
  return older.length ? { jobs: [...front.jobs, ...older], cursor: shown.cursor } : front;
}

/** What is shown once the page behind was fetched. */
export function longer(shown: Shown, page: Shown): Shown {
  const last = shown.jobs.at(-1);
  const added = last ? page.jobs.filter((job) => isOlder(job, last)) : page.jobs;
  return { jobs: [...shown.jobs, ...added], cursor: page.cursor };
}

/** How long until the next look: shorter while something runs, longer where a look asks much. */
export function pauseOf(jobs: readonly Job[], asked = 1): number {
  return asked * (jobs.every(isFinal) ? CALM_MILLISECONDS : BUSY_MILLISECONDS);
}

/** Jobs that were shown and lie behind the newest. */
function behind(shown: readonly Job[], front: Shown): Job[] {
  const last = front.jobs.at(-1);
  // without a page behind, what is not among the newest is gone
  return last && front.cursor !== null ? shown.filter((job) => isOlder(job, last)) : [];
}

function reaches(front: Shown, shown: readonly Job[]): boolean {
  const [first, last] = [shown[0], front.jobs.at(-1)];
  return !first || !last || front.cursor === null || !isOlder(first, last) || first.id === last.id;
}

/** Whether a job stands behind another one in the list. */
function isOlder(job: Job, other: Job): boolean {
  const [one, two] = [stamp(job), stamp(other)];
  return one === two ? job.id < other.id : one < two;
}

/** When a job was made, as text that sorts: fractions of a second are as long as they need to be. */
function stamp(job: Job): string {
  const [whole = "", fraction = ""] = job.created_at.replace("Z", "").split(".");
  return `${whole}.${fraction.padEnd(6, "0")}`;
}

function address(
  { states, kinds, version }: Wanted,
  page: { limit: number; cursor?: string | null; id?: readonly string[] },
): string {
  return at("/v1/jobs", { state: states, kind: kinds, index_version: version, ...page });
}
