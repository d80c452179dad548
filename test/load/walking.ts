import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { identifier, literal } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import type { StepOutcome } from "../../src/core/ports/journal.ts"
import type { WriteStep } from "../../src/core/ports/target.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { emptyTarget, isAsWanted, memoryTarget } from "../memory/target.ts"
import { inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { carryOut } from "./carry-out.ts"

/** What a target answers well and does not do, and what of it can be seen. */
export interface Lies {
  readonly lies: (step: WriteStep) => boolean
  readonly isProven?: boolean
  readonly isReadable?: boolean
}

export const people = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `p${1000 + index}`)

/** Updates people who stand, one step each, at a target that may lie. */
export const walkThrough = (definition: Definition, keys: ReadonlyArray<string>, given: Lies) =>
  inFolder((folder) => {
    let looks = 0
    const before = { first_name: "before" }
    const target = emptyTarget(keys.map((key) => [key, { resource: "user", fields: before }]))
    const writer = memoryTarget(target, {
      answer: (_, carryOut) => Effect.as(Effect.yieldNow(), { ...carryOut(), isProven: given.isProven === true }),
      stands: (step, remoteId) => {
        looks++
        return given.isReadable === false ? null : isAsWanted(step, target.records.get(remoteId)) && !given.lies(step)
      }
    })
    const [entity] = loadedEntitiesOf(definition)
    const ledger = identifier(entity?.tables.ledger ?? "")
    return Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        yield* prepareTables(loadedEntitiesOf(definition))
        const list = `(SELECT unnest([${keys.map(literal).join(", ")}]) AS key)`
        yield* warehouse.execute(
          plain(`INSERT INTO ${ledger} (key, remote_id, presence, origin, run, fingerprint, first_name)
SELECT key, key, 'present', 'created', 1, 0, 'before' FROM ${list};
CREATE OR REPLACE TEMP TABLE step AS SELECT row_number() OVER (ORDER BY key) AS seq, 0 AS phase, 'person' AS entity, key, 'update' AS action, '' AS reason,
  NULL::VARCHAR AS label, NULL::VARCHAR AS school, NULL::VARCHAR AS section, key AS remote_id, '{"first_name":"before"}'::JSON AS before,
  '{"first_name":"after"}'::JSON AS after, ['first_name'] AS changed, NULL::VARCHAR AS implied_by, NULL::VARCHAR AS hold, NULL::VARCHAR AS previous_key, NULL::VARCHAR AS approval FROM ${list}`)
        )
        const execution = yield* carryOut(definition)
        return {
          execution,
          looks,
          outcomes: (yield* warehouse.rows(
            plain("SELECT outcome, reason FROM outcome ORDER BY seq"),
            anyRow
          )) as unknown as ReadonlyArray<Pick<StepOutcome, "outcome" | "reason">>,
          ledger: yield* warehouse.rows(
            plain(`SELECT key, fingerprint IS NULL AS is_doubtful FROM ${ledger} ORDER BY key`),
            anyRow
          )
        }
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            writer,
            journalLayer(join(folder, "journal")),
            warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })
          )
        )
      )
    )
  })
