import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { Doing } from "../core/doing.ts"
import { about, joined, name as quoted, oneOf, sql } from "../core/sql.ts"
import type { Definition, EntityDefinition } from "../pipeline/definition.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { Count, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { candidateTable } from "../pipeline/relations.ts"
import { viewStatements } from "./relations.ts"
import { type EntityCounts, keepOnePerKey } from "./transform.ts"
import { makeEntity } from "./uncomputed.ts"

/**
 * The entities that look at a ledger. What stands at a target changes with every apply, though nothing does at the source:
 * on a night on which all else is as it was, these alone are computed again, and their rows compared with those of the last
 * time. For that their rows are kept, and those of the entities that they are made from.
 */

const ledgersOf = (definition: Definition): ReadonlySet<string> =>
  new Set(definition.datasets.flatMap(({ mode, name }) => (mode.kind === "ledger" ? [name] : [])))

/** The entities whose own statement reads what stands at a target, in dependency order. */
export const ledgerReaders = (definition: Definition): ReadonlyArray<EntityDefinition> => {
  const ledgers = ledgersOf(definition)
  return definition.entities.filter((entity) => relationsOf(entity).some((one) => ledgers.has(one)))
}

const relationsOf = (entity: EntityDefinition): ReadonlyArray<string> => [
  entity.from.relation,
  ...entity.alsoFrom,
  ...entity.joins.map((join) => join.relation),
  ...entity.fields.flatMap((field) => (field.kind === "ref" ? field.entities : []))
]

/** The entities whose rows are kept: those that look at a ledger, and what these are made from. */
const keptEntities = (definition: Definition): ReadonlyArray<string> => {
  const readers = ledgerReaders(definition)
  const needed = new Set(readers.flatMap((entity) => [entity.name, ...relationsOf(entity)]))
  return definition.entities.flatMap(({ name }) => (needed.has(name) ? [name] : []))
}

/**
 * Types of which Parquet does not give back every value: a whole number of 128 bits comes back as a DOUBLE, which is equal to
 * its neighbours, and a span of time that goes backwards is refused.
 */
const unfaithful = "\\b(INTERVAL|U?HUGEINT|BIGNUM|BIT|ENUM|UNION|TIME WITH TIME ZONE)\\b"

const fileOf = (folder: string, entity: string): string => join(folder, `${entity}.parquet`)

/**
 * Keeps those rows in a folder. False, and nothing kept, where they are more than `most`: to write so many each night would
 * cost more than it spares. Nor where a file would not give them back as they are.
 */
export const keepForLedgers = Effect.fn("transform.keep-for-ledgers")(function* (
  definition: Definition,
  entities: ReadonlyArray<EntityCounts>,
  folder: string,
  most: number
): Doing<boolean, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const kept = keptEntities(definition)
  if (kept.length === 0) return true
  const rows = entities.reduce(
    (sum, one) => sum + (kept.includes(one.entity) ? one.kept + one.unwanted + one.quarantined : 0),
    0
  )
  if (rows > most) return false
  const [other] = yield* warehouse.rows(
    sql`${about("would a file give back other rows?")}SELECT 1 AS one FROM duckdb_columns()
WHERE table_name IN (${oneOf(kept.map(candidateTable))}) AND regexp_matches(data_type, ${unfaithful}) LIMIT 1`,
    Schema.Struct({ one: Count })
  )
  if (other !== undefined) return false
  const copies = kept.map(
    (entity) =>
      sql`COPY ${quoted(candidateTable(entity))} TO ${fileOf(folder, entity)} (FORMAT parquet, COMPRESSION zstd)`
  )
  yield* warehouse.execute(joined(copies, ";\n"))
  return true
})

/**
 * Computes the entities that look at a ledger again over kept rows, and gives whether every one has the rows that it had:
 * compared one by one and column by column. False also where anything fails: the night is computed then, and says what. Leaves
 * tables and views of candidates, which the caller drops. The datasets and the clock stand.
 */
export const sameByLedgers = Effect.fn("transform.same-by-ledgers")(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  folder: string
): Doing<boolean, never, Warehouse> {
  const warehouse = yield* Warehouse
  const readers = new Map(ledgerReaders(definition).map((entity) => [entity.name, entity]))
  const compute = Effect.gen(function* () {
    for (const name of keptEntities(definition)) {
      const table = quoted(candidateTable(name))
      const rows = sql`read_parquet(${fileOf(folder, name)})`
      const reader = readers.get(name)
      if (reader === undefined) {
        yield* warehouse.execute(sql`${about(`${name} as it was made before`)}DROP TABLE IF EXISTS ${table};
CREATE OR REPLACE TEMP VIEW ${table} AS FROM ${rows}`)
      } else {
        yield* makeEntity(definition, reader, contracts, new Set())
        yield* keepOnePerKey(reader, false)
        const [other] = yield* warehouse.rows(
          sql`${about(`is ${name} as it was?`)}SELECT 1 AS one WHERE (SELECT count(*) FROM ${table}) <> (SELECT count(*) FROM ${rows})
  OR EXISTS (FROM ${table} EXCEPT ALL FROM ${rows})`,
          Schema.Struct({ one: Count })
        )
        if (other !== undefined) return false
      }
      for (const view of viewStatements(definition, name, "unknown")) yield* warehouse.execute(view)
    }
    return true
  })
  return yield* Effect.catchAll(compute, () => Effect.succeed(false))
})
