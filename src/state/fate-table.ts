import * as Effect from "effect/Effect"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { fatesOf } from "./durable.ts"
import { standing } from "./migrations.ts"
import type { Doing } from "../core/doing.ts"

/** The durable table of what became of source rows that became nothing. */
export const fateTable = (pipeline: string): string => fatesOf(pipeline).name

export const prepareFate = Effect.fn("state.prepare-fate")(function* (
  pipeline: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(standing(fatesOf(pipeline)))
})
