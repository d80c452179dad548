import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, all, name as quoted, type Sql, sql } from "../core/sql.ts"
import { Count, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareRuns } from "../state/runs.ts"
import { rowOutcomeTable } from "../state/row-outcome-table.ts"
import { prepareRowOutcomes } from "../state/row-outcome-table.ts"
import type { Doing } from "../core/doing.ts"

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

/** The records that one rule turned away, over time. */
export interface QuarantineRule {
  readonly entity: string
  /** `depends-on:` before the rule of the record on which these hang. */
  readonly rule: string
  /** Records that stand there now. */
  readonly now: number
  /** Run since which the oldest of them has stood there; null where none does. */
  readonly since: number | null
  /** Records after each of the last thirty plans, oldest first. */
  readonly counts: ReadonlyArray<{ readonly run: number; readonly rows: number }>
}

export interface QuarantineFilter {
  readonly entity: string | null
  /** A rule, and what depends on records that it turned away. */
  readonly rule: string | null
}

/** How many plans back the counts of a rule go. */
const plansBack = 30

/** A record that was turned away, as a table of row outcomes has it. */
export const Away = Schema.Struct({ entity: Text, key: TextOrNull, source: TextOrNull, rule: Text, say: Text })

export const toRecord = ({ entity, key, rule, say, source }: typeof Away.Type): Omit<QuarantineRow, "since"> => ({
  entity,
  key,
  source,
  rule,
  say
})

/** The records that the last run of a pipeline turned away. */
export const listQuarantine = Effect.fn("history.list-quarantine")(function* (
  pipeline: string,
  filter: QuarantineFilter
): Doing<ReadonlyArray<QuarantineRow>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareRowOutcomes(pipeline)
  const rows = yield* warehouse.rows(
    sql`SELECT entity, key, source, rule, say, valid_from AS since FROM ${quoted(rowOutcomeTable(pipeline))}
WHERE valid_to IS NULL AND ${matches(filter)} ORDER BY entity, rule, key, source`,
    Schema.Struct({ ...Away.fields, since: Count })
  )
  return rows.map(({ since, ...row }) => ({ ...toRecord(row), since }))
})

const AfterRun = Schema.Struct({
  entity: Text,
  rule: Text,
  now: Count,
  since: Schema.NullOr(Count),
  run: Count,
  rows: Count
})

/** The records that each rule turned away now and after each of the last plans that got so far, the largest first. */
export const quarantineOverTime = Effect.fn("history.quarantine-over-time")(function* (
  pipeline: string,
  filter: QuarantineFilter
): Doing<ReadonlyArray<QuarantineRule>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareRowOutcomes(pipeline)
  yield* prepareRuns
  const rows = yield* warehouse.rows(
    sql`${about("rows per rule after each of the last plans; a run that failed turned nothing away")}WITH nights AS (SELECT run FROM runs WHERE kind = 'plan' AND pipeline = ${pipeline} AND outcome IN ('done', 'held')
  ORDER BY run DESC LIMIT ${plansBack}),
away AS (SELECT entity, rule, valid_from, valid_to FROM ${quoted(rowOutcomeTable(pipeline))} WHERE ${matches(filter)}),
rules AS (SELECT entity, rule, count(*) FILTER (valid_to IS NULL) AS now, min(valid_from) FILTER (valid_to IS NULL) AS since
  FROM away GROUP BY ALL)
SELECT entity, rule, now, since, nights.run, (SELECT count(*) FROM away WHERE away.entity = rules.entity AND away.rule = rules.rule
  AND valid_from <= nights.run AND (valid_to IS NULL OR valid_to > nights.run)) AS rows
FROM rules CROSS JOIN nights ORDER BY now DESC, entity, rule, run`,
    AfterRun
  )
  const rules = new Map<string, QuarantineRule & { readonly counts: Array<{ run: number; rows: number }> }>()
  for (const { entity, now, rows: count, rule: id, run, since } of rows) {
    const name = `${entity} ${id}`
    const rule = rules.get(name) ?? { entity, rule: id, now, since, counts: [] }
    rules.set(name, rule)
    rule.counts.push({ run, rows: count })
  }
  // A rule whose last record ended longer ago than the runs looked at is nobody's concern any more.
  return [...rules.values()].filter((rule) => rule.counts.some((count) => count.rows > 0))
})

/** The rule that turned away the record on which, directly or not, another one hangs. */
export const causeOf = (rule: string): string => rule.replace(/^(depends-on:)+/, "")

/** Which rows of a table of row outcomes are in quarantine and belong to what was asked for. */
export const matches = ({ entity, rule }: QuarantineFilter): Sql =>
  all([
    sql`verdict = 'quarantine'`,
    ...(entity === null ? [] : [sql`entity = ${entity}`]),
    ...(rule === null ? [] : [sql`${rule} IN (rule, regexp_replace(rule, '^(depends-on:)+', ''))`])
  ])
