import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, all as allOf, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isRemoval } from "../state/actions.ts"
import { type ChangeCounts, differingFields, findImplied, keptCondition } from "./change.ts"
import { desiredView } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import { struct } from "../state/tables.ts"
import type { Doing } from "../core/doing.ts"
import {
  differingOf,
  rekeyLikelyTable,
  rekeyLostTable,
  rekeyMemberTable,
  rekeyPairTable,
  rekeyStepTable,
  rekeySureTable,
  rekeyedTable,
  unsureRekeyTable
} from "./tables.ts"
import { emptied, made, named } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"

/** Records of one entity that may have come back under a new key, or not: nobody can tell from what is there. */
export interface UnsureRekeys {
  readonly entity: string
  /** Different records that are gone, and that are new. */
  readonly gone: number
  readonly fresh: number
  /** The largest share of a roster that any two of them have in common, 0 to 100; null where no roster is compared. */
  readonly shared: number | null
}

export interface Rekeys {
  readonly counts: ReadonlyArray<ChangeCounts>
  readonly unsure: ReadonlyArray<UnsureRekeys>
}

/**
 * Recognises records that are gone and come back under a new key, by the fields declared and by their roster: their
 * removal and their creation become one `rekey`. What refers to them is compared anew, since a ref to the same record is
 * no change. Pairs that are likely and not certain stay as they are and lie in the table `unsure_rekey` (entity, key). The
 * table `rekeyed` maps the previous names to those of now, as `entity:key`.
 */
export const findRekeys = Effect.fn("snapshot.rekeys")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>
): Doing<Rekeys, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(rekeyedTable)};
${emptied(unsureRekeyTable)}`)
  const unsure: Array<UnsureRekeys> = []
  const entities = loadedEntitiesOf(definition)
  const fresh = new Set(
    (yield* warehouse.rows(sql`SELECT DISTINCT entity FROM ${changes.table} WHERE action = 'create'`, OfEntity)).map(
      (row) => row.entity
    )
  )
  // An entity of which nothing stands has lost nothing.
  const standing = new Set(counts.flatMap(({ entity, present }) => (present > 0 ? [entity] : [])))
  for (const entity of inOrder(entities)) {
    if (!fresh.has(entity.load.entity) || !standing.has(entity.load.entity)) continue
    const found = yield* rekeyEntity(entity, entities)
    if (found !== null) unsure.push(found)
  }
  if ((yield* countRows(sql`FROM rekeyed`)) === 0) return { counts, unsure }
  for (const entity of entities) yield* followRefs(entity)
  yield* findImplied(definition)
  const recounted: Array<ChangeCounts> = []
  for (const count of counts) recounted.push(yield* recount(count))
  return { counts: recounted, unsure }
})

/** Entities so that each comes after those by whose keys its records, or their members, are known. */
const inOrder = (entities: ReadonlyArray<LoadedEntity>): ReadonlyArray<LoadedEntity> => {
  const ordered: Array<LoadedEntity> = []
  const visit = (entity: LoadedEntity, trail: ReadonlyArray<string>): void => {
    const name = entity.load.entity
    if (ordered.includes(entity) || trail.includes(name)) return
    const shared = entity.load.rekey?.shared ?? null
    const members = entities
      .find((one) => one.load.entity === shared?.entity)
      ?.definition.fields.filter((field) => field.name === shared?.by)
    for (const field of [...entity.definition.fields, ...(members ?? [])]) {
      if (field.kind !== "ref") continue
      for (const other of entities) if (field.entities.includes(other.load.entity)) visit(other, [...trail, name])
    }
    ordered.push(entity)
  }
  for (const entity of entities) visit(entity, [])
  return ordered
}

const OfEntity = Schema.Struct({ entity: Text })
const Doubt = Schema.Struct({ gone: Count, fresh: Count, shared: Schema.NullOr(Count) })

const rekeyEntity = Effect.fn("snapshot.rekey-entity")(function* (
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>
) {
  const rekey = entity.load.rekey
  if (rekey === null) return null
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  yield* warehouse.execute(lostStatement(entity))
  if ((yield* countRows(sql`FROM rekey_lost`)) === 0) return null
  yield* warehouse.execute(sql`${emptied(rekeyPairTable)}`)
  const lists = [
    ...rekey.match.map((fields) => ({ fields, isSure: true })),
    ...rekey.unsure.map((fields) => ({ fields, isSure: false }))
  ]
  for (const [rank, { fields, isSure }] of lists.entries()) {
    yield* warehouse.execute(pairStatement(entity, fields, rank, isSure))
  }
  const share = rekey.shared
  const roster = all.find((one) => one.load.entity === share?.entity)
  if (share !== null && roster !== undefined) yield* warehouse.execute(sharedStatement(entity, roster, share))
  yield* warehouse.execute(sql`${emptied(rekeySureTable)}`)
  for (const [rank, fields] of rekey.match.entries()) {
    yield* warehouse.execute(sureStatement(rank, fields, share?.percent ?? 0))
  }
  yield* warehouse.execute(likelyStatement(name))
  yield* warehouse.execute(rekeyStatement(entity))
  const [doubt] = yield* warehouse.rows(
    sql`${about(`pairs of ${name} that nobody can be sure of`)}SELECT count(DISTINCT previous) AS gone, count(DISTINCT key) AS fresh, max(shared) AS shared FROM rekey_likely`,
    Doubt
  )
  if (doubt === undefined || doubt.gone === 0) return null
  return { entity: name, gone: doubt.gone, fresh: doubt.fresh, shared: share === null ? null : (doubt.shared ?? 0) }
})

/** The scope counts as a field: a person is known by a name and a school. */
const scopeColumn = (entity: LoadedEntity, field: string): "_school" | "_section" | null =>
  entity.fields.includes(field) ? null : field === "school" ? "_school" : field === "section" ? "_section" : null

const lostStatement = (entity: LoadedEntity): Sql => {
  const refs = entity.definition.fields.filter((field) => field.kind === "ref").map((field) => field.name)
  // The few rows that are no longer wanted were found when everything was compared; what is said of each is asked of them.
  const joins = refs.map(
    (field) =>
      sql`LEFT JOIN rekeyed AS ${quoted(`to_${field}`)} ON ${quoted(`to_${field}`)}.previous = g.${quoted(field)}`
  )
  const fields = entity.fields.map((field) =>
    refs.includes(field)
      ? sql`, coalesce(${quoted(`to_${field}`)}.now, g.${quoted(field)}) AS ${quoted(field)}`
      : sql`, g.${quoted(field)}`
  )
  return sql`${about(`${entity.load.entity}: records that are gone at the source or in quarantine, refs as they are known now; grain: one row per key`)}${made(rekeyLostTable)}
WITH lost AS MATERIALIZED (
  SELECT * FROM ${quoted(entity.tables.ledger)}
  WHERE presence = 'present' AND key IN (SELECT key FROM ${named(differingOf(entity.load.entity))} WHERE how = 'gone')
)
SELECT g.key, g.remote_id, g._school, g._section${joined(fields, "")}
FROM (SELECT * FROM lost AS ${quoted(entity.load.entity)} WHERE NOT ${keptCondition(entity)}) AS g
${joined(joins, "\n")}`
}

const pairStatement = (entity: LoadedEntity, fields: ReadonlyArray<string>, rank: number, isSure: boolean): Sql => {
  const sides = fields.map((field) => {
    const scope = scopeColumn(entity, field)
    if (scope !== null) return { gone: sql`l.${quoted(scope)}`, fresh: sql`c.${quoted(scope.slice(1))}` }
    const isRef = entity.definition.fields.some((one) => one.name === field && one.kind === "ref")
    const [gone, fresh] = [sql`l.${quoted(field)}`, sql`(c.after->>${field})`]
    return isRef ? { gone, fresh } : { gone: sql`lower(${gone})`, fresh: sql`lower(${fresh})` }
  })
  return sql`${about(`${entity.load.entity}: gone and new records that agree in ${fields.join(", ")}`)}INSERT INTO rekey_pair
SELECT ${rank}, ${isSure}, l.key, c.key, 100 FROM rekey_lost AS l JOIN ${changes.table} AS c
  ON ${allOf(sides.map(({ gone, fresh }) => sql`${gone} IS NOT DISTINCT FROM ${fresh}`))}
WHERE c.entity = ${entity.load.entity} AND c.action = 'create' AND ${sides[0]?.gone ?? null} IS NOT NULL`
}

const sharedStatement = (
  entity: LoadedEntity,
  roster: LoadedEntity,
  share: { readonly of: string; readonly by: string }
): Sql => {
  const of = quoted(share.of)
  const by = quoted(share.by)
  const previous = sql`${`${entity.load.entity}:`} || previous`
  const key = sql`${`${entity.load.entity}:`} || key`
  return sql`${about(`${entity.load.entity}: how much of their rosters the pairs share, of the larger one; an empty roster equals an empty one`)}${made(rekeyMemberTable)}
SELECT DISTINCT 'gone' AS side, g.${of} AS of, coalesce(m.now, g.${by}) AS member FROM ${quoted(roster.tables.ledger)} AS g
LEFT JOIN rekeyed AS m ON m.previous = g.${by}
WHERE g.presence = 'present' AND g.${of} IN (SELECT ${previous} FROM rekey_pair)
UNION ALL
SELECT DISTINCT 'fresh', d.${of}, d.${by} FROM ${quoted(desiredView(roster.load.entity))} AS d
WHERE d.${of} IN (SELECT ${key} FROM rekey_pair);
UPDATE rekey_pair SET shared = 100 * coalesce(common.members, 0) // larger.members FROM (
  SELECT previous, key, greatest(
    (SELECT count(*) FROM rekey_member WHERE side = 'gone' AND of = ${previous}),
    (SELECT count(*) FROM rekey_member WHERE side = 'fresh' AND of = ${key})) AS members
  FROM (SELECT DISTINCT previous, key FROM rekey_pair)
) AS larger LEFT JOIN (
  SELECT previous, key, count(*) AS members FROM (SELECT DISTINCT previous, key FROM rekey_pair)
  JOIN rekey_member AS gone ON gone.side = 'gone' AND gone.of = ${previous}
  JOIN rekey_member AS fresh ON fresh.side = 'fresh' AND fresh.of = ${key} AND fresh.member = gone.member
  GROUP BY previous, key
) AS common USING (previous, key)
WHERE rekey_pair.previous = larger.previous AND rekey_pair.key = larger.key AND larger.members > 0`
}

const sureStatement = (rank: number, fields: ReadonlyArray<string>, percent: number): Sql =>
  sql`${about(`pairs that are the same record: certain by ${fields.join(", ")}, and no other pair is`)}INSERT INTO rekey_sure
SELECT previous, key, ${fields.join(", ")} FROM (
  SELECT previous, key, count(*) OVER (PARTITION BY previous) AS of_previous, count(*) OVER (PARTITION BY key) AS of_key
  FROM rekey_pair WHERE rank = ${rank} AND shared >= ${percent}
    AND previous NOT IN (SELECT previous FROM rekey_sure) AND key NOT IN (SELECT key FROM rekey_sure)
) WHERE of_previous = 1 AND of_key = 1`

const likelyStatement = (
  name: string
): Sql => sql`${about(`${name}: pairs that may be the same record and may not`)}${made(rekeyLikelyTable)}
SELECT previous, key, max(shared) AS shared FROM rekey_pair
WHERE previous NOT IN (SELECT previous FROM rekey_sure) AND key NOT IN (SELECT key FROM rekey_sure) GROUP BY previous, key;
INSERT INTO unsure_rekey
SELECT ${name}, previous FROM rekey_likely UNION SELECT ${name}, key FROM rekey_likely`

const rekeyStatement = (entity: LoadedEntity): Sql => {
  const { entity: name } = entity.load
  const of = sql`${`${name}:`}`
  const changed = differingFields(
    entity.compared,
    (field) => sql`(c.after->>${field}) IS DISTINCT FROM l.${quoted(field)}`
  )
  return sql`${about(`${name}: a removal and a creation become one step`)}${made(rekeyStepTable)}
SELECT c.* REPLACE ('rekey' AS action, ${toldInSql("step.known-again", { fields: sql`s.fields`, former: sql`s.previous` })} AS reason, l.remote_id AS remote_id,
  ${struct(entity, "l")} AS before, ${changed} AS changed, NULL AS implied_by, NULL AS hold, s.previous AS previous_key)
FROM rekey_sure AS s JOIN rekey_lost AS l ON l.key = s.previous JOIN ${changes.table} AS c ON c.key = s.key AND c.entity = ${name} AND c.action = 'create';
${changes.remove(sql`t.entity = ${name} AND ((t.action = 'create' AND t.key IN (SELECT key FROM rekey_sure))
  OR (t.${isRemoval} AND t.key IN (SELECT previous FROM rekey_sure)))`)};
${changes.fill(sql`FROM rekey_step`)};
INSERT INTO rekeyed SELECT ${of} || s.previous, ${of} || s.key FROM rekey_sure AS s`
}

/** A ref that names the same record by its new key is no change; steps that hold nothing else are none. */
const followRefs = Effect.fn("snapshot.follow-refs")(function* (entity: LoadedEntity) {
  const warehouse = yield* Warehouse
  const { entity: name } = entity.load
  const refs = entity.definition.fields.filter((field) => field.kind === "ref").map((field) => field.name)
  if (refs.length === 0) return
  for (const field of refs) {
    yield* warehouse.execute(
      sql`${about(`${name}: ${field} as it is known now`)}${changes.set(
        {
          before: sql`json_merge_patch(t.before, json_object(${field}, m.now))`,
          changed: sql`list_filter(t.changed, lambda one: one <> ${field} OR (t.after->>${field}) IS DISTINCT FROM m.now)`
        },
        sql`t.entity = ${name} AND (t.before->>${field}) = m.previous`,
        sql`rekeyed AS m`
      )}`
    )
  }
  const isUpdate = sql`t.entity = ${name} AND t.action = 'update'`
  yield* warehouse.execute(sql`${about(`${name}: what differs still`)}${changes.remove(sql`${isUpdate} AND len(t.changed) = 0`)};
${changes.set({ reason: toldInSql("step.changed", { fields: sql`array_to_string(t.changed, ', ')` }) }, isUpdate)}`)
})

const Recounted = Schema.Struct({ touched: Count, kept: Count })

const recount = Effect.fn("snapshot.recount")(function* (count: ChangeCounts) {
  const warehouse = yield* Warehouse
  const name = count.entity
  const [sums] = yield* warehouse.rows(
    sql`${about(`counts of ${name} after re-keys`)}SELECT (SELECT count(*) FROM ${changes.table} WHERE entity = ${name} AND NOT ${isRemoval}) AS touched,
  (SELECT count(*) FROM rekeyed WHERE starts_with(previous, ${`${name}:`}) AND previous IN (SELECT name FROM kept_gone)) AS kept`,
    Recounted
  )
  return {
    ...count,
    unchanged: count.desired - (sums?.touched ?? 0),
    // A record that is never removed was counted as kept before it was known again.
    keptThoughGone: count.keptThoughGone - (sums?.kept ?? 0)
  }
})
