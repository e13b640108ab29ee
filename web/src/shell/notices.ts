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
  add({ kind: "problem", ...wordsOf(error) });
}

/** Why something failed and what to do about it, for a dialog, which lies above the notices. */
export function problemText(error: unknown): string {
  const { text, remedy } = wordsOf(error);
  return remedy ? `${text}. ${remedy}` : text;
}

export function close(id: number): void {
  notices.value = notices.value.filter((each) => each.id !== id);
}

function wordsOf(error: unknown): Pick<Notice, "text" | "remedy"> {
  const text = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof ServiceError ? error.detail.remedy : undefined;
  return { text, ...(remedy && { remedy }) };
}

function add(notice: Omit<Notice, "id">): void {
  last += 1;
  const id = last;
  notices.value = [...notices.value.slice(-3), { ...notice, id }];
  if (notice.kind === "done") setTimeout(() => close(id), SHOWN_MILLISECONDS);
}
