import { expect, test } from "vitest";
import { clicking, exemplars, open, rest, until } from "./browser";

interface Row {
  id: number;
  comment: string;
  revision: number;
}

const IMPORT = "**/v1/exemplars/import";

/** An exemplar, and a table that gives it another comment. */
async function edited(comment: string): Promise<{ before: Row; table: string }> {
  const [found] = await exemplars({ text: "because", kind: "relation", limit: "1" });
  const before = await rest<Row>(`/v1/exemplars/${found?.id}`);
  const table = `id,revision,comment\n${before.id},${before.revision},${comment}\n`;
  return { before, table };
}

clicking("A table without a connection", () => {
  test("it waits with its file, outlives a reload, and is made once", async () => {
    const text = `by table ${Date.now()}`;
    const { before, table } = await edited(text);
    const page = await open("#/browse");
    await page.getByRole("button", { name: "Tables…" }).click();
    const dialog = page.getByRole("dialog", { name: "Tables" });
    await dialog
      .getByLabel("CSV or Parquet")
      .setInputFiles({ name: "few.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
    await dialog.getByRole("button", { name: "Show what changes" }).click();
    const change = dialog.getByRole("button", { name: /^Change 1 exemplar/ });
    await change.waitFor();
    // the service makes it, and its answer is lost on the way
    let sent = 0;
    await page.route(IMPORT, async (route) => {
      sent += 1;
      if (sent === 1) await route.fetch();
      await route.abort();
    });
    await change.click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByText("1 edit waiting").waitFor();
    await until(
      () => rest<Row>(`/v1/exemplars/${before.id}`),
      (row) => row.comment === text,
    );
    await page.unrouteAll({ behavior: "ignoreErrors" });
    const again = page.waitForResponse(IMPORT);
    await page.reload();

    expect((await again).headers()["idempotent-replayed"]).toBe("true");
    await page.getByText("1 edit waiting").waitFor({ state: "hidden" });
    const after = await rest<Row>(`/v1/exemplars/${before.id}`);
    expect([after.comment, after.revision]).toEqual([text, before.revision + 1]);
    await page.getByRole("button", { name: /Undo ?: table few\.csv/ }).click();
    await until(
      () => rest<Row>(`/v1/exemplars/${before.id}`),
      (row) => row.comment === before.comment,
    );
    const kept = await page.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const opening = indexedDB.open("chironomia-files", 1);
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const asked = opening.result.transaction("files").objectStore("files").count();
            asked.onsuccess = () => resolve(asked.result);
          };
        }),
    );
    expect(kept).toBe(0);
  });
});
