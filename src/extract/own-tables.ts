import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { textOf, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { openSessions } from "./academic-sessions.ts"
import { partTableName, showKnownParts } from "./read-parts.ts"
import { standing } from "../state/migrations.ts"
import { choiceTable } from "./tables.ts"
import { datasetTable } from "../pipeline/relations.ts"
import { instantNow } from "../core/clock.ts"

/** What somebody said of an item: `send` it where that is asked for, `keep` it back. */
export type Choice = "send" | "keep"

/** The durable table of choices; grain: one row per pipeline and key. */
const prepareChoices: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(standing(choiceTable))
)

/**
 * Makes readable as datasets what is not read: files as they were when the definition was loaded, choices, and what is
 * known of parts as the last run left it, which reading them makes anew.
 */
export const openTables: (definition: Definition) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "run.open-tables"
)(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  for (const { mode, name } of definition.datasets) {
    const table = datasetTable(name)
    if (mode.kind === "file") {
      yield* warehouse.execute(`-- ${name}: the rows of ${mode.file}; grain: one row per line
CREATE OR REPLACE TEMP TABLE ${identifier(`lines_${name}`)} (${mode.columns.map((column) => `${identifier(column)} VARCHAR`).join(", ")});
CREATE OR REPLACE TEMP VIEW ${identifier(table)} AS SELECT *, NULL::STRUCT(rule VARCHAR, say VARCHAR) AS _fault FROM ${identifier(`lines_${name}`)}`)
      yield* warehouse.append(`lines_${name}`, mode.rows)
    }
    if (mode.kind === "choices") {
      yield* prepareChoices
      yield* warehouse.execute(`-- ${name}: what people said of items; grain: one row per item
CREATE OR REPLACE TEMP VIEW ${identifier(table)} AS
SELECT key, choice, NULL::STRUCT(rule VARCHAR, say VARCHAR) AS _fault FROM item_choice WHERE pipeline = ${literal(definition.name)}`)
    }
    if (mode.kind === "sessions") yield* openSessions(name, mode.pipelines)
    if (mode.kind === "parts") {
      yield* warehouse.execute(
        `CREATE OR REPLACE TEMP TABLE ${identifier(table)} (id VARCHAR, is_current BOOLEAN, _fault STRUCT(rule VARCHAR, say VARCHAR))`
      )
      const dataset = definition.datasets.find((one) => one.name === mode.dataset)
      const [wasRead] = yield* warehouse.rows(
        `SELECT 1 AS one FROM duckdb_tables() WHERE NOT internal AND table_name = ${literal(partTableName(definition.name, mode.dataset))}`
      )
      if (dataset === undefined || wasRead === undefined) continue
      yield* showKnownParts(definition, dataset, "true")
    }
  }
})

/** Keeps what somebody said of an item, in place of what was said before. */
export const choose: (
  definition: Definition,
  key: string,
  choice: Choice,
  saidBy: string | null
) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn("run.choose")(function* (
  definition: Definition,
  key: string,
  choice: Choice,
  saidBy: string | null
) {
  const warehouse = yield* Warehouse
  yield* prepareChoices
  const pipeline = literal(definition.name)
  yield* warehouse.transaction([
    `DELETE FROM item_choice WHERE pipeline = ${pipeline} AND key = ${literal(key)}`,
    `INSERT INTO item_choice VALUES (${pipeline}, ${literal(key)}, ${literal(choice)}, ${literal(saidBy)}, ${literal(yield* instantNow)})`
  ])
})

/** What was said of an item last. */
export interface Said {
  readonly choice: Choice
  readonly saidBy: string | null
  /** ISO instant, UTC. */
  readonly saidAt: string
}

/** Everything that was said of items, by key. */
export const choicesOf: (
  definition: Definition
) => Effect.Effect<ReadonlyMap<string, Said>, WarehouseError, Warehouse> = Effect.fn("run.choices")(function* (
  definition: Definition
) {
  const warehouse = yield* Warehouse
  yield* prepareChoices
  const rows = yield* warehouse.rows(
    `SELECT key, choice, said_by, said_at FROM item_choice WHERE pipeline = ${literal(definition.name)}`
  )
  return new Map(
    rows.map((row) => [
      String(row["key"]),
      {
        choice: row["choice"] === "keep" ? ("keep" as const) : ("send" as const),
        saidBy: textOf(row["said_by"]),
        saidAt: String(row["said_at"])
      }
    ])
  )
})
