import { defineConfig } from "vitest/config";

/** Clicks through the page of a running service; `tests/web` starts one. */
export default defineConfig({
  test: {
    include: [process.env.FIGURES ? "click/figures.ts" : "click/**/*.click.ts"],
    // one browser, one service, one state of the index
    fileParallelism: false,
    testTimeout: 180_000,
    // a browser that draws on the processor may miss its moment once
    retry: 1,
    hookTimeout: 60_000,
    reporters: ["verbose"],
  },
});
