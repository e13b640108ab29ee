import { describe, expect, it } from "vitest";
import {
  askedOf,
  bodyOf,
  chipsOf,
  EVERYTHING,
  filtersOf,
  queryOf,
  sameFilters,
  toggled,
} from "./filters";

const ADDRESS =
  "label=Contingency&label=iconic&word=because&speaker=3&quality=none&text=crowded+road&seconds_min=0.2&seconds_max=0.8&removed=any&used=20&near_duplicates=true&order=newest";

describe("filters", () => {
  it("come back from their own address", () => {
    const filters = filtersOf(new URLSearchParams(ADDRESS));
    expect(queryOf(filters).toString()).toBe(ADDRESS);
    expect(filters.lists.label).toEqual(["Contingency", "iconic"]);
    expect(filters.used).toBe(20);
  });

  it("leave out what an address cannot mean", () => {
    const strange = new URLSearchParams("removed=maybe&seconds_min=-1&used=x&order=colour&label=");
    expect(filtersOf(strange)).toEqual(EVERYTHING);
  });

  it("ask the service nothing by default", () => {
    const asked = Object.values(askedOf(EVERYTHING)).filter((each) => each !== undefined);
    expect(asked).toEqual([""]);
    expect(bodyOf(EVERYTHING)).toEqual({});
  });

  it("have numbers of speakers and no order in a body", () => {
    const body = bodyOf(filtersOf(new URLSearchParams(ADDRESS)));
    expect(body.speaker).toEqual([3]);
    expect(body).not.toHaveProperty("order");
    expect(body.near_duplicates).toBe(true);
  });

  it("join values of one field and drop one when it is chosen again", () => {
    const one = toggled(EVERYTHING, "word", "because");
    const two = toggled(one, "word", "so");
    expect(two.lists.word).toEqual(["because", "so"]);
    expect(sameFilters(toggled(two, "word", "so"), one)).toBe(true);
    expect(sameFilters(toggled(one, "word", "because"), EVERYTHING)).toBe(true);
  });

  it("are chips that each take themselves away", () => {
    const filters = filtersOf(new URLSearchParams(ADDRESS));
    const chips = chipsOf(filters, new Map([["3", "solomon"]]));
    expect(chips.map((chip) => chip.value)).toContain("solomon");
    expect(chips.find((chip) => chip.field === "duration")?.value).toBe("0.2 to 0.8 s");
    const cleared = chips.reduce((now, chip) => {
      const same = chipsOf(now, new Map()).find((each) => each.field === chip.field);
      return same?.without ?? now;
    }, filters);
    expect(sameFilters(cleared, { ...EVERYTHING, order: "newest" })).toBe(true);
  });
});
