import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Completeness } from "../extract/completeness.ts"
import type { QuarantineCount } from "../plan/plan.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/** A record turned away, and why. `entity` is a dataset where the record contract turned it away. */
export interface QuarantineRow {
  readonly entity: string
  readonly key: string | null
  /** Key of the source record from which it would have come. */
  readonly source: string | null
  readonly rule: string
  readonly say: string
  /** Run since which it has been turned away for this reason. */
  readonly since: number
}

const table = (pipeline: string): string => identifier(`quarantine_${pipeline}`)

/**
 * Keeps what this run turned away, in place of what the last one did; a record that was there before for the same
 * reason keeps its first run. Gives the counts per entity and rule, the largest first.
 */
export const keepQuarantine: (
  pipeline: string,
  run: number,
  read: ReadonlyArray<Completeness>
) => Effect.Effect<ReadonlyArray<QuarantineCount>, WarehouseError, Warehouse> = Effect.fn("run.quarantine")(function* (
  pipeline: string,
  run: number,
  read: ReadonlyArray<Completeness>
) {
  const warehouse = yield* Warehouse
  const faults = read.map(
    (one) =>
      `SELECT ${literal(one.proof.dataset)} AS entity, key, key AS source, rule, say FROM ${identifier(`faults_${one.proof.dataset}`)}`
  )
  yield* warehouse.execute(
    `CREATE TABLE IF NOT EXISTS ${table(pipeline)} (entity VARCHAR, key VARCHAR, source VARCHAR, rule VARCHAR, say VARCHAR, since INTEGER)`
  )
  yield* warehouse.execute(`-- what this run turned away; grain: one row per entity, key, source and rule
CREATE OR REPLACE TEMP TABLE turned_away AS
SELECT DISTINCT now.entity, now.key, now.source, now.rule, now.say, coalesce(old.since, ${run}) AS since
FROM (SELECT * FROM quarantine${faults.map((fault) => ` UNION ALL ${fault}`).join("")}) AS now
LEFT JOIN ${table(pipeline)} AS old ON old.entity = now.entity AND old.key IS NOT DISTINCT FROM now.key
  AND old.source IS NOT DISTINCT FROM now.source AND old.rule = now.rule`)
  yield* warehouse.transaction([
    `DELETE FROM ${table(pipeline)}`,
    `INSERT INTO ${table(pipeline)} SELECT * FROM turned_away`
  ])
  const rows = yield* warehouse.rows(
    "SELECT entity, rule, count(*) AS rows FROM turned_away GROUP BY ALL ORDER BY rows DESC, entity, rule"
  )
  return rows.map((row) => ({ entity: String(row["entity"]), rule: String(row["rule"]), rows: Number(row["rows"]) }))
})

/** What the last run of a pipeline turned away. */
export const listQuarantine: (
  pipeline: string,
  filter: { readonly entity: string | null; readonly rule: string | null }
) => Effect.Effect<ReadonlyArray<QuarantineRow>, WarehouseError, Warehouse> = Effect.fn("run.list-quarantine")(
  function* (pipeline: string, filter: { readonly entity: string | null; readonly rule: string | null }) {
    const warehouse = yield* Warehouse
    yield* warehouse.execute(
      `CREATE TABLE IF NOT EXISTS ${table(pipeline)} (entity VARCHAR, key VARCHAR, source VARCHAR, rule VARCHAR, say VARCHAR, since INTEGER)`
    )
    const rows = yield* warehouse.rows(
      `SELECT * FROM ${table(pipeline)} WHERE true${filter.entity === null ? "" : ` AND entity = ${literal(filter.entity)}`}${
        filter.rule === null ? "" : ` AND rule = ${literal(filter.rule)}`
      } ORDER BY entity, rule, key, source`
    )
    return rows.map((row) => ({
      entity: String(row["entity"]),
      key: row["key"] === null ? null : String(row["key"]),
      source: row["source"] === null ? null : String(row["source"]),
      rule: String(row["rule"]),
      say: String(row["say"]),
      since: Number(row["since"])
    }))
  }
)
