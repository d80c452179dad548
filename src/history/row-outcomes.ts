import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, all, joined, name as quoted, oneOf, type Sql, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { isReadFromSource } from "../pipeline/references.ts"
import type { QuarantineCount } from "../plan/plan.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { firstLoaded, startsFrom } from "../transform/transform.ts"
import { rowOutcomeTable, prepareRowOutcomes } from "../state/row-outcome-table.ts"
import { candidateTable, datasetTable, faultsTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { rowOutcomeNewTable, rowOutcomeNowTable, rowOutcomeOverTable } from "./tables.ts"
import { made } from "../core/table.ts"

/**
 * Notes what this run turned away and what no rule wanted, against what stood there before: what is new is opened,
 * what is no longer so is closed. Gives the counts of the quarantine per entity and rule, the largest first.
 */
export const keepRowOutcomes = Effect.fn("history.keep-row-outcomes")(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  run: number
): Doing<ReadonlyArray<QuarantineCount>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareRowOutcomes(definition.name)
  yield* findTurnedAway(definition, contracts)
  for (const dataset of definition.datasets) {
    const contract = contracts.get(dataset.endpoint)
    // A row that another pipeline has at its target was not read: nobody asks why it is not there.
    if (contract !== undefined && isReadFromSource(dataset)) yield* findPassedOver(definition, dataset.name, contract)
  }
  const table = quoted(rowOutcomeTable(definition.name))
  const same = all(
    ["entity", "key", "source", "verdict", "rule", "say"].map(
      (column) => sql`old.${quoted(column)} IS NOT DISTINCT FROM now.${quoted(column)}`
    )
  )
  yield* warehouse.execute(sql`${about("reasons that hold no longer, and new ones")}${made(rowOutcomeOverTable)}
SELECT old.rowid AS row FROM ${table} AS old ANTI JOIN row_outcome_now AS now ON ${same} WHERE old.valid_to IS NULL;
${made(rowOutcomeNewTable)}
SELECT now.* FROM row_outcome_now AS now ANTI JOIN (SELECT * FROM ${table} WHERE valid_to IS NULL) AS old ON ${same}`)
  const [moved] = yield* warehouse.rows(
    sql`SELECT (SELECT count(*) FROM row_outcome_over) AS over, (SELECT count(*) FROM row_outcome_new) AS new`,
    Schema.Struct({ over: Count, new: Count })
  )
  if (moved !== undefined && moved.over + moved.new > 0) {
    yield* warehouse.transaction([
      sql`UPDATE ${table} SET valid_to = ${run} WHERE rowid IN (SELECT row FROM row_outcome_over)`,
      sql`INSERT INTO ${table} SELECT dataset, source, entity, key, verdict, rule, say, refs, ${run}, NULL FROM row_outcome_new`
    ])
  }
  const counts = yield* warehouse.rows(
    sql`SELECT entity, rule, count(*) AS rows FROM row_outcome_now WHERE verdict = 'quarantine' GROUP BY ALL ORDER BY rows DESC, entity, rule`,
    Schema.Struct({ entity: Text, rule: Text, rows: Count })
  )
  return counts.map(({ entity, rows, rule }) => ({ entity, rule, rows }))
})

/** Fills `row_outcome_now` with what stands in quarantine after a transform, those records included that did not fit their contract. */
export const findTurnedAway = Effect.fn("history.turned-away")(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  // Records that come of a bad one go away with it, each for itself: the first is the record, the others hang on it.
  const place = sql`coalesce(list_position(${texts(definition.entities.map((entity) => entity.name))}, entity), 0)`
  const selects = definition.datasets.flatMap((dataset) => {
    const contract = contracts.get(dataset.endpoint)
    if (contract === undefined) return []
    const table = quoted(datasetTable(dataset.name))
    const entities = definition.entities.flatMap((entity) =>
      rootOf(definition, entity.name) === dataset.name ? [entity.name] : []
    )
    const rows = [
      ...(entities.length === 0
        ? []
        : [sql`SELECT entity, key, source, rule, say FROM quarantine WHERE entity IN (${oneOf(entities)})`]),
      ...(isReadFromSource(dataset)
        ? [sql`SELECT ${dataset.name}, key, key, rule, say FROM ${quoted(faultsTable(dataset.name))}`]
        : [])
    ]
    if (rows.length === 0) return []
    return [
      sql`SELECT ${dataset.name} AS dataset, away.source, away.entity, away.key, 'quarantine' AS verdict, away.rule, away.say, ${refsOf(contract, table)} AS refs
FROM (${joined(rows, " UNION ALL ")}) AS away(entity, key, source, rule, say)
LEFT JOIN ${table} ON ${table}.${quoted(contract.key)} = away.source`
    ]
  })
  yield* warehouse.execute(sql`${about("what this run turned away; grain: one row per entity, key, source and reason")}${made(rowOutcomeNowTable)}
SELECT * REPLACE (CASE WHEN source IS NOT NULL AND ${place} > min(${place}) OVER (PARTITION BY dataset, source, rule)
  AND rule NOT LIKE 'depends-on:%' THEN 'depends-on:' || rule ELSE rule END AS rule)
FROM (SELECT DISTINCT * FROM (${joined(selects, "\nUNION ALL\n")}))`)
})

/** Adds the rows of a dataset that every rule passed over, each with the reason of the first entity that considered it. */
const findPassedOver = Effect.fn("history.passed-over")(function* (
  definition: Definition,
  dataset: string,
  contract: CollectionContract
) {
  const warehouse = yield* Warehouse
  const considering = towardsLoaded(definition, dataset)
  if (considering.length === 0) return
  const table = quoted(datasetTable(dataset))
  const passed = considering.map(
    (entity, index) =>
      sql`SELECT _source, ${entity} AS entity, key, _turned.rule AS rule, _turned.say AS say, ${index} AS place
  FROM ${quoted(candidateTable(entity))} WHERE _turned.verdict = 'unwanted'`
  )
  const kept = firstLoaded(definition, dataset).map(
    (entity) => sql`SELECT _source FROM ${quoted(candidateTable(entity))} WHERE _turned IS NULL`
  )
  yield* warehouse.execute(sql`${about(`rows of ${dataset} that no entity wanted; grain: one row per source row`)}INSERT INTO row_outcome_now
SELECT ${dataset}, _source, why.entity, why.key, 'unwanted', why.rule, why.say, ${refsOf(contract, table)}
FROM (
  SELECT _source, arg_min({'entity': entity, 'key': key, 'rule': rule, 'say': say}, (rule LIKE 'depends-on:%', place, key)) AS why
  FROM (${joined(passed, " UNION ALL ")}) AS passed
  ANTI JOIN (${joined(kept, " UNION ALL ")}) AS kept USING (_source)
  ANTI JOIN (SELECT source AS _source FROM row_outcome_now WHERE dataset = ${dataset}) AS away USING (_source)
  GROUP BY _source
) JOIN ${table} ON ${table}.${quoted(contract.key)} = _source`)
})

/** The ids that a source row names: a person and a class, of an enrollment. */
const refsOf = (contract: CollectionContract, table: Sql): Sql => {
  const refs = contract.columns.filter((column) => column.kind === "ref")
  return refs.length === 0
    ? sql`[]::VARCHAR[]`
    : sql`list_filter([${joined(
        refs.map((column) => sql`${`${column.name}:`} || ${table}.${quoted(column.name)}`),
        ", "
      )}], lambda id: id IS NOT NULL)`
}

/** The dataset an entity starts from, directly or through others; where it takes further entities, the first one's. */
export const rootOf = (definition: Definition, relation: string): string => {
  const entity = definition.entities.find((one) => one.name === relation)
  return entity === undefined ? relation : rootOf(definition, entity.from.relation)
}

/** The entities on the ways from a relation to the first one that is written to the target, nearest first. */
export const towardsLoaded = (definition: Definition, relation: string): ReadonlyArray<string> => {
  const loaded = new Set(definition.load.entities.map((load) => load.entity))
  return definition.entities.flatMap((entity) => {
    if (!startsFrom(entity, relation)) return []
    if (loaded.has(entity.name)) return [entity.name]
    const further = towardsLoaded(definition, entity.name)
    return further.length === 0 ? [] : [entity.name, ...further]
  })
}
