import { describe, expect, it } from "vitest";
import { memoryStore } from "../edit/memoryStore.testing";
import { forgetView, savedViews, saveView } from "./savedViews";

describe("saved views", () => {
  it("are kept by name, and replaced under the same one", () => {
    const store = memoryStore();
    saveView(store, { name: "b", query: "label=iconic" });
    saveView(store, { name: "a", query: "word=so" });
    saveView(store, { name: "b", query: "label=beat" });
    expect(savedViews(store)).toEqual([
      { name: "a", query: "word=so" },
      { name: "b", query: "label=beat" },
    ]);
    expect(forgetView(store, "a")).toHaveLength(1);
  });

  it("are none where the store holds something else", () => {
    const store = memoryStore();
    store.setItem("chironomia-views", '{"a":1}');
    expect(savedViews(store)).toEqual([]);
    store.setItem("chironomia-views", "no JSON");
    expect(savedViews(store)).toEqual([]);
  });
});
