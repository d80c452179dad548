import * as Effect from "effect/Effect"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { rowOutcomesOf } from "./durable.ts"
import { standing } from "./migrations.ts"
import type { Doing } from "../core/doing.ts"

/** The durable table of what became of source rows that became nothing. */
export const rowOutcomeTable = (pipeline: string): string => rowOutcomesOf(pipeline).name

export const prepareRowOutcomes = Effect.fn("state.prepare-row-outcomes")(function* (
  pipeline: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(standing(rowOutcomesOf(pipeline)))
})
