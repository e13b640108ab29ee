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
}

const PAGE = 50;
/** As many as one answer may have. */
const MOST = 200;
const BUSY_MILLISECONDS = 1000;
const CALM_MILLISECONDS = 4000;

/** The first pages anew, as many jobs as were shown. */
export async function firstPages(
  wanted: Wanted,
  shown: number,
  signal: AbortSignal,
): Promise<Jobs> {
  const limit = Math.min(MOST, Math.max(PAGE, shown));
  return await ask<Jobs>(address(wanted, limit), { signal });
}

/** The page behind. */
export async function nextPage(wanted: Wanted, cursor: string, signal: AbortSignal): Promise<Jobs> {
  return await ask<Jobs>(address(wanted, PAGE, cursor), { signal });
}

/** Jobs as they are now, with those shown before that lie behind them. */
export function merged(shown: readonly Job[], fresh: readonly Job[], more: boolean): Job[] {
  const last = fresh.at(-1);
  if (!more || !last) return [...fresh];
  const place = shown.findIndex((job) => job.id === last.id);
  return place < 0 ? [...fresh] : [...fresh, ...shown.slice(place + 1)];
}

/** How long until the next look: shorter while something runs. */
export function pauseOf(jobs: readonly Job[]): number {
  return jobs.every(isFinal) ? CALM_MILLISECONDS : BUSY_MILLISECONDS;
}

function address(wanted: Wanted, limit: number, cursor?: string): string {
  return at("/v1/jobs", { state: wanted.states, kind: wanted.kinds, limit, cursor });
}
