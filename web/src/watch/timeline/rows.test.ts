import { expect, it } from "vitest";
import type { Take } from "../types";
import { heightOf, niceCeiling, rowsOf, valueAt } from "./rows";

const TAKE: Take = {
  key: "1",
  title: "",
  motion: "/m",
  sound: "/s",
  seconds: 10,
  tiers: [
    { name: "Words", marks: [{ id: "1", text: "a", start: 0, end: 1 }] },
    {
      name: "Arguments",
      marks: [
        { id: "1", text: "a", start: 0, end: 3 },
        { id: "2", text: "b", start: 1, end: 2 },
      ],
    },
  ],
  curves: [
    { name: "left", unit: "m/s", fps: 30, values: [0, 1.1] },
    { name: "right", unit: "m/s", fps: 30, values: [0, 2.2] },
    { name: "loudness", unit: "dB", fps: 10, values: [3] },
  ],
};

it("rows lie below one another, and curves of one unit share one", () => {
  const rows = rowsOf(TAKE);
  expect(rows.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "ruler Time",
    "sound Sound",
    "tier Words",
    "tier Arguments",
    "curves m/s",
    "curves dB",
  ]);
  rows.slice(1).forEach((row, place) => {
    const above = rows[place];
    expect(row.top).toBeGreaterThanOrEqual((above?.top ?? 0) + (above?.height ?? 0));
  });
  expect(heightOf(rows)).toBeGreaterThan(150);
});

it("there is no sound row without a sound", () => {
  const { sound: _, ...silent } = TAKE;
  expect(rowsOf(silent).some(({ kind }) => kind === "sound")).toBe(false);
});

it("scales end at a round number that holds both curves", () => {
  expect(rowsOf(TAKE).find(({ kind }) => kind === "curves")).toMatchObject({ most: 3 });
  expect([0, 0.07, 1, 1.2, 4.4, 9].map(niceCeiling)).toEqual([1, 0.08, 1, 1.5, 5, 10]);
});

it("a curve has no value beyond its ends", () => {
  const curve = { name: "left", unit: "m/s", fps: 30, values: [1, 2, 3] };
  expect(valueAt(curve, 0.034)).toBe(2);
  expect(valueAt(curve, 1)).toBeUndefined();
});
