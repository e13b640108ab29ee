/** What a run is given: addresses of services with their page, and what Python worked out about it. */

import { existsSync, readFileSync } from "node:fs";

/** Where a joint of an exemplar is at a time, by the project's own forward kinematics. */
export interface Expected {
  exemplar: number;
  seconds: number;
  joints: Record<string, [number, number, number]>;
}

export interface Given {
  poses: readonly Expected[];
  /** Another service, which asks for a key. */
  keyed?: { url: string; key: string };
}

const pages = (process.env.PAGE_URL ?? "").split(" ");

/** This file's service: as many files as there are services are clicked at once, each on its own. */
export const PAGE_URL = pages[Number(process.env.VITEST_POOL_ID ?? 1) - 1] ?? "";
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why nothing can be clicked here; empty where it can. */
export const missing = !PAGE_URL
  ? "PAGE_URL names no service"
  : existsSync(CHROMIUM)
    ? ""
    : `there is no Chromium at ${CHROMIUM}; CHROMIUM names another one`;

if (missing) console.warn(`skipped: ${missing}`);

/** What Python wrote; nothing where the run was started by hand. */
export function given(): Given {
  const file = process.env.CLICK_GIVEN;
  return file ? (JSON.parse(readFileSync(file, "utf8")) as Given) : { poses: [] };
}
