import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import { FailuresLast } from "./tools/failures-last.ts"

/**
 * The order in which files begin, so that no core waits at the end for one that takes a minute: first those that wait for late
 * answers, for a browser or for processes that they end, then those that run commands, then those that live through
 * nights. In a clean checkout nothing is known of how long each takes.
 */
const long = [
  /\/(?:console\.browser|hanging-answers|installed|kills|lost-answers|serve-kills|serve-load|service)\.test\.ts$/,
  /\/journeys\//,
  /\/(?:cases|run|gradebook|service)\/|\.browser\.test\.ts$/
]

class LongFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = long.findIndex((pattern) => pattern.test(moduleId))
      return found === -1 ? long.length : found
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

// The engine gives memory that it has freed back to the system within a second, and asks for it again in the next statement:
// between hundreds of small states a tenth of the time. Workers inherit this before they load the engine.
process.env["DUCKDB_JE_MALLOC_CONF"] ??= "dirty_decay_ms:-1,muzzy_decay_ms:-1"

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    reporters: ["default", new FailuresLast()],
    // No test is about time: a machine may be as busy as it likes.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000 } },
    // Journeys wait a third of their time, for answers that are late or lost: four workers leave an eighth of two cores idle.
    maxWorkers: 5,
    sequence: { sequencer: LongFirst },
    // Modules are loaded once per worker, not once per file: no test leaves anything behind in one.
    isolate: false
  }
})
