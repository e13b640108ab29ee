import { expect, test } from "vitest";
import { clicking, editBehind, exemplars, open, rest, until } from "./browser";

interface Tags {
  tags: { name: string; version: number; follows: boolean }[];
}

async function live() {
  const { tags } = await rest<Tags>("/v1/tags");
  const found = tags.find((tag) => tag.name === "live");
  if (!found) throw new Error("there is no live version");
  return found;
}

clicking("Versions", () => {
  test("staging is seen against live, and promoted", async () => {
    const [row] = await exemplars({ kind: "relation", limit: "1" });
    if (!row) throw new Error("the index is empty");
    await rest("/v1/versions/promote", {
      method: "POST",
      body: { follow: false },
      headers: { "If-Match": "*" },
    });
    await editBehind(row.id, { operation: "comment", text: `staged ${Date.now()}` });
    const before = await live();
    const page = await open("#/versions");
    await page.getByRole("heading", { name: /Staging differs in 1 exemplar/ }).waitFor();
    await page.getByRole("button", { name: /^Promote staging/ }).click();
    const dialog = page.getByRole("dialog", { name: /^Promote version/ });
    await dialog.getByRole("button", { name: /^Promote version/ }).click();
    await page.getByRole("heading", { name: "Staging says the same as live." }).waitFor();
    expect((await until(live, (tag) => tag.version > before.version)).follows).toBe(false);
    await page.getByRole("button", { name: "Follow every edit" }).click();
    await page
      .getByRole("dialog", { name: /follow/i })
      .getByRole("button", { name: /follow/i })
      .click();
    await until(live, (tag) => tag.follows);
  });
});
