import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { clicking, exemplars, open, ready, rest } from "./browser";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical findings, each with the element that it is about. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return found.violations
    .filter((each) => each.impact === "serious" || each.impact === "critical")
    .flatMap((each) =>
      each.nodes.map((node) => `${each.id}: ${node.target.join(" ")} ${node.html}`),
    );
}

async function answered(): Promise<string> {
  const body = new FormData();
  body.set("text", "we stayed inside because it rained, but the huge river rose");
  const job = await rest<{ id: string }>("/v1/explanations", {
    method: "POST",
    body,
    headers: { Prefer: "wait=60" },
  });
  return job.id;
}

clicking("No serious finding of axe", () => {
  for (const scheme of ["light", "dark"] as const) {
    test(`in any view, ${scheme}`, async () => {
      const [row] = await exemplars({ limit: "1" });
      const job = await answered();
      const page = await open(`#/browse?id=${row?.id}`, { scheme });
      const found: Record<string, string[]> = {};
      const look = async (name: string, place: string, settled: () => Promise<unknown>) => {
        if (place) await page.goto(`${page.url().split("#")[0]}${place}`);
        await settled();
        found[name] = await findings(page);
      };
      await look("browse", "", () => ready(page));
      await page.setViewportSize({ width: 1280, height: 420 });
      await look("browse, its list longer than the window", "", () => ready(page));
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.keyboard.press("?");
      await look("keys", "", () => page.getByRole("dialog", { name: "Keys" }).waitFor());
      await page.keyboard.press("Escape");
      await page.keyboard.press("b");
      await look("bulk edit", "", () => page.getByRole("dialog", { name: /^Edit/ }).waitFor());
      await page.keyboard.press("Escape");
      await look("question", "#/why", () => page.getByLabel("What is said").waitFor());
      await look("why", `#/why?job=${job}`, async () => {
        await page.getByRole("region", { name: "The talk" }).waitFor();
        await ready(page);
      });
      await page.getByRole("button", { name: "Compare…" }).click();
      await look("compare", "", () => page.getByLabel("What asks").waitFor());
      await look("job", `#/jobs?id=${job}`, () =>
        page.getByRole("region", { name: "Provenance" }).waitFor(),
      );
      await look("versions", "#/versions", () =>
        page.getByRole("heading", { name: "Tags" }).waitFor(),
      );
      await look("coverage", "#/coverage", () =>
        page.getByRole("link", { name: "Coverage" }).and(page.locator("[aria-current]")).waitFor(),
      );
      expect(Object.fromEntries(Object.entries(found).filter(([, each]) => each.length))).toEqual(
        {},
      );
    });
  }
});
