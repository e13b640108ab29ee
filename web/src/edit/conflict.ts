/** Two edits of one exemplar: what each of them says, field by field. */

import type { Exemplar } from "../api/types";
import { FIELDS } from "./fields";
import type { Refusal, Write } from "./writes";

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
  if (refusal?.status !== 412 || !told?.yours || !told.theirs) return undefined;
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

/** My write once more, made for what is there now. */
export function againstTheirs(conflict: Conflict) {
  const { id: _, tab: __, tries: ___, refused: ____, ...wanted } = conflict.write;
  const { theirs } = conflict;
  return { ...wanted, revision: theirs.revision, base: theirs, shown: [] };
}
