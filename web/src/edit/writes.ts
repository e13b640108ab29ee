/** A write that waits to be sent, in words and as a request, with what it shows meanwhile. */

import type { ErrorDetail, Exemplar } from "../api/types";
import type { KeptForm } from "./keptFiles";

export interface Write {
  /** Grows with time; also the idempotency key. */
  id: string;
  /** The tab that asked for it. */
  tab: string;
  /** What it does, after "undo": `relabel “because” (12) as iconic`. */
  words: string;
  method: "POST" | "PATCH" | "PUT" | "DELETE";
  path: string;
  body?: unknown;
  /** A form with a file, in place of a body. */
  form?: KeptForm;
  /** Sent as If-Match: a revision of an exemplar, or a tag's version. */
  revision?: number;
  /** Whose revision that is; its rows move on with earlier writes. */
  exemplar?: number;
  /** Other exemplars whose revisions stand in the body, in the order of `if_revisions`. */
  others?: readonly number[];
  /** What it was made for. */
  base?: Exemplar;
  /** Rows as they will be. */
  shown: readonly Exemplar[];
  /** Whether undo takes it back: an edit, an undo, a redo, or something else. */
  role: "edit" | "undo" | "redo" | "other";
  tries: number;
  refused?: Refusal;
}

/** Why the service will not do it. */
export interface Refusal {
  status: number;
  detail: ErrorDetail;
}

/** What a write needs from whoever asks for it. */
export type Wanted = Omit<Write, "id" | "tab" | "tries" | "refused" | "shown" | "role"> &
  Partial<Pick<Write, "shown" | "role">>;

let last = 0;

/** A write of this tab, later than all before. */
export function writeOf(wanted: Wanted, tab: string): Write {
  last = Math.max(last + 1, Date.now());
  const id = `${last.toString(36).padStart(9, "0")}-${crypto.randomUUID().slice(0, 13)}`;
  return { shown: [], role: "edit", ...wanted, id, tab, tries: 0 };
}

/** Rows as they will be once these writes are done, the later ones on top. */
export function overlayOf(writes: readonly Write[]): Map<number, Exemplar> {
  const overlay = new Map<number, Exemplar>();
  for (const write of writes) {
    if (write.refused) continue;
    for (const row of write.shown) overlay.set(row.id, row);
  }
  return overlay;
}

/** A write after another one was done: made for the revisions that this left. */
export function rebased(
  write: Write,
  rows: readonly { id: number; before?: Exemplar | null; after?: Exemplar | null }[],
): Write {
  if (write.tries > 0) return write;
  return rows.reduce((moved, { id, before, after }) => {
    if (!before || !after || revisionIn(moved, id) !== before.revision) return moved;
    return madeFor(moved, id, after.revision);
  }, write);
}

/** The revision of an exemplar that a write was made for; none where it names none. */
export function revisionIn(write: Made, id: number): number | undefined {
  if (write.exemplar === id) return write.revision;
  const place = write.others?.indexOf(id) ?? -1;
  return place < 0 ? undefined : revisionsOf(write)[place];
}

/** The same write, made for another revision of an exemplar. */
export function madeFor<T extends Made>(write: T, id: number, revision: number): T {
  if (write.exemplar === id) return { ...write, revision };
  const ids = write.others ?? [];
  if (!ids.includes(id)) return write;
  const before = revisionsOf(write);
  const if_revisions = ids.map((each, place) => (each === id ? revision : before[place]));
  return { ...write, body: { ...(write.body as object), if_revisions } };
}

type Made = Pick<Write, "exemplar" | "revision" | "others" | "body">;

function revisionsOf(write: Made): readonly number[] {
  return (write.body as { if_revisions: readonly number[] }).if_revisions;
}
