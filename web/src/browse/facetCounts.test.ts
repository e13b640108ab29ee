import { describe, expect, it } from "vitest";
import { countFacets, questionsOf } from "./facetCounts";
import { EVERYTHING, type Filters, toggled } from "./filters";

describe("facets", () => {
  it("ask once where nothing narrows", () => {
    expect(questionsOf(EVERYTHING)).toHaveLength(1);
  });

  it("are not narrowed by their own choice, but by all others", async () => {
    const filters = { ...toggled(EVERYTHING, "speaker", "3"), secondsMax: 1 };
    const asking = async (asked: Filters) => ({
      total: asked.lists.speaker ? 1 : 5,
      counts: {
        speaker: { seen: asked.lists.speaker ? 1 : 5 },
        seconds: { seen: asked.secondsMax === undefined ? 9 : 1 },
        label: { seen: 1 },
      },
    });
    const { total, counts } = await countFacets(filters, new AbortController().signal, asking);
    expect(total).toBe(1);
    expect(counts).toEqual({ speaker: { seen: 5 }, seconds: { seen: 9 }, label: { seen: 1 } });
  });
});
