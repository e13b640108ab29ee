import { describe, expect, it } from "vitest";
import { binsOf, flattened, hueOf, senseTree, shortLabel } from "./labels";

const COUNTS = {
  "Contingency.Cause.Reason": 6,
  "Contingency.Cause": 2,
  "Contingency.Condition": 1,
  "Comparison.Contrast": 7,
  iconic: 3,
};

describe("the sense tree", () => {
  it("counts a sense and all below it, and leaves gestures out", () => {
    const [comparison, contingency, ...others] = senseTree(COUNTS);
    expect(others).toEqual([]);
    expect(comparison?.count).toBe(7);
    expect(contingency?.count).toBe(9);
    expect(contingency?.children.map((node) => [node.path, node.count])).toEqual([
      ["Contingency.Cause", 8],
      ["Contingency.Condition", 1],
    ]);
  });

  it("is read from top to bottom", () => {
    expect(flattened(senseTree(COUNTS)).map((node) => node.name)).toEqual([
      "Comparison",
      "Contrast",
      "Contingency",
      "Cause",
      "Reason",
      "Condition",
    ]);
  });

  it("does not take a sense for one that begins alike", () => {
    const [top] = senseTree({ "Contingency.Cause": 1, "Contingency.Cause+Belief": 1 });
    expect(top?.children.map((node) => node.count)).toEqual([1, 1]);
  });
});

describe("labels", () => {
  it("are short without their class", () => {
    expect(shortLabel("Contingency.Cause.Reason")).toBe("Cause.Reason");
    expect(shortLabel("Temporal")).toBe("Temporal");
    expect(shortLabel("iconic")).toBe("iconic");
  });

  it("have eight colours, one for each class and type", () => {
    const labels = ["Comparison.X", "Contingency.X", "Expansion", "Temporal.X"];
    const hues = [...labels, "beat", "deictic", "iconic", "metaphoric"].map(hueOf);
    expect(new Set(hues).size).toBe(8);
  });
});

describe("durations", () => {
  it("are bins in order, the last without an end", () => {
    const bins = binsOf({ "2-": 4, "0-0.25": 1 });
    expect(bins.map((bin) => bin.count)).toEqual([1, 0, 0, 0, 4]);
    expect(bins.at(-1)).toEqual({ from: 2, to: undefined, count: 4 });
  });
});
