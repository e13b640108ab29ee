/**
 * Figures of the page, not part of the tests: `npm run figures` with PAGE_URL naming a service with
 * many exemplars (`benchmarks/page.py` makes one and runs this). They depend on the machine:
 * without a graphics card all drawing is done by its processors.
 */

import { writeFileSync } from "node:fs";
import type { CDPSession, Page } from "playwright-core";
import { expect, test } from "vitest";
import { clicking, exemplars, open, ready } from "./browser";

const EDITS = 20;
/** What a curator takes at least to look at one and decide; a faster key waits for the drawing. */
const LOOK_MILLISECONDS = 800;
const STARTS = 3;
const FRAMES = 240;
const SPEEDS = { "reading pace": 20, fast: 200, flying: 4000 };

type Figures = Record<string, Record<string, number>>;

clicking("Figures", () => {
  test("of scrolling, editing, starting and size", async () => {
    const figures: Figures = {};
    figures["first motion, s"] = await firstMotion();
    const page = await open("#/browse");
    const rows = page.getByRole("grid", { name: "Exemplars" });
    await rows.getByRole("row").nth(1).waitFor();
    await page.waitForTimeout(3000);
    const count = Number(await rows.getAttribute("aria-rowcount")) - 1;
    for (const [name, pixels] of Object.entries(SPEEDS)) {
      figures[`${count} rows, scrolled ${name}, frames a second`] = await scrolled(page, pixels);
    }
    figures["compressed size, kB"] = await sizes(page);
    await page.context().close();
    figures["a digit pressed, ms"] = await edited();
    console.table(figures);
    console.log(JSON.stringify(figures));
    if (process.env.FIGURES_FILE) {
      writeFileSync(process.env.FIGURES_FILE, JSON.stringify(figures, null, 1));
    }
    expect(count).toBeGreaterThan(0);
  }, 600_000);
});

/** From an empty tab to a body that moves, caches empty. */
async function firstMotion(): Promise<Record<string, number>> {
  const [row] = await exemplars({ limit: "1" });
  const found: { ready: number; moving: number }[] = [];
  for (let time = 0; time < STARTS; time += 1) {
    const begun = performance.now();
    const page = await open(`#/browse?id=${row?.id}`);
    await ready(page);
    const drawn = performance.now();
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.waitForFunction(() => (window.__viewer?.time() ?? 0) > 0);
    found.push({ ready: (drawn - begun) / 1000, moving: (performance.now() - begun) / 1000 });
    await page.context().close();
  }
  return {
    "body drawn, median": middle(found.map((each) => each.ready)),
    "moving, median": middle(found.map((each) => each.moving)),
  };
}

/** Frames a second while the list moves by so many pixels a frame, and what it had to show. */
async function scrolled(page: Page, pixels: number): Promise<Record<string, number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const before = await busyMilliseconds(session);
  const { took, blank } = await page.evaluate(
    async ([step, frames]) => {
      const list = document.querySelector(".list");
      if (!list) throw new Error("there is no list");
      list.scrollTop = 0;
      await new Promise((done) => setTimeout(done, 800));
      const found: number[] = [];
      let [drawn, blank] = [0, 0];
      let last = performance.now();
      await new Promise<void>((done) => {
        const frame = () => {
          const now = performance.now();
          found.push(now - last);
          last = now;
          drawn += list.querySelectorAll(".list-rows > .list-row").length;
          blank += list.querySelectorAll(".list-blank").length;
          list.scrollTop += step;
          if (found.length < frames) requestAnimationFrame(frame);
          else done();
        };
        requestAnimationFrame(frame);
      });
      return { took: found.slice(5), blank: blank / drawn };
    },
    [pixels, FRAMES] as const,
  );
  const busy = (await busyMilliseconds(session)) - before;
  await session.detach();
  const mean = took.reduce((sum, each) => sum + each, 0) / took.length;
  return {
    mean: round(1000 / mean),
    "at the median frame": round(1000 / middle(took)),
    "at the slowest of 20": round(1000 / part(took, 0.95)),
    "the page's own thread, ms a frame": round(busy / FRAMES),
    "rows still empty, %": round(100 * blank),
  };
}

/** What the page's main thread has worked so far; drawing on the processor is not in it. */
async function busyMilliseconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * (metrics.find((each) => each.name === "TaskDuration")?.value ?? Number.NaN);
}

/** What the page loads, as it comes over the wire. */
async function sizes(page: Page): Promise<Record<string, number>> {
  return await page.evaluate(() => {
    const loaded = performance
      .getEntriesByType("resource")
      .filter((each): each is PerformanceResourceTiming => each.name.includes("/assets/"));
    const sum = (ending: string) =>
      loaded
        .filter((each) => each.name.endsWith(ending))
        .reduce((total, each) => total + each.encodedBodySize / 1000, 0);
    return { scripts: Math.round(sum(".js")), styles: Math.round(sum(".css")) };
  });
}

/** From the key to the new label on the screen, and to the service's yes. */
async function edited(): Promise<Record<string, number>> {
  const [row] = await exemplars({ kind: "gesture", limit: "1" });
  const page = await open(`#/browse?id=${row?.id}`);
  await ready(page);
  const types = page.getByRole("group", { name: "Gesture type" });
  await types.getByRole("button", { pressed: false }).first().waitFor();
  const shown: number[] = [];
  const confirmed: number[] = [];
  for (let time = 0; time < EDITS; time += 1) {
    await page.waitForTimeout(LOOK_MILLISECONDS);
    const other = types.getByRole("button", { pressed: false }).first();
    // both of one moment: the next look may find another button unpressed
    const [digit, label] = await other.evaluate((button) => [
      button.querySelector("kbd")?.textContent ?? "",
      button.getAttribute("title") ?? "",
    ]);
    // the page listens before the key comes: keys overtake what it is told to run
    const watched = await page.evaluateHandle(watchEdit, [row?.id ?? 0, label ?? ""] as const);
    await page.keyboard.press(digit ?? "");
    const found = await watched.evaluate(({ seen }) => seen);
    shown.push(found.shown);
    confirmed.push(found.confirmed);
  }
  return {
    "shown, median": round(middle(shown)),
    "confirmed, median": round(middle(confirmed)),
    "confirmed, slowest of 20": round(part(confirmed, 0.95)),
  };
}

/** In the page: look at each picture after the next key, until the service's answer is shown. */
function watchEdit([id, label]: readonly [number, string]) {
  const seen = new Promise<{ shown: number; confirmed: number }>((done) => {
    performance.clearResourceTimings();
    addEventListener(
      "keydown",
      () => {
        const begun = performance.now();
        let shown = 0;
        const look = () => {
          const row = document.getElementById(`row-${id}`);
          const chosen = document.querySelector(`.label-choice[title="${label}"]`);
          if (!shown && chosen?.getAttribute("aria-pressed") === "true") {
            shown = performance.now() - begun;
          }
          const state = row?.querySelector(".list-revision")?.textContent;
          const answered = performance
            .getEntriesByType("resource")
            .some((each) => each.startTime >= begun && each.name.endsWith(`/v1/exemplars/${id}`));
          if (shown && answered && state === "edited") {
            done({ shown, confirmed: performance.now() - begun });
          } else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      },
      { once: true, capture: true },
    );
  });
  return { seen };
}

function middle(values: readonly number[]): number {
  return round(part(values, 0.5));
}

function part(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
