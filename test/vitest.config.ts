import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    // No test is about time: a machine may be as busy as it likes.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Journeys wait a third of their time, for answers that are late or lost: three workers leave a quarter of two cores idle.
    maxWorkers: 4,
    // Modules are loaded once per worker, not once per file: no test leaves anything behind in one.
    isolate: false
  }
})
