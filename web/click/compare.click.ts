import { expect, test } from "vitest";
import { clicking, open, rest, until } from "./browser";

const SAID = "we stayed inside because it rained, but the huge river rose over there";

clicking("Two versions of the index", () => {
  test("are compared for one sentence, and stay compared after a reload", async () => {
    const { head: before } = await rest<{ head: number }>("/v1/versions?limit=1");
    const page = await open("#/why");
    await page.getByLabel("What is said").fill(SAID);
    await page.getByLabel("Index version").fill(String(before));
    await page.getByRole("button", { name: "Ask why" }).click();
    const talk = page.getByRole("region", { name: "The talk" });
    const gets = talk.getByRole("button", { name: /gets #\d+/ }).first();
    await gets.waitFor();
    const gone = /gets #(\d+)/.exec((await gets.textContent()) ?? "")?.[1] ?? "";
    const { version } = await rest<{ version: number }>(`/v1/exemplars/${gone}?reason=compared`, {
      method: "DELETE",
      headers: { "If-Match": "*" },
    });
    try {
      await page.getByRole("button", { name: "Compare…" }).click();
      const panel = page.getByRole("complementary", { name: "Compare" });
      await panel.getByLabel("Index version").fill(String(version));
      await panel.getByRole("button", { name: "Compare", exact: true }).click();
      const changes = page.getByRole("region", { name: "What differs" });
      await changes.getByText(`A version ${before} · B version ${version}`).first().waitFor();
      await changes
        .getByRole("button", { name: new RegExp(`(instead of|loses) #${gone}\\b`) })
        .first()
        .waitFor();
      await page.reload();
      await changes.getByText(`A version ${before} · B version ${version}`).first().waitFor();
      expect(page.url()).toContain("beside=");
    } finally {
      await rest(`/v1/versions/${version}/undo`, { method: "POST", body: {} });
    }
    await until(
      () => rest<{ removed: boolean }>(`/v1/exemplars/${gone}`),
      (row) => !row.removed,
    );
  });
});
