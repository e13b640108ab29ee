import { expect, test } from "vitest";
import { clicking, open, rest } from "./browser";

const SAID = "we stayed inside because it rained, but the huge river rose over there";

interface Placed {
  exemplar_id: number;
}

interface Job {
  id: string;
  index_version: number;
  links: Record<string, string>;
}

/** The exemplar that a sentence gets first. */
async function best(): Promise<number> {
  const form = new FormData();
  form.set("text", SAID);
  const headers = { Prefer: "wait=60" };
  const job = await rest<Job>("/v1/explanations", { method: "POST", body: form, headers });
  const whole = await rest<{ explanation: { moments: { placed: Placed | null }[] } }>(
    job.links.json ?? "",
  );
  const placed = whole.explanation.moments.find((each) => each.placed)?.placed;
  if (!placed) throw new Error("the sentence gets no exemplar");
  return placed.exemplar_id;
}

clicking("What was out of sight", () => {
  test("every option is shown with its help; what one cuts is named, and opened in Browse", async () => {
    const id = await best();
    const page = await open("#/why");
    await page.getByLabel("What is said").fill(SAID);
    await page.locator("summary", { hasText: /^Options/ }).click();
    const { options } = await rest<{
      options: { $defs: Record<string, { properties: Record<string, unknown> }> };
    }>("/v1/info");
    const names = Object.keys(options.$defs.RetrievalOptions?.properties ?? {});
    for (const name of names.filter((each) => each !== "weights")) {
      const field = page.locator(`#option-${name}`);
      await field.waitFor();
      const help = page.locator(`#${await field.getAttribute("aria-describedby")}`);
      expect(await help.textContent()).toMatch(/^usually .+ · .+/);
    }
    await page.getByRole("checkbox", { name: "Fill with prosody" }).check();
    const gone = page.getByRole("textbox", { name: "Not these exemplars" });
    await gone.pressSequentially(`9999, ${id}`);
    await gone.press("Tab");
    expect(await gone.inputValue()).toBe(`9999, ${id}`);
    await page.getByText("2 changed", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Ask why" }).click();
    const cuts = page.getByRole("region", { name: "What filters cut" });
    const row = cuts.getByRole("listitem").filter({ hasText: `#${id}` });
    await row.getByText(/would score \d+\.\d+/).waitFor();
    await row.getByRole("link").click();
    await page.getByRole("region", { name: `Exemplar ${id}`, exact: true }).waitFor();
    expect(page.url()).toContain("#/browse");
  });

  test("jobs are narrowed to the version that they ran on", async () => {
    await best();
    const { jobs } = await rest<{ jobs: Job[] }>("/v1/jobs?state=succeeded&limit=1");
    const [job] = jobs;
    const page = await open("#/jobs");
    const row = page.getByRole("row", { name: new RegExp(job?.id.slice(0, 8) ?? "-") });
    await row.waitFor();
    const version = page.getByRole("combobox", { name: "Index version that jobs ran on" });
    await version.fill("0");
    await version.press("Enter");
    await page.getByText("No job that is kept fits these filters.").waitFor();
    await version.fill("nothing of that name");
    await version.press("Enter");
    await page
      .getByRole("alert")
      .getByText(/GET \/v1\/versions/)
      .waitFor();
    await version.fill(String(job?.index_version));
    await version.press("Enter");
    await row.waitFor();
    expect(page.url()).toContain(`version=${job?.index_version}`);
  });
});
