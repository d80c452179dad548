import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, sql } from "../core/sql.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import type { QuarantineCount } from "../plan/plan.ts"
import { Count, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { Doing } from "../core/doing.ts"
import { outcomesOf } from "../state/outcomes.ts"

const Failed = Schema.Struct({ entity: Text, reason: TextOrNull, run: Count, steps: Count })

/**
 * Counts the steps of the change set whose record was sent before, failed, and was not sent well since: a failure is
 * shown in every plan until it is done. Grain: one count per entity, reason and the run that failed last.
 */
export const findFailedBefore = Effect.fn("history.failed-before")(function* (
  pipeline: string
): Doing<ReadonlyArray<QuarantineCount & { readonly say: string }>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareOutcomes
  const rows = yield* warehouse.rows(
    sql`${about("steps that failed before and are not done; grain: one row per entity, reason and run")}SELECT entity, reason, run, count(*) AS steps FROM (
  SELECT one.entity, one.key, max(one.run) AS run, arg_max(one.outcome, one.run) AS last, arg_max(one.reason, one.run) AS reason
  FROM ${outcomesOf(pipeline)} AS one
  WHERE (one.entity, one.key) IN (SELECT entity, key FROM ${changes.table})
    AND (one.entity, one.key) IN (SELECT entity, key FROM outcome WHERE outcome = 'failed')
  GROUP BY one.entity, one.key
) WHERE last = 'failed' GROUP BY ALL ORDER BY ALL`,
    Failed
  )
  return rows.map((row) => ({
    entity: row.entity,
    rule: "failed-before",
    rows: row.steps,
    say: `failed in run ${row.run} (${row.reason}); in this plan again`
  }))
})
