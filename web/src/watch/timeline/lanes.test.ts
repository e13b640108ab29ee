import { describe, expect, it } from "vitest";
import type { Mark } from "../types";
import { Lanes } from "./lanes";

function marks(...spans: [number, number][]): Mark[] {
  return spans.map(([start, end], place) => ({ id: String(place), text: "", start, end }));
}

describe("lanes", () => {
  it("put what overlaps below one another and nothing else", () => {
    const lanes = new Lanes({ name: "x", marks: marks([0, 2], [1, 3], [2, 4], [3.5, 5]) });
    expect(lanes.marks.map(({ lane }) => lane)).toEqual([0, 1, 0, 1]);
    expect(lanes.count).toBe(2);
  });

  it("find what is shown, also a long mark that began long before", () => {
    const many = Array.from({ length: 9000 }, (_, at): [number, number] => [at, at + 0.5]);
    const lanes = new Lanes({ name: "x", marks: marks([0, 5000], ...many) });
    const shown = lanes.between(4000, 4002.2).map(({ mark }) => mark.start);
    expect(shown).toEqual([0, 4000, 4001, 4002]);
    expect(lanes.between(8999.6, 9100)).toEqual([]);
  });

  it("know the mark at a time", () => {
    const lanes = new Lanes({ name: "x", marks: marks([1, 2], [2, 3]) });
    expect(lanes.at(2)?.id).toBe("1");
    expect(lanes.at(0.5)).toBeUndefined();
    expect(lanes.placeOf("1")).toBe(1);
  });

  it("exist for an empty tier", () => {
    expect(new Lanes({ name: "x", marks: [] }).count).toBe(1);
  });
});
