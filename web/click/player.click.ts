import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { anExemplar, clicking, open, type Row, ready, rest } from "./browser";

const FRAME_SECONDS = 1 / 30;
/** What one body's pose is told by: these distances stay when it is moved and turned. */
const PAIRS = [
  ["left_wrist", "head"],
  ["left_wrist", "pelvis"],
  ["left_elbow", "right_wrist"],
] as const;

const timeOf = (page: Page) => page.evaluate(() => window.__viewer?.time() ?? Number.NaN);
const seek = (page: Page, seconds: number) =>
  page.evaluate((wanted) => window.__viewer?.seek(wanted), seconds);

/** Distances between joints of the body, or of the ghost. */
async function shape(page: Page, which: "body" | "ghost"): Promise<number[]> {
  return await page.evaluate(
    ([pairs, of]) =>
      pairs.map(([one, other]) => {
        const [a, b] = [one, other].map((joint) => window.__viewer?.pose(joint, of).position);
        return Math.hypot(...[0, 1, 2].map((axis) => (a?.[axis] ?? 0) - (b?.[axis] ?? 0)));
      }),
    [PAIRS, which] as const,
  );
}

/** How fast the shown time passes, and where it is meanwhile. */
async function watched(page: Page, milliseconds: number): Promise<{ rate: number; at: number[] }> {
  return await page.evaluate(async (long) => {
    const now = () => window.__viewer?.time() ?? Number.NaN;
    const [began, at] = [performance.now(), [now()]];
    while (performance.now() - began < long) {
      await new Promise((done) => requestAnimationFrame(done));
      at.push(now());
    }
    const passed = (performance.now() - began) / 1000;
    return { rate: ((at.at(-1) ?? 0) - (at[0] ?? 0)) / passed, at };
  }, milliseconds);
}

async function watching(): Promise<{ page: Page; row: Row; stroke: number }> {
  const row = await anExemplar("gesture");
  if (row.stroke_seconds === null) throw new Error(`exemplar ${row.id} has no stroke`);
  const page = await open(`#/browse?id=${row.id}`);
  await ready(page);
  return { page, row, stroke: row.stroke_seconds };
}

clicking("The player", () => {
  test("steps by frames, plays slowly, and loops the stroke", async () => {
    const { page, stroke } = await watching();
    await seek(page, 2);
    await page.getByRole("button", { name: "Step one frame forward" }).click();
    expect(await timeOf(page)).toBeCloseTo(2 + FRAME_SECONDS, 4);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await timeOf(page)).toBeCloseTo(2 - FRAME_SECONDS, 4);
    const told = page.getByRole("slider", { name: "Time" });
    expect(await told.getAttribute("aria-valuetext")).toBe("1.97 seconds, frame 59");

    await page.getByLabel("Speed").selectOption("0.25");
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.waitForFunction(() => (window.__viewer?.time() ?? 0) > 2.05);
    const { rate } = await watched(page, 800);
    expect(rate).toBeGreaterThan(0.15);
    expect(rate).toBeLessThan(0.35);

    await page.getByLabel("Speed").selectOption("2");
    await page.getByRole("button", { name: "Loop the stroke" }).click();
    await page.waitForFunction((from) => (window.__viewer?.time() ?? 0) > from, stroke - 0.2);
    const { at } = await watched(page, 1500);
    const again = at.filter((time, place) => time < (at[place - 1] ?? time));
    expect(again.length, "times that it began anew").toBeGreaterThan(0);
    expect(Math.min(...at)).toBeGreaterThan(stroke - 0.3 - 2 * FRAME_SECONDS);
    expect(Math.max(...at)).toBeLessThan(stroke + 0.3 + 4 * FRAME_SECONDS);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    // a jump out of the loop ends it
    await page.keyboard.press("Home");
    await page.getByRole("button", { name: "Loop the stroke", pressed: false }).waitFor();
  });

  test("looks from the front, the side and the speaker, and shows a ghost stroke on stroke", async () => {
    const { page, row, stroke } = await watching();
    const picture = async () => (await page.locator(".stage canvas").screenshot()).toString("hex");
    const seen = new Set<string>();
    const views = page.getByRole("group", { name: "View" });
    for (const name of ["Side", "Speaker", "Front"]) {
      await views.getByRole("button", { name }).click();
      await views.getByRole("button", { name, pressed: true }).waitFor();
      // the camera glides there
      await page.waitForTimeout(400);
      seen.add(await picture());
    }
    expect(seen.size).toBe(3);

    const time = stroke - 0.1;
    await seek(page, time);
    await page.keyboard.press("n");
    const other = page.getByRole("list", { name: /^Neighbours/ }).getByRole("listitem");
    const { neighbours } = await rest<{ neighbours: { exemplar: Row }[] }>(
      `/v1/exemplars/${row.id}/neighbours?limit=12`,
    );
    const place = neighbours.findIndex(({ exemplar }) => differs(exemplar.stroke_seconds, stroke));
    const ghost = neighbours[place]?.exemplar;
    if (!ghost || ghost.stroke_seconds === null) throw new Error("no neighbour strokes elsewhere");
    await other.nth(place).getByRole("button", { name: "Compare" }).click();
    await page.getByRole("button", { name: "Ghost", pressed: true }).waitFor();
    await page.waitForFunction(() => window.__viewer?.ghost === true);
    const found = await shape(page, "ghost");
    const withGhost = await picture();
    await page.keyboard.press("g");
    await page.getByRole("button", { name: "Ghost", pressed: false }).waitFor();
    expect(await picture()).not.toBe(withGhost);

    // by itself it stands as its ghost stood
    await page.goto(`${page.url().split("#")[0]}#/browse?id=${ghost.id}`);
    await page.getByRole("region", { name: `Exemplar ${ghost.id}`, exact: true }).waitFor();
    await page.waitForFunction(
      (recording) => document.querySelector(".player")?.getAttribute("aria-label") === recording,
      await title(ghost.id),
    );
    await ready(page);
    await seek(page, time - (stroke - ghost.stroke_seconds));
    const own = await shape(page, "body");
    for (const [pair, distance] of own.entries()) expect(found[pair]).toBeCloseTo(distance, 2);
  });
});

function differs(one: number | null, other: number): boolean {
  return one !== null && Math.abs(one - other) > 0.5;
}

/** What the player of an exemplar is called. */
async function title(id: number): Promise<string> {
  const row = await rest<Row & { recording: string }>(`/v1/exemplars/${id}`);
  return `${row.sense}, “${row.word}”, ${row.recording}`;
}
