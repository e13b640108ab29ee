import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { clicking, open, ready, rest } from "./browser";
import { placeOf } from "./kinematics";
import { tone } from "./tone";

const SECONDS = 130;
const FAR = 100;
const JOINTS = ["left_wrist", "right_index1", "head", "left_foot"];

interface Job {
  id: string;
  state: string;
  links: Record<string, string>;
}

/** A talk of several stretches. */
async function made(): Promise<Job> {
  const form = new FormData();
  form.set("sound", tone(SECONDS), "talk.wav");
  const words = Array.from({ length: SECONDS / 2 }, (_, place) => ({
    word: place % 9 ? "rain" : "because",
    start: 2 * place,
    end: 2 * place + 0.4,
  }));
  form.set("words", new Blob([JSON.stringify(words)]), "words.json");
  const options = { sampling: { steps: 2, seed: 3 }, output: { formats: ["glb", "json"] } };
  form.set("options", JSON.stringify(options));
  const { id } = await rest<Job>("/v1/jobs", { method: "POST", body: form });
  return await rest<Job>(`/v1/jobs/${id}?wait=60`);
}

/** The job's player, with every address that it asks the service for. */
async function played(
  job: Job,
  before: (page: Page) => Promise<unknown> = async () => undefined,
): Promise<{ page: Page; asked: string[] }> {
  const page = await open("#/jobs");
  await before(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${page.url().split("#")[0]}#/jobs?id=${job.id}`);
  const region = page.getByRole("region", { name: "Job", exact: true });
  await region.getByRole("button", { name: "Play", exact: true }).first().click();
  await ready(page);
  return { page, asked };
}

const timeOf = (page: Page) => page.evaluate(() => window.__viewer?.time() ?? -1);

clicking("A long result", () => {
  let job: Job;
  beforeAll(async () => {
    job = await made();
  });

  test("plays before it was fetched whole, and far behind its start the pose is the file's", async () => {
    expect(job.state).toBe("succeeded");
    const { page, asked } = await played(job);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => (window.__viewer?.time() ?? 0) > 0.2);
    expect(asked.filter((each) => /result\.glb/.test(each))).toEqual([]);
    const stretches = () => asked.filter((each) => each.includes("stretch.f32?start"));
    expect(stretches().length).toBeLessThanOrEqual(2);

    await page.keyboard.press("Space");
    await page.evaluate((seconds) => window.__viewer?.seek(seconds), FAR);
    expect(await timeOf(page)).toBe(FAR);
    expect(stretches().length).toBeLessThanOrEqual(4);
    const whole = await (await fetch(new URL(`${job.links.glb}`, page.url()))).arrayBuffer();
    for (const joint of JOINTS) {
      const { position } = await page.evaluate((name) => {
        if (!window.__viewer) throw new Error("there is no player");
        return window.__viewer.pose(name);
      }, joint);
      placeOf(whole, joint, FAR).forEach((metres, axis) => {
        expect(position[axis], `${joint} ${axis}`).toBeCloseTo(metres, 4);
      });
    }
    await page.keyboard.press("Space");
    await page.waitForFunction((far) => (window.__viewer?.time() ?? 0) > far + 0.2, FAR);
  });

  test("a dead connection keeps the place, is told, and it goes on when the service answers", async () => {
    const { page } = await played(job);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => (window.__viewer?.time() ?? 0) > 0);
    await page.route("**/stretch.f32*", (route) => route.abort());
    await page.evaluate((far) => void window.__viewer?.seek(far), FAR);
    await page.getByText("your place is kept").waitFor();
    expect(await timeOf(page)).toBe(FAR);
    await page.unroute("**/stretch.f32*");
    await page.waitForFunction((far) => (window.__viewer?.time() ?? 0) > far + 0.2, FAR);
    expect(await page.getByText("your place is kept").count()).toBe(0);
  });

  test("its sound comes back as well, at the same place", async () => {
    const { page } = await played(job, (opened) =>
      opened.route("**/sound", (each) => each.abort()),
    );
    await page.evaluate((far) => window.__viewer?.seek(far), FAR);
    await page.keyboard.press("Space");
    await page.getByText("your place is kept").waitFor();
    expect(await timeOf(page)).toBe(FAR);
    await page.unroute("**/sound");
    await page.waitForFunction((far) => (window.__viewer?.time() ?? 0) > far + 0.2, FAR);
  });
});
