import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { expect, it } from "vitest"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { makeJournal } from "../../src/adapters/journal/journal.ts"
import { identifier } from "../../src/core/sql.ts"
import { Journal, JournalError, type JournalService } from "../../src/core/ports/journal.ts"
import { Warehouse, WarehouseError, type WarehouseService } from "../../src/core/ports/warehouse.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { emptyTarget, memoryTarget } from "../memory/target.ts"
import { inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { carryOut } from "./carry-out.ts"
import { onlyPeople } from "./walking.ts"

const count = 600
const concurrency = 4

/** What stands in the way of an apply: of its journal, or of the state. */
interface Way {
  readonly journal?: (journals: JournalService) => JournalService
  readonly warehouse?: (warehouse: WarehouseService) => WarehouseService
}

/** Makes people; what stands in the way the first time is gone the second. */
const cutOffOnce = (way: Way) =>
  inFolder(async (folder) => {
    const definition = await onlyPeople()
    const target = emptyTarget()
    const [entity] = loadedEntitiesOf(definition)
    const ledger = identifier(entity?.tables.ledger ?? "")
    const walk = ({ journal = (same) => same, warehouse = (same) => same }: Way) =>
      Effect.gen(function* () {
        const state = yield* Warehouse
        yield* prepareTables(loadedEntitiesOf(definition))
        yield* state.execute(
          plain(`CREATE OR REPLACE TEMP TABLE step AS SELECT i + 1 AS seq, 0 AS phase, 'person' AS entity, 'p' || (1000 + i) AS key, 'create' AS action, '' AS reason,
  NULL::VARCHAR AS label, NULL::VARCHAR AS school, NULL::VARCHAR AS section, NULL::VARCHAR AS remote_id, NULL::JSON AS before,
  json_object('first_name', 'after', 'org_defined_id', 'p' || (1000 + i)) AS after, NULL::VARCHAR[] AS changed, NULL::VARCHAR AS implied_by, NULL::VARCHAR AS hold, NULL::VARCHAR AS previous_key, NULL::VARCHAR AS approval
FROM range(${count}) AS r(i)`)
        )
        const ended = yield* Effect.either(
          carryOut(definition).pipe(Effect.provideService(Warehouse, warehouse(state)))
        )
        return { ended, rows: yield* state.rows(plain(`SELECT key, remote_id FROM ${ledger} ORDER BY key`), anyRow) }
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            memoryTarget(target, { concurrency, answer: (_, done) => Effect.as(Effect.yieldNow(), done()) }),
            Layer.succeed(Journal, journal(makeJournal(join(folder, "journal")))),
            warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })
          )
        ),
        Effect.runPromise
      )
    const { ended } = await walk(way)
    const sent = target.sent.length
    const again = await walk({})
    return { ended, sent, again, target }
  })

const isWhole = ({ again, target }: Awaited<ReturnType<typeof cutOffOnce>>): void => {
  expect(again.ended).toMatchObject(Either.right({ done: count, failed: 0, notReached: 0 }))
  expect(again.rows).toHaveLength(count)
  expect(target.records.size).toBe(count)
  expect(target.mistakes).toEqual([])
}

it("sends nothing further while the journal takes no answers, and is taken up again", async () => {
  const answers = 10
  let recorded = 0
  const full = Effect.fail(new JournalError({ reason: "Full", detail: "ENOSPC" }))
  const isFull = (): boolean => recorded >= answers
  const ended = await cutOffOnce({
    journal: (journals) => ({
      ...journals,
      open: (plan) =>
        Effect.map(journals.open(plan), (open) => ({
          ...open,
          intend: (steps) => (isFull() ? full : open.intend(steps)),
          record: (outcome) => Effect.suspend(() => (recorded++ < answers ? open.record(outcome) : Effect.void)),
          flush: Effect.suspend(() => (isFull() ? full : open.flush)),
          isFailing: isFull
        }))
    })
  })
  expect(ended.ended).toMatchObject({
    left: { _tag: "ApplyCutOff", plan: "plan-1", by: { _tag: "JournalError", reason: "Full" } }
  })
  // What was on its way by then, and not what was intended with it.
  expect(ended.sent).toBeLessThanOrEqual(answers + concurrency)
  isWhole(ended)
  expect(ended.again.ended).toMatchObject(Either.right({ doneBefore: answers }))
})

it("is cut off by a state that cannot be written, and loses nothing that was answered", async () => {
  const ended = await cutOffOnce({
    warehouse: (warehouse) => ({
      ...warehouse,
      transaction: () =>
        Effect.fail(new WarehouseError({ reason: "DiskFull", statement: "COMMIT", detail: "the disk took no more" }))
    })
  })
  expect(ended.ended).toMatchObject({ left: { _tag: "ApplyCutOff", by: { _tag: "WarehouseError" } } })
  expect(ended.sent).toBe(count)
  isWhole(ended)
  expect(ended.again.ended).toMatchObject(Either.right({ doneBefore: count }))
  // The journal had all answers.
  expect(ended.target.sent).toHaveLength(count)
})
