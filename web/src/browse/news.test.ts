import { describe, expect, it } from "vitest";
import type { Version } from "../api/types";
import { countOthers } from "./news";
import { nextOf } from "./taken";

function version(seq: number, changed = 1): Version {
  return { seq, changed } as Version;
}

describe("news", () => {
  it("are changes by others since the list was made", () => {
    const versions = [version(9), version(8, 0), version(7), version(6), version(5)];
    expect(countOthers(versions, 5, new Set([7]))).toBe(2);
  });
});

describe("the next of a tier", () => {
  it("is a later exemplar, not this one and not one without an exemplar", () => {
    const tier = [
      { exemplar_id: 4, start_seconds: 5, this: false },
      { exemplar_id: null, start_seconds: 3, this: false },
      { exemplar_id: 1, start_seconds: 2, this: true },
      { exemplar_id: 9, start_seconds: 1, this: false },
    ];
    expect(nextOf(tier, 2)).toBe(4);
    expect(nextOf(tier, 6)).toBeUndefined();
  });
});
