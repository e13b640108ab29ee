import { describe, expect, it } from "vitest";
import { fewOf, gestureBars, senseBars } from "./coverage";

function row(label: string, exemplars: number) {
  const kind = label.includes(".") ? ("relation" as const) : ("gesture" as const);
  return { kind, label, exemplars, speakers: 1, recordings: 1, few: false };
}

const ROWS = [
  row("Contingency.Cause.Reason", 6),
  row("Contingency.Cause.Result", 0),
  row("Comparison.Contrast", 2),
  row("beat", 1),
];

describe("coverage", () => {
  it("adds up a class before what it holds", () => {
    expect(senseBars(ROWS, 5).map((bar) => [bar.depth, bar.name, bar.exemplars])).toEqual([
      [0, "Comparison", 2],
      [1, "Contrast", 2],
      [0, "Contingency", 6],
      [1, "Cause", 6],
      [2, "Reason", 6],
      [2, "Result", 0],
    ]);
  });

  it("calls labels few by the number that is asked for, never a class", () => {
    expect(fewOf(senseBars(ROWS, 5))).toEqual({ few: 2, none: 1 });
    expect(fewOf(senseBars(ROWS, 1))).toEqual({ few: 1, none: 1 });
    expect(gestureBars(ROWS, 2)[0]?.few).toBe(true);
  });
});
