/** Two edits of one exemplar: what each of them says, field by field. */

import type { Exemplar } from "../api/types";
import { FIELDS } from "./fields";
import { madeFor, type Refusal, revisionIn, type Write } from "./writes";

export interface ConflictField {
  name: string;
  mine: string;
  theirs: string;
  /** What it was before both; none where that is not known. */
  base: string | undefined;
  differs: boolean;
}

export interface Conflict {
  write: Write;
  mine: Exemplar;
  theirs: Exemplar;
}

/** The conflict that a refusal tells of; none where it is another refusal. */
export function conflictOf(write: Write, refusal: Refusal | undefined): Conflict | undefined {
  const told = refusal?.detail.detail as { yours?: Exemplar; theirs?: Exemplar } | null | undefined;
  // a table is refused whole: one of its rows cannot be decided alone
  if (write.form || refusal?.status !== 412 || !told?.yours || !told.theirs) return undefined;
  return { write, mine: told.yours, theirs: told.theirs };
}

/** Every field of both; those that differ are marked. */
export function conflictFields(conflict: Conflict): ConflictField[] {
  const { mine, theirs, write } = conflict;
  return FIELDS.map(({ name, of }) => ({
    name,
    mine: of(mine),
    theirs: of(theirs),
    base: write.base && of(write.base),
    differs: of(mine) !== of(theirs),
  }));
}

/** The revision that my write was made for. */
export function seenRevision({ write, theirs }: Conflict): number | undefined {
  return revisionIn(write, theirs.id);
}

/** My write once more, made for what is there now. */
export function againstTheirs(conflict: Conflict) {
  const { id: _, tab: __, tries: ___, refused: ____, ...wanted } = conflict.write;
  const { theirs } = conflict;
  const again = { ...madeFor(wanted, theirs.id, theirs.revision), shown: [] };
  return wanted.exemplar === theirs.id ? { ...again, base: theirs } : again;
}

/** Texts that I meant to write; what my edit left as it was is not mine. */
export interface TakenUp {
  id: number;
  word?: string;
  comment?: string;
}

/** What I meant to write, to go on from. */
export function meant({ mine, write: { base } }: Conflict): TakenUp {
  return {
    id: mine.id,
    ...(base && mine.word !== base.word && { word: mine.word }),
    ...(base && mine.comment !== base.comment && { comment: mine.comment }),
  };
}
