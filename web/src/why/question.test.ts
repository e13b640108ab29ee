import { beforeEach, expect, test, vi } from "vitest";
import { chosen, retrievalFields, typedOf, weighed, weightFields } from "./options";
import {
  choicesOf,
  EMPTY,
  formOf,
  isAskable,
  isTextAlone,
  keep,
  kept,
  kindOfFile,
} from "./question";

const SCHEMA = {
  $defs: {
    RetrievalOptions: {
      properties: {
        new_one: { type: "integer", default: 3 },
        exclude_exemplars: { type: "array", default: [] },
        candidates: { type: "integer", default: 10 },
        strength: { anyOf: [{ type: "number" }, { type: "null" }], default: null },
        method: { type: "string", enum: ["auto", "prosody"], default: "auto" },
        weights: { anyOf: [{ type: "null" }], default: null },
      },
    },
    Weights: { properties: { label: { type: "number", default: 8 } } },
  },
};
const file = (name: string, type = "") => new File(["x"], name, { type });

beforeEach(() => {
  const store = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => store.get(name) ?? null,
    setItem: (name: string, value: string) => store.set(name, value),
  });
});

test("fields follow the service's schema, known ones first", () => {
  const fields = retrievalFields(SCHEMA);
  expect(fields.map((field) => [field.name, field.kind])).toEqual([
    ["method", "choice"],
    ["candidates", "number"],
    ["exclude_exemplars", "list"],
    ["new_one", "number"],
  ]);
  expect(weightFields(SCHEMA)).toEqual([{ name: "label", usual: 8 }]);
  expect(retrievalFields(undefined)).toEqual([]);
});

test("only what differs from the usual is sent", () => {
  const [method, candidates, gone] = retrievalFields(SCHEMA);
  if (!method || !candidates || !gone) throw new Error("a field is missing");
  let now = chosen({}, method, "prosody");
  now = chosen(now, candidates, "5");
  now = chosen(now, gone, "3, 17 x");
  now = weighed(now, "label", 8, "6.5");
  expect(now).toEqual({
    method: "prosody",
    candidates: 5,
    exclude_exemplars: [3, 17],
    weights: { label: 6.5 },
  });
  expect(typedOf(now, gone)).toBe("3, 17");
  now = chosen(now, method, "auto");
  now = chosen(now, candidates, "");
  now = chosen(now, gone, "");
  expect(weighed(now, "label", 8, "8")).toEqual({});
});

test("a form has the speech once, and every option as JSON", () => {
  const words = file("talk.TextGrid");
  const form = formOf(
    { ...EMPTY, text: " we stayed ", words, retrieval: { candidates: 5 } },
    { sampling: { seed: 2 } },
  );
  expect(form.get("text")).toBeNull();
  expect((form.get("words") as File).name).toBe("talk.TextGrid");
  expect(JSON.parse(String(form.get("options")))).toEqual({
    retrieval: { candidates: 5 },
    sampling: { seed: 2 },
  });
  expect(formOf({ ...EMPTY, text: " we stayed " }).get("text")).toBe("we stayed");
});

test("a question is askable with any speech", () => {
  expect(isAskable({ ...EMPTY, text: "  " })).toBe(false);
  expect(isAskable({ ...EMPTY, words: file("a.json") })).toBe(true);
  expect([
    isTextAlone({ ...EMPTY, text: "a" }),
    isTextAlone({ ...EMPTY, sound: file("a.wav") }),
  ]).toEqual([true, false]);
});

test("text and choices outlive a reload; files are known to be missing", () => {
  expect(kept()).toBeUndefined();
  keep({ ...EMPTY, text: "we stayed", sound: file("a.wav"), retrieval: { method: "prosody" } });
  expect(kept()).toEqual({
    question: { ...EMPTY, text: "we stayed", retrieval: { method: "prosody" } },
    hadFiles: true,
  });
});

test("files are sorted by what they are", () => {
  expect(
    ["a.TextGrid", "a.json", "a.txt", "a.WAV", "a.pdf"].map((name) => kindOfFile(file(name))),
  ).toEqual(["words", "words", "text", "sound", undefined]);
  expect(kindOfFile(file("voice", "audio/x-m4a"))).toBe("sound");
});

test("choices are said in words", () => {
  const retrieval = { minimum_gap_seconds: 3, weights: { same_word: 2 } };
  expect(choicesOf({ ...EMPTY, retrieval })).toEqual([
    "minimum gap seconds 3",
    "weight of same word 2",
  ]);
});
