import * as Effect from "effect/Effect"
import { dayIn } from "../core/clock.ts"
import * as Schema from "effect/Schema"
import { joined, name as quoted, oneOf, type Sql, sql } from "../core/sql.ts"
import type { Definition, PipelineTest, SourceRange, TestRows } from "../pipeline/definition.ts"
import { dependenciesOf } from "../pipeline/references.ts"
import { type CollectionContract, type ColumnContract, columnType } from "../core/ports/contracts.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { transform } from "../transform/transform.ts"
import { datasetTable, entityView } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { datasetOf } from "../extract/tables.ts"
import { emptied } from "../core/table.ts"

/** How one test of a pipeline ended. */
export interface TestReport {
  readonly name: string
  readonly at: SourceRange
  readonly passed: boolean
  /** Differences, a line each; empty exactly when passed. */
  readonly differences: ReadonlyArray<string>
}

/**
 * Runs the `tests:` of a definition, each on its own rows: rows of datasets in, the real rules, rows of entities out.
 * Nothing is read from a source and nothing is compared with a ledger. `now` is the moment of the run, and its day where
 * a test sets none.
 */
export const runPipelineTests = Effect.fn("run.tests")(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  now: Date
): Doing<ReadonlyArray<TestReport>, WarehouseError, Warehouse> {
  const reports: Array<TestReport> = []
  const columns = new Map([...contracts, ...definition.used])
  for (const test of definition.tests) {
    const differences = yield* runTest(definition, columns, test, now)
    reports.push({ name: test.name, at: test.at, passed: differences.length === 0, differences })
  }
  return reports
})

const runTest = Effect.fn("run.test")(function* (
  pipeline: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  test: PipelineTest,
  now: Date
) {
  const definition = { ...pipeline, timezone: test.timezone ?? pipeline.timezone }
  const asOf = test.asOf ?? dayIn(now, definition.timezone)
  const misfits = yield* giveRows(definition, contracts, test)
  if (misfits.length > 0) return misfits
  const clock = { asOf, now: now.toISOString() }
  const stopped = yield* transform(neededFor(test, definition), contracts, clock).pipe(
    Effect.as(null),
    Effect.catchTag("ExpectationFailed", (failure) => Effect.succeed(failure.message))
  )
  if (stopped !== null) {
    return test.stops !== null && stopped.includes(test.stops) ? [] : [`the run stopped: ${stopped}`]
  }
  if (test.stops !== null) return [`the run did not stop with: ${test.stops}`]
  const differences: Array<string> = []
  for (const [entity, expected] of test.expect) {
    differences.push(...difference(entity, expected, yield* rowsOf(definition, entity), prefixesOf(definition, entity)))
  }
  for (const list of ["quarantine", "warnings"] as const) {
    const expected = test[list]
    if (expected !== null) differences.push(...(yield* turnedAway(list, expected)))
  }
  return differences
})

/** The definition with only those entities on which a test's outcome depends. */
const neededFor = (test: PipelineTest, definition: Definition): Definition => {
  if (test.quarantine !== null || test.warnings !== null) return definition
  const needed = new Set<string>()
  const need = (name: string): void => {
    const entity = definition.entities.find((one) => one.name === name)
    if (entity === undefined || needed.has(name)) return
    needed.add(name)
    for (const dependency of dependenciesOf(entity)) need(dependency)
  }
  for (const entity of definition.entities)
    if (entity.expect !== null || test.expect.has(entity.name)) need(entity.name)
  return { ...definition, entities: definition.entities.filter((entity) => needed.has(entity.name)) }
}

/** Makes the datasets of a test; gives back the rows whose values do not fit their columns. */
const giveRows = Effect.fn("run.give-rows")(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  test: PipelineTest
) {
  const warehouse = yield* Warehouse
  const misfits: Array<string> = []
  for (const dataset of definition.datasets) {
    const contract = contracts.get(dataset.endpoint)
    if (contract === undefined) continue
    yield* warehouse.execute(emptied(datasetOf(dataset.name, contract)))
    const given = test.given.get(dataset.name) ?? []
    if (given.length === 0) continue
    yield* warehouse.execute(insertStatement(dataset.name, contract, given)).pipe(
      Effect.catchIf(
        (error) => error.reason === "Conversion",
        () =>
          Effect.forEach(given, (row) =>
            Effect.catchAll(warehouse.execute(insertStatement(dataset.name, contract, [row])), (error) =>
              Effect.sync(() => misfits.push(`given ${dataset.name} ${shown(row)}: ${error.said ?? error.detail}`))
            )
          )
      )
    )
  }
  return misfits
})

const insertStatement = (dataset: string, contract: CollectionContract, rows: TestRows): Sql => {
  const columns = contract.columns.filter((column) => rows.some((row) => row[column.name] !== undefined))
  const tuples = rows.map(
    (row) =>
      sql`(${joined(
        columns.map((column) => sql`CAST(${wireLiteral(column, row[column.name] ?? null)} AS ${columnType(column)})`),
        ", "
      )})`
  )
  const names = columns.map((column) => quoted(column.name))
  return sql`INSERT INTO ${quoted(datasetTable(dataset))} (${joined(names, ", ")}) VALUES ${joined(tuples, ", ")}`
}

/** A value as YAML has it, a ref as an id or as an object that holds nothing else, as SQL. */
const wireLiteral = ({ kind, members = [] }: ColumnContract, value: unknown): Sql => {
  if (kind === "refs" || kind === "texts") {
    if (value === null) return sql`NULL`
    const elements = Array.isArray(value) ? value : [value]
    return sql`[${joined(
      elements.map((element) => sql`${text(element)}`),
      ", "
    )}]`
  }
  if (kind === "records") {
    if (value === null) return sql`NULL`
    const records = (Array.isArray(value) ? value : [value]) as ReadonlyArray<Readonly<Record<string, unknown>>>
    const fieldsIn = (record: (typeof records)[number]) =>
      joined(
        members.map((member) => sql`${member.name}: ${wireLiteral(member, record[member.name] ?? null)}`),
        ", "
      )
    return sql`[${joined(
      records.map((record) => sql`{${fieldsIn(record)}}`),
      ", "
    )}]`
  }
  return sql`${text(value)}`
}

/** A row as text, whatever it holds: what it is compared with is text of a file. */
const Cells = Schema.Record({
  key: Schema.String,
  value: Schema.Union(Schema.String, Schema.Number, Schema.Boolean, Schema.Null)
})
type Cells = typeof Cells.Type

const rowsOf = Effect.fn("run.rows-of")(function* (definition: Definition, entity: string) {
  const warehouse = yield* Warehouse
  const fields = definition.entities.find((one) => one.name === entity)?.fields ?? []
  const columns = ["key", "label", ...fields.map((field) => field.name)].map(
    (column) => sql`CAST(${quoted(column)} AS VARCHAR) AS ${quoted(column)}`
  )
  return yield* warehouse.rows(
    sql`SELECT ${joined(columns, ", ")} FROM ${quoted(entityView(entity))} ORDER BY key`,
    Cells
  )
})

/** The prefixes that stand before the key in a ref's value, per ref field. */
const prefixesOf = (definition: Definition, entity: string): ReadonlyMap<string, ReadonlyArray<string>> =>
  new Map(
    (definition.entities.find((one) => one.name === entity)?.fields ?? []).flatMap((field) =>
      field.kind === "ref" ? [[field.name, field.entities.map((target) => `${target}:`)] as const] : []
    )
  )

const turnedAway = Effect.fn("run.turned-away")(function* (list: "quarantine" | "warnings", expected: TestRows) {
  const warehouse = yield* Warehouse
  const entities = [...new Set(expected.map(({ entity }) => (typeof entity === "string" ? entity : "undefined")))]
  const rows = yield* warehouse.rows(
    sql`SELECT * FROM ${list === "warnings" ? sql`warning` : sql`quarantine`} WHERE ${
      entities.length === 0 ? sql`true` : sql`entity IN (${oneOf(entities)})`
    } ORDER BY ALL`,
    Cells
  )
  return difference(list, expected, rows, new Map())
})

/** Compares without regard to order, on the columns each expected row names. */
const difference = (
  name: string,
  expected: TestRows,
  actual: ReadonlyArray<Cells>,
  prefixes: ReadonlyMap<string, ReadonlyArray<string>>
): ReadonlyArray<string> => {
  const bare = (column: string, value: string | null): string | null => {
    const prefix = prefixes.get(column)?.find((one) => value?.startsWith(one) === true)
    return prefix === undefined || value === null ? value : value.slice(prefix.length)
  }
  const isSame = (column: string, wanted: unknown, row: Cells): boolean => {
    const found = text(row[column])
    const asked = text(wanted)
    if (found === asked || bare(column, found) === asked) return true
    // The engine writes a whole number of a column with decimals as 20.0; YAML knows it as 20.
    return typeof wanted === "number" && found?.replace(/\.0$/, "") === asked
  }
  const left = [...actual]
  const missing: Array<TestRows[number]> = []
  // Those that name more columns choose first, so that a loose one does not take their row.
  for (const row of [...expected].sort((a, b) => Object.keys(b).length - Object.keys(a).length)) {
    const at = left.findIndex((one) => Object.entries(row).every(([column, value]) => isSame(column, value, one)))
    if (at < 0) missing.push(row)
    else left.splice(at, 1)
  }
  const columns = [...new Set(expected.flatMap((row) => Object.keys(row)))]
  const lines: Array<string> = []
  for (const row of missing) {
    const score = (one: Cells): number =>
      Object.entries(row).filter(([column, value]) => isSame(column, value, one)).length
    const nearest = left.reduce<Cells | null>(
      (best, one) => (score(one) > (best === null ? 0 : score(best)) ? one : best),
      null
    )
    if (nearest === null) {
      lines.push(`${name}: expected ${shown(row)}, and found no such row`)
      continue
    }
    left.splice(left.indexOf(nearest), 1)
    const found = Object.fromEntries(Object.keys(row).map((column) => [column, nearest[column]]))
    lines.push(`${name}: expected ${shown(row)}, found ${shown(found)}`)
  }
  for (const row of left) {
    const named = columns.length === 0 ? ["key"] : columns
    lines.push(`${name}: not expected ${shown(Object.fromEntries(named.map((column) => [column, row[column]])))}`)
  }
  return lines
}

/** A value as the engine prints it; a list as `[a, b]`. */
const text = (value: unknown): string | null => {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`
  if (typeof value === "object") {
    const [id, ...others] = Object.values(value)
    return others.length === 0 ? text(id) : null
  }
  return typeof value === "string" ? value : JSON.stringify(value)
}

const shown = (row: Readonly<Record<string, unknown>>): string =>
  `{ ${Object.entries(row)
    .map(([column, value]) => `${column}: ${text(value) ?? "null"}`)
    .join(", ")} }`
