import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds a running service; the built page is served by the service itself. */
const SERVICE = process.env.CHIRONOMIA_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  build: {
    outDir: "../service/static",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/v1": SERVICE, "/healthz": SERVICE, "/readyz": SERVICE } },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
