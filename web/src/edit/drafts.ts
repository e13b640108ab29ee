/** Edits in the making: a new place on the timeline, a reason, fields taken up from a conflict. */

import { signal } from "@preact/signals";
import type { TakenUp } from "./conflict";
import { edit, rowShown } from "./desk";

/** A new place for a word that waits for "save". */
export interface RetimeDraft {
  id: number;
  start: number;
  end: number;
  stroke: number | undefined;
}

export const retimeDraft = signal<RetimeDraft | undefined>(undefined);
/** Why the next edit is made; it goes with that edit. */
export const reason = signal("");
/** What a curator wants to edit further, after a conflict. */
export const takenUp = signal<TakenUp | undefined>(undefined);

/** The reason for an edit that is made now; the next one needs its own. */
export function takeReason(): string {
  const given = reason.value.trim();
  reason.value = "";
  return given;
}

/** What is wrong with a draft, in words; nothing where it can be saved. */
export function wrongWith(draft: RetimeDraft): string | undefined {
  const { start, end, stroke = 0 } = draft;
  if (![start, end, stroke].every(Number.isFinite)) return "Times must be numbers.";
  if (draft.start < 0) return "The start lies before the window.";
  if (draft.end <= draft.start) return "The end must come after the start.";
  return draft.end > 10 ? "The window ends at 10 s." : undefined;
}

/** Save the new place. */
export function saveRetime(): void {
  const draft = retimeDraft.value;
  if (!draft || wrongWith(draft)) return;
  retimeDraft.value = undefined;
  void edit(
    draft.id,
    {
      operation: "retime",
      start_seconds: round(draft.start),
      end_seconds: round(draft.end),
      ...(draft.stroke !== undefined && { stroke_seconds: round(draft.stroke) }),
    },
    takeReason(),
  );
}

/** Begin or go on with a draft of an exemplar. */
export function draftOf(id: number): RetimeDraft | undefined {
  if (retimeDraft.value?.id === id) return retimeDraft.value;
  const row = rowShown(id);
  return (
    row && {
      id,
      start: row.start_seconds,
      end: row.end_seconds,
      stroke: row.stroke_seconds ?? undefined,
    }
  );
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
