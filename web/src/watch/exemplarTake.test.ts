import { describe, expect, it } from "vitest";
import { ghostOf, strokeOf, type TimelineAnswer, takeOf } from "./exemplarTake";

const ENTRY = {
  annotation_id: 3,
  word: "because",
  start_seconds: 1.2,
  end_seconds: 1.5,
  stroke_seconds: 1.1,
  probability: 0.9,
};
const ANSWER: TimelineAnswer = {
  id: 7,
  recording: "1_alva_0_1_1",
  seconds: 10,
  words: [
    { text: "because", start_seconds: 1.2, end_seconds: 1.5, prominence: 1.7 },
    { text: "it", start_seconds: 1.5, end_seconds: 1.6, prominence: 0.2 },
    { text: "rose", start_seconds: 1.6, end_seconds: 2, prominence: null },
  ],
  relations: [
    {
      ...ENTRY,
      exemplar_id: 7,
      this: true,
      label: "Contingency.Cause.Reason",
      sense: "Contingency.Cause.Reason",
      arg1: { start_seconds: -1, end_seconds: 1.1, text: "we stayed" },
      arg2: { start_seconds: null, end_seconds: null, text: "it rose" },
    },
  ],
  gestures: [{ ...ENTRY, exemplar_id: null, this: false, label: "iconic", stroke_seconds: null }],
  hand_speed: { fps: 30, left: [0, 1], right: [1, 0] },
};

describe("an exemplar's take", () => {
  it("has words, relations, known arguments and gestures as tiers", () => {
    const take = takeOf(ANSWER);
    expect(take.tiers.map(({ name, marks }) => [name, marks.length])).toEqual([
      ["Words", 3],
      ["Relations", 1],
      ["Arguments", 1],
      ["Gestures", 1],
    ]);
    expect(take.tiers[0]?.marks.map(({ strong }) => Boolean(strong))).toEqual([true, false, false]);
    expect(take.curves.map(({ name }) => name)).toEqual(["left", "right"]);
  });

  it("names a gesture with its word, and a beat without one", () => {
    const beat = { ...ENTRY, exemplar_id: null, this: false, label: "beat", word: "" };
    const { tiers } = takeOf({ ...ANSWER, gestures: [...ANSWER.gestures, beat] });
    expect(tiers.at(-1)?.marks.map(({ text, title }) => [text, title])).toEqual([
      ["iconic “because”", "iconic “because”, probability 0.90"],
      ["beat", "beat, probability 0.90"],
    ]);
  });

  it("is about the exemplar alone, whose mark bears its id", () => {
    const marks = takeOf(ANSWER).tiers.flatMap((tier) => tier.marks);
    expect(marks.filter(({ focus }) => focus).map(({ id }) => id)).toEqual(["7"]);
    expect(new Set(marks.map(({ id }) => id)).size).toBe(marks.length);
  });

  it("loops 0.6 s around the stroke, also at the window's edges", () => {
    expect(takeOf(ANSWER).loop?.start).toBeCloseTo(0.8, 9);
    for (const stroke_seconds of [0.1, 1.1, 9.95]) {
      const own = ANSWER.relations.map((each) => ({ ...each, stroke_seconds }));
      const { loop } = takeOf({ ...ANSWER, relations: own });
      expect((loop?.end ?? 0) - (loop?.start ?? 0)).toBeCloseTo(0.6, 9);
    }
  });

  it("meets another one at the strokes", () => {
    const [take, other] = [takeOf(ANSWER), takeOf(ANSWER)];
    expect(strokeOf(take)).toBe(1.1);
    const later = {
      ...other,
      tiers: [{ name: "x", marks: [{ id: "8", text: "", start: 4, end: 5, focus: true }] }],
    };
    expect(ghostOf(take, later).shift).toBeCloseTo(1.1 - 4.5, 9);
  });
});
