import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import { movesOf } from "../state/moved-keys.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareRuns } from "../state/runs.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"

/** Keys in the ledgers of a pipeline; grain: one row per entity and key. */
const ledgerKeys = (definition: Definition): Sql =>
  sql`(${joined(
    loadedEntitiesOf(definition).map(
      ({ load, tables }) => sql`SELECT ${load.entity} AS entity, key FROM ${quoted(tables.ledger)}`
    ),
    " UNION ALL "
  )})`

/** Makes the tables that the queries below read. */
export const preparePreviousKeys: Effect.Effect<void, WarehouseError, Warehouse> = Effect.zipRight(
  prepareRuns,
  prepareOutcomes
)

/**
 * A query for the records of a query by the keys that they have now (entity, key): a key that no longer stands in the ledger
 * is followed from move to move.
 */
export const underKeysOfNow = (definition: Definition, records: Sql): Sql => sql`WITH RECURSIVE chain AS (
  SELECT entity, key AS asked, key, 0 AS run FROM (${records})
  UNION ALL
  SELECT chain.entity, asked, moves.key, moves.run FROM chain JOIN ${movesOf(definition.name)} AS moves
    ON moves.entity = chain.entity AND moves.previous = chain.key AND moves.run > chain.run
  WHERE (chain.entity, chain.asked) NOT IN (SELECT (entity, key) FROM ${ledgerKeys(definition)})
)
SELECT DISTINCT entity, arg_max(key, run) AS key FROM chain GROUP BY entity, asked`

/** A condition on a row of `subject`: its key is a previous one of a record that has another now. */
export const isPreviousKey = (definition: Definition): Sql =>
  sql`EXISTS (SELECT 1 FROM ${movesOf(definition.name)} AS moves WHERE moves.entity = subject.entity AND moves.previous = subject.key)
  AND (subject.entity, subject.key) NOT IN (SELECT (entity, key) FROM ${ledgerKeys(definition)})`

const PreviousKey = Schema.Struct({ entity: Text, now: Text, key: Text })

/** Puts the previous keys of the records in the table `subject` beside them, and gives them by `entity:key`. */
export const addPreviousKeys = Effect.fn("history.add-previous-keys")(function* (
  definition: Definition
): Doing<ReadonlyMap<string, ReadonlyArray<string>>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("keys that the records had before, the latest first; grain: one row per record and previous key")}WITH RECURSIVE chain AS (
  SELECT entity, key AS now, key, 2147483647 AS run FROM subject WHERE itself
  UNION ALL
  SELECT chain.entity, now, moves.previous, moves.run FROM chain JOIN ${movesOf(definition.name)} AS moves
    ON moves.entity = chain.entity AND moves.key = chain.key AND moves.run < chain.run
)
SELECT entity, now, key, max(run) AS run FROM chain WHERE key <> now GROUP BY ALL ORDER BY run DESC, key`,
    PreviousKey
  )
  const previousKeys = new Map<string, Array<string>>()
  for (const row of rows) {
    const name = `${row.entity}:${row.now}`
    previousKeys.set(name, [...(previousKeys.get(name) ?? []), row.key])
  }
  yield* warehouse.append(
    "subject",
    rows.map((row) => [row.entity, row.key, true])
  )
  return previousKeys
})
