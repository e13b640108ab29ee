import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { clicking, open, ready, rest, until } from "./browser";
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
});
