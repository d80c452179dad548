import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, joined, name, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { TargetReader } from "../core/ports/target.ts"
import { countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { prepareTables } from "../state/tables.ts"
import { returnedTable } from "./tables.ts"
import { emptied } from "../core/table.ts"

/**
 * Records about a person that were no longer wanted, were left where they stood, and are wanted again just as they were
 * last written: the scores of an item that was hidden for a while. Where they stand still, nothing is sent, since what
 * somebody changed there in the meantime has not changed at the source. What they belong to is sent when it returns: that a
 * deletion was undone is a change. The table `returned` holds them; grain: one row per record.
 */
export const prepareReturned: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(sql`${emptied(returnedTable)}`)
)

/**
 * Takes out of the change set what returned and stands still, by the table `found` (key) of what the target was seen
 * to have; gives how many. What belongs to a record that is to be made again goes with it, whatever was seen.
 */
export const leaveReturned = Effect.fn("snapshot.leave-returned")(function* (
  entity: LoadedEntity
): Doing<number, WarehouseError, Warehouse> {
  if (entity.load.person === null) return 0
  const warehouse = yield* Warehouse
  const { entity: entityName } = entity.load
  const belongs = entity.definition.fields.flatMap((field) =>
    field.kind === "ref"
      ? [
          sql`AND NOT coalesce((c.after->>${field.name}) IN (SELECT entity || ':' || key FROM ${changes.table} WHERE edited::VARCHAR = '{}'), false)`
        ]
      : []
  )
  yield* warehouse.execute(sql`${about(`${entityName} that stand as they are wanted again`)}INSERT INTO returned SELECT c.entity, c.key FROM ${changes.table} AS c JOIN ${name(entity.tables.ledger)} AS g ON g.key = c.key
WHERE c.entity = ${entityName} AND c.action = 'restore' AND len(c.changed) = 0 AND g.presence = 'kept' AND g.fingerprint IS NOT NULL
  AND c.key IN (SELECT key FROM found) ${joined(belongs, " ")};
${changes.remove(sql`t.entity = ${entityName} AND t.key IN (SELECT key FROM returned WHERE entity = ${entityName})`)}`)
  return yield* countRows(sql`FROM returned WHERE entity = ${entityName}`)
})

/** They are present in the ledger again. */
export const noteReturned = Effect.fn("snapshot.note-returned")(function* (
  definition: Definition
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const names = yield* warehouse.rows(sql`SELECT DISTINCT entity FROM returned`, Schema.Struct({ entity: Text }))
  const entities = new Set(names.map((row) => row.entity))
  const statements = loadedEntitiesOf(definition)
    .filter(({ load }) => entities.has(load.entity))
    .map(
      ({ load, tables }) =>
        sql`UPDATE ${name(tables.ledger)} SET presence = 'present' WHERE key IN (SELECT key FROM returned WHERE entity = ${load.entity})`
    )
  if (statements.length > 0) yield* warehouse.transaction(statements)
})

/**
 * Notes in the ledger that another pipeline has written a record otherwise since, where one of the two wants it no more: an
 * item that went to the other one for a while. It is written again once it is wanted. Two pipelines that both want it are left
 * alone, or they would write against each other for ever. Ids that follow from the records tell that it is the same one.
 */
export const noteWrittenByOthers = Effect.fn("snapshot.written-by-others")(function* (
  definition: Definition
): Doing<void, WarehouseError, TargetReader | Warehouse> {
  if ((yield* TargetReader).idOf === undefined) return
  const warehouse = yield* Warehouse
  const ledgers = yield* warehouse.rows(
    sql`${about("ledgers of all pipelines")}SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal AND starts_with(table_name, 'ledger_')`,
    Schema.Struct({ name: Text })
  )
  const entities = loadedEntitiesOf(definition)
  const own = new Set(entities.map(({ tables }) => tables.ledger))
  const shared = entities.flatMap((entity) => {
    const others = ledgers.filter((one) => one.name.endsWith(`_${entity.load.entity}`) && !own.has(one.name))
    return others.length === 0 ? [] : [{ ...entity, others }]
  })
  if (shared.length === 0) return
  yield* prepareTables(shared)
  for (const { load, others, tables } of shared) {
    const written = others.map((one) => sql`SELECT key, remote_id, run, presence, fingerprint FROM ${name(one.name)}`)
    yield* warehouse.execute(sql`${about(`${load.entity} that another pipeline has written since`)}UPDATE ${name(tables.ledger)} AS g SET fingerprint = NULL
FROM (${joined(written, " UNION ALL ")}) AS other WHERE other.key = g.key AND other.remote_id = g.remote_id AND other.run > g.run
  AND g.fingerprint IS NOT NULL AND other.fingerprint IS DISTINCT FROM g.fingerprint
  AND ((g.presence = 'kept' AND other.presence IN ('present', 'kept')) OR (g.presence = 'present' AND other.presence = 'kept'))`)
  }
})
