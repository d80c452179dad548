import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { countRows, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { openSessions } from "./academic-sessions.ts"
import { showKnownParts } from "./read-parts.ts"
import { stand } from "../state/migrations.ts"
import { choiceTable, knownPartsOf, linesOf, partTableName } from "./tables.ts"
import { datasetTable } from "../pipeline/relations.ts"
import { instantNow } from "../core/clock.ts"
import type { Doing } from "../core/doing.ts"
import { emptied } from "../core/table.ts"

/** Somebody's choice for an item: `send` it where that is asked for, `keep` it back. */
export type Choice = "send" | "keep"

/** The durable table of choices; grain: one row per pipeline and key. */
const prepareChoices: Effect.Effect<void, WarehouseError, Warehouse> = stand(choiceTable)

/**
 * Makes readable as datasets what is not read: files as they were when the definition was loaded, choices, and what is
 * known of parts as the last run left it, which reading them makes anew.
 */
export const openTables = Effect.fn("extract.open-tables")(function* (
  definition: Definition
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  for (const { mode, name } of definition.datasets) {
    const table = datasetTable(name)
    if (mode.kind === "file") {
      yield* warehouse.execute(sql`${about(`${name}: the rows of ${mode.file}; grain: one row per line`)}${emptied(linesOf(name, mode.columns))};
CREATE OR REPLACE TEMP VIEW ${quoted(table)} AS SELECT *, NULL::STRUCT(rule VARCHAR, say VARCHAR) AS _fault FROM ${quoted(`lines_${name}`)}`)
      yield* warehouse.append(`lines_${name}`, mode.rows)
    }
    if (mode.kind === "choices") {
      yield* prepareChoices
      yield* warehouse.execute(sql`${about(`${name}: what people said of items; grain: one row per item`)}CREATE OR REPLACE TEMP VIEW ${quoted(table)} AS
SELECT key, choice, NULL::STRUCT(rule VARCHAR, say VARCHAR) AS _fault FROM item_choice WHERE pipeline = ${definition.name}`)
    }
    if (mode.kind === "sessions") yield* openSessions(name, mode.pipelines)
    if (mode.kind === "parts") {
      yield* warehouse.execute(emptied(knownPartsOf(name)))
      const dataset = definition.datasets.find((one) => one.name === mode.dataset)
      const wasRead = yield* countRows(
        sql`FROM duckdb_tables() WHERE NOT internal AND table_name = ${partTableName(definition.name, mode.dataset)}`
      )
      if (dataset === undefined || wasRead === 0) continue
      yield* showKnownParts(definition, dataset, sql`true`)
    }
  }
})

/** Keeps what somebody said of an item, in place of what was said before. */
export const choose = Effect.fn("extract.choose")(function* (
  definition: Definition,
  key: string,
  choice: Choice,
  saidBy: string | null
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareChoices
  const { name: pipeline } = definition
  yield* warehouse.transaction([
    sql`DELETE FROM item_choice WHERE pipeline = ${pipeline} AND key = ${key}`,
    sql`INSERT INTO item_choice VALUES (${pipeline}, ${key}, ${choice}, ${saidBy}, ${yield* instantNow})`
  ])
})

/** The last choice for an item, and whose it was. */
export interface Said {
  readonly choice: Choice
  readonly saidBy: string | null
  /** ISO instant, UTC. */
  readonly saidAt: string
}

const SaidRow = Schema.Struct({ key: Text, choice: Text, said_by: TextOrNull, said_at: Text })

/** Everything that was said of items, by key. */
export const choicesOf = Effect.fn("extract.choices")(function* (
  definition: Definition
): Doing<ReadonlyMap<string, Said>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareChoices
  const rows = yield* warehouse.rows(
    sql`SELECT key, choice, said_by, said_at FROM item_choice WHERE pipeline = ${definition.name}`,
    SaidRow
  )
  return new Map(
    rows.map((row): readonly [string, Said] => [
      row.key,
      { choice: row.choice === "keep" ? "keep" : "send", saidBy: row.said_by, saidAt: row.said_at }
    ])
  )
})
