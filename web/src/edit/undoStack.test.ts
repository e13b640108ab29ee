import { describe, expect, it } from "vitest";
import { apart, did, joined, NOTHING_DONE, redid, type Step, tookBack, without } from "./undoStack";

function step(seq: number): Step {
  return { seq, words: `edit ${seq}`, rows: [] };
}

describe("undo and redo", () => {
  it("walk back and forth through events", () => {
    const two = did(did(NOTHING_DONE, step(1)), step(2));
    const back = tookBack(two, 2, step(3));
    expect(back.done.map((each) => each.seq)).toEqual([1]);
    expect(back.undone.map((each) => each.seq)).toEqual([3]);
    const again = redid(back, 3, step(4));
    expect(again.done.map((each) => each.seq)).toEqual([1, 4]);
    expect(again.undone).toEqual([]);
  });

  it("forget what could be redone once something else is done", () => {
    const back = tookBack(did(NOTHING_DONE, step(1)), 1, step(2));
    expect(did(back, step(3)).undone).toEqual([]);
  });

  it("drop what can no longer be taken back", () => {
    expect(without(did(NOTHING_DONE, step(1)), 1)).toEqual(NOTHING_DONE);
  });

  it("leave to the tab that one was copied from what it did", () => {
    const copied = tookBack(did(did(NOTHING_DONE, step(1)), step(2)), 2, step(3));
    expect(apart(copied, copied)).toEqual(NOTHING_DONE);
    const own = did(copied, step(4));
    expect(apart(own, copied)).toEqual({ done: [step(4)], undone: [] });
    expect(joined(NOTHING_DONE, apart(own, copied))).toEqual(apart(own, copied));
  });
});
