import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { headOf } from "./resultHead";

const HOUR_OF_WORDS = 9000;
const { signal } = new AbortController();

beforeEach(() => vi.stubGlobal("sessionStorage", { getItem: () => null }));
afterEach(() => vi.unstubAllGlobals());

/** A service that sends a file in parts of some bytes; tells how many were taken of it. */
function sent(parts: Iterator<string>) {
  const told = { bytes: 0, ended: false };
  const coder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (control) => {
        const next = parts.next();
        if (next.done) return control.close();
        const bytes = coder.encode(next.value);
        told.bytes += bytes.length;
        control.enqueue(bytes);
      },
      cancel: () => {
        told.ended = true;
      },
    },
    { highWaterMark: 0 },
  );
  vi.stubGlobal("fetch", async () => new Response(body));
  return told;
}

function* cut(text: string, size: number): Generator<string> {
  for (let place = 0; place < text.length; place += size) yield text.slice(place, place + size);
}

test("the words of an hour are read, and its poses are not fetched", async () => {
  const words = Array.from({ length: HOUR_OF_WORDS }, (_, place) => ({
    word: place % 7 ? "rivière" : ', "poses": [',
    start: place * 0.4,
    end: place * 0.4 + 0.3,
  }));
  const head = { fps: 30, frames: 108_000, annotations: { words } };
  function* whole() {
    yield* cut(`${JSON.stringify(head).slice(0, -1)}, "poses": [`, 4096);
    for (let frame = 0; frame < 108_000; frame += 1) {
      yield `${frame ? ", " : ""}[${"0.12345, ".repeat(164)}0.1]`;
    }
    throw new Error("the whole file was read");
  }
  const told = sent(whole());

  expect(await headOf("/v1/jobs/a/result.json", signal)).toEqual(head);
  expect(told.ended).toBe(true);
  expect(told.bytes).toBeLessThan(JSON.stringify(head).length + 400_000);
});

test("wherever the file is cut into parts, the same is read", async () => {
  const head = { fps: 30, annotations: { words: [{ word: "hé", start: 0, end: 1 }] } };
  const text = `${JSON.stringify(head).slice(0, -1)}, "poses": [[1, 2], [3, 4]], "translation": []}`;
  for (let size = 1; size < text.length + 1; size += 1) {
    sent(cut(text, size));
    expect(await headOf("/x", signal)).toEqual(head);
  }
});

test("provenance of an hour, which lies before the poses, is not fetched either", async () => {
  const annotations = { words: [{ word: ', "provenance": {', start: 0, end: 1 }] };
  const text = `{"annotations": ${JSON.stringify(annotations)}, "provenance": {"seed": 1, "matches": [`;
  for (let size = 1; size < text.length + 1; size += 1) {
    sent(cut(text, size));
    expect(await headOf("/x", signal)).toEqual({ annotations });
  }
});

test("a file without poses is read whole", async () => {
  sent(cut('{"moments": 2, "annotations": {"words": []}}', 10));
  expect(await headOf("/x", signal)).toEqual({ moments: 2, annotations: { words: [] } });
});
