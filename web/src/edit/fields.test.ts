import { describe, expect, it } from "vitest";
import type { Exemplar } from "../api/types";
import { againstTheirs, conflictFields, conflictOf, meant, seenRevision } from "./conflict";
import { edited, editWords, merge } from "./edits";
import { changesOf, grouped, kindOf } from "./fields";
import { ownFlag } from "./flagNames";
import { ranked } from "./likely";
import { writeOf } from "./writes";

const ROW = {
  id: 7,
  revision: 1,
  kind: "relation",
  label: "Contingency.Cause",
  sense: "Contingency.Cause",
  word: "because",
  start_seconds: 1,
  end_seconds: 1.5,
  stroke_seconds: null,
  quality: ["unsure"],
  comment: "",
  removed: false,
  window_start_seconds: 10,
} as unknown as Exemplar;

describe("changes in words", () => {
  it("name the fields that differ, before and after", () => {
    const after = { ...ROW, sense: "Contingency.Cause.Reason", start_seconds: 1.25 };
    expect(changesOf(ROW, after)).toEqual([
      { field: "label", before: "Contingency.Cause", after: "Contingency.Cause.Reason" },
      { field: "start", before: "1.00 s", after: "1.25 s" },
    ]);
    expect(changesOf(ROW, { ...ROW })).toEqual([]);
  });

  it("are grouped by what happened, the gravest first", () => {
    const rows = [
      { id: 1, before: ROW, after: edited(ROW, { operation: "comment", text: "x" }) },
      { id: 2, before: null, after: ROW },
      { id: 3, before: ROW, after: edited(ROW, { operation: "remove" }) },
      { id: 4, before: { ...ROW, removed: true }, after: ROW },
    ];
    expect(rows.map(kindOf)).toEqual(["commented", "added", "removed", "restored"]);
    expect(grouped(rows).map((group) => group.kind)).toEqual([
      "added",
      "removed",
      "restored",
      "commented",
    ]);
  });

  it("tell what an edit does", () => {
    const flag = { operation: "flag" as const, add: ["a"], remove: ["b"] };
    expect(editWords(flag)).toBe("flag a; take away b");
    expect(edited(ROW, { ...flag, remove: ["unsure"] }).quality).toEqual(["a"]);
  });

  it("join two words over their windows", () => {
    const later = { ...ROW, id: 8, window_start_seconds: 12, start_seconds: 0.5, end_seconds: 0.9 };
    expect(merge(ROW, later).shown?.[0]?.end_seconds).toBeCloseTo(2.9);
  });
});

describe("a conflict", () => {
  const wanted = { words: "w", method: "PATCH" as const, path: "/p", exemplar: 7, revision: 1 };
  const write = writeOf({ ...wanted, base: ROW }, "tab");
  const theirs = { ...ROW, revision: 4, word: "cause" };
  const yours = { ...ROW, sense: "Contingency.Cause.Reason" };
  const detail = { type: "t", code: "c", message: "no", retryable: false };
  const told = { status: 412, detail: { ...detail, detail: { yours, theirs } } };

  it("is told from other refusals", () => {
    expect(conflictOf(write, { status: 412, detail })).toBeUndefined();
    expect(conflictOf(write, { ...told, status: 409 })).toBeUndefined();
    expect(conflictOf(write, told)?.theirs.revision).toBe(4);
  });

  it("marks the fields that differ, with what was there before", () => {
    const found = conflictOf(write, told);
    const fields = found ? conflictFields(found) : [];
    expect(fields.filter((field) => field.differs)).toEqual([
      {
        name: "label",
        mine: "Contingency.Cause.Reason",
        theirs: "Contingency.Cause",
        base: "Contingency.Cause",
        differs: true,
      },
      { name: "word", mine: "because", theirs: "cause", base: "because", differs: true },
    ]);
  });

  it("is sent again for what is there now, as a new write", () => {
    const found = conflictOf(write, told);
    const again = found && againstTheirs(found);
    expect(again?.revision).toBe(4);
    expect(again).not.toHaveProperty("id");
  });

  it("leaves to go on from what was meant, not what was there before", () => {
    const found = conflictOf(write, told);
    expect(found && meant(found)).toEqual({ id: 7 });
    const said = { ...ROW, comment: "mine" };
    const commented = conflictOf(write, {
      ...told,
      detail: { ...detail, detail: { yours: said, theirs } },
    });
    expect(commented && meant(commented)).toEqual({ id: 7, comment: "mine" });
  });

  it("of a merge names the revision of either, and is sent again for it", () => {
    const second = { ...ROW, id: 8, revision: 2 };
    const joined = writeOf(merge(ROW, second), "tab");
    const edited = { ...second, revision: 5 };
    const found = conflictOf(joined, {
      ...told,
      detail: { ...detail, detail: { yours: second, theirs: edited } },
    });
    expect(found && seenRevision(found)).toBe(2);
    expect(found && againstTheirs(found).body).toMatchObject({ if_revisions: [1, 5] });
  });
});

describe("likely labels", () => {
  it("are those of the word first, then of all, then the rest", () => {
    const word = { "A.B": 1, "A.C": 5, iconic: 9 };
    const every = ["A.B", "A.C", "A.D", "A.E"];
    expect(ranked("relation", word, { "A.E": 2, "A.B": 9 }, every)).toEqual([
      "A.C",
      "A.B",
      "A.E",
      "A.D",
    ]);
  });

  it("keep one digit for one gesture type", () => {
    expect(ranked("gesture", { iconic: 9 }, {}, ["beat", "iconic"])).toEqual(["beat", "iconic"]);
  });
});

describe("flags of one's own", () => {
  it("are spelled as the service wants them", () => {
    expect(ownFlag(" Look again! ")).toBe("x-look-again");
    expect(ownFlag("x-old")).toBe("x-old");
    expect(ownFlag(" ! ")).toBe("");
  });
});
