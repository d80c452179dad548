import * as Effect from "effect/Effect"
import { identifier } from "../core/sql.ts"
import type { Completeness } from "../extract/completeness.ts"
import type { Definition } from "../pipeline/definition.ts"
import { originOf } from "../pipeline/walk.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { candidateTable } from "../transform/relations.ts"
import type { Transformed } from "../transform/transform.ts"

/**
 * What was read, with the doubts that its rows raise once they are transformed: a dataset is not proven whole where
 * something that should have become a record is in quarantine before it says which record it is. It may be any of those
 * that are missing.
 */
export const doubtRows: (
  definition: Definition,
  read: ReadonlyArray<Completeness>,
  transformed: Transformed
) => Effect.Effect<ReadonlyArray<Completeness>, WarehouseError, Warehouse> = Effect.fn("run.doubt-rows")(function* (
  definition: Definition,
  read: ReadonlyArray<Completeness>,
  transformed: Transformed
) {
  const doubts = yield* namelessRows(definition, transformed)
  return read.map((one) => {
    const own = doubts.flatMap((doubt) => (doubt.dataset === one.proof.dataset ? [doubt.say] : []))
    return own.length === 0 ? one : { ...one, proven: false, doubts: [...one.doubts, ...own] }
  })
})

interface Doubt {
  readonly dataset: string
  readonly say: string
}

/** Of each dataset, the entity of which most rows are in quarantine without a key. */
const namelessRows = Effect.fn("run.nameless-rows")(function* (definition: Definition, { entities }: Transformed) {
  const warehouse = yield* Warehouse
  const worst = new Map<string, { readonly entity: string; readonly rows: number }>()
  for (const { entity } of definition.load.entities) {
    if (entities.find((one) => one.entity === entity)?.quarantined === 0) continue
    const [count] = yield* warehouse.rows(`-- rows of ${entity} in quarantine that do not say which they are
SELECT count(*) AS rows FROM ${identifier(candidateTable(entity))} WHERE key IS NULL AND _turned.verdict = 'quarantine'`)
    const dataset = originOf(definition, entity)
    const rows = Number(count?.["rows"])
    if (rows > (worst.get(dataset)?.rows ?? 0)) worst.set(dataset, { entity, rows })
  }
  return [...worst].map(([dataset, { entity, rows }]): Doubt => ({
    dataset,
    say:
      rows === 1
        ? `1 row in quarantine does not say which ${entity} it is, and may be any that is missing`
        : `${rows} rows in quarantine do not say which ${entity} they are, and may be any that are missing`
  }))
})
