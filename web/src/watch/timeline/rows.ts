/** What lies where on the timeline, from top to bottom. */

import type { Curve, Take } from "../types";
import { Lanes } from "./lanes";

export const LANE_PIXELS = 24;
const RULER_PIXELS = 22;
const SOUND_PIXELS = 50;
const CURVES_PIXELS = 54;
const GAP_PIXELS = 4;

interface Placed {
  name: string;
  top: number;
  height: number;
}

export type Row =
  | (Placed & { kind: "ruler" })
  | (Placed & { kind: "sound" })
  | (Placed & { kind: "tier"; lanes: Lanes })
  | (Placed & { kind: "curves"; unit: string; curves: readonly Curve[]; most: number });

/** Ruler, sound, tiers and curves of a take, below one another. */
export function rowsOf(take: Take): Row[] {
  const rows: Row[] = [];
  let top = 0;
  const add = (row: Row) => {
    rows.push({ ...row, top });
    top += row.height + (row.kind === "ruler" ? 0 : GAP_PIXELS);
  };
  add({ kind: "ruler", name: "Time", top, height: RULER_PIXELS });
  if (take.sound) add({ kind: "sound", name: "Sound", top, height: SOUND_PIXELS });
  for (const tier of take.tiers) {
    const lanes = new Lanes(tier);
    add({ kind: "tier", name: tier.name, top, height: lanes.count * LANE_PIXELS, lanes });
  }
  for (const [unit, curves] of byUnit(take.curves)) {
    const most = niceCeiling(Math.max(0, ...curves.map((each) => mostOf(each.values))));
    add({ kind: "curves", name: unit, top, height: CURVES_PIXELS, unit, curves, most });
  }
  return rows;
}

export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last ? last.top + last.height : 0;
}

/** A curve's value at a time; none beyond its ends. */
export function valueAt(curve: Curve, time: number): number | undefined {
  return curve.values[Math.round(time * curve.fps)];
}

/** The next number of 1, 1.5, 2, 3, 4, 5 and 8 times a power of ten. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 8, 10].find((each) => each * power >= value - 1e-9) ?? 10;
  return step * power;
}

function mostOf(values: readonly number[]): number {
  return values.reduce((most, each) => Math.max(most, each), 0);
}

function byUnit(curves: readonly Curve[]): Map<string, Curve[]> {
  const found = new Map<string, Curve[]>();
  for (const curve of curves) found.set(curve.unit, [...(found.get(curve.unit) ?? []), curve]);
  return found;
}
