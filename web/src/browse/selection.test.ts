import { describe, expect, it } from "vitest";
import { allChosen, carriedOver, chosenAt, extended, moved, NOTHING } from "./selection";

const IDS = [10, 20, 30, 40, 50];

describe("a selection", () => {
  it("stays inside the list", () => {
    expect(moved(NOTHING, IDS, 99).at).toBe(4);
    expect(moved(NOTHING, IDS, -5).at).toBe(0);
    expect(moved(NOTHING, [], 0).at).toBe(-1);
  });

  it("stretches from where it began", () => {
    const from = moved(NOTHING, IDS, 1);
    const down = extended(extended(from, IDS, 2), IDS, 3);
    expect([...down.chosen]).toEqual([20, 30, 40]);
    expect(down.at).toBe(3);
  });

  it("is taken back by the same key", () => {
    const one = chosenAt(moved(NOTHING, IDS, 2), IDS);
    expect([...one.chosen]).toEqual([30]);
    expect(chosenAt(one, IDS).chosen.size).toBe(0);
    expect(allChosen(allChosen(one, IDS), IDS).chosen.size).toBe(0);
  });

  it("goes with its row into another list, and keeps only rows that are there", () => {
    const one = { ...chosenAt(moved(NOTHING, IDS, 3), IDS), chosen: new Set([40, 50]) };
    const after = carriedOver(one, IDS, [5, 40]);
    expect(after.at).toBe(1);
    expect([...after.chosen]).toEqual([40]);
    expect(carriedOver(one, IDS, [1, 2]).at).toBe(1);
  });
});
