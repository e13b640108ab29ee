import { expect, test } from "vitest";
import { candidate, explanation } from "./examples";
import { barOf, columnsOf, differences, scaleOf, signed } from "./scores";

const { weights } = explanation();
const best = candidate(1, { label: 8, word: 5, overshadowed: -0.75 });
const rival = candidate(2, { label: 8, word: 2.5, novel: 0.25 });

test("columns stand in one order, unknown terms behind, penalties too", () => {
  const columns = columnsOf([rival, best], weights);
  expect(columns.map((each) => each.name)).toEqual(["label", "word", "overshadowed", "novel"]);
  expect(columns.map((each) => each.weight)).toEqual([8, 5, 3, undefined]);
});

test("a full bar is the weight of its column, or the largest value where none is known", () => {
  const [label, word, shadow, novel] = columnsOf([best, rival], weights);
  if (!label || !word || !shadow || !novel) throw new Error("a column is missing");
  const all = [best, rival];
  expect(barOf(best, label, scaleOf(all, label))).toMatchObject({
    value: 8,
    share: 1,
    against: false,
  });
  expect(barOf(rival, word, scaleOf(all, word))?.share).toBeCloseTo(0.5);
  expect(barOf(best, shadow, scaleOf(all, shadow))).toMatchObject({ share: 0.25, against: true });
  expect(barOf(rival, novel, scaleOf(all, novel))?.share).toBe(1);
  expect(barOf(best, novel, 1)).toBeUndefined();
});

test("several flags of one name are one bar", () => {
  const flagged = {
    ...best,
    terms: ["a", "b"].map((why) => ({ name: "quality", value: -0.75, why })),
  };
  const [quality] = columnsOf([flagged], weights);
  if (!quality) throw new Error("no column");
  expect(barOf(flagged, quality, 2)).toMatchObject({ value: -1.5, share: 0.75, why: "a; b" });
});

test("what explains a margin is said largest first, with its sign", () => {
  expect(differences(best, rival)).toEqual(["word +2.50", "shadow −0.75", "novel −0.25"]);
  expect(differences(best, best)).toEqual([]);
  expect([signed(0.001), signed(-0.001), signed(-2)]).toEqual(["+0.00", "+0.00", "−2.00"]);
});
