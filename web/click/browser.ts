/** One Chromium for a file of tests, with pages that tell what went wrong in them. */

import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { CHROMIUM, missing, PAGE_URL } from "./given";

/** As on a machine without a screen and a graphics card. */
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--autoplay-policy=no-user-gesture-required",
];
const PATIENCE_MILLISECONDS = 40_000;

let browser: Browser;
const contexts: BrowserContext[] = [];
const problems: string[] = [];

export interface Look {
  width?: number;
  height?: number;
  scheme?: "light" | "dark";
}

/** Tests with a browser, or none where it cannot be had. */
export function clicking(name: string, tests: () => void): void {
  describe.skipIf(Boolean(missing))(name, () => {
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    });
    afterEach(async () => {
      await Promise.all(contexts.splice(0).map((each) => each.close()));
      expect(problems.splice(0)).toEqual([]);
    });
    afterAll(async () => {
      await browser?.close();
    });
    tests();
  });
}

/** A new page at a place such as `#/browse?label=iconic`. */
export async function open(place = "", look: Look = {}, url = PAGE_URL): Promise<Page> {
  const { width = 1280, height = 800, scheme = "light" } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  contexts.push(context);
  return await tabOf(context, `${url}/${place}`);
}

/** Another tab of the same browser: what is kept there is known to both. */
export async function another(page: Page, place = ""): Promise<Page> {
  return await tabOf(page.context(), `${PAGE_URL}/${place}`);
}

async function tabOf(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  // a mistake of the page's own code is a failure of whatever test met it
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(address);
  return page;
}

/** Ask the service itself, past the page. */
export async function rest<T>(
  path: string,
  asked: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<T> {
  const { method = "GET", body, headers = {} } = asked;
  const form = body instanceof FormData;
  const answer = await fetch(PAGE_URL + path, {
    method,
    headers: { ...headers, ...(body && !form ? { "Content-Type": "application/json" } : {}) },
    body: form ? body : body ? JSON.stringify(body) : null,
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export interface Row {
  id: number;
  label: string;
  sense: string;
  word: string;
  revision: number;
  quality: string[];
  comment: string;
  removed: boolean;
  start_seconds: number;
  end_seconds: number;
  stroke_seconds: number | null;
}

/** An exemplar as it stands in the newest version. */
export async function exemplar(id: number): Promise<Row> {
  return await rest<Row>(`/v1/exemplars/${id}`);
}

/** Exemplars of a filter. */
export async function exemplars(query: Record<string, string>): Promise<Row[]> {
  const asked = new URLSearchParams(query);
  return (await rest<{ exemplars: Row[] }>(`/v1/exemplars?${asked}`)).exemplars;
}

/** One exemplar of a kind, the same for the same place; tests that edit take different ones. */
export async function anExemplar(kind: "gesture" | "relation", place = 0): Promise<Row> {
  const found = (await exemplars({ kind, removed: "any" }))[place];
  if (!found) throw new Error(`the index has fewer than ${place + 1} exemplars of a ${kind}`);
  return found;
}

/** Wait until one is at an exemplar and it is shown. */
export async function chosen(page: Page, id: number): Promise<void> {
  await page.locator(`[role=row][id="row-${id}"][aria-current=true]`).waitFor();
  await page.getByRole("region", { name: `Exemplar ${id}`, exact: true }).waitFor();
}

/** Edit past the page, as somebody else would. */
export async function editBehind(id: number, edit: Record<string, unknown>): Promise<void> {
  await rest(`/v1/exemplars/${id}`, {
    method: "PATCH",
    body: { edits: [edit], reason: "somebody else" },
    headers: { "If-Match": "*" },
  });
}

/** Wait for something outside of the page. */
export async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const found = await look();
    if (holds(found)) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain; last: ${JSON.stringify(found)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Ask why, then have gestures made for what was asked about; until the address names them. */
export async function generated(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Ask why" }).click();
  await page.getByRole("region", { name: "The talk" }).waitFor();
  await page.getByRole("button", { name: "Result", exact: true }).click();
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await until(
    () => Promise.resolve(page.url()),
    (url) => url.includes("result="),
  );
}

/** Wait until the body is on its stage. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => window.__viewer?.ready === true);
}
