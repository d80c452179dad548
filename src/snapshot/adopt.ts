import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { TargetReader } from "../ports/target.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { busyEntities, desiredView, differingFields } from "./change.ts"
import { followTakenOver, prepareTakenOver, releaseTakenOver, settleTakenOver, takeOverBy } from "./taken-over.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../state/tables.ts"
import { noteTaken, prepareTaken } from "./taken.ts"

/** Beyond so many new records the target's whole list is read instead of a question for each. */
const listInsteadBeyond = 20_000

/**
 * Looks for records that stand at the target already and turns their `create` into `adopt`, matched by the declared
 * fields in their order, without regard to case, and within what the declared refs point to. A record of rollbook's own
 * ledger is never adopted: where its key is no longer wanted, it may go over to the new one (`rekey`). Where several
 * match, or the target could not be asked, the step becomes `unknown`: it is shown, and waits.
 * Gives, in words, what could not be known.
 */
export const findExisting: (
  definition: Definition
) => Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse | TargetReader> = Effect.fn("snapshot.adopt")(
  function* (definition: Definition) {
    const unknown: Array<string> = []
    const all = loadedEntitiesOf(definition)
    yield* prepareTakenOver
    yield* prepareTaken
    // What is referred to stands first, so that where to look is known, and what was taken over.
    for (const entity of yield* busyEntities(definition)) {
      if (entity.load.matchExisting.length > 0) unknown.push(...(yield* adoptEntity(entity, all)))
      else yield* followTakenOver(entity)
    }
    yield* releaseTakenOver
    return unknown
  }
)

const adoptEntity = Effect.fn("snapshot.adopt-entity")(function* (
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>
) {
  const warehouse = yield* Warehouse
  const reader = yield* TargetReader
  const { entity: name, matchExisting: matchBy, matchWithin: within } = entity.load
  yield* warehouse.execute(newcomersStatement(entity, all))
  const [counted] = yield* warehouse.rows("SELECT count(*) AS creates FROM newcomer")
  const count = Number(counted?.["creates"])
  if (count === 0) return []
  const wanted =
    count > listInsteadBeyond && within.length === 0
      ? []
      : yield* warehouse.rows(
          `-- new ${name}, by what they could be known\nSELECT ${[...matchBy, ...within].map(identifier).join(", ")} FROM newcomer ORDER BY key`
        )
  const found = yield* Effect.either(
    reader.find({
      resource: entity.load.resource,
      type: entity.load.type,
      matchBy,
      within,
      wanted: wanted as ReadonlyArray<Readonly<Record<string, string | null>>>
    })
  )
  if (found._tag === "Left") {
    yield* warehouse.execute(`-- ${name}: the target could not be asked
UPDATE change SET action = 'unknown', reason = 'whether it stands at the target already could not be found out'
WHERE entity = ${literal(name)} AND action = 'create'`)
    return [`whether ${count} ${name} stand at the target already: ${found.left.message}`]
  }
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE existing (remote_id VARCHAR, fields VARCHAR)")
  yield* warehouse.append(
    "existing",
    found.right.map((record) => [record.remoteId, JSON.stringify(record.fields)])
  )
  yield* warehouse.execute(ownersStatement(entity, all))
  yield* warehouse.execute(unplacedStatement(entity))
  for (const field of matchBy) {
    yield* warehouse.execute(candidatesStatement(entity, field))
    yield* warehouse.execute(adoptStatements(entity, field))
    yield* takeOverBy(entity, field)
  }
  const twice = yield* warehouse.rows(`-- two new ${name} cannot both be the same record
SELECT remote_id FROM change
WHERE entity = ${literal(name)} AND remote_id IS NOT NULL AND key IN (SELECT key FROM newcomer) GROUP BY ALL HAVING count(*) > 1`)
  if (twice.length > 0) {
    yield* warehouse.execute(`UPDATE change SET action = 'unknown', reason = 'several source records match one record of the target'
WHERE entity = ${literal(name)} AND key IN (SELECT key FROM newcomer)
  AND remote_id IN (${twice.map((row) => literal(String(row["remote_id"]))).join(", ")})`)
  }
  yield* settleTakenOver(entity, "SELECT key FROM newcomer")
  yield* noteTaken(entity)
  const [unclear] = yield* warehouse.rows(
    `SELECT count(*) AS steps FROM change WHERE entity = ${literal(name)} AND action = 'unknown'`
  )
  const steps = Number(unclear?.["steps"])
  return steps === 0 ? [] : [`which record of the target ${steps} ${name} are is not certain`]
})

/** The new records with what they could be known by; what their refs point to as remote ids, null where it does not stand yet. */
const newcomersStatement = (entity: LoadedEntity, all: ReadonlyArray<LoadedEntity>): string => {
  const { entity: name, matchExisting, matchWithin } = entity.load
  const places = matchWithin.map((field, index) => {
    const definition = entity.definition.fields.find((one) => one.name === field)
    const targets = definition?.kind === "ref" ? definition.entities : []
    const standing = all
      .filter((one) => targets.includes(one.load.entity))
      .map(
        ({
          load,
          tables
        }) => `SELECT ${literal(`${load.entity}:`)} || key AS name, remote_id, false AS unclear FROM ${identifier(tables.ledger)}
    UNION SELECT entity || ':' || key, remote_id, action = 'unknown' FROM change
    WHERE entity = ${literal(load.entity)} AND after IS NOT NULL AND (remote_id IS NOT NULL OR action = 'unknown')`
      )
    return {
      field,
      alias: `place_${index}`,
      ref: `(c.after->>${literal(field)})`,
      standing: standing.join("\n    UNION ")
    }
  })
  return `-- new ${name}; grain: one row per key
CREATE OR REPLACE TEMP TABLE newcomer AS
SELECT c.key${matchExisting.map((field) => `, c.after->>${literal(field)} AS ${identifier(field)}`).join("")}${places
    .map(({ field, alias }) => `, ${alias}.remote_id AS ${identifier(field)}`)
    .join("")},
  ${places.map(({ ref, alias }) => `(${ref} IS NULL OR ${alias}.remote_id IS NOT NULL)`).join(" AND ") || "true"} AS _settled,
  ${places.map(({ alias }) => `coalesce(${alias}.unclear, false)`).join(" OR ") || "false"} AS _unclear
FROM change AS c${places.map(({ alias, ref, standing }) => `\nLEFT JOIN (${standing}) AS ${alias} ON ${alias}.name = ${ref}`).join("")}
WHERE c.entity = ${literal(name)} AND c.action = 'create' AND c.key NOT IN (SELECT key FROM unsure_rekey WHERE entity = ${literal(name)})`
}

/** Records at the target that rollbook's ledgers own, and whether under a key that is still wanted. */
const ownersStatement = (entity: LoadedEntity, all: ReadonlyArray<LoadedEntity>): string =>
  `-- records at the target that are rollbook's already; grain: one row per key
CREATE OR REPLACE TEMP TABLE owner AS
${all
  .filter((other) => other.load.resource === entity.load.resource)
  .map(
    ({
      load,
      tables
    }) => `SELECT remote_id, ${literal(load.entity)} AS entity, key, key IN (SELECT key FROM ${identifier(desiredView(load.entity))}) AS wanted
FROM ${identifier(tables.ledger)} WHERE remote_id IN (SELECT remote_id FROM existing)`
  )
  .join("\nUNION ALL ")}`

const unplacedStatement = (entity: LoadedEntity): string =>
  `-- ${entity.load.entity} of which it is not known where to look
UPDATE change SET action = 'unknown', reason = 'whether it stands at the target already is not known before what it belongs to is'
WHERE entity = ${literal(entity.load.entity)} AND action = 'create' AND key IN (SELECT key FROM newcomer WHERE _unclear)`

const candidatesStatement = (entity: LoadedEntity, field: string): string =>
  `-- ${entity.load.entity}: what the target has under the same ${field}; grain: one row per key, record and owner
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT n.key, e.remote_id, e.fields::JSON AS fields, o.entity AS owner_entity, o.key AS owner
FROM newcomer AS n
JOIN change AS c ON c.entity = ${literal(entity.load.entity)} AND c.key = n.key AND c.action = 'create'
JOIN existing AS e ON lower(e.fields::JSON->>${literal(field)}) = lower(n.${identifier(field)})${entity.load.matchWithin
    .map((ref) => ` AND (e.fields::JSON->>${literal(ref)}) IS NOT DISTINCT FROM n.${identifier(ref)}`)
    .join("")}
LEFT JOIN owner AS o ON o.remote_id = e.remote_id
WHERE n._settled`

const adoptStatements = (entity: LoadedEntity, field: string): string => {
  const name = entity.load.entity
  const differing = differingFields(
    entity.compared.filter((one) => !entity.definition.fields.some(({ name, kind }) => name === one && kind === "ref")),
    (field) =>
      `json_exists(m.fields, ${literal(`$."${field}"`)}) AND (m.fields->>${literal(field)}) IS DISTINCT FROM (change.after->>${literal(field)})`
  )
  return `-- ${name}: adopt what matches by ${field}; grain of matches: one row per key
CREATE OR REPLACE TEMP TABLE matched AS
SELECT key, min(remote_id) AS remote_id, count(DISTINCT remote_id) AS matches, any_value(fields)::JSON AS fields
FROM candidate WHERE owner IS NULL GROUP BY key;
UPDATE change SET action = 'adopt', remote_id = m.remote_id, before = m.fields, changed = ${differing},
  reason = ${literal(`stands at the target already, known by its ${field}`)}
FROM matched AS m WHERE m.key = change.key AND change.entity = ${literal(name)} AND change.action = 'create' AND m.matches = 1;
UPDATE change SET action = 'unknown', reason = ${literal(`several records of the target have its ${field}`)}
FROM matched AS m WHERE m.key = change.key AND change.entity = ${literal(name)} AND change.action = 'create' AND m.matches > 1`
}
