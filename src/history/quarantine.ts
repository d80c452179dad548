import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import { type Row, textOf, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareRuns } from "../state/runs.ts"
import { fateTable } from "../state/fate-table.ts"
import { prepareFate } from "../state/fate-table.ts"

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

/** What one rule turned away, over time. */
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

/** What the last run of a pipeline turned away. */
export const listQuarantine: (
  pipeline: string,
  filter: QuarantineFilter
) => Effect.Effect<ReadonlyArray<QuarantineRow>, WarehouseError, Warehouse> = Effect.fn("run.list-quarantine")(
  function* (pipeline: string, filter: QuarantineFilter) {
    const warehouse = yield* Warehouse
    yield* prepareFate(pipeline)
    const rows = yield* warehouse.rows(
      `SELECT entity, key, source, rule, say, valid_from AS since FROM ${identifier(fateTable(pipeline))}
WHERE valid_to IS NULL AND ${matches(filter)} ORDER BY entity, rule, key, source`
    )
    return rows.map((row) => ({ ...toRecord(row), since: Number(row["since"]) }))
  }
)

/** What each rule turned away now and after each of the last plans that got so far, the largest first. */
export const quarantineOverTime: (
  pipeline: string,
  filter: QuarantineFilter
) => Effect.Effect<ReadonlyArray<QuarantineRule>, WarehouseError, Warehouse> = Effect.fn("run.quarantine-over-time")(
  function* (pipeline: string, filter: QuarantineFilter) {
    const warehouse = yield* Warehouse
    yield* prepareFate(pipeline)
    yield* prepareRuns
    const rows =
      yield* warehouse.rows(`-- rows per rule after each of the last plans; a run that failed turned nothing away
WITH nights AS (SELECT run FROM runs WHERE kind = 'plan' AND pipeline = ${literal(pipeline)} AND outcome IN ('done', 'held')
  ORDER BY run DESC LIMIT ${plansBack}),
away AS (SELECT entity, rule, valid_from, valid_to FROM ${identifier(fateTable(pipeline))} WHERE ${matches(filter)}),
rules AS (SELECT entity, rule, count(*) FILTER (valid_to IS NULL) AS now, min(valid_from) FILTER (valid_to IS NULL) AS since
  FROM away GROUP BY ALL)
SELECT entity, rule, now, since, nights.run, (SELECT count(*) FROM away WHERE away.entity = rules.entity AND away.rule = rules.rule
  AND valid_from <= nights.run AND (valid_to IS NULL OR valid_to > nights.run)) AS rows
FROM rules CROSS JOIN nights ORDER BY now DESC, entity, rule, run`)
    const rules = new Map<string, QuarantineRule & { readonly counts: Array<{ run: number; rows: number }> }>()
    for (const row of rows) {
      const name = `${String(row["entity"])} ${String(row["rule"])}`
      const rule = rules.get(name) ?? {
        entity: String(row["entity"]),
        rule: String(row["rule"]),
        now: Number(row["now"]),
        since: row["since"] === null ? null : Number(row["since"]),
        counts: []
      }
      rules.set(name, rule)
      rule.counts.push({ run: Number(row["run"]), rows: Number(row["rows"]) })
    }
    // What ended longer ago than the runs looked at is nobody's concern any more.
    return [...rules.values()].filter((rule) => rule.counts.some((count) => count.rows > 0))
  }
)

/** The rule that turned away the record on which, directly or not, another one hangs. */
export const causeOf = (rule: string): string => rule.replace(/^(depends-on:)+/, "")

export const toRecord = (row: Row): Omit<QuarantineRow, "since"> => ({
  entity: String(row["entity"]),
  key: textOf(row["key"]),
  source: textOf(row["source"]),
  rule: String(row["rule"]),
  say: String(row["say"])
})

/** Which rows of a fate table are in quarantine and belong to what was asked for. */
export const matches = ({ entity, rule }: QuarantineFilter): string =>
  [
    "verdict = 'quarantine'",
    ...(entity === null ? [] : [`entity = ${literal(entity)}`]),
    ...(rule === null ? [] : [`${literal(rule)} IN (rule, regexp_replace(rule, '^(depends-on:)+', ''))`])
  ].join(" AND ")
