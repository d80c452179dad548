import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { rowDigest } from "../core/digest.ts"
import { joined, name, oneOf, type Sql, sql } from "../core/sql.ts"
import type { Table } from "../core/table.ts"
import { Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { metaTable } from "./durable.ts"
import { knownColumns } from "./known-columns.ts"
import { completed, standing } from "./migrations.ts"
import type { Doing } from "../core/doing.ts"

/**
 * The durable tables of a pipeline, three per loaded entity. All fields are text.
 *
 * `ledger_P_E`    what was last written to the target; grain: one row per key ever written. `presence`: present; gone =
 *                 taken away, without a fingerprint by somebody else; kept = still there and no longer wanted, to be written again when it is; unsure = its first
 *                 sending may have made it, though no answer says so: new where it is wanted, and to be taken away where it is not.
 *                 `fingerprint` null: a later sending may have changed it, so that it is written again whatever is wanted;
 *                 `leaving`: that sending was its removal
 * `snapshot_P_E`  what is wanted since `valid_from` (run number); grain: one row per key wanted now
 * `history_P_E`   what was wanted from `valid_from` until before `valid_to`; append-only
 */
export interface StoredEntity {
  readonly name: string
  readonly tables: { readonly ledger: string; readonly snapshot: string; readonly history: string }
  /** Every field, in the definition's order. */
  readonly fields: ReadonlyArray<string>
  /** Fields whose change is worth a step. */
  readonly compared: ReadonlyArray<string>
  /** Its ref fields, with the entities to whose records each may point. */
  readonly refs: ReadonlyArray<{ readonly field: string; readonly entities: ReadonlyArray<string> }>
}

/** A query for the keys of what stands at the target by the ledger. */
export const standingKeys = (entity: Pick<StoredEntity, "tables">): Sql =>
  sql`SELECT key FROM ${name(entity.tables.ledger)} WHERE presence = 'present'`

/**
 * The 64-bit fingerprint of a row's fields, which are all text. It is compared with the previous one of the same key alone,
 * where two values agree by chance once in 2^64 changes; no record is ever looked for by it.
 */
export const fingerprint = (fields: ReadonlyArray<string>, alias: string | null): Sql =>
  rowDigest(
    fields.map((name) => ({ name, isList: false })),
    alias
  )

/** All fields of a row as one JSON object. */
export const struct = (entity: Pick<StoredEntity, "fields">, alias: string): Sql =>
  sql`to_json({${joined(
    entity.fields.map((field) => sql`${field}: ${name(alias)}.${name(field)}`),
    ", "
  )}})`

const common = { key: "VARCHAR", label: "VARCHAR", _school: "VARCHAR", _section: "VARCHAR" } as const

/** The three tables of an entity as they are declared; its fields, all text, come last. */
export const storedTables = ({
  fields,
  tables
}: Pick<StoredEntity, "fields" | "tables">): readonly [ledger: Table, snapshot: Table, history: Table] => {
  const own = Object.fromEntries(fields.map((field) => [field, "VARCHAR"] as const))
  return [
    {
      name: tables.ledger,
      grain: "one row per key ever written",
      columns: {
        ...common,
        remote_id: "VARCHAR",
        presence: "VARCHAR",
        origin: "VARCHAR",
        run: "INTEGER",
        fingerprint: "UBIGINT",
        leaving: "BOOLEAN",
        ...own
      }
    },
    {
      name: tables.snapshot,
      grain: "one row per key wanted now",
      columns: { ...common, valid_from: "INTEGER", fingerprint: "UBIGINT", ...own }
    },
    {
      name: tables.history,
      grain: "one row per key and span of runs in which it was wanted so",
      columns: { ...common, valid_from: "INTEGER", valid_to: "INTEGER", fingerprint: "UBIGINT", ...own }
    }
  ]
}

const Recipe = Schema.Struct({ name: Text, value: Text })

/**
 * Makes the durable tables, adds columns for fields that the definition gained, and renews fingerprints that were made
 * by another engine version or over other fields: the rows stay, only their fingerprints change. Where all is as it
 * should be, nothing is written.
 */
export const prepareTables = Effect.fn("state.prepare")(function* (
  entities: ReadonlyArray<StoredEntity>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const known = yield* knownColumns
  const missing = [
    ...(known.has("meta.name") ? [] : [standing(metaTable)]),
    ...entities.flatMap(storedTables).flatMap((table) => completed(table, known))
  ]
  if (missing.length > 0) yield* warehouse.transaction(missing)
  // Nothing that is read rests on a fingerprint.
  if (warehouse.isReadOnly) return
  const recipes = new Map(
    (yield* warehouse.rows(sql`SELECT name, value FROM meta`, Recipe)).map((row) => [row.name, row.value])
  )
  const others = entities.flatMap((entity) => {
    const value = `${warehouse.engineVersion} ${JSON.stringify([entity.compared, entity.fields])}`
    return recipes.get(recipeName(entity)) === value ? [] : [{ entity, value }]
  })
  if (others.length === 0) return
  yield* warehouse.transaction([
    // Tables that were made just now have no rows.
    ...others.filter(({ entity }) => known.has(`${entity.tables.ledger}.key`)).flatMap(renewedFingerprints),
    sql`DELETE FROM meta WHERE name IN (${oneOf(others.map(({ entity }) => recipeName(entity)))})`,
    sql`INSERT INTO meta VALUES ${joined(
      others.map(({ entity, value }) => sql`(${recipeName(entity)}, ${value})`),
      ", "
    )}`
  ])
})

const recipeName = (entity: StoredEntity): string => `fingerprint ${entity.tables.ledger}`

const renewedFingerprints = ({
  entity: { compared, fields, tables }
}: {
  readonly entity: StoredEntity
}): ReadonlyArray<Sql> => [
  sql`UPDATE ${name(tables.ledger)} SET fingerprint = ${fingerprint(compared, null)} WHERE fingerprint IS NOT NULL`,
  sql`UPDATE ${name(tables.snapshot)} SET fingerprint = ${fingerprint(fields, null)}`
]
