import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { anExemplar, another, chosen, clicking, exemplar, open, rest, until } from "./browser";

interface Versions {
  head: number;
  versions: { seq: number; operation: string }[];
}

clicking("Two tabs of one browser", () => {
  test("see each other's edits, and send what waited once", async () => {
    const before = await anExemplar("relation", 3);
    const one = await open(`#/browse?id=${before.id}`);
    const two = await another(one, `#/browse?id=${before.id}`);
    await chosen(one, before.id);
    await chosen(two, before.id);
    const comment = one.getByRole("textbox", { name: "Comment" });
    const said = `seen by both ${Date.now()}`;
    await comment.fill(said);
    await comment.press("Control+Enter");
    await until(
      () => two.getByRole("textbox", { name: "Comment" }).inputValue(),
      (text) => text === said,
    );
    // each tab takes back its own edits alone
    await one.getByRole("button", { name: /Undo ?: comment/ }).waitFor();
    expect(await two.getByRole("button", { name: /Undo/ }).isDisabled()).toBe(true);

    const { head } = await rest<Versions>("/v1/versions?limit=1");
    const sent: string[] = [];
    for (const page of [one, two]) {
      page.on("response", (answer) => {
        if (answer.request().method() === "PATCH") sent.push(answer.url());
      });
    }
    await one.context().setOffline(true);
    const waited = `${said}, waited`;
    await comment.fill(waited);
    await comment.press("Control+Enter");
    await two.getByText("1 edit waiting").waitFor();
    await two
      .getByRole("group", { name: "Quality" })
      .getByRole("button", { name: "unsure" })
      .click();
    await one.getByText("2 edits waiting").waitFor();
    await one.context().setOffline(false);
    const after = await until(
      () => exemplar(before.id),
      (row) => row.comment === waited && row.quality.includes("unsure"),
    );
    for (const page of [one, two]) {
      await page.getByText(/edits? waiting/).waitFor({ state: "hidden" });
      await page
        .getByRole("group", { name: "Quality" })
        .getByRole("button", { name: "unsure", pressed: true })
        .waitFor();
    }
    const now = await rest<Versions>("/v1/versions?limit=20");
    const made = now.versions.filter(({ seq }) => seq > head).map(({ operation }) => operation);
    expect(made.toSorted()).toEqual(["comment", "flag"]);
    expect(sent).toHaveLength(2);
    expect(after.revision).toBe(before.revision + 3);

    await two.getByRole("button", { name: /Undo ?: flag/ }).click();
    await until(
      () => exemplar(before.id),
      (row) => !row.quality.includes("unsure"),
    );
    await one
      .getByRole("group", { name: "Quality" })
      .getByRole("button", { name: "unsure", pressed: false })
      .waitFor();
  });

  test("do not share what can be undone where one is a duplicate of the other", async () => {
    const row = await anExemplar("relation", 4);
    const one = await open(`#/browse?id=${row.id}`);
    await chosen(one, row.id);
    const comment = one.getByRole("textbox", { name: "Comment" });
    await comment.fill(`said once ${Date.now()}`);
    await comment.press("Control+Enter");
    const undo = (page: Page) => page.getByRole("button", { name: /Undo/ });
    await one.getByRole("button", { name: /Undo ?: comment/ }).waitFor();
    // a page that this one opens begins with a copy of its session, as a duplicate does
    const [two] = await Promise.all([
      one.context().waitForEvent("page"),
      one.evaluate(() => void window.open(location.href)),
    ]);
    await chosen(two, row.id);
    const name = (page: Page) => page.evaluate(() => sessionStorage.getItem("chironomia-tab"));
    const own = await name(one);
    await until(
      () => name(two),
      (copied) => copied !== own,
    );
    expect(await undo(two).isDisabled()).toBe(true);
    // a reload is no duplicate
    await one.reload();
    await one.getByRole("button", { name: /Undo ?: comment/ }).click();
    await until(
      () => exemplar(row.id),
      (now) => now.comment === row.comment,
    );
    expect(await name(one)).toBe(own);
    await until(
      () => undo(two).isDisabled(),
      (disabled) => disabled,
    );
    expect(await two.getByRole("button", { name: /Redo/ }).isDisabled()).toBe(true);
  });
});
