import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // DuckDB and the process tests are heavy: two workers keep two cores busy without starving the servers under test.
    maxWorkers: 2
  }
})
