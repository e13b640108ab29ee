import { expect, it } from "vitest";
import { formOf, outdated } from "./keptFiles";

const FORM = { file: "1 a", name: "edited.csv", fields: { dry_run: "false", reason: "spring" } };

it("sends the kept file with its name and fields, the same at every try", async () => {
  const content = new Blob(["id,comment\n4,huge\n"]);
  for (const _ of [1, 2]) {
    const form = await formOf(FORM, async (kept) => (kept === "1 a" ? content : undefined));
    const file = form.get("file") as File;
    expect([file.name, await file.text()]).toEqual(["edited.csv", "id,comment\n4,huge\n"]);
    expect([form.get("dry_run"), form.get("reason")]).toEqual(["false", "spring"]);
  }
});

it("says which file is to be chosen again where the browser has lost it", async () => {
  await expect(formOf(FORM, async () => undefined)).rejects.toThrow(/edited\.csv.*again/);
});

it("forgets what is old and named by no write", () => {
  const day = 24 * 60 * 60 * 1000;
  const kept = ["1000 old", "2000 waits", `${3 * day} young`];
  expect(outdated(kept, ["2000 waits"], 3 * day + 5)).toEqual(["1000 old"]);
});
