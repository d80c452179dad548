import * as Effect from "effect/Effect"
import { prepareOutcomes } from "../load/ledger.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/** A step that failed, with the target's reason. */
export interface FailedStep {
  readonly entity: string
  readonly key: string
  readonly action: string
  readonly reason: string
  readonly detail: string
}

/** The steps of an apply that failed, in the order in which they were sent. */
export const failuresOf: (run: number) => Effect.Effect<ReadonlyArray<FailedStep>, WarehouseError, Warehouse> =
  Effect.fn("run.failures")(function* (run: number) {
    const warehouse = yield* Warehouse
    yield* prepareOutcomes
    const rows = yield* warehouse.rows(
      `SELECT entity, key, action, reason, detail FROM outcome WHERE run = ${Math.trunc(run)} AND outcome = 'failed' ORDER BY seq`
    )
    return rows.map((row) => ({
      entity: String(row["entity"]),
      key: String(row["key"]),
      action: String(row["action"]),
      reason: String(row["reason"]),
      detail: String(row["detail"])
    }))
  })
