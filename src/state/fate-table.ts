import * as Effect from "effect/Effect"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { fatesOf } from "./durable.ts"
import { standing } from "./migrations.ts"

/** The durable table of what became of source rows that became nothing. */
export const fateTable = (pipeline: string): string => fatesOf(pipeline).name

export const prepareFate: (pipeline: string) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "state.prepare-fate"
)(function* (pipeline: string) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(standing(fatesOf(pipeline)))
})
