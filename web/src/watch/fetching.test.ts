import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { bytesOf, type Come, comeText, LARGE_BYTES } from "./fetching";

beforeEach(() => vi.stubGlobal("sessionStorage", { getItem: () => null }));
afterEach(() => vi.unstubAllGlobals());

async function fetched(size: number, headers: Record<string, string> = {}) {
  const content = Uint8Array.from({ length: size }, (_, place) => place % 251);
  const part = 1_000_003;
  const body = new ReadableStream<Uint8Array>({
    start: (control) => {
      for (let place = 0; place < size; place += part) {
        control.enqueue(content.slice(place, place + part));
      }
      control.close();
    },
  });
  const given = { "Content-Length": String(size), ...headers };
  vi.stubGlobal("fetch", async () => new Response(body, { headers: given }));
  const told: Come[] = [];
  const bytes = await bytesOf("/x", new AbortController().signal, (come) => told.push(come));
  expect(Buffer.from(bytes).equals(Buffer.from(content))).toBe(true);
  return told;
}

it("tells how much of a large file has come", async () => {
  const told = await fetched(LARGE_BYTES + 5);
  expect(told.map(comeText)).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7].map((each) => `${each} of 9 MB`),
    "8 of 9 MB",
  ]);
  expect(told.at(-1)).toEqual({ bytes: LARGE_BYTES + 5, of: LARGE_BYTES + 5 });
});

it("tells nothing of a small one, nor of one whose length is that of its packing", async () => {
  expect(await fetched(1000)).toEqual([]);
  expect(await fetched(LARGE_BYTES, { "Content-Encoding": "identity" })).toEqual([]);
});
