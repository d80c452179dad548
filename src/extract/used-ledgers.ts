import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, joined, name as quoted, sql } from "../core/sql.ts"
import type { DatasetDefinition, Definition } from "../pipeline/definition.ts"
import { SourceError } from "../core/ports/source.ts"
import { Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { datasetTable, ledgerTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"

/**
 * Makes what other pipelines have at their targets readable as datasets: what stands there now, by the ledger. A pipeline
 * that looks at itself sees also what it has switched off, since that keeps its code and its name. Fails where another
 * pipeline has never got so far, or not since it gained a field.
 */
export const openUsedLedgers = Effect.fn("extract.used-ledgers")(function* (
  definition: Definition
): Doing<void, SourceError | WarehouseError, Warehouse> {
  for (const dataset of definition.datasets) yield* openLedger(definition, dataset)
})

const openLedger = Effect.fn("extract.used-ledger")(function* (definition: Definition, dataset: DatasetDefinition) {
  const { mode, name } = dataset
  const contract = definition.used.get(name)
  if (mode.kind !== "ledger" || contract === undefined) return
  const warehouse = yield* Warehouse
  const ledger = ledgerTable(mode.pipeline, mode.entity)
  const standing = yield* warehouse.rows(
    sql`${about(`columns of ${ledger}`)}SELECT column_name AS name FROM duckdb_columns() WHERE NOT internal AND table_name = ${ledger}`,
    Schema.Struct({ name: Text })
  )
  const known = new Set(standing.map((row) => row.name))
  const columns = contract.columns.map((column) => ({ name: column.name, stored: storedAs(column.name) }))
  const missing = columns.filter(({ stored }) => !known.has(stored)).map((column) => column.name)
  // A pipeline may look at itself, and finds nothing on its first run.
  if (missing.length > 0 && mode.pipeline !== definition.name) {
    return yield* notYet(dataset, mode.pipeline, known.size === 0 ? "nothing" : `no ${missing.join(", ")}`)
  }
  yield* warehouse.execute(sql`${about(`${name}: what stands at the target of ${mode.pipeline}; grain: one row per key`)}CREATE OR REPLACE TEMP VIEW ${quoted(datasetTable(name))} AS
SELECT ${joined(
    columns.map(
      ({ name: column, stored }) => sql`${known.has(stored) ? quoted(stored) : sql`NULL::VARCHAR`} AS ${quoted(column)}`
    ),
    ", "
  )},
  NULL::STRUCT(rule VARCHAR, say VARCHAR) AS _fault
${known.size === 0 ? sql`WHERE false` : sql`FROM ${quoted(ledger)} WHERE ${seesSwitchedOff(definition, mode) ? sql`true` : sql`presence <> 'gone'`}`}`)
})

const seesSwitchedOff = (definition: Definition, { entity, pipeline }: { entity: string; pipeline: string }): boolean =>
  pipeline === definition.name &&
  definition.load.entities.some((load) => load.entity === entity && load.onGone === "deactivate")

const storedAs = (column: string): string => (column === "school" || column === "section" ? `_${column}` : column)

const notYet = ({ name }: DatasetDefinition, pipeline: string, what: string): SourceError =>
  new SourceError({
    reason: "Incomplete",
    connection: "state",
    request: name,
    detail: `${what} of it is known yet`,
    hint: `Run \`rollbook run ${pipeline}\` first. Nothing was planned or written`
  })
