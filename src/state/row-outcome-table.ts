import type * as Effect from "effect/Effect"
import type { Warehouse, WarehouseError } from "../core/ports/warehouse.ts"
import { rowOutcomesOf } from "./durable.ts"
import { stand } from "./migrations.ts"

/** The durable table of what became of source rows that became nothing. */
export const rowOutcomeTable = (pipeline: string): string => rowOutcomesOf(pipeline).name

export const prepareRowOutcomes = (pipeline: string): Effect.Effect<void, WarehouseError, Warehouse> =>
  stand(rowOutcomesOf(pipeline))
