import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { Count, countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { steps } from "../state/change-set.ts"
import { outcomeTable, runsTable } from "../state/durable.ts"
import { outcomesOf } from "../state/outcomes.ts"
import type { Doing } from "../core/doing.ts"
import { carriedOutTable, inverseTable } from "./tables.ts"

/**
 * Puts those steps into `inverse`, as not to be taken back, whose outcome is kept no longer: history had its end, and a later
 * sending of the record took their place. The runs of the plan say how many steps they carried out, by which it is known that
 * some are missing; steps that were held are none of them.
 */
export const leaveWhatIsForgotten = Effect.fn("load.inverse-forgotten")(function* (
  pipeline: string,
  plan: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const [counted] = yield* warehouse.rows(
    sql`${about("steps that the runs of the plan carried out")}SELECT coalesce(max(coalesce(CAST(report->>'done' AS BIGINT), 0) + coalesce(CAST(report->>'followed' AS BIGINT), 0)), 0) AS done, coalesce(max(run), 0) AS run
FROM (SELECT run, report::JSON AS report FROM ${named(runsTable)} WHERE kind = 'apply' AND plan = ${plan})`,
    Schema.Struct({ done: Count, run: Count })
  )
  const known = yield* countRows(sql`FROM ${named(carriedOutTable)}`)
  if (counted === undefined || counted.done <= known) return
  yield* warehouse.execute(sql`${about("steps of which it is not known any more how they ended; grain: one row per step")}INSERT INTO ${named(inverseTable)} BY NAME
SELECT step.entity, step.key, step.action AS done, 'how it ended is kept no longer, and a later run was at the record: see to it by hand' AS unable
FROM ${steps.table} AS step WHERE step.hold IS NULL AND step.seq NOT IN (SELECT seq FROM ${named(outcomeTable)} WHERE plan = ${plan})
  AND (step.entity, step.key) IN (SELECT (entity, key) FROM ${outcomesOf(pipeline)} WHERE run > ${counted.run})`)
})
