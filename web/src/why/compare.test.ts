import { expect, test } from "vitest";
import { aligned, changed } from "./compare";
import { candidate, explanation, moment, placed } from "./examples";

const one = candidate(1, { label: 8 });
const two = candidate(2, { label: 7.5 });
const huge = moment(2, "huge", { candidates: [one, two], placed: placed(1, 1) });

function changes(before: typeof huge, after: typeof huge): readonly string[] {
  return aligned(explanation(before), explanation(after))[0]?.changes ?? [];
}

test("moments are aligned by time, also those that only one side asks", () => {
  const before = explanation(moment(1, "we"), huge);
  const after = explanation(
    { ...huge, time_seconds: 2.01 },
    moment(5, "there", { placed: placed(9, 4) }),
  );
  const pairs = aligned(before, after);
  expect(pairs.map((pair) => [pair.before?.word, pair.after?.word])).toEqual([
    ["we", undefined],
    ["huge", "huge"],
    [undefined, "there"],
  ]);
  expect(changed(pairs).map((pair) => pair.changes)).toEqual([["asked only here: gets #9"]]);
});

test("two moments at one time are told apart by what asks", () => {
  const stressed = moment(2, "huge", { label: "beat", method: "prosody" });
  const pairs = aligned(explanation(huge, stressed), explanation(stressed, huge));
  expect(pairs.every((pair) => pair.before?.method === pair.after?.method)).toBe(true);
});

test("another exemplar is named with what it scores less", () => {
  expect(changes(huge, { ...huge, placed: placed(2, 1), candidates: [two] })).toEqual([
    "#2 instead of #1, score −0.50",
  ]);
});

test("another place, a loss and a gain are said in words", () => {
  expect(changes(huge, { ...huge, placed: placed(1, 3) })).toEqual(["placed 2 s later"]);
  expect(changes(huge, { ...huge, placed: null, reason: "too near" })).toEqual([
    "loses #1: too near",
  ]);
  expect(changes({ ...huge, placed: null }, huge)).toEqual(["gets #1; had none"]);
  expect(changes(huge, huge)).toEqual([]);
});
