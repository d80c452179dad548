import * as Effect from "effect/Effect"
import { identifier } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/**
 * The durable table of what became of source rows that became nothing; grain: one row per record, reason and span of
 * runs, so that a night on which nothing changes adds nothing. `valid_to` is null while it holds; `refs` are the ids
 * that the source row names, as `column:id`, by which the enrollments of a person are found.
 */
export const fateTable = (pipeline: string): string => `fate_${pipeline}`

export const prepareFate: (pipeline: string) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "state.prepare-fate"
)(function* (pipeline: string) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    `CREATE TABLE IF NOT EXISTS ${identifier(fateTable(pipeline))} (dataset VARCHAR, source VARCHAR, entity VARCHAR, key VARCHAR, verdict VARCHAR, rule VARCHAR, say VARCHAR, refs VARCHAR[], valid_from INTEGER, valid_to INTEGER)`
  )
})
