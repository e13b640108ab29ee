import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import {
  anExemplar,
  chosen,
  clicking,
  editBehind,
  exemplar,
  open,
  type Row,
  ready,
  until,
} from "./browser";

const meanwhile = (page: Page) => page.getByRole("dialog", { name: /was edited meanwhile/ });

async function at(kind: "gesture" | "relation", place: number): Promise<{ page: Page; row: Row }> {
  const row = await anExemplar(kind, place);
  const page = await open(`#/browse?id=${row.id}`);
  await chosen(page, row.id);
  await page.getByRole("textbox", { name: "Comment" }).waitFor();
  return { page, row };
}

clicking("Who was slower", () => {
  test("may take theirs, and then nothing is sent", async () => {
    const { page, row } = await at("relation", 2);
    const theirs = `theirs ${Date.now()}`;
    await editBehind(row.id, { operation: "comment", text: theirs });
    const comment = page.getByRole("textbox", { name: "Comment" });
    await comment.fill("mine");
    await comment.press("Control+Enter");
    const dialog = meanwhile(page);
    await dialog.getByRole("button", { name: "Take theirs" }).click();
    await dialog.waitFor({ state: "hidden" });
    await until(
      () => comment.inputValue(),
      (text) => text === theirs,
    );
    const now = await exemplar(row.id);
    expect(now.comment).toBe(theirs);
    expect(now.revision).toBe(row.revision + 1);
    expect(await page.getByText(/refused|waiting/).count()).toBe(0);
  });

  test("may edit further, and finds only what was meant, not what was older", async () => {
    const { page, row } = await at("gesture", 2);
    await ready(page);
    const theirs = `theirs ${Date.now()}`;
    await editBehind(row.id, { operation: "comment", text: theirs });
    const end = page.getByRole("spinbutton", { name: "end, s" });
    const wanted = Math.round((row.end_seconds + 0.15) * 100) / 100;
    await end.fill(String(wanted));
    const told = page.getByRole("region", { name: "New times, not saved" });
    await told.getByRole("button", { name: /^Save/ }).click();
    await meanwhile(page).getByRole("button", { name: "Edit further" }).click();
    await meanwhile(page).waitFor({ state: "hidden" });
    expect(Number(await end.inputValue())).toBe(wanted);
    const comment = page.getByRole("textbox", { name: "Comment" });
    await until(
      () => comment.inputValue(),
      (text) => text === theirs,
    );
    await told.getByRole("button", { name: /^Save/ }).click();
    await until(
      () => exemplar(row.id),
      (now) => now.end_seconds === wanted && now.comment === theirs,
    );
    await page.keyboard.press("Control+z");
    await until(
      () => exemplar(row.id),
      (now) => now.end_seconds === row.end_seconds,
    );
  });

  test("may merge on top of theirs", async () => {
    const { page, row } = await at("gesture", 1);
    await ready(page);
    const half = (row.start_seconds + row.end_seconds) / 2;
    await page.evaluate((time) => window.__viewer?.seek(time), half);
    await page.getByRole("button", { name: /^Split here/ }).click();
    await until(
      () => exemplar(row.id),
      (now) => now.end_seconds < row.end_seconds,
    );
    await page.getByRole("button", { name: /Undo ?: split/ }).waitFor();
    const theirs = `theirs ${Date.now()}`;
    await editBehind(row.id, { operation: "comment", text: theirs });
    await page.getByRole("button", { name: /^Merge with next/ }).click();
    const dialog = meanwhile(page);
    await dialog.getByText(/was made for revision \d+; it is now/).waitFor();
    await dialog.getByRole("button", { name: "Take mine" }).click();
    await until(
      () => exemplar(row.id),
      (now) => now.end_seconds === row.end_seconds && now.comment === theirs,
    );
    await dialog.waitFor({ state: "hidden" });
  });
});
