/** What differs between two states of an exemplar, field by field, in words. */

import type { Exemplar, RowChange } from "../api/types";

export interface FieldChange {
  field: string;
  before: string;
  after: string;
}

/** One field as it is read. */
interface Field {
  name: string;
  of: (row: Exemplar) => string;
}

export const FIELDS: readonly Field[] = [
  { name: "label", of: (row) => row.sense },
  { name: "word", of: (row) => row.word },
  { name: "start", of: (row) => secondsText(row.start_seconds) },
  { name: "end", of: (row) => secondsText(row.end_seconds) },
  { name: "stroke", of: (row) => secondsText(row.stroke_seconds) },
  { name: "flags", of: (row) => row.quality.join(", ") || "none" },
  { name: "comment", of: (row) => row.comment || "none" },
  { name: "in the index", of: (row) => (row.removed ? "no" : "yes") },
];

/** The fields that differ. */
export function changesOf(before: Exemplar, after: Exemplar): FieldChange[] {
  return FIELDS.map((field) => ({
    field: field.name,
    before: field.of(before),
    after: field.of(after),
  })).filter((each) => each.before !== each.after);
}

export const CHANGE_KINDS = [
  "added",
  "removed",
  "restored",
  "relabelled",
  "reworded",
  "retimed",
  "flagged",
  "commented",
  "changed",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

const KIND_OF_FIELD: Record<string, ChangeKind> = {
  label: "relabelled",
  word: "reworded",
  start: "retimed",
  end: "retimed",
  stroke: "retimed",
  flags: "flagged",
  comment: "commented",
};

/** What mostly happened to a row. */
export function kindOf(change: RowChange): ChangeKind {
  const { before, after } = change;
  if (!before) return "added";
  if (!after) return "removed";
  if (before.removed !== after.removed) return after.removed ? "removed" : "restored";
  const first = changesOf(before, after)[0];
  return (first && KIND_OF_FIELD[first.field]) ?? "changed";
}

/** Rows by what happened to them, the gravest first. */
export function grouped(rows: readonly RowChange[]): { kind: ChangeKind; rows: RowChange[] }[] {
  return CHANGE_KINDS.map((kind) => ({
    kind,
    rows: rows.filter((row) => kindOf(row) === kind),
  })).filter((group) => group.rows.length > 0);
}

/** So many exemplars, in words. */
export function exemplarsText(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "exemplar" : "exemplars"}`;
}

/** Seconds as they are shown everywhere. */
export function secondsText(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? "none" : `${seconds.toFixed(2)} s`;
}
