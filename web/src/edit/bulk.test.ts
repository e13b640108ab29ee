import { describe, expect, it } from "vitest";
import { EVERYTHING, toggled } from "../browse/filters";
import { bulkBody, bulkWrite, tooMany } from "./bulk";

const FLAG = { operation: "flag" as const, add: ["x-look"], remove: [] };

describe("an edit of many", () => {
  it("is of the filter where nothing is chosen", () => {
    const aim = { chosen: [], filters: toggled(EVERYTHING, "label", "iconic"), found: [1, 2] };
    expect(bulkBody(aim, FLAG, "why")).toEqual({
      filter: { label: ["iconic"] },
      edit: FLAG,
      reason: "why",
      dry_run: true,
    });
  });

  it("is of the chosen ids, removed or not", () => {
    const aim = { chosen: [4, 9], filters: EVERYTHING, found: [1, 4, 9] };
    expect(bulkBody(aim, FLAG, "").filter).toEqual({ id: [4, 9], removed: "any" });
  });

  it("changes what was shown, or nothing", () => {
    const aim = { chosen: [4], filters: EVERYTHING, found: [4] };
    const write = bulkWrite(aim, FLAG, "", { total: 1200, head: 12 });
    expect(write.body).toMatchObject({ if_version: 12 });
    expect(write.body).not.toHaveProperty("dry_run");
    expect(write.words).toBe("flag x-look: 1,200 exemplars");
  });

  it("says so where too many are chosen one by one", () => {
    const chosen = Array.from({ length: 10_001 }, (_, place) => place + 1);
    expect(tooMany({ chosen, filters: EVERYTHING, found: chosen })).toContain("10,000");
    expect(tooMany({ chosen: [], filters: EVERYTHING, found: chosen })).toBeUndefined();
  });
});
