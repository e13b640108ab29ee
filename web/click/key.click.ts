import { expect, test } from "vitest";
import { clicking, open } from "./browser";
import { given } from "./given";

const { keyed } = given();

clicking("A service that asks for a key", () => {
  test.skipIf(!keyed)(
    "shows a field for it, refuses a wrong one, and opens with the right one",
    async () => {
      const page = await open("", {}, keyed?.url);
      const field = page.getByLabel("Key", { exact: true });
      await field.fill("wrong");
      await page.getByRole("button", { name: "Open" }).click();
      await field.waitFor();
      await field.fill(keyed?.key ?? "");
      await page.getByRole("button", { name: "Open" }).click();
      const rows = page.getByRole("grid", { name: "Exemplars" }).getByRole("row");
      await rows.nth(1).waitFor();
      await page.reload();
      await rows.nth(1).waitFor();
      expect(await field.count()).toBe(0);
    },
  );
});
