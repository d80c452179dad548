import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, sql } from "../core/sql.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isRemoval } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"

const Unseen = Schema.Struct({ entity: Text, go: Count, overwritten: Count })

/** In words: changes that people made since in the records that go, or go back, are known to nobody but the target. */
export const unseenSince: Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("records that go, and that are overwritten; grain: one row per entity")}SELECT entity, count(*) FILTER (${isRemoval} AND implied_by IS NULL) AS go, count(*) FILTER (NOT ${isRemoval}) AS overwritten
FROM ${changes.table} GROUP BY entity ORDER BY entity`,
    Unseen
  )
  const say = (
    column: "go" | "overwritten",
    sentence: (entity: string, records: number) => string
  ): ReadonlyArray<string> => rows.flatMap((row) => (row[column] === 0 ? [] : [sentence(row.entity, row[column])]))
  return [
    ...say(
      "go",
      (entity, records) =>
        `what people did since with the records of ${entity} that go (${records}): it goes out of sight with them`
    ),
    ...say(
      "overwritten",
      (entity, records) => `whether ${records} ${entity} were changed at the target since: not looked at`
    )
  ]
})
