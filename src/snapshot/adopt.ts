import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { TargetReader } from "../ports/target.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { type LoadedEntity, loadedEntitiesOf } from "./tables.ts"

/** Beyond so many new records the target's whole list is read instead of a question for each. */
const listInsteadBeyond = 20_000

/**
 * Looks for records that stand at the target already and turns their `create` into `adopt`, matched by the declared
 * fields in their order, without regard to case. Records that rollbook's ledger owns under another key are never
 * adopted. Where several match, or the target could not be asked, the step becomes `unknown`: it is shown, and waits.
 * Gives, in words, what could not be known.
 */
export const findExisting: (
  definition: Definition
) => Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse | TargetReader> = Effect.fn("snapshot.adopt")(
  function* (definition: Definition) {
    const unknown: Array<string> = []
    const all = loadedEntitiesOf(definition)
    for (const entity of all) {
      if (entity.load.matchExisting.length > 0) unknown.push(...(yield* adoptEntity(entity, all)))
    }
    return unknown
  }
)

const adoptEntity = Effect.fn("snapshot.adopt-entity")(function* (
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>
) {
  const warehouse = yield* Warehouse
  const reader = yield* TargetReader
  const name = entity.load.entity
  const matchBy = entity.load.matchExisting
  const creates = `FROM change WHERE entity = ${literal(name)} AND action = 'create'`
  const [counted] = yield* warehouse.rows(`SELECT count(*) AS creates ${creates}`)
  const count = Number(counted?.["creates"])
  if (count === 0) return []
  const wanted =
    count > listInsteadBeyond
      ? []
      : yield* warehouse.rows(
          `-- new ${name}, by what they could be known\nSELECT ${matchBy.map((field) => `after->>${literal(field)} AS ${identifier(field)}`).join(", ")} ${creates}`
        )
  const found = yield* Effect.either(
    reader.find({
      resource: entity.load.resource,
      type: entity.load.type,
      matchBy,
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
  const owned = all
    .filter((other) => other.load.resource === entity.load.resource)
    .map((other) => `SELECT remote_id FROM ${identifier(other.tables.ledger)}`)
  const differing = `list_filter([${entity.compared
    .filter((field) => !entity.definition.fields.some((one) => one.name === field && one.kind === "ref"))
    .map(
      (field) =>
        `CASE WHEN json_exists(m.fields, ${literal(`$."${field}"`)}) AND (m.fields->>${literal(field)}) IS DISTINCT FROM (change.after->>${literal(field)}) THEN ${literal(field)} END`
    )
    .join(", ")}], lambda field: field IS NOT NULL)::VARCHAR[]`
  for (const field of matchBy) {
    yield* warehouse.execute(`-- ${name}: adopt what matches by ${field}; grain of matches: one row per key
CREATE OR REPLACE TEMP TABLE matched AS
SELECT c.key, min(e.remote_id) AS remote_id, count(DISTINCT e.remote_id) AS matches, any_value(e.fields)::JSON AS fields
FROM (SELECT key, lower(after->>${literal(field)}) AS value ${creates}) AS c
JOIN (SELECT remote_id, fields, lower(fields::JSON->>${literal(field)}) AS value FROM existing WHERE remote_id NOT IN (${owned.join(" UNION ALL ")})) AS e
  ON e.value = c.value
GROUP BY c.key;
UPDATE change SET action = 'adopt', remote_id = m.remote_id, before = m.fields, changed = ${differing},
  reason = ${literal(`stands at the target already, known by its ${field}`)}
FROM matched AS m WHERE m.key = change.key AND change.entity = ${literal(name)} AND change.action = 'create' AND m.matches = 1;
UPDATE change SET action = 'unknown', reason = ${literal(`several records of the target have its ${field}`)}
FROM matched AS m WHERE m.key = change.key AND change.entity = ${literal(name)} AND change.action = 'create' AND m.matches > 1`)
  }
  const twice = yield* warehouse.rows(`-- two new ${name} cannot both be the same record
SELECT remote_id FROM change
WHERE entity = ${literal(name)} AND action = 'adopt' GROUP BY ALL HAVING count(*) > 1`)
  if (twice.length > 0) {
    yield* warehouse.execute(`UPDATE change SET action = 'unknown', reason = 'several source records match one record of the target'
WHERE entity = ${literal(name)} AND action = 'adopt' AND remote_id IN (${twice.map((row) => literal(String(row["remote_id"]))).join(", ")})`)
  }
  const [unclear] = yield* warehouse.rows(
    `SELECT count(*) AS steps FROM change WHERE entity = ${literal(name)} AND action = 'unknown'`
  )
  const steps = Number(unclear?.["steps"])
  return steps === 0 ? [] : [`which record of the target ${steps} ${name} are: more than one matches`]
})
