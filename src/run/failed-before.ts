import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import type { QuarantineCount } from "../plan/plan.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/**
 * Counts the steps of the table `change` whose record was sent before, failed, and was not sent well since: a failure is
 * shown in every plan until it is done. Grain: one count per entity, reason and the run that failed last.
 */
export const findFailedBefore: (
  pipeline: string
) => Effect.Effect<ReadonlyArray<QuarantineCount & { readonly say: string }>, WarehouseError, Warehouse> = Effect.fn(
  "run.failed-before"
)(function* (pipeline: string) {
  const warehouse = yield* Warehouse
  yield* prepareOutcomes
  const rows =
    yield* warehouse.rows(`-- steps that failed before and are not done; grain: one row per entity, reason and run
SELECT entity, reason, run, count(*) AS steps FROM (
  SELECT one.entity, one.key, max(one.run) AS run, arg_max(one.outcome, one.run) AS last, arg_max(one.reason, one.run) AS reason
  FROM outcome AS one
  WHERE run IN (SELECT run FROM runs WHERE pipeline = ${literal(pipeline)})
    AND (one.entity, one.key) IN (SELECT entity, key FROM change)
    AND (one.entity, one.key) IN (SELECT entity, key FROM outcome WHERE outcome = 'failed')
  GROUP BY one.entity, one.key
) WHERE last = 'failed' GROUP BY ALL ORDER BY ALL`)
  return rows.map((row) => ({
    entity: String(row["entity"]),
    rule: "failed-before",
    rows: Number(row["steps"]),
    say: `failed in run ${Number(row["run"])} (${String(row["reason"])}); in this plan again`
  }))
})
