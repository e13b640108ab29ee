/**
 * The pictures of the page in the docs, not part of the tests: `npm run pictures` with PAGE_URL naming
 * a service over the demo corpus as `chironomia index build` makes it; written into `docs/pictures`.
 */

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, test } from "vitest";
import { clicking, exemplars, type Look, open, ready, rest } from "./browser";

const TALK = new URL("../../demo/talk/", import.meta.url);
const PICTURES = new URL("../../docs/pictures/", import.meta.url);
const SIZE = { width: 1440, height: 900 };
const WAIT = { Prefer: "wait=120" };

interface Job {
  id: string;
  state: string;
}

const fileOf = (name: string) => new Blob([new Uint8Array(readFileSync(new URL(name, TALK)))]);

/** A job about the demo talk, once it has ended. */
async function made(path: string, fields: Record<string, string | Blob>): Promise<string> {
  const form = new FormData();
  form.set("words", fileOf("talk.TextGrid"), "talk.TextGrid");
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const job = await rest<Job>(path, { method: "POST", body: form, headers: WAIT });
  if (job.state !== "succeeded") throw new Error(`job ${job.id} is ${job.state}`);
  return job.id;
}

/** Show a place, do what its picture needs, and take it. */
async function take(name: string, place: string, show: (page: Page) => Promise<void>, look?: Look) {
  const page = await open(place, { ...SIZE, ...look });
  await show(page);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: new URL(`${name}.png`, PICTURES).pathname });
}

/** The body on its stage, at a time of its clock. */
async function at(page: Page, seconds: number): Promise<void> {
  await ready(page);
  await page.evaluate((time) => window.__viewer?.seek(time), seconds);
}

clicking("Pictures", () => {
  let result = "";
  let why = "";
  let beside = "";

  beforeAll(async () => {
    const options = JSON.stringify({ sampling: { seed: 1 } });
    result = await made("/v1/gestures", { sound: fileOf("talk.wav"), options });
    why = await made("/v1/explanations", { sound_of: result });
    const anybody = JSON.stringify({ retrieval: { speaker: "any" } });
    beside = await made("/v1/explanations", { sound_of: result, options: anybody });
  }, 300_000);

  test("Browse: filters, list, one exemplar", async () => {
    const huge = await exemplars({ text: "huge", kind: "gesture", order: "id" });
    const found = huge.find((each) => each.word === "huge");
    if (!found) throw new Error("the demo corpus has an exemplar of “huge”");
    await take("page-browse", `#/browse?id=${found.id}`, async (page) => {
      await at(page, found.start_seconds + 0.5);
      await page.getByRole("region", { name: `Exemplar ${found.id}`, exact: true }).waitFor();
    });
  });

  test("Why: the talk, its moments, the candidates of one", async () => {
    await take("page-why", `#/why?job=${why}`, async (page) => {
      await page.getByRole("table").getByText("placed").waitFor();
      await at(page, 6);
    });
  });

  test("Compare: two sets of options", async () => {
    await take(
      "page-compare",
      `#/why?job=${why}&beside=${beside}`,
      (page) => page.getByRole("region", { name: "What differs" }).waitFor(),
      { scheme: "dark" },
    );
  });

  test("Result: the generated body, and beside it the exemplar", async () => {
    await take("page-result", `#/why?job=${why}&result=${result}&show=result`, async (page) => {
      await at(page, 2.8);
      await page.waitForFunction(() => window.__viewer?.ghost === true);
    });
  });
});
