/** Short messages at the foot of the page; errors stay until they are closed. */

import { signal } from "@preact/signals";
import { ServiceError } from "../api/client";

export interface Notice {
  id: number;
  kind: "done" | "problem";
  text: string;
  /** What to do about it. */
  remedy?: string;
  action?: { name: string; run: () => void };
}

export const notices = signal<readonly Notice[]>([]);
const SHOWN_MILLISECONDS = 6000;
let last = 0;

export function tell(text: string, action?: Notice["action"]): void {
  add({ kind: "done", text, ...(action && { action }) });
}

/** Show why something failed; an aborted call is no failure. */
export function tellProblem(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  const text = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof ServiceError ? error.detail.remedy : undefined;
  add({ kind: "problem", text, ...(remedy && { remedy }) });
}

export function close(id: number): void {
  notices.value = notices.value.filter((each) => each.id !== id);
}

function add(notice: Omit<Notice, "id">): void {
  last += 1;
  const id = last;
  notices.value = [...notices.value.slice(-3), { ...notice, id }];
  if (notice.kind === "done") setTimeout(() => close(id), SHOWN_MILLISECONDS);
}
