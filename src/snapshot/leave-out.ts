import * as Effect from "effect/Effect"
import { changes } from "../state/change-set.ts"
import { sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { Doing } from "../core/doing.ts"

export interface LeftOut {
  readonly entity: string
  /** Why nothing of the kind is written, in words. */
  readonly say: string
  /** Steps that the plan would have. */
  readonly rows: number
}

/**
 * Takes out of the change set what the connection does not write, by resource. It is not recorded as written either,
 * so that all of it is planned once the connection writes it.
 */
export const leaveOut = Effect.fn("snapshot.leave-out")(function* (
  definition: Definition,
  switchedOff: Readonly<Record<string, string>>
): Doing<ReadonlyArray<LeftOut>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const leftOut: Array<LeftOut> = []
  for (const { entity, resource } of definition.load.entities) {
    const say = switchedOff[resource]
    if (say === undefined) continue
    const rows = yield* changes.count(sql`t.entity = ${entity}`)
    if (rows === 0) continue
    yield* warehouse.execute(changes.remove(sql`t.entity = ${entity}`))
    leftOut.push({ entity, say, rows })
  }
  return leftOut
})
