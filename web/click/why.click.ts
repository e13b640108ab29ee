import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { clicking, generated, open, ready, rest, until } from "./browser";

const SAID = "we stayed inside because it rained, but the huge river rose over there";

/** The answer about the sentence, and the exemplar that is placed for a chosen moment. */
async function asked(): Promise<Page> {
  const page = await open("#/why");
  await page.getByLabel("What is said").fill(SAID);
  await page.getByRole("button", { name: "Ask why" }).click();
  await page.getByRole("region", { name: "The talk" }).waitFor();
  await page.getByRole("table").getByText("placed").waitFor();
  return page;
}

function placedRow(page: Page) {
  return page
    .getByRole("row")
    .filter({ has: page.getByText("placed", { exact: true }) })
    .first();
}

async function placed(page: Page): Promise<string> {
  const name = (await placedRow(page).getByRole("rowheader").textContent()) ?? "";
  return /#(\d+)/.exec(name)?.[1] ?? "";
}

interface Listed {
  jobs: { id: string; state: string; seed: number | null }[];
}

const newest = async (kind: string) =>
  (await rest<Listed>(`/v1/jobs?kind=${kind}&limit=1`)).jobs[0] ?? {
    id: "",
    state: "",
    seed: null,
  };

clicking("Why", () => {
  test("a sentence shows its moments, their candidates with every term, and what was dropped", async () => {
    const page = await asked();
    const talk = page.getByRole("region", { name: "The talk" });
    expect(await talk.getByRole("button", { name: /gets #\d+/ }).count()).toBeGreaterThan(0);
    const dropped = talk.getByRole("button", { name: /goes without/ }).first();
    await dropped.click();
    await page.getByText(/^Dropped: /).waitFor();
    await talk
      .getByRole("button", { name: /gets #\d+/ })
      .first()
      .click();
    const row = placedRow(page);
    const cells = await row.getByRole("cell").allTextContents();
    const [, total = "", ...terms] = cells.map((cell) => cell.replace("−", "-"));
    const sum = terms.map((each) => Number.parseFloat(each)).filter((each) => !Number.isNaN(each));
    expect(sum.reduce((one, other) => one + other, 0)).toBeCloseTo(Number.parseFloat(total), 1);
    await row.getByRole("button", { name: /^Play/ }).click();
    await ready(page);
    const url = page.url();
    await page.reload();
    await placedRow(page).waitFor();
    expect(page.url()).toBe(url);
  });

  test("without an exemplar another one takes its place, and back again", async () => {
    const page = await asked();
    const was = await placed(page);
    await placedRow(page)
      .getByRole("button", { name: `Without #${was}` })
      .click();
    const changes = page.getByRole("region", { name: "What differs" });
    await changes
      .getByRole("button", { name: new RegExp(`#${was}`) })
      .first()
      .waitFor();
    const after = page.getByRole("region", { name: new RegExp(`^Candidates B without #${was}`) });
    await after.waitFor();
    expect(
      await after
        .getByRole("table")
        .getByRole("button", { name: `Play #${was}`, exact: true })
        .count(),
    ).toBe(0);
    await page.getByRole("button", { name: `Put #${was} back` }).click();
    await changes.waitFor({ state: "hidden" });
    expect(await placed(page)).toBe(was);
  });

  test("another set of options is compared moment by moment", async () => {
    const page = await asked();
    await page.getByRole("button", { name: "Compare…" }).click();
    const panel = page.getByRole("complementary", { name: "Compare" });
    await panel.getByLabel("What asks").selectOption("discourse");
    await panel.getByRole("button", { name: "Compare", exact: true }).click();
    await page.getByRole("region", { name: "What differs" }).waitFor();
    await page
      .getByText(/B method discourse/)
      .first()
      .waitFor();
    expect(page.url()).toContain("beside=");
    await page.getByRole("button", { name: "Stop comparing" }).click();
    await page.getByRole("region", { name: "What differs" }).waitFor({ state: "hidden" });
  });

  test("gestures are generated for the same words, outlive a reload, and play", async () => {
    const words = SAID.split(" ").map((word, place) => ({
      word,
      start: place / 2,
      end: place / 2 + 0.4,
    }));
    const page = await open("#/why");
    await page.getByLabel("Choose files…").setInputFiles({
      name: "words.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(words)),
    });
    await generated(page);
    await page.reload();
    await page.getByRole("group", { name: "Inserted exemplars" }).waitFor();
    await ready(page);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.waitForFunction(() => (window.__viewer?.time() ?? 0) > 0.1);
    const id = new URLSearchParams(page.url().split("?")[1]).get("result");
    const { links } = await rest<{ links: Record<string, string> }>(`/v1/jobs/${id}`);
    for (const kind of ["npz", "glb", "json", "bvh", "vrma", "arkit.csv"]) {
      expect(links).toHaveProperty([kind]);
    }
    // after the reload the files are found in the job
    await page.getByRole("button", { name: "Generate again" }).click();
    await until(
      () => newest("gestures"),
      (job) => page.url().includes(job.id),
    );
  });

  test("a job that is running is canceled", async () => {
    const form = new FormData();
    const words = Array.from({ length: 300 }, (_, place) => ({
      word: SAID.split(" ")[place % 13],
      start: place / 2,
      end: place / 2 + 0.4,
    }));
    form.set("words", new Blob([JSON.stringify(words)]), "words.json");
    form.set("options", JSON.stringify({ sampling: { mode: "none", seed: 5 } }));
    const { id } = await rest<{ id: string }>("/v1/jobs", { method: "POST", body: form });
    const page = await open(`#/jobs?id=${id}`);
    const detail = page.getByRole("region", { name: "Job", exact: true });
    await detail.getByRole("button", { name: "Cancel" }).click();
    await detail.getByText("This job was canceled.").waitFor();
    await until(
      () => rest<{ state: string }>(`/v1/jobs/${id}`),
      (job) => job.state === "canceled",
    );
  });
});
