import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StoreError } from "../core/ports/disk.ts"
import { about, joined, name as quoted, oneOf, type Sql, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { isReadFromSource } from "../pipeline/references.ts"
import type { CollectionContract, ResourceContract } from "../core/ports/contracts.ts"
import { countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { movesOf } from "../state/moved-keys.ts"
import { prepareTables } from "../state/tables.ts"
import { rootOf } from "./row-outcomes.ts"
import { addPreviousKeys, preparePreviousKeys, underKeysOfNow } from "./previous-keys.ts"
import { recordsOfRows, searchReads } from "./read-rows.ts"
import { condition, type Search } from "./search.ts"
import { rowOutcomeTable } from "../state/row-outcome-table.ts"
import { prepareRowOutcomes } from "../state/row-outcome-table.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { subjectTable } from "./tables.ts"
import { emptied } from "../core/table.ts"

/** A record of a pipeline, by the name that steps give it. */
export interface RecordName {
  readonly entity: string
  readonly key: string
}

/** Contracts of the connectors, by endpoint and by resource. */
export interface Contracts {
  readonly collections: ReadonlyMap<string, CollectionContract>
  readonly resources: ReadonlyMap<string, ResourceContract>
}

/** A record that a search found. */
export interface FoundRecord extends RecordName {
  /** Id of the source row by which it was found; null where it was found by what the state has of it. */
  readonly source: string | null
  /** The run that read a row of which the state tells nothing, and what became of the row, in words. Null of all others. */
  readonly read: { readonly run: number; readonly say: string } | null
}

const Name = Schema.Struct({ entity: Text, key: Text })

/**
 * Records that are, were or should have been at the target: by ledger, by what was ever wanted, by what was turned
 * away, and by the rows of the reads that are kept, in which those are found of whom nothing else is known. What came back
 * under another id is found under that one.
 */
export const findRecords = Effect.fn("history.find-records")(function* (
  definition: Definition,
  contracts: Contracts,
  search: Search
): Doing<ReadonlyArray<FoundRecord>, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* prepareRowOutcomes(definition.name)
  yield* preparePreviousKeys
  const entities = loadedEntitiesOf(definition).filter(
    ({ load }) =>
      search.entities === null ||
      search.entities.some((name) => name === load.entity || name === rootOf(definition, load.entity))
  )
  const datasets =
    search.entities === null
      ? definition.datasets.filter(isReadFromSource).map((dataset) => dataset.name)
      : [...new Set(search.entities.map((name) => rootOf(definition, name)))]
  yield* searchReads(definition, datasets, contracts, search)
  const selects = [
    ...entities.flatMap((entity) => searchState(definition, entity, contracts, search)),
    searchTurnedAway(definition, datasets, search)
  ]
  const order = sql`CASE entity ${joined(
    entities.map(({ load }, index) => sql`WHEN ${load.entity} THEN ${index}`),
    " "
  )} ELSE ${entities.length} END`
  const matching = sql`SELECT DISTINCT entity, key FROM (${joined(selects, " UNION ALL ")}) WHERE key IS NOT NULL`
  // To follow moves takes longer than all else of the search, and most workspaces never had one.
  const hasMoves = (yield* countRows(sql`FROM ${movesOf(definition.name)}`)) > 0
  const rows = yield* warehouse.rows(
    sql`${about("records that are, were or should have been there")}SELECT entity, key, ${entities.length === 0 ? 0 : order} AS place FROM (${hasMoves ? underKeysOfNow(definition, matching) : matching})
ORDER BY place, entity, key LIMIT ${Math.trunc(search.limit)}`,
    Name
  )
  const found = rows.map(({ entity, key }): FoundRecord => ({ entity, key, source: null, read: null }))
  if (found.length >= search.limit) return found
  const wanted = new Set(entities.map(({ load }) => load.entity))
  const others = (yield* recordsOfRows(definition, contracts, search.limit - found.length)).filter(
    (one) =>
      (one.read !== null || wanted.has(one.entity)) &&
      !found.some((known) => known.entity === one.entity && known.key === one.key)
  )
  return [...found, ...others]
})

/**
 * Searches rows turned away by entities that are written nowhere, and records that did not fit their dataset: the state
 * holds nothing else of them.
 */
const searchTurnedAway = (definition: Definition, datasets: ReadonlyArray<string>, search: Search): Sql => {
  const loaded = loadedEntitiesOf(definition).map(({ load }) => load.entity)
  const named = search.entities === null ? sql`` : sql`entity IN (${oneOf([...search.entities, ""])}) OR `
  return sql`SELECT entity, coalesce(key, source) AS key FROM ${quoted(rowOutcomeTable(definition.name))} AS row_outcome
WHERE entity NOT IN (${oneOf(loaded)}) AND (${named}dataset IN (${oneOf([...datasets, ""])}))
  AND (EXISTS (SELECT 1 FROM source_found WHERE source_found.dataset = row_outcome.dataset AND source_found.source = row_outcome.source) OR ${condition(search, [sql`key`, sql`source`], [])})`
}

const searchState = (
  definition: Definition,
  { definition: entity, fields, load, tables }: LoadedEntity,
  contracts: Contracts,
  search: Search
): ReadonlyArray<Sql> => {
  const resource = contracts.resources.get(load.resource)
  const known = fields.filter((field) => resource?.matchable.includes(field) === true).map((field) => quoted(field))
  const spoken = fields
    .filter((field) => resource?.fields.some((one) => one.name === field && one.kind === "text") === true)
    .map((field) => quoted(field))
  const name = load.entity
  const source = sql`SELECT source FROM source_found WHERE dataset = ${rootOf(definition, entity.name)}`
  const from = (table: string, exact: ReadonlyArray<Sql>): Sql =>
    sql`SELECT ${name} AS entity, key FROM ${quoted(table)} WHERE key IN (${source}) OR ${condition(search, [sql`key`, ...exact, ...known], [sql`label`, ...spoken])}`
  return [
    from(tables.ledger, [sql`remote_id`]),
    from(tables.snapshot, []),
    from(tables.history, []),
    sql`SELECT ${name}, key FROM ${quoted(rowOutcomeTable(definition.name))}
WHERE entity = ${name} AND (source IN (${source}) OR ${condition(search, [sql`key`, sql`source`], [])})`
  ]
}

/** The entities of the records in `subject` that fulfil a condition. */
export const subjectEntities = (condition: Sql): Effect.Effect<ReadonlySet<string>, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(
      warehouse.rows(sql`SELECT DISTINCT entity FROM subject WHERE ${condition}`, Schema.Struct({ entity: Text })),
      (rows) => new Set(rows.map(({ entity }) => entity))
    )
  )

/**
 * Fills `subject` with the records asked for, under the keys of now and of before, and, marked, those that refer to them or
 * hang on the same source row. Gives the keys that they had before, by `entity:key`.
 */
export const gatherSubject = Effect.fn("history.gather-subject")(function* (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<RecordName>,
  withRelated: boolean
): Doing<ReadonlyMap<string, ReadonlyArray<string>>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(subjectTable)}`)
  yield* warehouse.append(
    "subject",
    records.map((record) => [record.entity, record.key, true])
  )
  const previousKeys = yield* addPreviousKeys(definition)
  if (!withRelated) return previousKeys
  const known = records.flatMap((record) => [
    record,
    ...(previousKeys.get(`${record.entity}:${record.key}`) ?? []).map((key) => ({ ...record, key }))
  ])
  const names = texts(known.map((record) => `${record.entity}:${record.key}`))
  const referring = loadedEntitiesOf(definition).flatMap(({ definition: entity, load, tables }) => {
    const refs = entity.fields.filter((field) => field.kind === "ref").map((field) => quoted(field.name))
    return refs.length === 0
      ? []
      : [tables.ledger, tables.snapshot, tables.history].map(
          (table) =>
            sql`SELECT ${load.entity} AS entity, key FROM ${quoted(table)} WHERE list_has_any([${joined(refs, ", ")}], ${names})`
        )
  })
  const away = known.map((record) => {
    const dataset = rootOf(definition, record.entity)
    const endpoint = definition.datasets.find((one) => one.name === dataset)?.endpoint ?? ""
    // A `user` column names a record of /users, a `class` column one of /classes.
    const columns = [...contracts.collections.values()]
      .flatMap((contract) => contract.columns)
      .filter((column) => column.kind === "ref" && endpoint.startsWith(`/${column.name}`))
    const refs = [...new Set(columns.map((column) => `${column.name}:${record.key}`))]
    return sql`SELECT entity, key FROM ${quoted(rowOutcomeTable(definition.name))} WHERE key IS NOT NULL
  AND ((dataset = ${dataset} AND source = ${record.key}) OR list_has_any(refs, ${texts(refs)}))`
  })
  yield* warehouse.execute(sql`${about("what refers to the records asked for, or was turned away with them")}INSERT INTO subject SELECT DISTINCT entity, key, false FROM (${joined([...referring, ...away], "\nUNION ALL\n")}) AS related
ANTI JOIN subject USING (entity, key)`)
  return previousKeys
})
