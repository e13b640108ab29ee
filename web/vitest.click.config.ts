import { defineConfig } from "vitest/config";

/** Services that are alike, with a space between; no file of clicks meets what another one edits. */
const pages = (process.env.PAGE_URL ?? "").split(" ");

/** Clicks through the page of running services; `tests/web` starts them. */
export default defineConfig({
  test: {
    include: [process.env.ONLY ? `click/${process.env.ONLY}.ts` : "click/**/*.click.ts"],
    // one browser and one service for each file that is clicked at a time (`click/given.ts`)
    maxWorkers: pages.length,
    testTimeout: 180_000,
    // a browser that draws on the processor may miss its moment once
    retry: 1,
    hookTimeout: 60_000,
    reporters: ["verbose"],
  },
});
