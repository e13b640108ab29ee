import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import {
  anExemplar,
  chosen,
  clicking,
  exemplar,
  exemplars,
  open,
  type Row,
  ready,
  rest,
  until,
} from "./browser";

interface Event {
  seq: number;
  operation: string;
  reason: string;
  actor: string;
}

/** What changed an exemplar last. */
async function lastEvent(id: number): Promise<Event> {
  const { changes } = await rest<{ changes: { event: Event }[] }>(`/v1/exemplars/${id}/history`);
  const last = changes.at(-1);
  if (!last) throw new Error(`exemplar ${id} has no history`);
  return last.event;
}

async function at(row: Row): Promise<Page> {
  const page = await open(`#/browse?id=${row.id}`);
  await chosen(page, row.id);
  await ready(page);
  return page;
}

/** Take hold of something, move it and let go; Alt leaves word edges alone. */
async function drag(page: Page, handle: Locator, pixels: number): Promise<void> {
  const box = await handle.boundingBox();
  if (!box) throw new Error("there is nothing to drag");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.keyboard.down("Alt");
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + pixels / 2, y);
  await page.mouse.move(x + pixels, y);
}

async function drop(page: Page): Promise<void> {
  await page.mouse.up();
  await page.keyboard.up("Alt");
}

clicking("Edits of one exemplar", () => {
  test("an edge and the stroke are dragged, kept or given up, and the loop follows", async () => {
    const before = await anExemplar("gesture", 3);
    const page = await at(before);
    const edge = (name: string) => page.getByRole("slider", { name: new RegExp(`^${name} of `) });
    const middle = async (name: string) => {
      const box = await edge(name).boundingBox();
      return (box?.x ?? 0) + (box?.width ?? 0) / 2;
    };
    const perSecond =
      ((await middle("End")) - (await middle("Start"))) /
      (before.end_seconds - before.start_seconds);
    const told = page.getByRole("region", { name: "New times, not saved" });

    await drag(page, edge("End"), 40);
    await page.keyboard.press("Escape");
    await drop(page);
    expect(await told.count()).toBe(0);
    expect(Number(await edge("End").getAttribute("aria-valuenow"))).toBe(before.end_seconds);

    await drag(page, edge("End"), 40);
    await drop(page);
    await told.getByRole("button", { name: /^Save/ }).click();
    const after = await until(
      () => exemplar(before.id),
      (row) => row.end_seconds !== before.end_seconds,
    );
    expect(after.end_seconds - before.end_seconds).toBeCloseTo(40 / perSecond, 1);
    expect(after.start_seconds).toBe(before.start_seconds);
    await page.keyboard.press("Control+z");
    await until(
      () => exemplar(before.id),
      (row) => row.end_seconds === before.end_seconds,
    );

    await drag(page, edge("Stroke"), 60);
    await drop(page);
    await told.waitFor();
    await page.keyboard.press("Enter");
    const { stroke_seconds: stroke } = await until(
      () => exemplar(before.id),
      (row) => row.stroke_seconds !== before.stroke_seconds,
    );
    const span = `${((stroke ?? 0) - 0.3).toFixed(2)} to ${((stroke ?? 0) + 0.3).toFixed(2)} s`;
    await page
      .getByRole("button", { name: "Loop the stroke" })
      .and(page.getByTitle(span))
      .waitFor();
    await page.getByRole("button", { name: /Undo ?: move to/ }).click();
    await until(
      () => exemplar(before.id),
      (row) => row.stroke_seconds === before.stroke_seconds,
    );
  });

  test("times are typed as they are read, and followed with every character", async () => {
    const row = await anExemplar("gesture", 3);
    const page = await at(row);
    const told = page.getByRole("region", { name: "New times, not saved" });
    const end = page.getByRole("spinbutton", { name: "end, s" });
    await end.fill("");
    await end.pressSequentially("9.05", { delay: 60 });
    expect(await end.inputValue()).toBe("9.05");
    await told.getByText("9.05").waitFor();
    await told.getByRole("button", { name: /^Cancel/ }).click();
    await until(
      () => end.inputValue(),
      (typed) => Math.abs(Number(typed) - row.end_seconds) < 0.001,
    );
  });

  test("one is split at the playhead, the parts are merged, and both are taken back", async () => {
    const before = await anExemplar("gesture", 4);
    const { length: gestures } = await exemplars({ kind: "gesture" });
    const page = await at(before);
    const marks = page
      .getByRole("list", { name: "Gestures" })
      .getByRole("button", { name: new RegExp(before.word) });
    const marked = await marks.count();
    const half = (before.start_seconds + before.end_seconds) / 2;
    await page.evaluate((time) => window.__viewer?.seek(time), half);
    const listed = page.getByRole("grid", { name: "Exemplars" });
    const count = Number(await listed.getAttribute("aria-rowcount"));
    await page.keyboard.press("Shift+S");
    const first = await until(
      () => exemplar(before.id),
      (row) => row.end_seconds < before.end_seconds,
    );
    expect(first.end_seconds).toBeCloseTo(half, 2);
    await page.locator(`[role=grid][aria-rowcount="${count + 1}"]`).waitFor();
    const history = await rest<{ versions: Event[] }>("/v1/versions?limit=1");
    expect(history.versions[0]?.operation).toBe("split");
    await until(
      () => marks.count(),
      (found) => found === marked + 1,
    );

    await page.getByRole("button", { name: /^Merge with next/ }).click();
    await until(
      () => exemplar(before.id),
      (row) => row.end_seconds === before.end_seconds,
    );
    expect((await lastEvent(before.id)).operation).toBe("merge");
    await until(
      () => marks.count(),
      (found) => found === marked,
    );

    await page.getByRole("button", { name: /Undo ?: merge/ }).click();
    await until(
      () => exemplar(before.id),
      (row) => row.end_seconds === first.end_seconds,
    );
    await page.getByRole("button", { name: /Undo ?: split/ }).click();
    await until(
      () => exemplar(before.id),
      (row) => row.end_seconds === before.end_seconds,
    );
    expect(await exemplars({ kind: "gesture" })).toHaveLength(gestures);
  });

  test("one is flagged, removed and restored, each with its reason in the history", async () => {
    const before = await anExemplar("relation", 5);
    const page = await at(before);
    const why = `heard twice ${Date.now()}`;
    const reason = page.getByRole("textbox", { name: "Reason for the next edit" });
    const flags = page.getByRole("group", { name: "Quality" });
    await reason.fill(why);
    await flags.getByRole("button", { name: "unsure" }).click();
    await flags.getByRole("button", { name: "unsure", pressed: true }).waitFor();
    await until(
      () => exemplar(before.id),
      (row) => row.quality.includes("unsure"),
    );
    expect(await reason.inputValue(), "it goes with one edit").toBe("");
    await flags.getByRole("textbox", { name: "A flag of your own" }).fill("Look again");
    await page.keyboard.press("Enter");
    await until(
      () => exemplar(before.id),
      (row) => row.quality.includes("x-look-again"),
    );

    await reason.fill(`${why}, gone`);
    await page.getByRole("button", { name: /^Remove/ }).click();
    await until(
      () => exemplar(before.id),
      (row) => row.removed,
    );
    await page.getByRole("button", { name: /^Restore/ }).click();
    await until(
      () => exemplar(before.id),
      (row) => !row.removed,
    );
    await flags.getByRole("button", { name: "unsure" }).click();
    await flags.getByRole("button", { name: "look-again" }).click();
    await until(
      () => exemplar(before.id),
      (row) => row.quality.length === before.quality.length,
    );

    const comment = page.getByRole("textbox", { name: "Comment" });
    await reason.fill(`${why}, said`);
    await comment.fill(why);
    await comment.press("Control+Enter");
    await until(
      () => exemplar(before.id),
      (row) => row.comment === why,
    );
    await page.getByRole("tab", { name: "History" }).click();
    const events = page.getByRole("list", { name: /^History/ }).getByRole("listitem");
    const newest = events.first();
    await newest.getByText(`${why}, said`).waitFor();
    await newest.getByText("comment", { exact: true }).first().waitFor();
    await events
      .filter({ hasText: `${why}, gone` })
      .getByText("remove", { exact: true })
      .waitFor();
    const { seq, actor } = await lastEvent(before.id);
    await newest.getByText(actor, { exact: true }).waitFor();
    await newest.getByRole("link", { name: `version ${seq}` }).click();
    const whole = page.getByRole("region", { name: "Events" }).getByRole("button");
    await whole
      .filter({ hasText: `${why}, said` })
      .and(page.locator("[aria-current]"))
      .waitFor();
    await whole.filter({ hasText: `${why}, gone` }).waitFor();
    await page
      .getByRole("region", { name: `Version ${seq}` })
      .getByText(why, { exact: true })
      .waitFor();
  });

  test("an edit of many is taken back and done again, each in one step", async () => {
    const flag = "x-again";
    const page = await open("#/browse?label=iconic");
    const { total } = await rest<{ total: number }>("/v1/exemplars?label=iconic");
    await page.getByText(new RegExp(`^${total} exemplars? at version`)).waitFor();
    await page.keyboard.press("b");
    const dialog = page.getByRole("dialog", { name: /^Edit/ });
    await dialog.getByRole("combobox", { name: "Set a flag" }).fill(flag);
    await dialog.getByRole("button", { name: "Show what changes" }).click();
    await dialog.getByRole("button", { name: /^Change \d+ exemplars?/ }).click();
    const flagged = (count: number) =>
      until(
        () => exemplars({ quality: flag }),
        (found) => found.length === count,
      );
    await flagged(total);
    await page.getByRole("button", { name: /Undo ?: flag x-again/ }).click();
    await flagged(0);
    await page.getByRole("button", { name: /Redo ?: flag x-again/ }).click();
    await flagged(total);
    await page.keyboard.press("Control+z");
    await flagged(0);
    await page.keyboard.press("Control+y");
    await flagged(total);
    await page.keyboard.press("Control+z");
    await flagged(0);
  });
});
