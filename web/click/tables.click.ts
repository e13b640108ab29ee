import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { anExemplar, clicking, exemplar, open, rest, until } from "./browser";

async function tables(page: Page) {
  await page.getByRole("button", { name: "Tables…" }).click();
  const dialog = page.getByRole("dialog", { name: "Tables" });
  await dialog.waitFor();
  return dialog;
}

/** Save what is listed, and tell its name and content. */
async function saved(
  page: Page,
  kind: "CSV" | "Parquet",
): Promise<{ name: string; content: Buffer }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Save as ${kind}` }).click(),
  ]);
  return { name: file.suggestedFilename(), content: await readFile(await file.path()) };
}

/** One row of a table with another comment; its cells hold no commas before that. */
function commented(table: string, id: number, comment: string): string {
  const [head = "", ...lines] = table.trimEnd().split(/\r?\n/);
  const place = head.split(",").indexOf("comment");
  const line = lines.find((each) => each.startsWith(`${id},`));
  const cells = line?.split(",") ?? [];
  cells[place] = comment;
  return [head, cells.join(",")].join("\n");
}

clicking("Tables", () => {
  test("a table is saved, edited, looked at and brought back; a stale one is refused", async () => {
    const row = await anExemplar("relation", 4);
    const page = await open("#/browse?kind=relation");
    const { total } = await rest<{ total: number }>("/v1/exemplars?kind=relation");
    await page.getByText(new RegExp(`^${total} exemplars at version`)).waitFor();
    const dialog = await tables(page);
    const { name, content } = await saved(page, "CSV");
    expect(name).toMatch(/^exemplars-\d+\.csv$/);
    const table = content.toString("utf8");
    expect(table.trimEnd().split(/\r?\n/)).toHaveLength(total + 1);

    const text = `by table ${Date.now()}`;
    const chooser = dialog.getByLabel("CSV or Parquet");
    const file = (body: string) => ({
      name: "edited.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(body),
    });
    await chooser.setInputFiles(file(commented(table, row.id, text).replace("because", "")));
    await dialog.getByRole("button", { name: "Show what changes" }).click();
    await dialog.getByRole("table").getByText("word", { exact: true }).waitFor();

    await chooser.setInputFiles(file(commented(table, row.id, text)));
    await dialog.getByRole("textbox", { name: "Reason" }).fill("a table");
    await dialog.getByRole("button", { name: "Show what changes" }).click();
    await dialog.getByRole("table", { name: "Affected rows" }).getByText(text).waitFor();
    expect((await exemplar(row.id)).comment).toBe(row.comment);
    await dialog.getByRole("button", { name: /^Change 1 exemplar$/ }).click();
    await dialog.waitFor({ state: "hidden" });
    await until(
      () => exemplar(row.id),
      (now) => now.comment === text,
    );

    // made for a revision that is no longer there
    await tables(page);
    await chooser.setInputFiles(file(commented(table, row.id, "too late")));
    await dialog.getByRole("button", { name: "Show what changes" }).click();
    await dialog
      .getByRole("alert")
      .getByText(/revision/)
      .waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: /Undo ?: table edited.csv/ }).click();
    await until(
      () => exemplar(row.id),
      (now) => now.comment === row.comment,
    );
  });

  test("a Parquet table comes back as it went out", async () => {
    const page = await open("#/browse?label=iconic");
    await page.getByText(/exemplars? at version/).waitFor();
    const dialog = await tables(page);
    const { name, content } = await saved(page, "Parquet");
    expect(name).toMatch(/^exemplars-\d+\.parquet$/);
    expect(content.subarray(0, 4).toString()).toBe("PAR1");
    const mimeType = "application/octet-stream";
    await dialog.getByLabel("CSV or Parquet").setInputFiles({ name, mimeType, buffer: content });
    await dialog.getByRole("button", { name: "Show what changes" }).click();
    await dialog.getByText("Nothing changes: the index says all of this already.").waitFor();
  });
});

clicking("Saved views", () => {
  test("a view is saved, stands in the address, is opened after a reload, and forgotten", async () => {
    const page = await open("#/browse?label=iconic&seconds_max=0.8");
    const menu = page.locator("summary", { hasText: /^View/ });
    await menu.click();
    await page.getByRole("textbox", { name: "Name of the view" }).fill("short iconic");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await menu.getByText("View: short iconic").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: "Name of the view" }).waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "clear", exact: true }).click();
    await menu.getByText("Views", { exact: true }).waitFor();
    expect(page.url()).not.toContain("label=");
    await page.reload();
    await menu.click();
    await page.getByRole("link", { name: "short iconic" }).click();
    await page.getByRole("list", { name: "What narrows the list" }).getByText("iconic").waitFor();
    expect(page.url()).toMatch(/label=iconic/);
    expect(page.url()).toMatch(/seconds_max=0\.8/);
    const { total } = await rest<{ total: number }>("/v1/exemplars?label=iconic&seconds_max=0.8");
    await page.getByText(new RegExp(`^${total} exemplars? at version`)).waitFor();
    await menu.click();
    await page.getByRole("button", { name: "Forget the view short iconic" }).click();
    await page.getByText("No view is saved in this browser.").waitFor();
    await menu.getByText("Views", { exact: true }).waitFor();
  });
});
