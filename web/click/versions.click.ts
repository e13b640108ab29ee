import { expect, test } from "vitest";
import { anExemplar, clicking, editBehind, open, rest, until } from "./browser";

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
    const row = await anExemplar("relation", 1);
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

  test("a version is tagged, live goes back to it and follows again, the tag moves and goes", async () => {
    const row = await anExemplar("relation", 1);
    await rest("/v1/versions/promote", {
      method: "POST",
      body: { follow: true },
      headers: { "If-Match": "*" },
    });
    const { head: older } = await rest<{ head: number }>("/v1/versions?limit=1");
    await editBehind(row.id, { operation: "comment", text: `behind the tag ${Date.now()}` });
    const { head } = await rest<{ head: number }>("/v1/versions?limit=1");
    const page = await open(`#/versions?seq=${older}`);
    const detail = page.getByRole("region", { name: `Version ${older}` });
    await detail.getByRole("textbox", { name: `Name for version ${older}` }).fill("spring-show");
    await detail.getByRole("button", { name: "Tag here" }).click();
    const tag = page.getByRole("table").getByRole("row", { name: /^spring-show/ });
    await tag.getByRole("button", { name: String(older), exact: true }).waitFor();
    const events = page.getByRole("region", { name: "Events" }).getByRole("button");
    await events.filter({ hasText: "spring-show" }).and(page.locator("[aria-current]")).waitFor();

    await detail.getByRole("button", { name: "Roll live back to here" }).click();
    const dialog = page.getByRole("dialog", { name: /^Roll back/ });
    await dialog.getByText(`answered from version ${older} instead of version ${head}`).waitFor();
    await dialog.getByRole("button", { name: `Roll back to ${older}` }).click();
    const back = await until(live, (each) => each.version === older);
    expect(back.follows).toBe(false);
    await page.getByRole("heading", { name: "Staging differs in 1 exemplar" }).waitFor();
    await page.getByRole("button", { name: "Follow every edit" }).click();
    await page
      .getByRole("dialog", { name: /follow/i })
      .getByRole("button", { name: /follow/i })
      .click();
    await until(live, (each) => each.follows && each.version === head);

    await tag.getByRole("button", { name: `Move to ${head}` }).click();
    const named = (version: number | undefined) =>
      until(
        async () => (await rest<Tags>("/v1/tags")).tags.find((each) => each.name === "spring-show"),
        (found) => found?.version === version,
      );
    await named(head);
    await tag.getByRole("button", { name: "Delete" }).click();
    await named(undefined);
    await tag.waitFor({ state: "hidden" });
  });
});
