import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, joined, name as quoted, oneOf, type Sql, sql, written } from "../core/sql.ts"
import { emptied, named, type Temporary } from "../core/table.ts"
import type { Definition, EntityDefinition } from "../pipeline/definition.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { Count, countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { givingWay } from "../pipeline/giving-way.ts"
import { loadedEntities } from "./entity.ts"
import { hasOwnKeys } from "./own-keys.ts"
import { viewStatements } from "./relations.ts"
import { makeEntity } from "./uncomputed.ts"
import { quarantineTable, skippedTable, warningTable } from "./tables.ts"
import { type RunClock, clockStatement } from "../core/run-clock.ts"
import { candidateTable, datasetTable, entityView } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { toldInSql } from "../core/told.ts"

export interface EntityCounts {
  readonly entity: string
  readonly kept: number
  /** Rows passed over, less those that were left out at once. */
  readonly unwanted: number
  readonly quarantined: number
}

/** Counts of the rows of one dataset by what became of them. The three sum up to `rows`. */
export interface DatasetAccount {
  readonly dataset: string
  readonly rows: number
  /** Rows that at least one entity that is written to the target kept. */
  readonly became: number
  /** Rows that no such entity kept and at least one entity turned away as bad. */
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

/** Rows that a rule speaks of, per entity and rule. */
export interface RuleCount {
  readonly entity: string
  readonly rule: string
  readonly say: string
  readonly rows: number
}

export interface Transformed {
  readonly entities: ReadonlyArray<EntityCounts>
  /** Passed over by a `skip` rule. */
  readonly skipped: ReadonlyArray<RuleCount>
  /** Kept, and pointed at by a `warn` rule. */
  readonly warnings: ReadonlyArray<RuleCount>
  readonly accounts: ReadonlyArray<DatasetAccount>
}

/**
 * Carries out the entities of a definition over landed datasets, in dependency order. Leaves a view per entity, and
 * the tables `quarantine`, `warning` and `skipped` (entity, key, source, rule, say). What an entity that is written nowhere turned
 * away is listed under the entities that start from it. Rows of datasets that no entity reads are accounted as unwanted.
 * Before each entity others may have their turn (`givingWay`): what is made of it so far are tables of this connection.
 */
export const transform = Effect.fn("transform.entities")(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  clock: RunClock
): Doing<Transformed, WarehouseError | ExpectationFailed, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(clockStatement(clock, definition.timezone))
  yield* warehouse.execute(joined([quarantineTable, warningTable, skippedTable].map(emptied), ";\n"))
  const loaded = loadedEntities(definition)
  const entities: Array<EntityCounts> = []
  const warnings: Array<RuleCount> = []
  const skipped: Array<RuleCount> = []
  // Entities of which no row was turned away.
  const whole = new Set<string>()
  const giveWay = givingWay(definition)
  for (const entity of definition.entities) {
    yield* giveWay
    yield* makeEntity(definition, entity, contracts, whole)
    const isSingle = (name: string): boolean => {
      const one = entities.find((made) => made.entity === name)
      return one !== undefined && one.kept + one.quarantined <= 1
    }
    const counts = yield* keepOnePerKey(entity, hasOwnKeys(definition, entity, contracts, isSingle))
    entities.push(counts)
    if (counts.unwanted + counts.quarantined === 0) whole.add(entity.name)
    yield* warehouse.execute(joined(viewStatements(definition, entity.name, counts.quarantined), ";\n"))
    yield* expectRows(definition, entity, clock)
    const isPassedOn = !loaded.has(entity.name) && definition.entities.some((other) => startsFrom(other, entity.name))
    if (counts.quarantined > 0 && !isPassedOn) {
      yield* warehouse.execute(sql`${about(`quarantine of ${entity.name}`)}INSERT INTO ${named(quarantineTable)} SELECT ${entity.name}, key, _source, _turned.rule, _turned.say
FROM ${quoted(candidateTable(entity.name))} WHERE _turned.verdict = 'quarantine'`)
    }
    warnings.push(...(yield* noteWarnings(entity)))
    skipped.push(...(yield* noteSkipped(entity)))
  }
  const accounts: Array<DatasetAccount> = []
  for (const dataset of definition.datasets) {
    yield* giveWay
    const contract = contracts.get(dataset.endpoint)
    if (contract !== undefined && !definition.used.has(dataset.name))
      accounts.push(yield* account(definition, dataset.name, contract))
  }
  return { entities, warnings, skipped, accounts }
})

const KeptCounts = Schema.Struct({ kept: Count, keys: Count, unwanted: Count, quarantined: Count })

/**
 * Counts an entity's rows. Two kept rows with one key would overwrite each other: the first by source, then by content,
 * stays. That is not looked for where each row has a key of its own in any case (`hasOwnKeys`).
 */
export const keepOnePerKey = Effect.fn("transform.keep-one-per-key")(function* (
  entity: EntityDefinition,
  hasOwn: boolean
) {
  const warehouse = yield* Warehouse
  const keys = hasOwn ? sql`count(*)` : sql`count(DISTINCT hash(key))`
  const table = quoted(candidateTable(entity.name))
  const count = warehouse.rows(
    sql`${about(`counts of ${entity.name}`)}SELECT count(*) FILTER (_turned IS NULL) AS kept, ${keys} FILTER (_turned IS NULL) AS keys,
  count(*) FILTER (_turned.verdict = 'unwanted') AS unwanted, count(*) FILTER (_turned.verdict = 'quarantine') AS quarantined
FROM ${table}`,
    KeptCounts
  )
  let [counts] = yield* count
  if (counts?.kept !== counts?.keys) {
    const content = [sql`label`, sql`_school`, sql`_section`, ...entity.fields.map((field) => quoted(field.name))]
    yield* warehouse.execute(sql`${about(`${entity.name}: of several rows with one key the first stays`)}UPDATE ${table} SET _turned = {'verdict': 'quarantine', 'rule': 'key-not-unique', 'say': ${toldInSql("record.same-key", {})}}
WHERE rowid IN (
  SELECT row FROM (
    SELECT rowid AS row, row_number() OVER (PARTITION BY key ORDER BY _source, hash(${joined(content, ", ")})) AS rank
    FROM ${table} WHERE _turned IS NULL
      AND key IN (SELECT key FROM ${table} WHERE _turned IS NULL GROUP BY key HAVING count(*) > 1)
  ) WHERE rank > 1)`)
    ;[counts] = yield* count
  }
  return {
    entity: entity.name,
    kept: counts?.kept ?? 0,
    unwanted: counts?.unwanted ?? 0,
    quarantined: counts?.quarantined ?? 0
  }
})

const noteWarnings = Effect.fn("transform.warnings")(function* (entity: EntityDefinition) {
  if (entity.warn.length === 0) return []
  return yield* note(
    warningTable,
    entity,
    entity.warn,
    sql`SELECT key, _source, one.rule AS rule, one.say AS say
FROM (SELECT key, _source, unnest(_warned) AS one FROM ${quoted(candidateTable(entity.name))} WHERE _turned IS NULL)`
  )
})

const noteSkipped = Effect.fn("transform.skipped")(function* (entity: EntityDefinition) {
  if (entity.skip.length === 0) return []
  return yield* note(
    skippedTable,
    entity,
    entity.skip,
    sql`SELECT key, _source, _turned.rule AS rule, _turned.say AS say FROM ${quoted(candidateTable(entity.name))}
WHERE _turned.verdict = 'unwanted' AND _turned.rule IN (${oneOf(entity.skip.map((rule) => rule.id))})`
  )
})

const ByRule = Schema.Struct({ rule: Text, rows: Count })

/** Writes rows of an entity (key, _source, rule, say) into one of the lists, and counts them by rule. */
const note = Effect.fn("transform.note")(function* (
  list: Temporary,
  entity: EntityDefinition,
  rules: EntityDefinition["warn"],
  rows: Sql
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    sql`${about(`${list.name} of ${entity.name}`)}INSERT INTO ${named(list)} SELECT ${entity.name}, key, _source, rule, say FROM (${rows})`
  )
  const counts = yield* warehouse.rows(
    sql`SELECT rule, count(*) AS rows FROM ${named(list)} WHERE entity = ${entity.name} GROUP BY ALL ORDER BY rule`,
    ByRule
  )
  return counts.map((row) => ({
    entity: entity.name,
    rule: row.rule,
    say: rules.find((rule) => rule.id === row.rule)?.say ?? "",
    rows: row.rows
  }))
})

const expectRows = Effect.fn("transform.expect")(function* (
  definition: Definition,
  entity: EntityDefinition,
  clock: RunClock
) {
  const expectation = entity.expect
  if (expectation === null) return
  const warehouse = yield* Warehouse
  if ((yield* countRows(sql`FROM ${quoted(entityView(entity.name))}`)) >= expectation.minRows) return
  let found = ""
  if (expectation.show !== null && expectation.showFrom !== null) {
    const from = definition.datasets.some((dataset) => dataset.name === expectation.showFrom)
      ? datasetTable(expectation.showFrom)
      : entityView(expectation.showFrom)
    const rows = yield* warehouse.rows(
      sql`SELECT DISTINCT TRY(CAST(${written(expectation.show)} AS VARCHAR)) AS shown FROM ${quoted(from)} AS ${quoted(expectation.showFrom)} CROSS JOIN run WHERE shown IS NOT NULL ORDER BY shown LIMIT 20`,
      Schema.Struct({ shown: Text })
    )
    found =
      rows.length === 0 ? "; the source holds none" : `; the source holds: ${rows.map((row) => row.shown).join("; ")}`
  }
  return yield* new ExpectationFailed({
    expectation: entity.name,
    detail: `${expectation.say} (date of the run: ${clock.asOf})${found}`
  })
})

const Accounted = Schema.Struct({ rows: Count, became: Count, quarantined: Count })

/** Follows each row of a dataset into the entities that start from it, directly or through another entity. */
const account = Effect.fn("transform.account")(function* (
  definition: Definition,
  dataset: string,
  contract: CollectionContract
) {
  const warehouse = yield* Warehouse
  const table = quoted(datasetTable(dataset))
  const key = sql`${table}.${quoted(contract.key)}`
  const sources = (entities: ReadonlyArray<string>, condition: Sql): Sql =>
    joined(
      entities.map((entity) => sql`SELECT _source FROM ${quoted(candidateTable(entity))} WHERE ${condition}`),
      " UNION ALL ",
      sql`SELECT NULL::VARCHAR AS _source WHERE false`
    )
  const [counts] = yield* warehouse.rows(
    sql`${about(`what became of the rows of ${dataset}`)}WITH kept AS (${sources(firstLoaded(definition, dataset), sql`_turned IS NULL`)}),
away AS (${sources(startingFrom(definition, dataset), sql`_turned.verdict = 'quarantine'`)})
SELECT (SELECT count(*) FROM ${table}) AS rows,
  (SELECT count(*) FROM ${table} SEMI JOIN kept ON kept._source = ${key}) AS became,
  (SELECT count(*) FROM (SELECT ${key} AS _source FROM ${table} WHERE _fault IS NOT NULL UNION SELECT _source FROM away) AS bad
    SEMI JOIN ${table} ON ${key} = bad._source ANTI JOIN kept ON kept._source = bad._source) AS quarantined`,
    Accounted
  )
  const { became, quarantined, rows } = counts ?? { rows: 0, became: 0, quarantined: 0 }
  return { dataset, rows, became, quarantined, unwanted: rows - became - quarantined }
})

/** The entities that start from a relation, directly or through another entity. */
export const startingFrom = (definition: Definition, relation: string): ReadonlyArray<string> =>
  definition.entities
    .filter((entity) => startsFrom(entity, relation))
    .flatMap((entity) => [entity.name, ...startingFrom(definition, entity.name)])

/** The entities that start from a relation, the first on each way that is loaded: what comes after it keeps no more. */
export const firstLoaded = (definition: Definition, relation: string): ReadonlyArray<string> =>
  definition.entities
    .filter((entity) => startsFrom(entity, relation))
    .flatMap((entity) =>
      loadedEntities(definition).has(entity.name) ? [entity.name] : firstLoaded(definition, entity.name)
    )

export const startsFrom = (entity: EntityDefinition, relation: string): boolean =>
  entity.from.relation === relation || entity.alsoFrom.includes(relation)
