import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { identifier, list, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { CollectionContract, ResourceContract } from "../ports/contracts.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { type LoadedEntity, loadedEntitiesOf, prepareTables } from "../snapshot/tables.ts"
import { fateTable, prepareFate, rootOf } from "./fate.ts"
import { type KeptRead, keptReads } from "./kept-reads.ts"

/** A record of a pipeline, by the name that steps give it. */
export interface RecordName {
  readonly entity: string
  readonly key: string
}

/** What connectors say of themselves, by endpoint and by resource. */
export interface Contracts {
  readonly collections: ReadonlyMap<string, CollectionContract>
  readonly resources: ReadonlyMap<string, ResourceContract>
}

/**
 * `exactly`: key, remote id, or a field by which a record can be known, as the whole. `loosely`: also every word of a
 * name somewhere in its texts. Neither minds case.
 */
export interface Search {
  readonly term: string
  readonly how: "exactly" | "loosely"
  /** Only these entities; null = all that are written to the target. */
  readonly entities: ReadonlyArray<string> | null
  /** At most so many. */
  readonly limit: number
}

/**
 * Records that are, were or should have been at the target: by ledger, by what was ever wanted, by what was turned
 * away, and by the rows of the newest read that is kept, in which those are found of whom nothing else is known.
 */
export const findRecords: (
  definition: Definition,
  contracts: Contracts,
  search: Search
) => Effect.Effect<ReadonlyArray<RecordName>, WarehouseError, Warehouse> = Effect.fn("run.find-records")(function* (
  definition: Definition,
  contracts: Contracts,
  search: Search
) {
  const warehouse = yield* Warehouse
  yield* prepareTables(definition)
  yield* prepareFate(definition.name)
  const entities = loadedEntitiesOf(definition).filter(
    ({ load }) => search.entities === null || search.entities.includes(load.entity)
  )
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE source_found (dataset VARCHAR, source VARCHAR)")
  const [kept] = yield* keptReads(definition.name)
  const roots = new Set(entities.map(({ load }) => rootOf(definition, load.entity)))
  if (kept !== undefined) {
    for (const dataset of roots) yield* searchRead(kept, dataset, contracts, search)
  }
  const parts = entities.flatMap((entity) => searchState(definition, entity, contracts, search))
  if (parts.length === 0) return []
  const order = `CASE entity ${entities.map(({ load }, index) => `WHEN ${literal(load.entity)} THEN ${index}`).join(" ")} END`
  const rows = yield* warehouse.rows(`-- records that are, were or should have been there
SELECT DISTINCT entity, key, ${order} AS place FROM (${parts.join(" UNION ALL ")}) WHERE key IS NOT NULL
ORDER BY place, key LIMIT ${Math.trunc(search.limit)}`)
  return rows.map((row) => ({ entity: String(row["entity"]), key: String(row["key"]) }))
})

/** Source rows in which the term stands, into `source_found`. */
const searchRead = Effect.fn("run.search-read")(function* (
  kept: KeptRead,
  dataset: string,
  contracts: Contracts,
  search: Search
) {
  const warehouse = yield* Warehouse
  const endpoint = kept.datasets.find((one) => one.name === dataset)?.endpoint
  const contract = endpoint === undefined ? undefined : contracts.collections.get(endpoint)
  const file = join(warehouse.folders.reads, String(kept.run), `${dataset}.parquet`)
  if (contract === undefined || !existsSync(file)) return
  const texts = contract.columns.filter((column) => column.kind === "text" && column.values === undefined)
  yield* warehouse.execute(`-- rows of ${dataset} that were asked for
INSERT INTO source_found SELECT ${literal(dataset)}, ${identifier(contract.key)} FROM read_parquet(${literal(file)})
WHERE ${condition(
    search,
    texts.map((column) => identifier(column.name)),
    texts.map((column) => identifier(column.name))
  )}`)
})

const searchState = (
  definition: Definition,
  { definition: entity, fields, load, tables }: LoadedEntity,
  contracts: Contracts,
  search: Search
): ReadonlyArray<string> => {
  const resource = contracts.resources.get(load.resource)
  const known = fields.filter((field) => resource?.matchable.includes(field) === true).map(identifier)
  const texts = fields
    .filter((field) => resource?.fields.some((one) => one.name === field && one.kind === "text") === true)
    .map(identifier)
  const name = literal(load.entity)
  const source = `SELECT source FROM source_found WHERE dataset = ${literal(rootOf(definition, entity.name))}`
  const from = (table: string, exact: ReadonlyArray<string>): string =>
    `SELECT ${name} AS entity, key FROM ${identifier(table)} WHERE key IN (${source}) OR ${condition(search, ["key", ...exact, ...known], ["label", ...texts])}`
  return [
    from(tables.ledger, ["remote_id"]),
    from(tables.snapshot, []),
    from(tables.history, []),
    `SELECT ${name}, key FROM ${identifier(fateTable(definition.name))}
WHERE entity = ${name} AND (source IN (${source}) OR ${condition(search, ["key", "source"], [])})`
  ]
}

const condition = ({ how, term }: Search, exact: ReadonlyArray<string>, loose: ReadonlyArray<string>): string => {
  const folded = term.trim().toLowerCase()
  const exactly = exact.map((column) => `lower(${column}) = ${literal(folded)}`)
  const text = `lower(concat_ws(' ', ${loose.join(", ")}))`
  const loosely =
    how === "exactly" || loose.length === 0
      ? []
      : [
          `(${folded
            .split(/\s+/)
            .map((word) => `contains(${text}, ${literal(word)})`)
            .join(" AND ")})`
        ]
  return `(${[...exactly, ...loosely].join(" OR ") || "false"})`
}

/** Fills `subject` with the records asked for and, marked, those that refer to them or hang on the same source row. */
export const gatherSubject: (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<RecordName>,
  withRelated: boolean
) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn("run.gather-subject")(function* (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<RecordName>,
  withRelated: boolean
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE subject (entity VARCHAR, key VARCHAR, itself BOOLEAN)")
  yield* warehouse.append(
    "subject",
    records.map((record) => [record.entity, record.key, true])
  )
  if (!withRelated) return
  const names = list(records.map((record) => `${record.entity}:${record.key}`))
  const referring = loadedEntitiesOf(definition).flatMap(({ definition: entity, load, tables }) => {
    const refs = entity.fields.filter((field) => field.kind === "ref").map((field) => identifier(field.name))
    return refs.length === 0
      ? []
      : [tables.ledger, tables.snapshot, tables.history].map(
          (table) =>
            `SELECT ${literal(load.entity)} AS entity, key FROM ${identifier(table)} WHERE list_has_any([${refs.join(", ")}], ${names})`
        )
  })
  const away = records.map((record) => {
    const dataset = rootOf(definition, record.entity)
    const endpoint = definition.datasets.find((one) => one.name === dataset)?.endpoint ?? ""
    // A `user` column names a record of /users, a `class` column one of /classes.
    const columns = [...contracts.collections.values()]
      .flatMap((contract) => contract.columns)
      .filter((column) => column.kind === "ref" && endpoint.startsWith(`/${column.name}`))
    const refs = [...new Set(columns.map((column) => `${column.name}:${record.key}`))]
    return `SELECT entity, key FROM ${identifier(fateTable(definition.name))} WHERE key IS NOT NULL
  AND ((dataset = ${literal(dataset)} AND source = ${literal(record.key)}) OR list_has_any(refs, ${list(refs)}::VARCHAR[]))`
  })
  yield* warehouse.execute(`-- what refers to the records asked for, or was turned away with them
INSERT INTO subject SELECT DISTINCT entity, key, false FROM (${[...referring, ...away].join("\nUNION ALL\n")}) AS related
ANTI JOIN subject USING (entity, key)`)
})
