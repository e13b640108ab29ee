import { expect, test } from "vitest";
import { cutExemplar, explanation, moment, placed, TALK } from "./examples";
import { chosenMoment, cutsOf, huesOf, keyOf, standing } from "./moments";
import { around, legible, percent, rowsOf, ticks } from "./span";
import { rolesOf, shownWords } from "./talk";

const because = moment(1.1, "because", {
  label: "Contingency.Cause",
  method: "discourse",
  placed: placed(4, 0),
});
const stayed = moment(0.6, "stayed");
const rained = moment(2.1, "rained", { label: "beat", method: "prosody" });
const all = [stayed, because, rained];

test("each label stands under its word and leads to its moment", () => {
  const words = shownWords(TALK, all, 0, 10);
  expect(words.map((word) => word.labels.map((label) => label.text))).toEqual([
    [],
    ["iconic"],
    ["Contingency.Cause"],
    [],
    ["beat"],
  ]);
  expect(words.map((word) => word.labels[0]?.moment)).toEqual([
    undefined,
    stayed,
    because,
    undefined,
    rained,
  ]);
});

test("a label and the stress that asks for the same are shown once", () => {
  const stress = moment(0.6, "stayed", { label: "iconic", method: "prosody" });
  const [, word] = shownWords(TALK, [stress], 0, 10);
  expect(word?.labels).toEqual([{ text: "iconic", moment: stress }]);
});

test("an annotation that asks for nothing is shown all the same", () => {
  const [, label] = shownWords(TALK, [], 0, 10);
  expect(label?.labels).toEqual([{ text: "iconic", moment: undefined }]);
});

test("prominence is strength; words outside of what is shown are left out", () => {
  expect(shownWords(TALK, [], 0, 10).map((word) => word.strength)).toEqual([
    0,
    undefined,
    undefined,
    undefined,
    3,
  ]);
  expect(shownWords(TALK, [], 1, 1.5).map((word) => word.text)).toEqual(["because"]);
});

test("the words of a relation play their parts while it is chosen", () => {
  const roles = rolesOf(TALK, because);
  expect([0, 1, 2, 3, 4].map((place) => roles.get(place))).toEqual([
    "arg1",
    "arg1",
    "focus",
    "arg2",
    "arg2",
  ]);
  expect([...rolesOf(TALK, stayed)]).toEqual([[1, "focus"]]);
});

test("insertions have colours in the order of the talk, moments without none", () => {
  const later = moment(5, "there", { placed: placed(9, 4) });
  const hues = huesOf([...all, later]);
  expect([hues.get(keyOf(because)), hues.get(keyOf(later)), hues.get(keyOf(stayed))]).toEqual([
    0,
    1,
    undefined,
  ]);
});

test("cuts that somebody chose come first, and none that is nothing", () => {
  const cut = { label: 44, recording: 0, speaker: 9, exemplar: 1 };
  const row = cutExemplar(7, 3);
  const cuts = cutsOf(moment(1, "we", { cut, cut_examples: { speaker: [row] } }));
  expect(cuts.map((each) => [each.name, each.count, each.examples])).toEqual([
    ["exemplar", 1, []],
    ["speaker", 9, [row]],
    ["label", 44, []],
  ]);
});

test("where nothing is placed, a moment that filters left without is shown first", () => {
  const cut = { label: 0, recording: 0, speaker: 0, exemplar: 3 };
  const [crowded, emptied] = [moment(1, "we"), moment(2, "stayed", { cut })];
  expect(chosenMoment(explanation(crowded, emptied), null)).toBe(emptied);
  expect(chosenMoment(explanation(crowded, emptied, because), null)).toBe(because);
  expect(chosenMoment(explanation(crowded), null)).toBe(crowded);
});

test("what was cut tells how it would have stood", () => {
  expect(
    [cutExemplar(9, 2), cutExemplar(12, -1.5), cutExemplar(9, 0.001), cutExemplar(9, null)].map(
      standing,
    ),
  ).toEqual([
    "would score 9.00, 2.00 behind the best",
    "would score 12.00, 1.50 ahead of the best",
    "would score 9.00, level with the best",
    "would score 9.00, with no rival",
  ]);
  expect(standing(cutExemplar(null, null))).toBe("");
});

test("a long talk is shown in part, never over its ends", () => {
  expect(around(3, 20)).toEqual({ from: 0, to: 20 });
  expect(around(3, 300)).toEqual({ from: 0, to: 45 });
  expect(around(150, 300)).toEqual({ from: 127.5, to: 172.5 });
  expect(around(299, 300)).toEqual({ from: 255, to: 300 });
  expect(percent(150, around(150, 300))).toBe(50);
  expect(ticks({ from: 127.5, to: 172.5 })).toEqual([130, 135, 140, 145, 150, 155, 160, 165, 170]);
});

test("words that would run into each other are not written", () => {
  const words = ["conscientiously", "we", "went"].map((word, place) => ({ word, start: place }));
  expect(legible(words, { from: 0, to: 20 }).map((each) => each.word)).toEqual([
    "conscientiously",
    "went",
  ]);
});

test("marks that would lie on each other take rows", () => {
  expect(rowsOf([0, 1, 1, 10], 2)).toEqual([0, 1, 2, 0]);
});
