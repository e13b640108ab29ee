import { expect, it } from "vitest";
import type { Mark } from "../types";
import { differs, draftOf, edgesOf, LEAST_SECONDS, moved, nudged, snapped } from "./retiming";

const MARK: Mark = { id: "7", text: "because", start: 1.2, end: 1.5, stroke: 1.3 };

it("an edge cannot pass the other one nor leave the take", () => {
  const draft = draftOf(MARK);
  expect(moved(draft, "start", 9, 10).span.start).toBeCloseTo(1.5 - LEAST_SECONDS, 9);
  expect(moved(draft, "end", 0, 10).span.end).toBeCloseTo(1.2 + LEAST_SECONDS, 9);
  expect(moved(draft, "start", -3, 10).span.start).toBe(0);
  expect(moved(draft, "end", 30, 10).span.end).toBe(10);
  expect(moved(draft, "stroke", 30, 10).stroke).toBe(10);
});

it("a mark that hangs over the take's end can still be moved", () => {
  const draft = draftOf({ ...MARK, start: 9.99, end: 10.4 });
  expect(moved(draft, "end", 10.2, 10).span.end).toBeCloseTo(9.99 + LEAST_SECONDS, 9);
});

it("frames forward and back give the mark as it was", () => {
  const there = nudged(draftOf(MARK), "end", 1, 10);
  expect(there.span.end).toBeCloseTo(1.533, 9);
  expect(differs(there)).toBe(true);
  expect(differs(nudged(there, "end", -1, 10))).toBe(false);
});

it("a stroke that is not known begins in the middle of the span", () => {
  const { stroke: _, ...without } = MARK;
  expect(nudged(draftOf(without), "stroke", 0, 10).stroke).toBeCloseTo(1.35, 9);
});

it("times are drawn to the nearest word edge within reach", () => {
  const edges = edgesOf([MARK, { ...MARK, start: 1.52, end: 2 }]);
  expect(snapped(1.514, edges, 0.03)).toBe(1.52);
  expect(snapped(1.7, edges, 0.03)).toBe(1.7);
});
