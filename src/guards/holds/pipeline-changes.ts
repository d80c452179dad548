import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isRemoval, isUpdate } from "../../state/actions.ts"
import { changes } from "../../state/change-set.ts"
import { about, joined, type Sql, sql, texts } from "../../core/sql.ts"
import type { PipelineChange } from "../guard.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { stand } from "../../state/migrations.ts"
import { madeByTable, pipelineHoldTable } from "./tables.ts"
import type { Doing } from "../../core/doing.ts"

/** An edit of the pipeline, or another engine, that may be behind the steps of an entity. */
export type EntityPipelineChange = Omit<PipelineChange, "steps"> & { readonly entity: string }

const prepare = stand(madeByTable, pipelineHoldTable)

const MadeBy = Schema.Struct({ entity: Text, hash: Text, engine: Text, run: Count })
const Sums = Schema.Struct({
  gone: Count,
  changed: Count,
  since: Schema.NullOr(Count),
  cause: Schema.NullOr(Text)
})

/**
 * Finds, among the entities whose hashes are given, those that were made otherwise in the last good run, or of which
 * steps are held for that reason since.
 */
export const findPipelineChanges = Effect.fn("holds.pipeline-changes")(function* (
  pipeline: string,
  hashes: ReadonlyMap<string, string>
): Doing<ReadonlyArray<EntityPipelineChange>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepare
  const basis = yield* warehouse.rows(
    sql`SELECT entity, hash, engine, run FROM made_by WHERE pipeline = ${pipeline}`,
    MadeBy
  )
  const waits = new Set(
    (yield* warehouse.rows(
      sql`SELECT DISTINCT entity FROM redefined_hold WHERE pipeline = ${pipeline}`,
      Schema.Struct({ entity: Text })
    )).map((row) => row.entity)
  )
  const found: Array<EntityPipelineChange> = []
  const busy = yield* changes.entities
  for (const entity of [...hashes.keys()].filter((one) => busy.has(one))) {
    const last = basis.find((row) => row.entity === entity)
    const isEdited = last !== undefined && last.hash !== hashes.get(entity)
    const isFirst = last !== undefined && (isEdited || last.engine !== warehouse.engineVersion)
    if (!isFirst && !waits.has(entity)) continue
    const waiting = sql`FROM redefined_hold WHERE pipeline = ${pipeline} AND entity = ${entity}`
    const [sums] = yield* warehouse.rows(
      sql`${about(`steps of ${entity} that an edit may have to do with`)}SELECT count(*) FILTER (${isRemoval}) AS gone, count(*) FILTER (${isUpdate}) AS changed,
  (SELECT min(since) ${waiting}) AS since, (SELECT any_value(cause) ${waiting}) AS cause
FROM ${changes.table} AS t WHERE entity = ${entity} AND ${isFirst ? sql`true` : isWaiting(pipeline)}`,
      Sums
    )
    if (sums === undefined || sums.gone + sums.changed === 0) continue
    found.push({
      entity,
      since: (isFirst ? last.run : sums.since) ?? 0,
      cause: isFirst ? (isEdited ? "pipeline" : "engine") : sums.cause === "engine" ? "engine" : "pipeline",
      isFirst,
      gone: sums.gone,
      changed: sums.changed
    })
  }
  return found
})

/** Condition for the steps that were held because of an edit, and wait since. */
export const isWaiting = (pipeline: string): Sql =>
  sql`(t.entity, t.key, t.action) IN (SELECT (entity, key, action) FROM redefined_hold WHERE pipeline = ${pipeline})`

/**
 * Remembers, after a good and whole plan, how its entities were made, and which steps its holds for an edit withhold:
 * those wait on until somebody approves them, while what changes at the source from now on is judged as ever.
 */
export const rememberPipelineChanges = Effect.fn("holds.remember-pipeline-changes")(function* ({
  pipeline,
  hashes,
  run,
  pipelineChanges,
  holds
}: {
  readonly pipeline: string
  readonly hashes: ReadonlyMap<string, string>
  readonly run: number
  readonly pipelineChanges: ReadonlyArray<EntityPipelineChange>
  readonly holds: ReadonlyArray<string>
}): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.transaction([
    // Asked of those that wait, which are few, and not of every row of a first plan.
    sql`DELETE FROM redefined_hold AS h WHERE pipeline = ${pipeline} AND NOT EXISTS (
  FROM ${changes.table} AS c WHERE c.entity = h.entity AND c.key = h.key AND c.action = h.action)`,
    ...pipelineChanges
      .filter((one) => one.isFirst)
      .flatMap(({ cause, entity, since }) => [
        sql`DELETE FROM redefined_hold WHERE pipeline = ${pipeline} AND entity = ${entity}`,
        sql`INSERT INTO redefined_hold SELECT ${pipeline}, entity, key, action, ${since}, ${cause} FROM ${changes.table}
WHERE entity = ${entity} AND list_contains(${texts(holds)}, hold)`
      ]),
    sql`DELETE FROM made_by WHERE pipeline = ${pipeline}`,
    ...(hashes.size === 0
      ? []
      : [
          sql`INSERT INTO made_by VALUES ${joined(
            [...hashes].map(
              ([entity, hash]) => sql`(${pipeline}, ${entity}, ${hash}, ${warehouse.engineVersion}, ${run})`
            ),
            ", "
          )}`
        ])
  ])
})
