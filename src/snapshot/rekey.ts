import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isRemoval } from "./actions.ts"
import { type ChangeCounts, desiredView, differingFields, findImplied, keptCondition, struct } from "./change.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../state/tables.ts"

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
 * table `rekeyed` maps the former names to those of now, as `entity:key`.
 */
export const findRekeys: (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>
) => Effect.Effect<Rekeys, WarehouseError, Warehouse> = Effect.fn("snapshot.rekeys")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(`CREATE OR REPLACE TEMP TABLE rekeyed (former VARCHAR, now VARCHAR);
CREATE OR REPLACE TEMP TABLE unsure_rekey (entity VARCHAR, key VARCHAR)`)
  const unsure: Array<UnsureRekeys> = []
  const entities = loadedEntitiesOf(definition)
  const fresh = new Set(
    (yield* warehouse.rows("SELECT DISTINCT entity FROM change WHERE action = 'create'")).map((row) => row["entity"])
  )
  for (const entity of inOrder(entities)) {
    if (!fresh.has(entity.load.entity)) continue
    const found = yield* rekeyEntity(entity, entities)
    if (found !== null) unsure.push(found)
  }
  const [found] = yield* warehouse.rows("SELECT count(*) AS rekeys FROM rekeyed")
  if (Number(found?.["rekeys"]) === 0) return { counts, unsure }
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

const rekeyEntity = Effect.fn("snapshot.rekey-entity")(function* (
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>
) {
  const rekey = entity.load.rekey
  if (rekey === null) return null
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  yield* warehouse.execute(lostStatement(entity))
  const [lost] = yield* warehouse.rows("SELECT count(*) AS rows FROM rekey_lost")
  if (Number(lost?.["rows"]) === 0) return null
  yield* warehouse.execute(
    "CREATE OR REPLACE TEMP TABLE rekey_pair (rank INTEGER, is_sure BOOLEAN, former VARCHAR, key VARCHAR, shared INTEGER)"
  )
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
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE rekey_sure (former VARCHAR, key VARCHAR, fields VARCHAR)")
  for (const [rank, fields] of rekey.match.entries()) {
    yield* warehouse.execute(sureStatement(rank, fields, share?.percent ?? 0))
  }
  yield* warehouse.execute(likelyStatement(name))
  yield* warehouse.execute(rekeyStatement(entity))
  const [doubt] = yield* warehouse.rows(`-- pairs of ${name} that nobody can be sure of
SELECT count(DISTINCT former) AS gone, count(DISTINCT key) AS fresh, max(shared) AS shared FROM rekey_likely`)
  if (Number(doubt?.["gone"]) === 0) return null
  return {
    entity: name,
    gone: Number(doubt?.["gone"]),
    fresh: Number(doubt?.["fresh"]),
    shared: share === null ? null : Number(doubt?.["shared"])
  }
})

/** The scope counts as a field: a person is known by a name and a school. */
const scopeColumn = (entity: LoadedEntity, field: string): "_school" | "_section" | null =>
  entity.fields.includes(field) ? null : field === "school" ? "_school" : field === "section" ? "_section" : null

const lostStatement = (entity: LoadedEntity): string => {
  const refs = entity.definition.fields.filter((field) => field.kind === "ref").map((field) => field.name)
  const joins = refs.map(
    (field) =>
      `LEFT JOIN rekeyed AS ${identifier(`to_${field}`)} ON ${identifier(`to_${field}`)}.former = g.${identifier(field)}`
  )
  const fields = entity.fields.map((field) =>
    refs.includes(field)
      ? `coalesce(${identifier(`to_${field}`)}.now, g.${identifier(field)}) AS ${identifier(field)}`
      : `g.${identifier(field)}`
  )
  return `-- ${entity.load.entity}: records that are gone at the source or in quarantine, refs as they are known now; grain: one row per key
CREATE OR REPLACE TEMP TABLE rekey_lost AS
SELECT g.key, g.remote_id, g._school, g._section${fields.map((field) => `, ${field}`).join("")}
FROM (SELECT * FROM ${identifier(entity.tables.ledger)} AS ${identifier(entity.load.entity)} WHERE presence = 'present' AND NOT ${keptCondition(entity)}) AS g
${joins.join("\n")}
WHERE g.key NOT IN (SELECT key FROM ${identifier(desiredView(entity.load.entity))})`
}

const pairStatement = (entity: LoadedEntity, fields: ReadonlyArray<string>, rank: number, isSure: boolean): string => {
  const sides = fields.map((field) => {
    const scope = scopeColumn(entity, field)
    if (scope !== null) return [`l.${scope}`, `c.${scope.slice(1)}`]
    const isRef = entity.definition.fields.some((one) => one.name === field && one.kind === "ref")
    const both = [`l.${identifier(field)}`, `(c.after->>${literal(field)})`]
    return isRef ? both : both.map((side) => `lower(${side})`)
  })
  return `-- ${entity.load.entity}: gone and new records that agree in ${fields.join(", ")}
INSERT INTO rekey_pair
SELECT ${rank}, ${String(isSure)}, l.key, c.key, 100 FROM rekey_lost AS l JOIN change AS c
  ON ${sides.map(([gone, fresh]) => `${gone} IS NOT DISTINCT FROM ${fresh}`).join(" AND ")}
WHERE c.entity = ${literal(entity.load.entity)} AND c.action = 'create' AND ${sides[0]?.[0] ?? "NULL"} IS NOT NULL`
}

const sharedStatement = (
  entity: LoadedEntity,
  roster: LoadedEntity,
  share: { readonly of: string; readonly by: string }
): string => {
  const of = identifier(share.of)
  const by = identifier(share.by)
  const name = (key: string): string => `${literal(`${entity.load.entity}:`)} || ${key}`
  return `-- ${entity.load.entity}: how much of their rosters the pairs share, of the larger one; an empty roster equals an empty one
CREATE OR REPLACE TEMP TABLE rekey_member AS
SELECT DISTINCT 'gone' AS side, g.${of} AS of, coalesce(m.now, g.${by}) AS member FROM ${identifier(roster.tables.ledger)} AS g
LEFT JOIN rekeyed AS m ON m.former = g.${by}
WHERE g.presence = 'present' AND g.${of} IN (SELECT ${name("former")} FROM rekey_pair)
UNION ALL
SELECT DISTINCT 'fresh', d.${of}, d.${by} FROM ${identifier(desiredView(roster.load.entity))} AS d
WHERE d.${of} IN (SELECT ${name("key")} FROM rekey_pair);
UPDATE rekey_pair SET shared = 100 * coalesce(common.members, 0) // larger.members FROM (
  SELECT former, key, greatest(
    (SELECT count(*) FROM rekey_member WHERE side = 'gone' AND of = ${name("former")}),
    (SELECT count(*) FROM rekey_member WHERE side = 'fresh' AND of = ${name("key")})) AS members
  FROM (SELECT DISTINCT former, key FROM rekey_pair)
) AS larger LEFT JOIN (
  SELECT former, key, count(*) AS members FROM (SELECT DISTINCT former, key FROM rekey_pair)
  JOIN rekey_member AS gone ON gone.side = 'gone' AND gone.of = ${name("former")}
  JOIN rekey_member AS fresh ON fresh.side = 'fresh' AND fresh.of = ${name("key")} AND fresh.member = gone.member
  GROUP BY former, key
) AS common USING (former, key)
WHERE rekey_pair.former = larger.former AND rekey_pair.key = larger.key AND larger.members > 0`
}

const sureStatement = (rank: number, fields: ReadonlyArray<string>, percent: number): string =>
  `-- pairs that are the same record: certain by ${fields.join(", ")}, and no other pair is
INSERT INTO rekey_sure
SELECT former, key, ${literal(fields.join(", "))} FROM (
  SELECT former, key, count(*) OVER (PARTITION BY former) AS of_former, count(*) OVER (PARTITION BY key) AS of_key
  FROM rekey_pair WHERE rank = ${rank} AND shared >= ${percent}
    AND former NOT IN (SELECT former FROM rekey_sure) AND key NOT IN (SELECT key FROM rekey_sure)
) WHERE of_former = 1 AND of_key = 1`

const likelyStatement = (name: string): string => `-- ${name}: pairs that may be the same record and may not
CREATE OR REPLACE TEMP TABLE rekey_likely AS
SELECT former, key, max(shared) AS shared FROM rekey_pair
WHERE former NOT IN (SELECT former FROM rekey_sure) AND key NOT IN (SELECT key FROM rekey_sure) GROUP BY former, key;
INSERT INTO unsure_rekey
SELECT ${literal(name)}, former FROM rekey_likely UNION SELECT ${literal(name)}, key FROM rekey_likely`

const rekeyStatement = (entity: LoadedEntity): string => {
  const name = literal(entity.load.entity)
  const changed = differingFields(
    entity.compared,
    (field) => `(c.after->>${literal(field)}) IS DISTINCT FROM l.${identifier(field)}`
  )
  return `-- ${entity.load.entity}: a removal and a creation become one step
CREATE OR REPLACE TEMP TABLE rekey_step AS
SELECT c.entity, c.key, 'rekey' AS action, 'known again by ' || s.fields || '; its key was ' || s.former AS reason, c.label, c.school, c.section,
  l.remote_id, ${struct(entity, "l")} AS before, c.after, ${changed} AS changed, NULL AS implied_by, NULL AS hold, s.former AS former_key
FROM rekey_sure AS s JOIN rekey_lost AS l ON l.key = s.former JOIN change AS c ON c.key = s.key AND c.entity = ${name} AND c.action = 'create';
DELETE FROM change WHERE entity = ${name} AND ((action = 'create' AND key IN (SELECT key FROM rekey_sure))
  OR (${isRemoval} AND key IN (SELECT former FROM rekey_sure)));
INSERT INTO change BY NAME SELECT * FROM rekey_step;
INSERT INTO rekeyed SELECT ${literal(`${entity.load.entity}:`)} || s.former, ${literal(`${entity.load.entity}:`)} || s.key FROM rekey_sure AS s`
}

/** A ref that names the same record by its new key is no change; steps that hold nothing else are none. */
const followRefs = Effect.fn("snapshot.follow-refs")(function* (entity: LoadedEntity) {
  const warehouse = yield* Warehouse
  const name = literal(entity.load.entity)
  const refs = entity.definition.fields.filter((field) => field.kind === "ref").map((field) => field.name)
  if (refs.length === 0) return
  for (const field of refs) {
    yield* warehouse.execute(`-- ${entity.load.entity}: ${field} as it is known now
UPDATE change SET before = json_merge_patch(before, json_object(${literal(field)}, m.now)),
  changed = list_filter(changed, lambda one: one <> ${literal(field)} OR (after->>${literal(field)}) IS DISTINCT FROM m.now)
FROM rekeyed AS m WHERE change.entity = ${name} AND (change.before->>${literal(field)}) = m.former`)
  }
  yield* warehouse.execute(`-- ${entity.load.entity}: what differs still
DELETE FROM change WHERE entity = ${name} AND action = 'update' AND len(changed) = 0;
UPDATE change SET reason = 'changed at the source: ' || array_to_string(changed, ', ') WHERE entity = ${name} AND action = 'update'`)
})

const recount = Effect.fn("snapshot.recount")(function* (count: ChangeCounts) {
  const warehouse = yield* Warehouse
  const name = count.entity
  const [sums] = yield* warehouse.rows(`-- counts of ${name} after re-keys
SELECT (SELECT count(*) FROM change WHERE entity = ${literal(name)} AND NOT ${isRemoval}) AS touched,
  (SELECT count(*) FROM rekeyed WHERE starts_with(former, ${literal(`${name}:`)}) AND former IN (SELECT name FROM kept_gone)) AS kept`)
  return {
    ...count,
    unchanged: count.desired - Number(sums?.["touched"]),
    // What is never removed was counted as kept before it was known again.
    keptThoughGone: count.keptThoughGone - Number(sums?.["kept"])
  }
})
