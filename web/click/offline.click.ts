import { expect, test } from "vitest";
import { clicking, exemplars, open, rest, until } from "./browser";

interface Commented {
  id: number;
  comment: string;
  revision: number;
}

async function one(word: string): Promise<Commented> {
  const [found] = await exemplars({ text: word, kind: "relation", limit: "1" });
  return await rest<Commented>(`/v1/exemplars/${found?.id}`);
}

clicking("Without a connection", () => {
  test("an edit waits, and is made once when the service is reached again", async () => {
    const before = await one("because");
    const text = `made without a connection ${Date.now()}`;
    const page = await open(`#/browse?id=${before.id}`);
    const comment = page.getByRole("textbox", { name: "Comment" });
    await comment.waitFor();
    await page.context().setOffline(true);
    await comment.fill(text);
    await comment.press("Control+Enter");
    await comment.blur();
    await page.getByText("1 edit waiting").waitFor();
    await page.context().setOffline(false);
    const after = await until(
      () => rest<Commented>(`/v1/exemplars/${before.id}`),
      (row) => row.comment === text,
    );
    expect(after.revision).toBe(before.revision + 1);
    await page.getByText("1 edit waiting").waitFor({ state: "hidden" });
  });

  test("an edit that waits outlives a reload", async () => {
    const before = await one("because");
    const text = `made without a connection ${Date.now()}`;
    const page = await open(`#/browse?id=${before.id}`);
    const comment = page.getByRole("textbox", { name: "Comment" });
    await comment.waitFor();
    // the page itself can still be loaded
    await page.route("**/v1/exemplars/*", (route) =>
      route.request().method() === "PATCH" ? route.abort() : route.continue(),
    );
    await comment.fill(text);
    await comment.press("Control+Enter");
    await comment.blur();
    await page.getByText("1 edit waiting").waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.reload();
    await until(
      () => rest<Commented>(`/v1/exemplars/${before.id}`),
      (row) => row.comment === text,
    );
  });
});
