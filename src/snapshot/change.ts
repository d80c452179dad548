import * as Effect from "effect/Effect"
import { identifier, list, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { candidateTable, entityView } from "../transform/relations.ts"
import { fingerprint, type LoadedEntity, loadedEntitiesOf } from "./tables.ts"

/** What is wanted of an entity at the target: its kept rows, less those that a cascading role grants already. */
export const desiredTable = (entity: string): string => `desired_${entity}`

/** The change set of a run: one row per record that differs. `implied_by` names the ref whose removal takes it along. */
export const changeColumns =
  "entity VARCHAR, key VARCHAR, action VARCHAR, reason VARCHAR, label VARCHAR, school VARCHAR, section VARCHAR, remote_id VARCHAR, before JSON, after JSON, changed VARCHAR[], implied_by VARCHAR, hold VARCHAR"

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
 * changed: what stands, stands.
 *
 * `cascadingRoles` are the target's role names that reach down by themselves.
 */
export const compare: (
  definition: Definition,
  cascadingRoles: ReadonlyArray<string>
) => Effect.Effect<ReadonlyArray<ChangeCounts>, WarehouseError, Warehouse> = Effect.fn("snapshot.compare")(function* (
  definition: Definition,
  cascadingRoles: ReadonlyArray<string>
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(`CREATE OR REPLACE TEMP TABLE change (${changeColumns})`)
  const counts: Array<ChangeCounts> = []
  for (const entity of loadedEntitiesOf(definition)) counts.push(yield* compareEntity(entity, cascadingRoles))
  for (const entity of loadedEntitiesOf(definition)) {
    if (entity.load.removedWith !== null) yield* warehouse.execute(impliedStatement(entity, entity.load.removedWith))
  }
  return counts
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
SELECT (SELECT count(*) FROM ${identifier(desiredTable(name))}) AS desired,
  (SELECT count(*) FROM ${identifier(entityView(name))}) AS kept,
  (SELECT count(*) FROM ${ledger} WHERE presence = 'present') AS present,
  (SELECT bit_xor(hash(key, fingerprint)) FROM ${identifier(desiredTable(name))})
    IS NOT DISTINCT FROM (SELECT bit_xor(hash(key, fingerprint)) FROM ${ledger} WHERE presence = 'present') AS same`)
  const desired = Number(sums?.["desired"])
  const present = Number(sums?.["present"])
  const covered = Number(sums?.["kept"]) - desired
  if (desired === present && sums?.["same"] === true) {
    return { entity: name, desired, present, unchanged: desired, covered, keptThoughGone: 0 }
  }
  yield* warehouse.execute(differenceStatement(entity))
  const [outcome] = yield* warehouse.rows(`-- counts of the change of ${name}
SELECT count(*) FILTER (action IN ('update', 'restore', 'create')) AS touched, count(*) FILTER (action = 'keep') AS kept
FROM change WHERE entity = ${literal(name)}`)
  yield* warehouse.execute(`DELETE FROM change WHERE entity = ${literal(name)} AND action = 'keep'`)
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
              `SELECT ${literal(`${one}:`)} || key FROM ${identifier(entityView(one))} WHERE role IN (${cascadingRoles.map(literal).join(", ")})`
          )
          .join(" UNION ALL ")})`
  return `-- ${name}: rows wanted at the target; grain: one row per key
CREATE OR REPLACE TEMP TABLE ${identifier(desiredTable(name))} AS
SELECT d.*, ${fingerprint(entity.compared, "d")} AS fingerprint FROM ${identifier(entityView(name))} AS d${uncovered}`
}

/** All fields of a row as one JSON object. */
export const struct = (entity: LoadedEntity, alias: string): string =>
  `to_json({${entity.fields.map((field) => `${literal(field)}: ${alias}.${identifier(field)}`).join(", ")}})`

const differenceStatement = (entity: LoadedEntity): string => {
  const name = entity.load.entity
  const ledger = identifier(entity.tables.ledger)
  const candidates = identifier(candidateTable(name))
  const changed = `list_filter([${entity.compared
    .map(
      (field) => `CASE WHEN d.${identifier(field)} IS DISTINCT FROM g.${identifier(field)} THEN ${literal(field)} END`
    )
    .join(", ")}], lambda field: field IS NOT NULL)::VARCHAR[]`
  const keepWhen =
    entity.load.keepWhen === null ? "false" : `coalesce((SELECT (${entity.load.keepWhen.sql.trim()}) FROM run), false)`
  const gone = entity.load.onGone === "recycle" || entity.load.onGone === "remove" ? "delete" : entity.load.onGone
  return `-- ${name}: desired rows against the ledger; grain: one row per record that differs
INSERT INTO change
SELECT ${literal(name)}, d.key, 'create', 'new at the source', d.label, d._school, d._section, NULL, NULL, ${struct(entity, "d")}, ${list(entity.fields)}, NULL, NULL
FROM ${identifier(desiredTable(name))} AS d ANTI JOIN ${ledger} AS g ON d.key = g.key
UNION ALL
SELECT ${literal(name)}, d.key, CASE WHEN g.presence = 'gone' THEN 'restore' ELSE 'update' END,
  CASE WHEN g.presence = 'gone' THEN 'back at the source' ELSE 'changed at the source: ' || array_to_string(${changed}, ', ') END,
  d.label, d._school, d._section, g.remote_id, ${struct(entity, "g")}, ${struct(entity, "d")}, ${changed}, NULL, NULL
FROM ${identifier(desiredTable(name))} AS d JOIN ${ledger} AS g ON d.key = g.key
WHERE g.presence = 'gone' OR (d.fingerprint <> g.fingerprint AND len(${changed}) > 0)
UNION ALL
SELECT ${literal(name)}, key, CASE WHEN kept THEN 'keep' ELSE ${literal(gone)} END,
  coalesce('no longer wanted: ' || why, 'no longer at the source'), label, _school, _section, remote_id, before, NULL, [], NULL, NULL
FROM (
  SELECT ${ledger}.*, ${struct(entity, ledger)} AS before, away.why, ${entity.load.onGone === "keep" ? "true" : keepWhen} AS kept
  FROM ${ledger} ANTI JOIN ${identifier(desiredTable(name))} AS d ON d.key = ${ledger}.key
  LEFT JOIN (SELECT key, min(_turned.say) AS why, bool_or(_turned.verdict = 'quarantine') AS quarantined
    FROM ${candidates} WHERE _turned IS NOT NULL GROUP BY key) AS away ON away.key = ${ledger}.key
  WHERE ${ledger}.presence = 'present' AND NOT coalesce(away.quarantined, false)
)`
}

/** Where the record referred to is removed in the same plan, the target removes this one with it: no request is needed. */
const impliedStatement = (entity: LoadedEntity, field: string): string =>
  `-- ${entity.load.entity}: removals that follow from the removal of their ${field}
UPDATE change SET implied_by = before->>${literal(field)}
WHERE entity = ${literal(entity.load.entity)} AND action IN ('unenroll', 'delete', 'deactivate')
  AND (before->>${literal(field)}) IN (SELECT entity || ':' || key FROM change WHERE action IN ('unenroll', 'delete'))`
