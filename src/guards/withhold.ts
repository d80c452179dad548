import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isAddition, isRemoval, isUpdate } from "../snapshot/actions.ts"
import { type LoadedEntity, loadedEntitiesOf, standingKeys } from "../state/tables.ts"

/**
 * Puts those steps of the table `change` under the hold `id` that meet a condition and that no other hold has; gives how
 * many it has then. `about` heads the statement.
 */
export const withholdWhere: (
  id: string,
  about: string,
  condition: string
) => Effect.Effect<number, WarehouseError, Warehouse> = Effect.fn("snapshot.withhold-where")(function* (
  id: string,
  about: string,
  condition: string
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(`-- hold ${id}: ${about}
UPDATE change SET hold = ${literal(id)} WHERE hold IS NULL AND ${condition}`)
  return yield* countWithheld(id)
})

/** How many steps of the table `change` a hold has. */
export const countWithheld = (id: string): Effect.Effect<number, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(warehouse.rows(`SELECT count(*) AS steps FROM change WHERE hold = ${literal(id)}`), ([count]) =>
      Number(count?.["steps"])
    )
  )

export interface HoldScope {
  readonly id: string
  readonly entity: string
  readonly what: "removals" | "removals_and_rekeys" | "updates" | "additions"
  readonly school: string | null
  readonly section: string | null
}

/** Withholds the steps a guard tripped over, unless another hold has them; gives how many. */
export const withhold = (hold: HoldScope): Effect.Effect<number, WarehouseError, Warehouse> =>
  withholdWhere(hold.id, hold.entity, scopeOf(hold))

/** Steps that a guard tripped over and that other holds have, by hold, the largest first. */
export const withheldByOthers: (
  hold: HoldScope
) => Effect.Effect<ReadonlyArray<{ readonly hold: string; readonly steps: number }>, WarehouseError, Warehouse> =
  Effect.fn("snapshot.withheld-by-others")(function* (hold: HoldScope) {
    const warehouse = yield* Warehouse
    const rows = yield* warehouse.rows(`-- steps that hold ${hold.id} shares with those before it
SELECT hold, count(*) AS steps FROM change WHERE hold <> ${literal(hold.id)} AND ${scopeOf(hold)} GROUP BY hold ORDER BY steps DESC, hold`)
    return rows.map((row) => ({ hold: String(row["hold"]), steps: Number(row["steps"]) }))
  })

const scopeOf = (hold: HoldScope): string =>
  [
    `entity = ${literal(hold.entity)}`,
    conditionOf(hold.what),
    ...(hold.school === null ? [] : [`school = ${literal(hold.school)}`]),
    ...(hold.section === null ? [] : [`section = ${literal(hold.section)}`])
  ].join(" AND ")

const conditionOf = (what: HoldScope["what"]): string => {
  switch (what) {
    case "removals":
      return isRemoval
    case "removals_and_rekeys":
      return `(${isRemoval} OR action = 'rekey')`
    case "updates":
      return isUpdate
    case "additions":
      return isAddition
  }
}

/**
 * A record is not removed while a record that refers to it is held back from removal: taking away the one would take
 * away the other. Gives how many steps of the entity were withheld for that reason.
 */
export const withholdReferred: (
  id: string,
  entity: string,
  definition: Definition
) => Effect.Effect<number, WarehouseError, Warehouse> = Effect.fn("snapshot.withhold-referred")(function* (
  id: string,
  entity: string,
  definition: Definition
) {
  const isReferred = isReferredByHeldRemoval("change", entity, "key", loadedEntitiesOf(definition))
  if (isReferred === null) return 0
  return yield* withholdWhere(
    id,
    `${entity} to which held removals refer`,
    `entity = ${literal(entity)} AND ${isRemoval} AND ${isReferred}`
  )
})

/** Condition that a held removal in the table refers to the record of an entity whose key is `key`; null where nothing can. */
export const isReferredByHeldRemoval = (
  table: "change" | "step",
  entity: string,
  key: string,
  entities: ReadonlyArray<LoadedEntity>
): string | null => {
  const referring = entities.flatMap((other) =>
    other.definition.fields
      .filter((field) => field.kind === "ref" && field.entities.includes(entity))
      .map(
        (field) =>
          `SELECT before->>${literal(field.name)} FROM ${table} WHERE entity = ${literal(other.load.entity)} AND hold IS NOT NULL AND ${isRemoval}`
      )
  )
  return referring.length === 0 ? null : `${literal(`${entity}:`)} || ${key} IN (${referring.join(" UNION ALL ")})`
}

/**
 * What refers to a record that is not at the target yet, and whose step is withheld, waits with it: sent alone it could
 * only fail.
 */
export const withholdDependents: (definition: Definition) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "snapshot.withhold-dependents"
)(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const entities = loadedEntitiesOf(definition)
  const [withheld] = yield* warehouse.rows("SELECT 1 FROM change WHERE hold IS NOT NULL AND after IS NOT NULL LIMIT 1")
  if (withheld === undefined) return
  // What is referred to stands first, so that one pass reaches the last of a chain.
  for (const { definition: entity } of entities) {
    for (const field of entity.fields) {
      if (field.kind !== "ref") continue
      const causes = entities
        .filter((other) => field.entities.includes(other.load.entity))
        .map(
          (other) => `SELECT entity || ':' || key AS name, hold FROM change
  WHERE entity = ${literal(other.load.entity)} AND hold IS NOT NULL AND after IS NOT NULL AND key NOT IN (${standingKeys(other)})`
        )
      if (causes.length === 0) continue
      yield* warehouse.execute(`-- ${entity.name} whose ${field.name} is withheld
UPDATE change SET hold = cause.hold FROM (
  ${causes.join("\n  UNION ALL ")}
) AS cause
WHERE change.entity = ${literal(entity.name)} AND change.hold IS NULL AND (change.after->>${literal(field.name)}) = cause.name`)
    }
  }
})
