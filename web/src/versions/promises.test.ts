import { describe, expect, it } from "vitest";
import { promiseWords } from "./promises";

const LIVE = { name: "live", version: 12, follows: false };

describe("before live moves", () => {
  it("the page says what requests will get instead of what", () => {
    expect(promiseWords("rollback", 7, LIVE)).toContain("from version 7 instead of version 12");
    expect(promiseWords("promote", 14, LIVE)).toContain("from version 14 instead of version 12");
    expect(promiseWords("follow", 14, LIVE)).toContain("every edit as soon as it is made");
  });
});
