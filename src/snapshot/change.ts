import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, joined, name, oneOf, type Sql, sql, texts, written } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { givingWay } from "../pipeline/giving-way.ts"
import { fingerprint, struct } from "../state/tables.ts"
import { candidateTable, desiredView, entityView } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import { impliedStatement } from "../state/implied.ts"
import type { Doing } from "../core/doing.ts"
import { differingOf, keptGoneTable } from "./tables.ts"
import { emptied, made, named } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"

export interface ChangeCounts {
  readonly entity: string
  /** Rows wanted. */
  readonly desired: number
  /** Rows that stand at the target by the ledger. */
  readonly present: number
  readonly unchanged: number
  /** Rows granted by a cascading role above, for which nothing is written. */
  readonly covered: number
  /** Rows that are gone at the source and stay at the target, as declared. */
  readonly keptThoughGone: number
}

/**
 * Compares the desired rows with the ledger and fills the change set. A row in quarantine is neither gone nor
 * changed: what stands, stands. The table `kept_gone` names what `keptThoughGone` counts, as `entity:key`: where one of
 * them turns out to go on under another key, it is not gone.
 *
 * `cascadingRoles` are the target's roles that reach down by themselves, by name and code, folded (`foldName`).
 */
export const compare = Effect.fn("snapshot.compare")(function* (
  definition: Definition,
  cascadingRoles: ReadonlyArray<string>
): Doing<ReadonlyArray<ChangeCounts>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${changes.empty};
${emptied(keptGoneTable)}`)
  const counts: Array<ChangeCounts> = []
  for (const entity of loadedEntitiesOf(definition)) {
    yield* givingWay(definition)
    counts.push(yield* compareEntity(entity, cascadingRoles))
  }
  yield* findImplied(definition)
  return counts
})

/** The loaded entities of which the change set has rows, what is referred to first. On a quiet night none. */
export const busyEntities = Effect.fn("snapshot.busy")(function* (
  definition: Definition
): Doing<ReadonlyArray<LoadedEntity>, WarehouseError, Warehouse> {
  const busy = yield* changes.entities
  return loadedEntitiesOf(definition).filter(({ load }) => busy.has(load.entity))
})

/** Finds the removals that follow from other ones, anew where it was done before. */
export const findImplied = Effect.fn("snapshot.implied")(function* (
  definition: Definition
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  for (const entity of loadedEntitiesOf(definition)) {
    if (entity.load.removedWith !== null)
      yield* warehouse.execute(impliedStatement(entity.name, entity.load.removedWith))
  }
})

const Counted = Schema.Struct({
  desired: Count,
  present: Count,
  kept: Count,
  fresh: Count,
  other: Count,
  gone: Count
})
const Touched = Schema.Struct({ touched: Count, kept: Count })

const compareEntity = Effect.fn("snapshot.compare-entity")(function* (
  entity: LoadedEntity,
  cascadingRoles: ReadonlyArray<string>
) {
  const warehouse = yield* Warehouse
  const { entity: entityName } = entity.load
  yield* warehouse.execute(desiredStatement(entity, cascadingRoles))
  yield* warehouse.execute(differingStatement(entity))
  const [counted] = yield* warehouse.rows(
    sql`${about(`how many ${entityName} are wanted, stand, and differ`)}SELECT (SELECT count(*) FROM ${name(desiredView(entityName))}) AS desired,
  (SELECT count(*) FROM ${name(entity.tables.ledger)} WHERE presence = 'present') AS present,
  (SELECT count(*) FROM ${name(entityView(entityName))}) AS kept,
  count(*) FILTER (how = 'new') AS fresh, count(*) FILTER (how = 'other') AS other, count(*) FILTER (how = 'gone') AS gone
FROM ${named(differingOf(entityName))}`,
    Counted
  )
  const { desired, present, kept, ...differing } = counted ?? {
    desired: 0,
    present: 0,
    kept: 0,
    fresh: 0,
    other: 0,
    gone: 0
  }
  const covered = kept - desired
  const statements = differenceStatements(entity, differing)
  if (statements.length === 0) {
    return { entity: entityName, desired, present, unchanged: desired, covered, keptThoughGone: 0 }
  }
  yield* warehouse.execute(
    sql`${about(`${entityName}: desired rows against the ledger; grain: one row per record that differs`)}${joined(statements, ";\n")}`
  )
  const [outcome] = yield* warehouse.rows(
    sql`${about(`counts of the change of ${entityName}`)}SELECT count(*) FILTER (action IN ('update', 'restore', 'create')) AS touched, count(*) FILTER (action = 'keep') AS kept
FROM ${changes.table} WHERE entity = ${entityName}`,
    Touched
  )
  const stays = sql`t.entity = ${entityName} AND t.action = 'keep'`
  yield* warehouse.execute(sql`${about(`${entityName} that are gone at the source and stay`)}INSERT INTO kept_gone SELECT * FROM ${changes.where(stays, sql`t.entity || ':' || t.key`)};
${changes.remove(stays)}`)
  return {
    entity: entityName,
    desired,
    present,
    unchanged: desired - (outcome?.touched ?? 0),
    covered,
    keptThoughGone: outcome?.kept ?? 0
  }
})

const desiredStatement = (entity: LoadedEntity, cascadingRoles: ReadonlyArray<string>): Sql => {
  const { entity: entityName, coveredBy } = entity.load
  const refs = entity.definition.fields.find((field) => field.name === coveredBy)
  const above = refs?.kind === "ref" ? refs.entities : []
  const granted = above.map(
    (one) =>
      sql`SELECT ${`${one}:`} || key FROM ${name(entityView(one))} WHERE lower(trim(role)) IN (${oneOf(cascadingRoles)})`
  )
  const uncovered =
    coveredBy === null || cascadingRoles.length === 0 || above.length === 0
      ? sql``
      : sql`\nWHERE d.${name(coveredBy)} IS NULL OR d.${name(coveredBy)} NOT IN (${joined(granted, " UNION ALL ")})`
  return sql`${about(`${entityName}: rows wanted at the target; grain: one row per key`)}CREATE OR REPLACE TEMP VIEW ${name(desiredView(entityName))} AS
SELECT d.*, ${fingerprint(entity.compared, "d")} AS fingerprint FROM ${name(entityView(entityName))} AS d${uncovered}`
}

/** The names of those of some fields that differ, as a list of text; `differs` is the condition for one field. */
export const differingFields = (fields: ReadonlyArray<string>, differs: (field: string) => Sql): Sql =>
  sql`list_filter([${joined(
    fields.map((field) => sql`CASE WHEN ${differs(field)} THEN ${field} END`),
    ", "
  )}], lambda field: field IS NOT NULL)::VARCHAR[]`

/**
 * Wanted rows `d`, by key and fingerprint, beside what was written, `g`. What may have been is new where it is wanted, is to be
 * taken away where it is not, and is neither where what is gone stays.
 */
export const besideLedger = (wanted: Sql, entity: LoadedEntity): Sql =>
  sql`FROM ${wanted} AS d
FULL JOIN (SELECT key, fingerprint, presence FROM ${name(entity.tables.ledger)} WHERE presence <> 'unsure' OR NOT ${staysThoughGone(entity)}) AS g ON d.key = g.key`

/** Condition on a pair of desired row `d` and ledger row `g`: the record stands, or may stand, and is wanted no more. */
export const isGone = sql`(d.key IS NULL AND g.presence IN ('present', 'unsure'))`

/** It is wanted, and does not stand so. */
export const isNotAsWanted = sql`(d.key IS NOT NULL AND (g.key IS NULL OR g.presence <> 'present' OR d.fingerprint IS DISTINCT FROM g.fingerprint))`

/** One join over keys and fingerprints: whatever comes after it in a night is asked of the keys that it finds, and not of all rows. */
const differingStatement = (entity: LoadedEntity): Sql => {
  const { entity: entityName } = entity.load
  return sql`${about(`${entityName}: keys that differ between the desired rows and the ledger; grain: one row per key`)}${made(differingOf(entityName))}
SELECT coalesce(d.key, g.key) AS key, CASE WHEN g.key IS NULL OR (d.key IS NOT NULL AND g.presence = 'unsure') THEN 'new' WHEN d.key IS NULL THEN 'gone' ELSE 'other' END AS how
${besideLedger(sql`(SELECT key, fingerprint FROM ${name(desiredView(entityName))})`, entity)}
WHERE ${isGone} OR ${isNotAsWanted}`
}

/** Over the ledger's row: whether it stays as it is when it is gone at the source. Where that cannot be computed, it stays. */
export const keptCondition = (entity: LoadedEntity): Sql =>
  entity.load.keepWhen === null
    ? sql`false`
    : sql`coalesce((SELECT coalesce(TRY({'kept': ${written(entity.load.keepWhen)}}), {'kept': true}).kept FROM run), false)`

/** Over the ledger's row: whether it stays though it is gone, as a rule or by its own values. */
export const staysThoughGone = (entity: LoadedEntity): Sql =>
  entity.load.onGone === "keep" ? sql`true` : keptCondition(entity)

/** The records of each kind of which there are any, for the change set. */
const differenceStatements = (
  entity: LoadedEntity,
  { fresh, gone: left, other }: Pick<typeof Counted.Type, "fresh" | "gone" | "other">
): ReadonlyArray<Sql> => {
  const { entity: entityName } = entity.load
  const ledger = name(entity.tables.ledger)
  const desired = name(desiredView(entityName))
  const candidates = name(candidateTable(entityName))
  const changed = differingFields(entity.compared, (field) => sql`d.${name(field)} IS DISTINCT FROM g.${name(field)}`)
  const kept = staysThoughGone(entity)
  const gone = entity.load.onGone === "recycle" || entity.load.onGone === "remove" ? "delete" : entity.load.onGone
  const of = { entity: sql`${entityName}`, key: sql`d.key` }
  const place = { label: sql`d.label`, school: sql`d._school`, section: sql`d._section` }
  const keys = (how: string): Sql => sql`(SELECT key FROM ${named(differingOf(entityName))} WHERE how = ${how})`
  const created = changes.insert(
    {
      ...of,
      ...place,
      action: sql`'create'`,
      reason: toldInSql("step.new", {}),
      after: struct(entity, "d"),
      changed: texts(entity.fields)
    },
    sql`FROM ${desired} AS d SEMI JOIN ${keys("new")} AS one ON one.key = d.key`
  )
  const updated = changes.insert(
    {
      ...of,
      ...place,
      action: sql`CASE WHEN g.presence = 'present' AND g.leaving IS NOT TRUE THEN 'update' ELSE 'restore' END`,
      reason: sql`CASE WHEN g.leaving AND g.presence = 'present' THEN ${toldInSql("step.back-unsure", {})}
    WHEN g.presence = 'gone' AND g.fingerprint IS NULL THEN ${toldInSql("step.missing", {})}
    WHEN g.presence <> 'present' THEN ${toldInSql("step.back", {})}
    WHEN len(${changed}) > 0 THEN ${toldInSql("step.changed", { fields: sql`array_to_string(${changed}, ', ')` })}
    ELSE ${toldInSql("step.again", {})} END`,
      remote_id: sql`g.remote_id`,
      before: struct(entity, "g"),
      after: struct(entity, "d"),
      changed: sql`CASE WHEN g.presence = 'present' AND g.fingerprint IS NULL THEN ${texts(entity.compared)} ELSE ${changed} END`
    },
    sql`FROM ${keys("other")} AS one
JOIN ${desired} AS d ON d.key = one.key JOIN ${ledger} AS g ON g.key = one.key
WHERE g.presence <> 'present' OR g.fingerprint IS NULL OR len(${changed}) > 0`
  )
  const removed = changes.insert(
    {
      ...of,
      ...place,
      action: sql`CASE WHEN d.kept THEN 'keep' ELSE ${gone} END`,
      reason: sql`coalesce(${toldInSql("step.unwanted-why", {}, sql`d.why`)}, ${toldInSql("step.gone", {})})`,
      remote_id: sql`d.remote_id`,
      before: sql`d.before`,
      changed: sql`[]`
    },
    sql`FROM (
  SELECT ${ledger}.*, ${struct(entity, entity.tables.ledger)} AS before, away.why, ${kept} AS kept
  FROM ${ledger} SEMI JOIN ${keys("gone")} AS one ON one.key = ${ledger}.key
  LEFT JOIN (SELECT key, min(_turned.say) AS why, bool_or(_turned.verdict = 'quarantine') AS quarantined
    FROM ${candidates} WHERE _turned IS NOT NULL AND key IN ${keys("gone")} GROUP BY key) AS away
    ON away.key = ${ledger}.key
  WHERE NOT coalesce(away.quarantined, false)
) AS d`
  )
  return [...(fresh === 0 ? [] : [created]), ...(other === 0 ? [] : [updated]), ...(left === 0 ? [] : [removed])]
}
