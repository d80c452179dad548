import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import { FailuresLast } from "./tools/failures-last.ts"

/** Files that wait for late answers, for limits of requests or for processes that they end: they begin before all others. */
const waiting = /\/journeys\/(?:hanging-answers|installed|kills|lost-answers|service)\.test\.ts$/

/** So that no core waits with them at the end, when nothing else is left to do. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    const isWaiting = ({ moduleId }: TestSpecification): boolean => waiting.test(moduleId)
    return [...sorted.filter(isWaiting), ...sorted.filter((file) => !isWaiting(file))]
  }
}

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    reporters: ["default", new FailuresLast()],
    // No test is about time: a machine may be as busy as it likes.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Journeys wait a third of their time, for answers that are late or lost: three workers leave a quarter of two cores idle.
    maxWorkers: 4,
    sequence: { sequencer: WaitingFirst },
    // Modules are loaded once per worker, not once per file: no test leaves anything behind in one.
    isolate: false
  }
})
