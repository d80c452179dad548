import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { layer } from "../../src/adapters/duckdb/warehouse.ts"
import { Adapters, type AdaptersService } from "../../src/cli/adapters.ts"
import { knownRuns, withoutDisturbing } from "../../src/cli/known-runs.ts"
import { makeStateReads } from "../../src/cli/state-reads.ts"
import { scheduledJobs } from "../../src/cli/jobs.ts"
import { openWorkspace } from "../../src/cli/workspace.ts"
import { beginRun } from "../../src/state/runs.ts"
import type { RunRecord } from "../../src/state/runs.ts"
import { inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"
import type { EngineLimits } from "../../src/core/ports/warehouse.ts"

it("reads the runs once for as long as nothing is written, and again for what was written while it read", () =>
  inFolder(async (folder) => {
    const workspace = openWorkspace({ workspace: folder, state: null })
    mkdirSync(join(folder, ".rollbook"))
    const write = Effect.provide(
      beginRun({ kind: "plan", pipeline: "roster", plan: null, asOf: "2026-10-01", now: "2026-10-01T07:00:00Z" }),
      layer({ stateFile: workspace.stateFile, ...oneThread })
    )
    await Effect.runPromise(write)
    let [reads, isWritten] = [0, false]
    // Somebody writes as soon as the first reading is over, and before whoever read it has looked up again.
    const interrupted = Layer.scopedDiscard(
      Effect.addFinalizer(() =>
        ++reads === 1 ? Effect.map(Effect.orDie(write), () => void (isWritten = true)) : Effect.void
      )
    )
    const adapters = {
      warehouseToRead: (stateFile: string, limits: EngineLimits) =>
        Layer.provideMerge(layer({ stateFile, ...limits }), interrupted)
    } as unknown as AdaptersService
    await Effect.runPromise(
      Effect.gen(function* () {
        const runs = knownRuns(yield* makeStateReads(workspace))
        expect(yield* runs).toHaveLength(1)
        // Whoever asked before the state was let go would share its opening.
        yield* until(() => isWritten)
        expect(yield* runs).toHaveLength(2)
        expect(yield* runs).toHaveLength(2)
        yield* until(() => reads === 2)
        expect(yield* runs).toHaveLength(2)
        yield* Effect.sleep("100 millis")
        expect(reads).toBe(2)
      }).pipe(Effect.provideService(Adapters, adapters))
    )
  }))

it("does not forget what was carried out while something works, or while the state cannot be read", async () => {
  const told = [{ run: 9 } as RunRecord]
  let [isAtWork, isReadable, reads] = [true, true, 0]
  const runs = withoutDisturbing(
    Effect.suspend(() => (reads++, isReadable ? Effect.succeed(told) : Effect.fail("held"))),
    () => isAtWork
  )
  expect(await Effect.runPromise(runs)).toBe(told)
  expect(await Effect.runPromise(runs)).toBe(told)
  expect(reads).toBe(1)
  isAtWork = false
  isReadable = false
  expect(await Effect.runPromise(runs)).toBe(told)
  expect(reads).toBe(2)
})

it("looks at the definitions again after each edit, and not in between", () =>
  inFolder(async (folder) => {
    const workspace = openWorkspace({ workspace: folder, state: null })
    mkdirSync(join(folder, "pipelines"))
    const file = join(folder, "pipelines", "roster.yaml")
    writeFileSync(file, "pipeline: roster\n")
    let [asked, looked] = [0, 0]
    const adapters = {
      ask: () => Effect.sync(() => ({ code: 0, stdout: ++asked > 0 ? "[]" : "" }))
    } as unknown as AdaptersService
    await Effect.runPromise(
      Effect.gen(function* () {
        const jobs = scheduledJobs(
          workspace,
          Effect.sync(() => void looked++)
        )
        yield* jobs
        yield* jobs
        expect([asked, looked]).toEqual([1, 1])
        writeFileSync(file, "pipeline: roster\nschedule: {}\n")
        yield* jobs
        expect([asked, looked]).toEqual([2, 2])
      }).pipe(Effect.provideService(Adapters, adapters))
    )
  }))

const until = (isSo: () => boolean): Effect.Effect<void> => Effect.repeat(Effect.sleep("10 millis"), { until: isSo })
