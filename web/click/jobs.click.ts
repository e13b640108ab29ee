import { readFile } from "node:fs/promises";
import type { Page, Request } from "playwright-core";
import { expect, test } from "vitest";
import { clicking, generated, open, ready, rest, until } from "./browser";
import { tone } from "./tone";

interface Job {
  id: string;
  state: string;
  seed: number;
  links: Record<string, string>;
}

/** Every file of a job with its sound, and how it begins. */
const FILES: Record<string, RegExp> = {
  npz: /^PK/,
  bvh: /^HIERARCHY/,
  glb: /^glTF/,
  vrma: /^glTF/,
  "arkit.csv": /^Timecode,BlendShapeCount,/,
  json: /^{/,
  sound: /^RIFF....WAVE/s,
};

/** A job that has succeeded, of a few words. */
async function done(sound?: Blob): Promise<Job> {
  const form = new FormData();
  const formats = Object.keys(FILES).filter((kind) => kind !== "sound");
  if (sound) form.set("sound", sound, "talk.wav");
  const words = ["we", "stayed", "because", "it", "rained", "the", "huge", "river"].map(
    (word, place) => ({ word, start: place / 2, end: place / 2 + 0.4 }),
  );
  form.set("words", new Blob([JSON.stringify(words)]), "words.json");
  form.set("options", JSON.stringify({ sampling: { steps: 4, seed: 3 }, output: { formats } }));
  const { id } = await rest<Job>("/v1/jobs", { method: "POST", body: form });
  return await rest<Job>(`/v1/jobs/${id}?wait=60`);
}

clicking("Jobs", () => {
  test("a job is found by state and kind, saved in every format, and played", async () => {
    const job = await done(tone(4));
    expect(job.state).toBe("succeeded");
    const page = await open("#/jobs");
    await page.getByRole("button", { name: "succeeded", exact: true }).click();
    await page.getByRole("button", { name: "gestures", exact: true }).click();
    await page.getByRole("button", { name: job.id.slice(0, 8) }).click();
    expect(page.url()).toContain(`id=${job.id}`);
    const files = page.getByRole("region", { name: "Files" });
    for (const [kind, begins] of Object.entries(FILES)) {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        files.getByRole("button", { name: new RegExp(`^${kind} `) }).click(),
      ]);
      const ending = kind === "sound" ? "wav" : kind;
      expect(file.suggestedFilename()).toBe(`motion-${job.id.slice(0, 8)}.${ending}`);
      const content = await readFile(await file.path());
      expect(content.subarray(0, 400).toString("latin1"), kind).toMatch(begins);
    }
    const provenance = page.getByRole("region", { name: "Provenance" });
    await provenance.getByText("index version").waitFor();
    await page
      .getByRole("region", { name: "Job", exact: true })
      .getByRole("button", { name: "Play", exact: true })
      .first()
      .click();
    await ready(page);
  });

  test("the same speech is asked again with another seed, and asked why", async () => {
    const job = await done();
    const page = await open(`#/jobs?id=${job.id}`);
    await page.getByRole("button", { name: "Again with another seed" }).click();
    const again = await until(
      async () => (await rest<{ jobs: Job[] }>("/v1/jobs?kind=gestures&limit=1")).jobs[0],
      (found) => found !== undefined && found.id !== job.id && page.url().includes(found.id),
    );
    expect(again?.seed).toBe(job.seed + 1);
    await page.goto(`${page.url().split("#")[0]}#/jobs?id=${job.id}`);
    await page.getByRole("button", { name: "Ask why" }).click();
    await page.getByRole("region", { name: "The talk" }).waitFor();
  });

  test("the sound of a job that is asked why is neither fetched nor sent", async () => {
    const job = await done(tone(4));
    const page = await open(`#/jobs?id=${job.id}`);
    await page.evaluate(keepForms);
    const fetched = requests(page, `/v1/jobs/${job.id}/sound`);
    await generated(page);
    const forms = await page.evaluate(() => (window as unknown as Forms).forms);
    expect(forms.map((form) => form.sound)).toEqual([undefined, undefined]);
    expect(forms.map((form) => form.sound_of)).toEqual([job.id, job.id]);
    expect(fetched).toEqual([]);
  });

  test("a sound that is gone is told, and its words are asked about alone", async () => {
    const job = await done(tone(4));
    const page = await open(`#/jobs?id=${job.id}`);
    const error = { type: "expired", code: "sound_expired", retryable: false, field: "sound_of" };
    const message = `the sound of job ${job.id} was removed after its time`;
    await page.route(
      "**/v1/explanations",
      (route) => route.fulfill({ status: 410, json: { error: { ...error, message } } }),
      { times: 1 },
    );
    await page.getByRole("button", { name: "Ask why" }).click();
    await page.getByText(`${message}: choose the file of the sound again.`).waitFor();
    await page.getByText("This answer is about the words alone.").waitFor();
    await page.getByRole("region", { name: "The talk" }).waitFor();
  });
});

interface Forms {
  forms: Record<string, string | undefined>[];
}

/** From now on, keep what the page sends as forms; a browser tells no sizes of files. */
function keepForms(): void {
  const [page, send] = [window as unknown as Forms, window.fetch];
  page.forms = [];
  window.fetch = (address, asked) => {
    if (asked?.body instanceof FormData) {
      page.forms.push(
        Object.fromEntries([...asked.body].map(([name, value]) => [name, String(value)])),
      );
    }
    return send(address, asked);
  };
}

/** The requests of a page from now on for one address. */
function requests(page: Page, path: string): Request[] {
  const found: Request[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === path) found.push(request);
  });
  return found;
}
