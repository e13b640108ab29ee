import { afterEach, expect, test, vi } from "vitest";
import { lendKey } from "./client";

afterEach(() => vi.unstubAllGlobals());

function lent(key: string | null, protocol: string): string {
  const page = { cookie: "" };
  vi.stubGlobal("document", page);
  vi.stubGlobal("location", { protocol });
  vi.stubGlobal("sessionStorage", { getItem: () => key });
  lendKey("/v1/jobs/a/sound?at=1");
  return page.cookie;
}

test("the key is lent for one path and to this page alone, encrypted where the page is", () => {
  expect(lent("a;b", "http:")).toBe("chironomia-key=a%3Bb; Path=/v1/jobs/a/sound; SameSite=Strict");
  expect(lent("ab", "https:")).toBe(
    "chironomia-key=ab; Path=/v1/jobs/a/sound; SameSite=Strict; Secure",
  );
});

test("without a key nothing is left behind", () => {
  expect(lent(null, "http:")).toBe("");
});
