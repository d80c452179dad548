import * as Effect from "effect/Effect"
import { setDigest } from "../core/digest.ts"
import { identifier, list, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { candidateTable, entityView } from "../transform/relations.ts"
import { isRemoval } from "./actions.ts"
import { fingerprint, type LoadedEntity, loadedEntitiesOf } from "../state/tables.ts"

/** View of what is wanted of an entity at the target: its kept rows, less those that a cascading role grants already. */
export const desiredView = (entity: string): string => `desired_${entity}`

/**
 * The change set of a run: one row per record that differs. `implied_by` names the ref whose removal takes it along;
 * `edited` holds the fields that somebody changed at the target, as they stand there;
 * `former_key` is the key under which a `rekey` was known.
 */
export const changeColumns =
  "entity VARCHAR, key VARCHAR, action VARCHAR, reason VARCHAR, label VARCHAR, school VARCHAR, section VARCHAR, remote_id VARCHAR, before JSON, after JSON, changed VARCHAR[], implied_by VARCHAR, hold VARCHAR, edited JSON, approval VARCHAR, former_key VARCHAR"

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
 * Compares the desired rows with the ledger and fills the table `change`. A row in quarantine is neither gone nor
 * changed: what stands, stands. The table `kept_gone` names what `keptThoughGone` counts, as `entity:key`: where one of
 * them turns out to go on under another key, it is not gone.
 *
 * `cascadingRoles` are the target's roles that reach down by themselves, by name and code, folded (`foldName`).
 */
export const compare: (
  definition: Definition,
  cascadingRoles: ReadonlyArray<string>
) => Effect.Effect<ReadonlyArray<ChangeCounts>, WarehouseError, Warehouse> = Effect.fn("snapshot.compare")(function* (
  definition: Definition,
  cascadingRoles: ReadonlyArray<string>
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(`CREATE OR REPLACE TEMP TABLE change (${changeColumns});
CREATE OR REPLACE TEMP TABLE kept_gone (name VARCHAR)`)
  const counts: Array<ChangeCounts> = []
  for (const entity of loadedEntitiesOf(definition)) counts.push(yield* compareEntity(entity, cascadingRoles))
  yield* findImplied(definition)
  return counts
})

/** The loaded entities of which the table `change` has rows, what is referred to first. On a quiet night none. */
export const busyEntities: (
  definition: Definition
) => Effect.Effect<ReadonlyArray<LoadedEntity>, WarehouseError, Warehouse> = Effect.fn("snapshot.busy")(function* (
  definition: Definition
) {
  const warehouse = yield* Warehouse
  const busy = new Set((yield* warehouse.rows("SELECT DISTINCT entity FROM change")).map((row) => row["entity"]))
  return loadedEntitiesOf(definition).filter(({ load }) => busy.has(load.entity))
})

/** Finds the removals that follow from other ones, anew where it was done before. */
export const findImplied: (definition: Definition) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "snapshot.implied"
)(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  for (const entity of loadedEntitiesOf(definition)) {
    if (entity.load.removedWith !== null) yield* warehouse.execute(impliedStatement(entity, entity.load.removedWith))
  }
})

const compareEntity = Effect.fn("snapshot.compare-entity")(function* (
  entity: LoadedEntity,
  cascadingRoles: ReadonlyArray<string>
) {
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  const ledger = identifier(entity.tables.ledger)
  yield* warehouse.execute(desiredStatement(entity, cascadingRoles))
  const [sums] = yield* warehouse.rows(`-- is ${name} as the ledger has it?
SELECT desired.rows AS desired, present.rows AS present, desired.sum IS NOT DISTINCT FROM present.sum AS same,
  (SELECT count(*) FROM ${identifier(entityView(name))}) AS kept
FROM (SELECT count(*) AS rows, ${setDigest("hash(key, fingerprint)")} AS sum FROM ${identifier(desiredView(name))}) AS desired,
  (SELECT count(*) AS rows, ${setDigest("hash(key, fingerprint)")} AS sum FROM ${ledger} WHERE presence = 'present') AS present`)
  const desired = Number(sums?.["desired"])
  const present = Number(sums?.["present"])
  const covered = Number(sums?.["kept"]) - desired
  if (desired === present && sums?.["same"] === true) {
    return { entity: name, desired, present, unchanged: desired, covered, keptThoughGone: 0 }
  }
  yield* warehouse.execute(differingStatement(entity))
  yield* warehouse.execute(differenceStatement(entity))
  const [outcome] = yield* warehouse.rows(`-- counts of the change of ${name}
SELECT count(*) FILTER (action IN ('update', 'restore', 'create')) AS touched, count(*) FILTER (action = 'keep') AS kept
FROM change WHERE entity = ${literal(name)}`)
  yield* warehouse.execute(`-- ${name} that are gone at the source and stay
INSERT INTO kept_gone SELECT entity || ':' || key FROM change WHERE entity = ${literal(name)} AND action = 'keep';
DELETE FROM change WHERE entity = ${literal(name)} AND action = 'keep'`)
  return {
    entity: name,
    desired,
    present,
    unchanged: desired - Number(outcome?.["touched"]),
    covered,
    keptThoughGone: Number(outcome?.["kept"])
  }
})

const desiredStatement = (entity: LoadedEntity, cascadingRoles: ReadonlyArray<string>): string => {
  const name = entity.load.entity
  const coveredBy = entity.load.coveredBy
  const refs = entity.definition.fields.find((field) => field.name === coveredBy)
  const above = refs?.kind === "ref" ? refs.entities : []
  const uncovered =
    coveredBy === null || cascadingRoles.length === 0 || above.length === 0
      ? ""
      : `\nWHERE d.${identifier(coveredBy)} IS NULL OR d.${identifier(coveredBy)} NOT IN (${above
          .map(
            (one) =>
              `SELECT ${literal(`${one}:`)} || key FROM ${identifier(entityView(one))} WHERE lower(trim(role)) IN (${cascadingRoles.map(literal).join(", ")})`
          )
          .join(" UNION ALL ")})`
  return `-- ${name}: rows wanted at the target; grain: one row per key
CREATE OR REPLACE TEMP VIEW ${identifier(desiredView(name))} AS
SELECT d.*, ${fingerprint(entity.compared, "d")} AS fingerprint FROM ${identifier(entityView(name))} AS d${uncovered}`
}

/** All fields of a row as one JSON object. */
export const struct = (entity: LoadedEntity, alias: string): string =>
  `to_json({${entity.fields.map((field) => `${literal(field)}: ${alias}.${identifier(field)}`).join(", ")}})`

/** The names of those of some fields that differ, as a list of text; `differs` is the condition for one field. */
export const differingFields = (fields: ReadonlyArray<string>, differs: (field: string) => string): string =>
  `list_filter([${fields.map((field) => `CASE WHEN ${differs(field)} THEN ${literal(field)} END`).join(", ")}], lambda field: field IS NOT NULL)::VARCHAR[]`

/** One join over keys and fingerprints, so that the many rows that are as they were are read once and by little. */
const differingStatement = (entity: LoadedEntity): string => {
  const name = entity.load.entity
  return `-- ${name}: keys that differ between the desired rows and the ledger; grain: one row per key
CREATE OR REPLACE TEMP TABLE differing AS
SELECT coalesce(d.key, g.key) AS key, CASE WHEN g.key IS NULL THEN 'new' WHEN d.key IS NULL THEN 'gone' ELSE 'other' END AS how
FROM (SELECT key, fingerprint FROM ${identifier(desiredView(name))}) AS d
FULL JOIN (SELECT key, fingerprint, presence FROM ${identifier(entity.tables.ledger)} WHERE presence <> 'unsure') AS g ON d.key = g.key
WHERE g.key IS NULL OR (d.key IS NULL AND g.presence = 'present')
  OR (d.key IS NOT NULL AND (g.presence <> 'present' OR d.fingerprint IS DISTINCT FROM g.fingerprint))`
}

/** Over the ledger's row: whether it stays as it is when it is gone at the source. Where that cannot be computed, it stays. */
export const keptCondition = (entity: LoadedEntity): string =>
  entity.load.keepWhen === null
    ? "false"
    : `coalesce((SELECT coalesce(TRY({'kept': (${entity.load.keepWhen.sql}\n)}), {'kept': true}).kept FROM run), false)`

const differenceStatement = (entity: LoadedEntity): string => {
  const name = entity.load.entity
  const ledger = identifier(entity.tables.ledger)
  const candidates = identifier(candidateTable(name))
  const changed = differingFields(
    entity.compared,
    (field) => `d.${identifier(field)} IS DISTINCT FROM g.${identifier(field)}`
  )
  const keepWhen = keptCondition(entity)
  const gone = entity.load.onGone === "recycle" || entity.load.onGone === "remove" ? "delete" : entity.load.onGone
  return `-- ${name}: desired rows against the ledger; grain: one row per record that differs
INSERT INTO change
SELECT ${literal(name)}, d.key, 'create', 'new at the source', d.label, d._school, d._section, NULL, NULL, ${struct(entity, "d")}, ${list(entity.fields)}, NULL, NULL, NULL, NULL, NULL
FROM ${identifier(desiredView(name))} AS d SEMI JOIN (SELECT key FROM differing WHERE how = 'new') AS one ON one.key = d.key
UNION ALL
SELECT ${literal(name)}, d.key, CASE WHEN g.presence = 'present' AND g.leaving IS NOT TRUE THEN 'update' ELSE 'restore' END,
  CASE WHEN g.leaving AND g.presence = 'present' THEN 'back at the source: whether its removal was carried out is not known'
    WHEN g.presence = 'gone' AND g.fingerprint IS NULL THEN 'missing at the target' WHEN g.presence <> 'present' THEN 'back at the source' WHEN len(${changed}) > 0 THEN 'changed at the source: ' || array_to_string(${changed}, ', ')
    ELSE 'sent again: whether its last sending was carried out is not known' END,
  d.label, d._school, d._section, g.remote_id, ${struct(entity, "g")}, ${struct(entity, "d")},
  CASE WHEN g.presence = 'present' AND g.fingerprint IS NULL THEN ${list(entity.compared)}::VARCHAR[] ELSE ${changed} END, NULL, NULL, NULL, NULL, NULL
FROM (SELECT key FROM differing WHERE how = 'other') AS one
JOIN ${identifier(desiredView(name))} AS d ON d.key = one.key JOIN ${ledger} AS g ON g.key = one.key
WHERE g.presence <> 'present' OR g.fingerprint IS NULL OR len(${changed}) > 0
UNION ALL
SELECT ${literal(name)}, key, CASE WHEN kept THEN 'keep' ELSE ${literal(gone)} END,
  coalesce('no longer wanted: ' || why, 'no longer at the source'), label, _school, _section, remote_id, before, NULL, [], NULL, NULL, NULL, NULL, NULL
FROM (
  SELECT ${ledger}.*, ${struct(entity, ledger)} AS before, away.why, ${entity.load.onGone === "keep" ? "true" : keepWhen} AS kept
  FROM ${ledger} SEMI JOIN (SELECT key FROM differing WHERE how = 'gone') AS one ON one.key = ${ledger}.key
  LEFT JOIN (SELECT key, min(_turned.say) AS why, bool_or(_turned.verdict = 'quarantine') AS quarantined
    FROM ${candidates} WHERE _turned IS NOT NULL AND key IN (SELECT key FROM differing WHERE how = 'gone') GROUP BY key) AS away
    ON away.key = ${ledger}.key
  WHERE NOT coalesce(away.quarantined, false)
)`
}

/** Where the record referred to is removed in the same plan, the target removes this one with it: no request is needed. */
export const impliedStatement = (entity: LoadedEntity, field: string): string =>
  `-- ${entity.load.entity}: removals that follow from the removal of their ${field}
UPDATE change SET implied_by = CASE WHEN ${isRemoval}
  AND (before->>${literal(field)}) IN (SELECT entity || ':' || key FROM change WHERE action IN ('unenroll', 'delete'))
  THEN before->>${literal(field)} END
WHERE entity = ${literal(entity.load.entity)} AND (implied_by IS NOT NULL OR ${isRemoval})`
