import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import { datasetTable } from "../extract/land.ts"
import type { Definition, EntityDefinition } from "../pipeline/definition.ts"
import type { CollectionContract } from "../ports/contracts.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { candidateTable, entityStatement, entityView, entityViewStatement } from "./entity.ts"

/** The moment and place a run stands for. */
export interface RunClock {
  /** `YYYY-MM-DD` in the district's time zone. */
  readonly asOf: string
  /** ISO instant, UTC. */
  readonly now: string
  readonly timezone: string
}

export interface EntityCounts {
  readonly entity: string
  readonly kept: number
  readonly unwanted: number
  readonly quarantined: number
}

/** What became of the rows of one dataset. The three sum up to `rows`. */
export interface DatasetAccount {
  readonly dataset: string
  readonly rows: number
  /** Rows that at least one entity kept. */
  readonly became: number
  /** Rows that no entity kept and at least one turned away as bad. */
  readonly quarantined: number
  /** Rows that every rule passed over. */
  readonly unwanted: number
}

/** The rows read do not allow the run to go on, e.g. no school year contains its date. */
export class ExpectationFailed extends Data.TaggedError("ExpectationFailed")<{
  readonly expectation: string
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}

export interface Transformed {
  readonly entities: ReadonlyArray<EntityCounts>
  readonly accounts: ReadonlyArray<DatasetAccount>
}

/**
 * Carries out the entities of a definition over landed datasets, in dependency order. Leaves a view per entity, and
 * the table `quarantine` (entity, key, rule, say). Rows of datasets that no entity reads are accounted as unwanted.
 */
export const transform: (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  clock: RunClock
) => Effect.Effect<Transformed, WarehouseError | ExpectationFailed, Warehouse> = Effect.fn("transform.entities")(
  function* (definition: Definition, contracts: ReadonlyMap<string, CollectionContract>, clock: RunClock) {
    const warehouse = yield* Warehouse
    yield* warehouse.execute(clockStatement(clock))
    yield* warehouse.execute(
      "CREATE OR REPLACE TEMP TABLE quarantine (entity VARCHAR, key VARCHAR, source VARCHAR, rule VARCHAR, say VARCHAR)"
    )
    const entities: Array<EntityCounts> = []
    for (const entity of definition.entities) {
      yield* warehouse.execute(entityStatement(definition, entity, contracts))
      yield* keepKeysUnique(entity)
      yield* warehouse.execute(entityViewStatement(entity.name))
      entities.push(yield* count(entity))
      yield* expectRows(definition, entity)
      yield* warehouse.execute(`-- quarantine of ${entity.name}
INSERT INTO quarantine SELECT ${literal(entity.name)}, key, _source, _turned.rule, _turned.say
FROM ${identifier(candidateTable(entity.name))} WHERE _turned.verdict = 'quarantine'`)
    }
    const accounts: Array<DatasetAccount> = []
    for (const dataset of definition.datasets) {
      const contract = contracts.get(dataset.endpoint)
      if (contract !== undefined) accounts.push(yield* account(definition, dataset.name, contract))
    }
    return { entities, accounts }
  }
)

export const clockStatement = (clock: RunClock): string =>
  `CREATE OR REPLACE TEMP TABLE run AS
SELECT CAST(${literal(clock.asOf)} AS DATE) AS as_of, CAST(CAST(${literal(clock.now)} AS TIMESTAMPTZ) AS TIMESTAMP) AS now, ${literal(clock.timezone)} AS timezone`

/** Two kept rows with one key would overwrite each other: the first by source stays, the others are turned away. */
const keepKeysUnique = Effect.fn("transform.keys")(function* (entity: EntityDefinition) {
  const warehouse = yield* Warehouse
  const table = identifier(candidateTable(entity.name))
  const [counts] = yield* warehouse.rows(
    `-- are the keys of ${entity.name} unique?\nSELECT count(*) AS rows, count(DISTINCT key) AS keys FROM ${table} WHERE _turned IS NULL`
  )
  if (counts?.["rows"] === counts?.["keys"]) return
  yield* warehouse.execute(`-- ${entity.name}: of several rows with one key the first stays
UPDATE ${table} SET _turned = {'verdict': 'quarantine', 'rule': 'key-not-unique', 'say': 'another record has the same key'}
WHERE _turned IS NULL AND _row NOT IN (SELECT arg_min(_row, row(_source, _row)) FROM ${table} WHERE _turned IS NULL GROUP BY key)`)
})

const count = Effect.fn("transform.count")(function* (entity: EntityDefinition) {
  const warehouse = yield* Warehouse
  const [counts] = yield* warehouse.rows(`-- counts of ${entity.name}
SELECT count(*) FILTER (_turned IS NULL) AS kept, count(*) FILTER (_turned.verdict = 'unwanted') AS unwanted,
  count(*) FILTER (_turned.verdict = 'quarantine') AS quarantined FROM ${identifier(candidateTable(entity.name))}`)
  return {
    entity: entity.name,
    kept: Number(counts?.["kept"]),
    unwanted: Number(counts?.["unwanted"]),
    quarantined: Number(counts?.["quarantined"])
  }
})

const expectRows = Effect.fn("transform.expect")(function* (definition: Definition, entity: EntityDefinition) {
  const expectation = entity.expect
  if (expectation === null) return
  const warehouse = yield* Warehouse
  const [counts] = yield* warehouse.rows(`SELECT count(*) AS kept FROM ${identifier(entityView(entity.name))}`)
  if (Number(counts?.["kept"]) >= expectation.minRows) return
  let found = ""
  if (expectation.show !== null && expectation.showFrom !== null) {
    const from = definition.datasets.some((dataset) => dataset.name === expectation.showFrom)
      ? datasetTable(expectation.showFrom)
      : entityView(expectation.showFrom)
    const rows = yield* warehouse.rows(
      `SELECT DISTINCT CAST((${expectation.show.sql}) AS VARCHAR) AS shown FROM ${identifier(from)} AS ${identifier(expectation.showFrom)} CROSS JOIN run WHERE shown IS NOT NULL ORDER BY shown LIMIT 20`
    )
    found =
      rows.length === 0
        ? "; the source holds none"
        : `; the source holds: ${rows.map((row) => String(row["shown"])).join("; ")}`
  }
  return yield* new ExpectationFailed({ expectation: entity.name, detail: `${expectation.say}${found}` })
})

/** Follows each row of a dataset into the entities that start from it, directly or through another entity. */
const account = Effect.fn("transform.account")(function* (
  definition: Definition,
  dataset: string,
  contract: CollectionContract
) {
  const warehouse = yield* Warehouse
  const readers = startingFrom(definition, dataset)
  const table = identifier(datasetTable(dataset))
  const fates = readers.map(
    (entity) =>
      `SELECT _source, CASE WHEN _turned IS NULL THEN 2 WHEN _turned.verdict = 'quarantine' THEN 1 ELSE 0 END AS fate FROM ${identifier(candidateTable(entity))}`
  )
  const [counts] = yield* warehouse.rows(`-- what became of the rows of ${dataset}
WITH fates AS (SELECT _source, max(fate) AS fate FROM (${
    fates.length === 0 ? "SELECT NULL::VARCHAR AS _source, 0 AS fate WHERE false" : fates.join(" UNION ALL ")
  }) GROUP BY _source)
SELECT count(*) AS rows, count(*) FILTER (fate = 2) AS became,
  count(*) FILTER (fate = 1 OR (coalesce(fate, 0) = 0 AND _fault IS NOT NULL)) AS quarantined
FROM ${table} LEFT JOIN fates ON fates._source = ${table}.${identifier(contract.key)}`)
  const rows = Number(counts?.["rows"])
  const became = Number(counts?.["became"])
  const quarantined = Number(counts?.["quarantined"])
  return { dataset, rows, became, quarantined, unwanted: rows - became - quarantined }
})

const startingFrom = (definition: Definition, relation: string): ReadonlyArray<string> =>
  definition.entities
    .filter((entity) => entity.from.relation === relation)
    .flatMap((entity) => [entity.name, ...startingFrom(definition, entity.name)])
