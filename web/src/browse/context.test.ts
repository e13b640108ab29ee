import { describe, expect, it } from "vitest";
import { contextOf, tailOf } from "./context";

const TEXT = "that is so because it rained and that was because of me";

describe("a word in its sentence", () => {
  it("is the one nearest to where it is said", () => {
    expect(contextOf(TEXT, "because", 2).before).toBe("that is so");
    expect(contextOf(TEXT, "because", 8).after).toBe("of me");
  });

  it("is a whole word, in any case", () => {
    expect(contextOf("There is the car", "the", 0)).toEqual({
      before: "There is",
      word: "the",
      after: "car",
    });
    expect(contextOf("Because of it", "because", 9).word).toBe("Because");
  });

  it("stands alone where the text does not hold it", () => {
    expect(contextOf("something else", "because", 1)).toEqual({
      before: "",
      word: "because",
      after: "something else",
    });
  });

  it("has as much before it as fits", () => {
    expect(tailOf("one two three four", 10)).toBe("… four");
    expect(tailOf("one two", 10)).toBe("one two");
  });
});
