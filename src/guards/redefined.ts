import * as Effect from "effect/Effect"
import { list, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isRemoval, isUpdate } from "../snapshot/actions.ts"
import { busyEntities } from "../snapshot/change.ts"
import { withholdWhere } from "./withhold.ts"

/**
 * What an edit of the pipeline may have to do with a change set. Two durable tables:
 *
 * `made_by`      hash of each entity's part of the definition and the engine's version, as of the last good run
 * `redefined_hold`  steps held because of an edit, until they are carried out or vanish; grain: one row per step
 */
export interface Redefined {
  readonly entity: string
  /** The last good run before the edit. */
  readonly since: number
  readonly cause: "pipeline" | "engine"
  /** True on the first run after the edit; later only what was held then still waits. */
  readonly isFirst: boolean
  readonly gone: number
  readonly changed: number
}

const prepare = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(`CREATE TABLE IF NOT EXISTS made_by (pipeline VARCHAR, entity VARCHAR, hash VARCHAR, engine VARCHAR, run INTEGER);
CREATE TABLE IF NOT EXISTS redefined_hold (pipeline VARCHAR, entity VARCHAR, key VARCHAR, action VARCHAR, since INTEGER, cause VARCHAR)`)
)

/** Entities that were made otherwise in the last good run, or of which steps are held for that reason since. */
export const findRedefined: (
  definition: Definition,
  hashes: ReadonlyMap<string, string>
) => Effect.Effect<ReadonlyArray<Redefined>, WarehouseError, Warehouse> = Effect.fn("snapshot.redefined")(function* (
  definition: Definition,
  hashes: ReadonlyMap<string, string>
) {
  const warehouse = yield* Warehouse
  yield* prepare
  const basis = yield* warehouse.rows(
    `SELECT entity, hash, engine, run FROM made_by WHERE pipeline = ${literal(definition.name)}`
  )
  const found: Array<Redefined> = []
  for (const { load } of yield* busyEntities(definition)) {
    const last = basis.find((row) => row["entity"] === load.entity)
    const isRedefined = last !== undefined && last["hash"] !== hashes.get(load.entity)
    const isFirst = last !== undefined && (isRedefined || last["engine"] !== warehouse.engineVersion)
    const [sums] = yield* warehouse.rows(`-- steps of ${load.entity} that an edit may have to do with
SELECT count(*) FILTER (${isRemoval}) AS gone, count(*) FILTER (${isUpdate}) AS changed,
  (SELECT min(since) FROM redefined_hold WHERE pipeline = ${literal(definition.name)} AND entity = ${literal(load.entity)}) AS since,
  (SELECT any_value(cause) FROM redefined_hold WHERE pipeline = ${literal(definition.name)} AND entity = ${literal(load.entity)}) AS cause
FROM change WHERE entity = ${literal(load.entity)}${isFirst ? "" : ` AND ${isWaiting(definition.name)}`}`)
    const gone = Number(sums?.["gone"])
    const changed = Number(sums?.["changed"])
    if (gone + changed === 0) continue
    found.push({
      entity: load.entity,
      since: Number(isFirst ? last["run"] : sums?.["since"]),
      cause: isFirst ? (isRedefined ? "pipeline" : "engine") : sums?.["cause"] === "engine" ? "engine" : "pipeline",
      isFirst,
      gone,
      changed
    })
  }
  return found
})

const isWaiting = (pipeline: string): string =>
  `(entity, key, action) IN (SELECT (entity, key, action) FROM redefined_hold WHERE pipeline = ${literal(pipeline)})`

/** Withholds an entity's removals or updates because of an edit: all, or those that wait since; gives how many. */
export const withholdRedefined: (
  id: string,
  redefined: Redefined,
  what: "gone" | "changed",
  pipeline: string
) => Effect.Effect<number, WarehouseError, Warehouse> = Effect.fn("snapshot.withhold-redefined")(function* (
  id: string,
  redefined: Redefined,
  what: "gone" | "changed",
  pipeline: string
) {
  const which = what === "gone" ? isRemoval : isUpdate
  return yield* withholdWhere(
    id,
    `the edit of ${redefined.entity}`,
    `entity = ${literal(redefined.entity)} AND ${which}${redefined.isFirst ? "" : ` AND ${isWaiting(pipeline)}`}`
  )
})

/**
 * Remembers, after a good and whole plan, how its entities were made, and which steps its holds for an edit withhold:
 * those wait on until somebody approves them, while what changes at the source from now on is judged as ever.
 */
export const rememberRedefined: (
  definition: Definition,
  hashes: ReadonlyMap<string, string>,
  run: number,
  redefined: ReadonlyArray<Redefined>,
  holds: ReadonlyArray<string>
) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn("snapshot.remember-redefined")(function* (
  definition: Definition,
  hashes: ReadonlyMap<string, string>,
  run: number,
  redefined: ReadonlyArray<Redefined>,
  holds: ReadonlyArray<string>
) {
  const warehouse = yield* Warehouse
  const pipeline = literal(definition.name)
  const first = redefined.filter((one) => one.isFirst)
  yield* warehouse.transaction([
    `DELETE FROM redefined_hold WHERE pipeline = ${pipeline} AND (entity, key, action) NOT IN (SELECT (entity, key, action) FROM change)`,
    ...first.flatMap((one) => [
      `DELETE FROM redefined_hold WHERE pipeline = ${pipeline} AND entity = ${literal(one.entity)}`,
      `INSERT INTO redefined_hold SELECT ${pipeline}, entity, key, action, ${one.since}, ${literal(one.cause)} FROM change
WHERE entity = ${literal(one.entity)} AND list_contains(${list(holds)}::VARCHAR[], hold)`
    ]),
    `DELETE FROM made_by WHERE pipeline = ${pipeline}`,
    ...[...hashes].map(
      ([entity, hash]) =>
        `INSERT INTO made_by VALUES (${pipeline}, ${literal(entity)}, ${literal(hash)}, ${literal(warehouse.engineVersion)}, ${run})`
    )
  ])
})
