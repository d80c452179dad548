import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, all, name as quoted, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import type { SourceError } from "../core/ports/source.ts"
import { countRows, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { type ExpectationFailed, transform } from "../transform/transform.ts"
import { findTurnedAway } from "./row-outcomes.ts"
import { type KeptRead, type ReadUnavailable, restoreRead } from "../extract/kept-reads.ts"
import { Away, matches, type QuarantineFilter, type QuarantineRow, toRecord } from "./quarantine.ts"
import { type RunClock } from "../core/run-clock.ts"
import { rowOutcomeTable } from "../state/row-outcome-table.ts"
import { prepareRowOutcomes } from "../state/row-outcome-table.ts"
import { candidateTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { awayThenTable, awayTodayTable } from "./tables.ts"
import { made } from "../core/table.ts"

/** A record whose place in the quarantine today's pipeline changes. */
export interface ReplayedRow extends Omit<QuarantineRow, "since"> {
  readonly how: "leaves" | "enters" | "other_reason"
  /**
   * The new outcome of a record that leaves quarantine; `gone` = the pipeline makes no such record any more. Null of one that
   * stays for another reason: then `rule` and `say` are the new ones.
   */
  readonly becomes: "wanted" | "unwanted" | "gone" | null
}

export interface Replay {
  /** Run whose rows were used. */
  readonly run: number
  /** Records that stay in quarantine for the reason they were there for. */
  readonly stays: number
  /** Those that leave, then those that enter, then those that stay for another reason. */
  readonly rows: ReadonlyArray<ReplayedRow>
}

const Moving = Schema.Struct({ how: Schema.Literal("leaves", "enters", "other_reason"), ...Away.fields })

/**
 * Carries out today's pipeline over the rows of an earlier run, and tells what leaves the quarantine of that run and
 * what enters it, dependents included. Nothing durable is touched and the target is not asked.
 */
export const replayQuarantine = Effect.fn("history.replay-quarantine")(function* ({
  definition,
  collections,
  kept,
  clock,
  filter
}: {
  readonly definition: Definition
  readonly collections: ReadonlyMap<string, CollectionContract>
  readonly kept: KeptRead
  readonly clock: RunClock
  readonly filter: QuarantineFilter
}): Doing<Replay, WarehouseError | SourceError | ExpectationFailed | ReadUnavailable, Warehouse> {
  const warehouse = yield* Warehouse
  const contracts = new Map([...collections, ...definition.used])
  yield* prepareRowOutcomes(definition.name)
  yield* restoreRead(definition, contracts, clock, kept)
  yield* transform(definition, contracts, clock)
  yield* findTurnedAway(definition, contracts)
  yield* warehouse.execute(sql`${about(`the quarantine of run ${kept.run}, and that of today's pipeline over the same rows`)}${made(awayThenTable)} SELECT * FROM ${quoted(rowOutcomeTable(definition.name))}
WHERE ${matches(filter)} AND valid_from <= ${kept.run} AND (valid_to IS NULL OR valid_to > ${kept.run});
${made(awayTodayTable)} SELECT * FROM row_outcome_now WHERE ${matches({ ...filter, rule: null })}`)
  const one = all(
    ["entity", "key", "source"].map(
      (column) => sql`away_then.${quoted(column)} IS NOT DISTINCT FROM away_today.${quoted(column)}`
    )
  )
  const rows = yield* warehouse.rows(
    sql`${about("whose place changes; grain: one row per record")}SELECT * FROM (
  SELECT 'leaves' AS how, entity, key, source, rule, say FROM away_then ANTI JOIN away_today ON ${one}
  UNION ALL
  SELECT 'enters', entity, key, source, rule, say FROM (SELECT * FROM away_today WHERE ${matches(filter)}) AS away_today
  ANTI JOIN ${quoted(rowOutcomeTable(definition.name))} AS away_then ON ${one} AND away_then.verdict = 'quarantine'
    AND away_then.valid_from <= ${kept.run} AND (away_then.valid_to IS NULL OR away_then.valid_to > ${kept.run})
  UNION ALL
  SELECT 'other_reason', away_today.entity, away_today.key, away_today.source, away_today.rule, away_today.say
  FROM away_then JOIN away_today ON ${one} WHERE away_then.rule <> away_today.rule
) ORDER BY CASE how WHEN 'leaves' THEN 1 WHEN 'enters' THEN 2 ELSE 3 END, rule LIKE 'depends-on:%', entity, rule, key, source`,
    Moving
  )
  const stays = yield* countRows(sql`FROM away_then JOIN away_today ON ${one} AND away_then.rule = away_today.rule`)
  const becoming = yield* becomingOf(
    definition,
    rows.flatMap((row) => (row.how === "leaves" ? [row.entity] : []))
  )
  return {
    run: kept.run,
    stays,
    rows: rows.map((row): ReplayedRow => ({
      ...toRecord(row),
      how: row.how,
      becomes: row.how === "leaves" ? (becoming.get(`${row.entity} ${row.key}`) ?? "gone") : null
    }))
  }
})

/** Whether records that leave are wanted now or passed over, as `entity key`. */
const becomingOf = Effect.fn("history.becoming")(function* (definition: Definition, entities: ReadonlyArray<string>) {
  const warehouse = yield* Warehouse
  const becoming = new Map<string, "wanted" | "unwanted">()
  for (const name of new Set(entities)) {
    if (!definition.entities.some((entity) => entity.name === name)) continue
    const rows = yield* warehouse.rows(
      sql`${about(`what becomes of ${name} that leave the quarantine`)}SELECT key, bool_or(_turned IS NULL) AS wanted FROM ${quoted(candidateTable(name))}
WHERE key IN (SELECT key FROM away_then WHERE entity = ${name}) GROUP BY key`,
      Schema.Struct({ key: TextOrNull, wanted: Schema.Boolean })
    )
    for (const row of rows) {
      becoming.set(`${name} ${row.key}`, row.wanted ? "wanted" : "unwanted")
    }
  }
  return becoming
})
