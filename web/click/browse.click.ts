import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import {
  anExemplar,
  chosen,
  clicking,
  editBehind,
  exemplar,
  exemplars,
  open,
  ready,
  rest,
  until,
} from "./browser";
import { given } from "./given";

/** Go by a key to the row at a place, which is then whole between the heads and the list's end. */
async function gone(page: Page, key: string, place: number): Promise<void> {
  await page.keyboard.press(key);
  await page.waitForFunction((at) => {
    const grid = document.querySelector("[role=grid]");
    const heads = grid?.querySelector("[role=row]")?.getBoundingClientRect();
    const row = grid?.querySelector(`[aria-rowindex="${at + 2}"][aria-current=true]`);
    const { top = 0, bottom = 0 } = row?.getBoundingClientRect() ?? {};
    return grid && heads && top >= heads.bottom && bottom <= grid.getBoundingClientRect().bottom;
  }, place);
}

clicking("Browse", () => {
  test("an exemplar is found by facet and text, and both stand in the address", async () => {
    const page = await open();
    await page.getByRole("checkbox", { name: /^iconic/ }).check();
    await page.getByRole("searchbox", { name: /^Search/ }).fill("huge river");
    const [wanted] = await exemplars({ label: "iconic", text: "huge river" });
    const rows = page.getByRole("grid", { name: "Exemplars" }).getByRole("row");
    await rows.nth(1).getByText("huge", { exact: true }).waitFor();
    const { total } = await rest<{ total: number }>("/v1/exemplars?label=iconic&text=huge+river");
    await page.getByText(new RegExp(`^${total} exemplars? at version`)).waitFor();
    await rows.nth(1).click();
    await chosen(page, wanted?.id ?? 0);
    expect(page.url()).toMatch(/label=iconic/);
    expect(page.url()).toMatch(/text=huge/);
    await page.reload();
    await chosen(page, wanted?.id ?? 0);
  });

  test("the list is one stop of Tab, and the row that one is at stays in sight", async () => {
    const page = await open("#/browse", { height: 420 });
    await ready(page);
    const grid = page.getByRole("grid", { name: "Exemplars" });
    await grid.focus();
    await page.keyboard.press("Tab");
    expect(await grid.evaluate((each) => each.matches(":focus-within"))).toBe(false);
    await grid.focus();
    const count = Number(await grid.getAttribute("aria-rowcount")) - 1;
    expect(count).toBeGreaterThan(8);
    const places = [...Array(count).keys()];
    for (const place of places.slice(1)) await gone(page, "j", place);
    for (const place of places.slice(0, -1).toReversed()) await gone(page, "k", place);
  });

  test("however fast one goes down the list, it never goes back", async () => {
    const page = await open("#/browse");
    await ready(page);
    const grid = page.getByRole("grid", { name: "Exemplars" });
    const last = Number(await grid.getAttribute("aria-rowcount")) - 2;
    for (let place = 1; place < last; place++) await page.keyboard.press("j");
    await gone(page, "j", last);
  });

  test("a number is typed as it is read, with its zeros", async () => {
    const page = await open("#/browse");
    const least = page.getByRole("spinbutton", { name: "Seconds, at least" });
    await least.pressSequentially("0.05", { delay: 60 });
    expect(await least.inputValue()).toBe("0.05");
    await until(
      async () => page.url(),
      (address) => address.includes("seconds_min=0.05"),
    );
  });

  test("it plays, and its body stands where forward kinematics says", async () => {
    const { poses } = given();
    const [first] = poses;
    const id = first?.exemplar ?? (await anExemplar("gesture")).id;
    const page = await open(`#/browse?id=${id}`);
    await ready(page);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.waitForFunction(() => (window.__viewer?.time() ?? 0) > 0.1);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    for (const each of poses) {
      for (const [joint, [x, y, z]] of Object.entries(each.joints)) {
        const found = await page.evaluate(
          async ([seconds, name]) => {
            await window.__viewer?.seek(seconds);
            return window.__viewer?.pose(name).position;
          },
          [each.seconds, joint] as const,
        );
        const [a = 0, b = 0, c = 0] = found ?? [];
        const away = Math.hypot(a - x, b - y, c - z);
        expect(away, `${joint} at ${each.seconds} s`).toBeLessThan(0.002);
      }
    }
  });

  test("a digit relabels, and undo takes it back", async () => {
    const before = await anExemplar("gesture");
    const { id } = before;
    const page = await open(`#/browse?id=${id}`);
    await chosen(page, id);
    const types = page.getByRole("group", { name: "Gesture type" });
    const other = types.getByRole("button", { pressed: false }).first();
    await other.waitFor();
    const label = (await other.getAttribute("title")) ?? "";
    const digit = (await other.locator("kbd").textContent()) ?? "";
    await page.keyboard.press(digit);
    await types.getByRole("button", { name: label, pressed: true }).waitFor();
    await until(
      () => exemplar(id),
      (row) => row.sense === label,
    );
    await page.getByRole("button", { name: /Undo ?: label as/ }).click();
    await types.getByRole("button", { name: before.sense, pressed: true }).waitFor();
    await until(
      () => exemplar(id),
      (row) => row.sense === before.sense,
    );
  });

  test("many are edited after a look at what changes, and that is one step to undo", async () => {
    const flag = "x-click";
    const page = await open("#/browse?label=iconic");
    await page.getByRole("grid", { name: "Exemplars" }).getByRole("row").nth(1).waitFor();
    const { total } = await rest<{ total: number }>("/v1/exemplars?label=iconic");
    await page.getByRole("button", { name: /^Edit \d+ listed/ }).click();
    const dialog = page.getByRole("dialog", { name: /^Edit/ });
    await dialog.getByRole("combobox", { name: "Edit", exact: true }).selectOption("flag");
    await dialog.getByRole("combobox", { name: "Set a flag" }).fill(flag);
    await dialog.getByRole("button", { name: "Show what changes" }).click();
    const rows = dialog.getByRole("table", { name: "Affected rows" });
    await rows
      .getByText(/x.click/)
      .first()
      .waitFor();
    expect(await exemplars({ quality: flag })).toEqual([]);
    await dialog.getByRole("button", { name: /^Change \d+ exemplars/ }).click();
    await until(
      () => exemplars({ quality: flag }),
      (found) => found.length === total,
    );
    await page.getByRole("button", { name: /Undo ?:/ }).click();
    await until(
      () => exemplars({ quality: flag }),
      (found) => found.length === 0,
    );
  });

  test("who was slower sees both values and may still have theirs", async () => {
    const { id } = await anExemplar("gesture");
    const mine = `mine ${Date.now()}`;
    const page = await open(`#/browse?id=${id}`);
    await chosen(page, id);
    const comment = page.getByRole("textbox", { name: "Comment" });
    await comment.waitFor();
    await editBehind(id, { operation: "comment", text: "theirs" });
    await comment.fill(mine);
    await comment.press("Control+Enter");
    await comment.blur();
    const dialog = page.getByRole("dialog", { name: /was edited meanwhile/ });
    await dialog.getByRole("row", { name: /differs.*mine.*theirs/i }).waitFor();
    await dialog.getByRole("button", { name: "Take mine" }).click();
    await dialog.waitFor({ state: "hidden" });
    type Commented = { comment: string };
    const now = () => rest<Commented>(`/v1/exemplars/${id}`);
    await until(now, (row) => row.comment === mine);
  });
});
