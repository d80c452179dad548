import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { brightspaceResources } from "../../src/adapters/brightspace/contracts.ts"
import { layer } from "../../src/adapters/duckdb/warehouse.ts"
import { Adapters, type AdaptersService } from "../../src/cli/adapters.ts"
import { exitCodeOf, messageOf } from "../../src/cli/exit.ts"
import { writeReports } from "../../src/cli/reports.ts"
import { exitCodes } from "../../src/core/exit-codes.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { Journal } from "../../src/core/ports/journal.ts"
import type { TargetReaderService } from "../../src/core/ports/target.ts"
import { Warehouse, WarehouseError } from "../../src/core/ports/warehouse.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { beginRun, listRuns } from "../../src/state/runs.ts"
import { makeUndo } from "../../src/run/undo.ts"
import { memorySource } from "../memory/source.ts"
import { memoryTarget } from "../memory/target.ts"
import { connectors, definitionOf, inFolder, withWarehouse } from "../tools/definitions.ts"
import { changed, district, morning, nightsAfterTheFirst } from "./nights.ts"
import { oneThread } from "../tools/one-thread.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

/** Every run that begins is closed, whatever ends it. */

const clock = { asOf: "2026-10-01", now: morning }
const newest = Effect.map(listRuns(1), ([run]) => run)

const planWith = (describe: TargetReaderService["describe"]) =>
  Effect.gen(function* () {
    const definition = yield* Effect.promise(() => definitionOf("  entities: {}"))
    return yield* Effect.exit(
      makePlan({
        definition,
        clock,
        part: wholePlan,
        progress: { stage: () => undefined, read: () => undefined }
      }).pipe(Effect.provide(memorySource({}, {})), Effect.provide(memoryTarget(undefined, { describe })))
    )
  })

it("a defect ends the run as failed, by its kind and without what it says", () =>
  withWarehouse(
    Effect.gen(function* () {
      const exit = yield* planWith(Effect.die(new RangeError("Kim Vale is out of range")))
      expect(exit._tag).toBe("Failure")
      expect(yield* newest).toMatchObject({
        outcome: "failed",
        report: { cause: "an error that rollbook does not know (RangeError)" }
      })
      expect((yield* newest)?.endedAt).not.toBeNull()
    })
  ))

it("whoever ends the process from outside interrupts the run", () =>
  withWarehouse(
    Effect.gen(function* () {
      yield* planWith(Effect.interrupt)
      expect(yield* newest).toMatchObject({ outcome: "interrupted" })
    })
  ))

it("a run that another process left open is shown as interrupted, and written down as such by the next", () =>
  inFolder(async (folder) => {
    const inState = <A, E>(work: Effect.Effect<A, E, Warehouse>): Promise<A> =>
      Effect.runPromise(work.pipe(Effect.provide(layer({ stateFile: join(folder, "state.duckdb"), ...oneThread }))))
    const begin = beginRun({ kind: "plan", pipeline: "roster", plan: null, asOf: clock.asOf, now: clock.now })
    await inState(begin)
    expect(await inState(newest)).toMatchObject({ run: 1, outcome: "interrupted" })
    const written = await inState(
      Effect.gen(function* () {
        yield* begin
        expect(yield* newest).toMatchObject({ run: 2, outcome: "running" })
        return yield* (yield* Warehouse).rows(plain("SELECT run, outcome FROM runs ORDER BY run"), anyRow)
      })
    )
    expect(written).toEqual([
      { run: 1, outcome: "interrupted" },
      { run: 2, outcome: "running" }
    ])
  }))

it("an undo that fails, and a plan whose reports cannot be written, are failed runs with the path in their cause", () =>
  nightsAfterTheFirst((night) =>
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const full = new WarehouseError({ reason: "DiskFull", statement: "steps of the plan", detail: "steps.ndjson" })
      const undone = yield* Effect.exit(
        makeUndo(2, night.definition, brightspaceResources, clock).pipe(
          Effect.provideService(Warehouse, {
            ...warehouse,
            execute: (statement) =>
              statement.text.includes("roster-undo-2-3/steps") ? Effect.fail(full) : warehouse.execute(statement)
          })
        )
      )
      expect(undone._tag).toBe("Failure")
      expect(yield* newest).toMatchObject({
        run: 3,
        kind: "undo",
        outcome: "failed",
        report: { cause: expect.stringContaining("steps.ndjson") as string }
      })
      const made = yield* night.plan(district)
      expect(yield* newest).toMatchObject({ outcome: "done", plan: made.plan.plan_id })
      const inTheWay = join(made.folder, "plan.html")
      mkdirSync(inTheWay)
      const adapters = { connectors: Effect.succeed(connectors) } as unknown as AdaptersService
      const reported = yield* Effect.either(writeReports(made).pipe(Effect.provide(Layer.succeed(Adapters, adapters))))
      expect(reported).toMatchObject({ _tag: "Left", left: { _tag: "StoreError" } })
      expect(yield* newest).toMatchObject({
        outcome: "failed",
        plan: made.plan.plan_id,
        report: { cause: expect.stringContaining(inTheWay) as string }
      })
    })
  ))

it("an apply whose end the full disk does not take is cut off, and finished by the next resume without sending anything twice", () =>
  nightsAfterTheFirst((night) =>
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const full = new WarehouseError({ reason: "DiskFull", statement: "the end of a run", detail: "state.duckdb.wal" })
      const made = yield* night.plan(changed(district, "users", "s21", { familyName: "Vale" }))
      const ended = yield* Effect.either(
        night.apply(made.plan.plan_id).pipe(
          Effect.provideService(Warehouse, {
            ...warehouse,
            execute: (statement) =>
              statement.text.startsWith("UPDATE") && statement.text.includes("report = ")
                ? Effect.fail(full)
                : warehouse.execute(statement)
          })
        )
      )
      expect(ended).toMatchObject({ left: { _tag: "ApplyCutOff", plan: made.plan.plan_id } })
      const error = ended._tag === "Left" ? ended.left : null
      expect(exitCodeOf(error)).toBe(exitCodes.interrupted)
      expect(messageOf(error)).toMatch(
        /^the disk is full: .*`rollbook resume`.*state\.duckdb\.wal.*`rollbook resume` finishes it$/
      )
      const sent = night.sent.length
      expect(sent).toBeGreaterThan(0)
      expect(yield* (yield* Journal).unfinished).toEqual([made.plan.plan_id])
      const resumed = yield* night.apply(made.plan.plan_id)
      expect(resumed.execution).toMatchObject({ done: sent, doneBefore: sent, failed: 0, notReached: 0 })
      expect(night.sent).toHaveLength(sent)
      expect(yield* (yield* Journal).unfinished).toEqual([])
      expect(yield* newest).toMatchObject({ kind: "apply", outcome: "done" })
    })
  ))
