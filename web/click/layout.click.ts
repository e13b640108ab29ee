import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { clicking, open, ready, rest, until } from "./browser";

const SECONDS = 190;
const SAID = ["because", "the", "huge", "river", "rose", "but", "we", "stayed", "here"];
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1024, height: 800 },
];

/** A job with so many gestures that their names take many rows. */
async function made(): Promise<string> {
  const form = new FormData();
  const words = Array.from({ length: SECONDS * 2 }, (_, place) => ({
    word: SAID[place % SAID.length],
    start: place / 2,
    end: place / 2 + 0.4,
  }));
  form.set("words", new Blob([JSON.stringify(words)]), "words.json");
  const options = { sampling: { steps: 2, seed: 3 }, output: { formats: ["glb", "json"] } };
  form.set("options", JSON.stringify(options));
  const { id } = await rest<{ id: string }>("/v1/jobs", { method: "POST", body: form });
  const { state } = await rest<{ state: string }>(`/v1/jobs/${id}?wait=100`);
  expect(state).toBe("succeeded");
  return id;
}

/** Names above the stage, how much of each is shown, and whether the reason is shown whole. */
async function shown(page: Page) {
  return await page.evaluate(() => {
    const names = document.querySelector(".job-result-legend");
    const reason = document.querySelector(".job-result-reason");
    if (!names || !reason) throw new Error("there is no result");
    const { top, bottom } = names.getBoundingClientRect();
    const parts = [...names.querySelectorAll("button")].map((each) => {
      const box = each.getBoundingClientRect();
      const part = Math.min(box.bottom, bottom) - Math.max(box.top, top);
      return Math.max(part, 0) / box.height;
    });
    const now = names.querySelector(".job-inserted-now")?.getBoundingClientRect();
    return {
      parts,
      nowIsShown: Boolean(now && now.top >= top - 1 && now.bottom <= bottom + 1),
      reasonIsWhole: reason.scrollHeight <= reason.clientHeight + 1,
    };
  });
}

clicking("Layout", () => {
  let job = "";
  beforeAll(async () => {
    job = await made();
  }, 120_000);

  test.each(SIZES)("no name above the stage is cut at $width x $height", async (size) => {
    const page = await open(`#/jobs?id=${job}`, size);
    const region = page.getByRole("region", { name: "Job", exact: true });
    await region.getByRole("button", { name: "Play", exact: true }).first().click();
    await ready(page);
    for (const seconds of [0, 60, 150]) {
      await page.evaluate((time) => window.__viewer?.seek(time), seconds + 1);
      const { parts, nowIsShown, reasonIsWhole } = await until(
        () => shown(page),
        (found) => found.nowIsShown,
      );
      expect(parts.length).toBeGreaterThan(12);
      const cut = parts.filter((part) => part > 0.02 && part < 0.98);
      expect(cut, `at ${seconds} s`).toEqual([]);
      expect(parts.some((part) => part >= 0.98)).toBe(true);
      expect([nowIsShown, reasonIsWhole], `at ${seconds} s`).toEqual([true, true]);
    }
  });

  test.each(SIZES)("everything above the list is reached at $width x $height", async (size) => {
    const page = await open("#/browse", size);
    const list = await page.getByRole("grid", { name: "Exemplars" }).boundingBox();
    for (const name of ["Tables…", /^Edit .* listed…$/]) {
      const box = await page.getByRole("button", { name }).boundingBox();
      const edge = (list?.x ?? 0) + (list?.width ?? 0);
      expect((box?.x ?? 0) + (box?.width ?? Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(edge);
    }
  });
});
