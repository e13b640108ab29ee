/** How well each sense and gesture type is covered: bars, and which have too few exemplars. */

import type { Coverage } from "../api/types";
import { isGesture } from "./labels";

type CoverageRow = Coverage["labels"][number];

/** One bar: a label, or a sense with those below it. */
export interface Bar {
  label: string;
  name: string;
  /** How deep in the tree. */
  depth: number;
  exemplars: number;
  /** Of a label itself; not known for senses that only hold others. */
  speakers: number | undefined;
  recordings: number | undefined;
  /** Whether it is a label that exemplars can have. */
  leaf: boolean;
  few: boolean;
}

/** Bars of all senses as a tree, each class before what it holds. */
export function senseBars(rows: readonly CoverageRow[], few: number): Bar[] {
  const senses = rows.filter((row) => !isGesture(row.label));
  const own = new Map(senses.map((row) => [row.label, row]));
  const paths = new Set(senses.flatMap((row) => prefixesOf(row.label)));
  return [...paths].sort(byPath).map((path) => {
    const row = own.get(path);
    const within = senses.filter(({ label }) => label === path || label.startsWith(`${path}.`));
    return barOf(path, row, sum(within), few);
  });
}

/** Bars of the gesture types. */
export function gestureBars(rows: readonly CoverageRow[], few: number): Bar[] {
  return rows
    .filter((row) => isGesture(row.label))
    .map((row) => barOf(row.label, row, row.exemplars, few));
}

/** How many labels have too few exemplars, and how many of these have none. */
export function fewOf(bars: readonly Bar[]): { few: number; none: number } {
  const few = bars.filter((bar) => bar.leaf && bar.few);
  return { few: few.length, none: few.filter((bar) => bar.exemplars === 0).length };
}

function barOf(path: string, row: CoverageRow | undefined, exemplars: number, few: number): Bar {
  const parts = path.split(".");
  return {
    label: path,
    name: parts.at(-1) ?? path,
    depth: parts.length - 1,
    exemplars,
    speakers: row?.speakers,
    recordings: row?.recordings,
    leaf: row !== undefined,
    few: row !== undefined && exemplars < few,
  };
}

function prefixesOf(label: string): string[] {
  const parts = label.split(".");
  return parts.map((_, place) => parts.slice(0, place + 1).join("."));
}

function byPath(one: string, two: string): number {
  const [left, right] = [one.split("."), two.split(".")];
  for (let place = 0; place < Math.min(left.length, right.length); place += 1) {
    const order = (left[place] ?? "").localeCompare(right[place] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function sum(rows: readonly CoverageRow[]): number {
  return rows.reduce((total, row) => total + row.exemplars, 0);
}
