import { beforeEach, expect, test, vi } from "vitest";
import {
  chosen,
  limitsText,
  retrievalFields,
  typedOf,
  unusual,
  weighed,
  weightFields,
} from "./options";
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
        exclude_exemplars: { type: "array", items: { type: "integer" }, default: [] },
        exclude_recordings: { type: "array", items: { type: "string" }, default: [] },
        recently_used: { type: "object", additionalProperties: { type: "number" } },
        fill_with_prosody: { type: "boolean", default: false },
        candidates: {
          type: "integer",
          default: 10,
          minimum: 1,
          maximum: 1000,
          description: "Kept for each query,\nnot with ``published``.",
        },
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

function fieldOf(name: string) {
  const field = retrievalFields(SCHEMA).find((each) => each.name === name);
  if (!field) throw new Error(`there is no field ${name}`);
  return field;
}

test("every option of the service's schema has a field, known ones first", () => {
  const fields = retrievalFields(SCHEMA);
  expect(fields.map((field) => [field.name, field.kind, field.usually])).toEqual([
    ["method", "choice", "auto"],
    ["fill_with_prosody", "switch", "off"],
    ["strength", "number", "left open"],
    ["candidates", "number", "10"],
    ["exclude_recordings", "list", "none"],
    ["exclude_exemplars", "list", "none"],
    ["recently_used", "ages", "none"],
    ["new_one", "number", "3"],
  ]);
  expect(weightFields(SCHEMA)).toMatchObject([{ name: "label", usual: 8 }]);
  expect(retrievalFields(undefined)).toEqual([]);
});

test("a field tells what it does and its limits", () => {
  const field = fieldOf("candidates");
  expect(field.help).toBe("Kept for each query, not with published.");
  expect(field.kind === "number" && limitsText(field.least, field.most)).toBe("1 to 1000");
  expect(limitsText(undefined, undefined)).toBe("");
});

test("only what differs from the usual is sent", () => {
  const typed = [
    ["method", "prosody"],
    ["candidates", "5"],
    ["exclude_exemplars", "3, 17 x"],
    ["exclude_recordings", "2_scott_0_1_1"],
    ["fill_with_prosody", "true"],
    ["strength", "0.5"],
    ["recently_used", "12: 30, 7:4.5, x"],
  ] as const;
  let now: Record<string, unknown> = {};
  for (const [name, text] of typed) now = chosen(now, fieldOf(name), text);
  now = weighed(now, "label", 8, "6.5");
  expect(now).toEqual({
    method: "prosody",
    candidates: 5,
    exclude_exemplars: [3, 17],
    exclude_recordings: ["2_scott_0_1_1"],
    fill_with_prosody: true,
    strength: 0.5,
    recently_used: { 7: 4.5, 12: 30 },
    weights: { label: 6.5 },
  });
  expect(typedOf(now, fieldOf("exclude_exemplars"))).toBe("3, 17");
  expect(typedOf(now, fieldOf("recently_used"))).toBe("7: 4.5, 12: 30");
  const usual = { method: "auto", fill_with_prosody: "false" } as Record<string, string>;
  for (const [name] of typed) now = chosen(now, fieldOf(name), usual[name] ?? "");
  expect(weighed(now, "label", 8, "8")).toEqual({});
});

test("a question about a job takes over every option that was not as usual", () => {
  const options = {
    method: "auto",
    candidates: 10,
    new_one: 4,
    strength: null,
    exclude_exemplars: [3],
    exclude_recordings: [],
    recently_used: {},
    fill_with_prosody: true,
    weights: { label: 6 },
  };
  expect(unusual(SCHEMA, options)).toEqual({
    new_one: 4,
    exclude_exemplars: [3],
    fill_with_prosody: true,
    weights: { label: 6 },
  });
  expect(unusual(SCHEMA, { weights: null })).toEqual({});
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
