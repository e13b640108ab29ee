import { describe, expect, it } from "vitest";
import type { Exemplar } from "../api/types";
import { RowCache } from "./rowCache";

const IDS = Array.from({ length: 1000 }, (_, place) => place + 1);

function row(id: number, revision = 1): Exemplar {
  return { id, revision } as Exemplar;
}

/** A cache whose fetches are answered by hand. */
function setUp() {
  const asked: { ids: readonly number[]; signal: AbortSignal; answer: () => void }[] = [];
  const failures: unknown[] = [];
  const cache = new RowCache(
    (ids, signal) =>
      new Promise((resolve, reject) => {
        asked.push({ ids, signal, answer: () => resolve(ids.map((id) => row(id))) });
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    () => undefined,
    (error) => failures.push(error),
  );
  return { asked, cache, failures };
}

describe("rows in sight", () => {
  it("are fetched in whole pages, once", async () => {
    const { asked, cache } = setUp();
    cache.want(IDS, 55, 65);
    cache.want(IDS, 56, 66);
    expect(asked.map((each) => each.ids.length)).toEqual([60, 60]);
    for (const each of asked) each.answer();
    await Promise.resolve();
    await Promise.resolve();
    expect(cache.get(1)?.id).toBe(1);
    expect(cache.get(121)).toBeUndefined();
    cache.want(IDS, 0, 119);
    expect(asked.length).toBe(2);
  });

  it("are given up when they leave it, without a complaint", async () => {
    const { asked, cache, failures } = setUp();
    cache.want(IDS, 0, 10);
    cache.want(IDS, 900, 910);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(asked[1]?.signal.aborted).toBe(false);
    await Promise.resolve();
    expect(failures).toEqual([]);
  });

  it("never go back to an earlier revision", () => {
    const { cache } = setUp();
    cache.put([row(1, 3)]);
    cache.put([row(1, 2)]);
    expect(cache.get(1)?.revision).toBe(3);
  });

  it("do not fill the memory", () => {
    const { cache } = setUp();
    cache.put(Array.from({ length: 7000 }, (_, place) => row(place)));
    expect(cache.get(0)).toBeUndefined();
    expect(cache.get(6999)).toBeDefined();
  });
});
