import * as Effect from "effect/Effect"
import { type Sql, sql } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"

/**
 * Runs what plans and transforms as it stands, and takes back whatever it did to the state: tables, columns,
 * snapshots, quarantine. Files that it wrote stay. So a trial with an edited pipeline cannot change what the next night
 * compares with.
 */
export const withoutTrace = <A, E, R>(
  trial: Effect.Effect<A, E, R>
): Effect.Effect<A, E | WarehouseError, R | Warehouse> =>
  Effect.gen(function* () {
    const warehouse = yield* Warehouse
    const inside = {
      ...warehouse,
      // There is one transaction about everything already.
      transaction: (statements: ReadonlyArray<Sql>) => Effect.forEach(statements, warehouse.execute, { discard: true })
    }
    return yield* Effect.acquireUseRelease(
      warehouse.execute(sql`BEGIN TRANSACTION`),
      () => Effect.provideService(trial, Warehouse, inside),
      () => Effect.ignore(warehouse.execute(sql`ROLLBACK`))
    )
  })
