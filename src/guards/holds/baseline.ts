import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../../state/change-set.ts"
import { about, sql } from "../../core/sql.ts"
import type { Amounts, EntityBaseline } from "../guard.ts"
import { Count, Json, Text, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { isAddition, isRemoval } from "../../state/actions.ts"
import { prepareRuns } from "../../state/runs.ts"
import type { Doing } from "../../core/doing.ts"

/** Removals and additions of an entity that one run let through, in rows; held ones are not among them. */
const LetThrough = Schema.Struct({ gone: Schema.Number, added: Schema.Number })
export type LetThrough = typeof LetThrough.Type

/** Numbers of the last runs that planned from a proven read, newest first, and what each let through, by entity. */
export interface Baseline {
  readonly runs: ReadonlyArray<number>
  readonly letThrough: ReadonlyArray<Readonly<Record<string, LetThrough>>>
}

const GoodRun = Schema.Struct({
  run: Count,
  let_through: Json(Schema.Record({ key: Schema.String, value: LetThrough }))
})
const Sums = Schema.Struct({ entity: Text, gone: Count, added: Count })

/** Looked back at no further, whatever a guard asks for. */
const furthest = 100

/** The good runs of a pipeline before this one. Runs of a part of a plan are no baseline, and are left out. */
export const readBaseline = Effect.fn("holds.baseline")(function* (
  pipeline: string
): Doing<Baseline, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const rows = yield* warehouse.rows(
    sql`${about(`good runs of ${pipeline}`)}SELECT run, report->>'let_through' AS let_through FROM (SELECT run, report::JSON AS report FROM runs
  WHERE kind = 'plan' AND pipeline = ${pipeline} AND outcome IN ('done', 'held'))
WHERE (report->>'let_through') IS NOT NULL ORDER BY run DESC LIMIT ${furthest}`,
    GoodRun
  )
  return {
    runs: rows.map((row) => row.run),
    letThrough: rows.map((row) => row.let_through)
  }
})

/** The most that the last good runs let through of an entity. The first night, which adds everything, is no baseline. */
export const baselineOf = (baseline: Baseline, entity: string, runs: number): EntityBaseline => {
  const known = baseline.letThrough.slice(0, runs).flatMap((run) => run[entity] ?? [])
  return {
    runs: known.length,
    gone: Math.max(0, ...known.map((one) => one.gone)),
    added: Math.max(0, ...known.map((one) => one.added))
  }
}

/**
 * Counts what this run lets through of each entity, for the runs after it; an entity of which nothing stood before is
 * left out.
 */
export const letThrough = Effect.fn("holds.let-through")(function* (
  counts: ReadonlyArray<Pick<Amounts, "present"> & { readonly entity: string }>
): Doing<Readonly<Record<string, LetThrough>>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("steps that no guard stopped; what somebody had to approve is no baseline")}SELECT entity, count(*) FILTER (${isRemoval}) AS gone, count(*) FILTER (${isAddition}) AS added
FROM ${changes.table} WHERE hold IS NULL AND approval IS NULL GROUP BY entity`,
    Sums
  )
  return Object.fromEntries(
    counts.flatMap(({ entity, present }) => {
      if (present === 0) return []
      const row = rows.find((one) => one.entity === entity)
      return [[entity, { gone: row?.gone ?? 0, added: row?.added ?? 0 }]]
    })
  )
})
