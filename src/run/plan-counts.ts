import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Count, Text, Warehouse } from "../core/ports/warehouse.ts"
import { about, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { type EntityPlanCounts, planActions } from "../plan/plan.ts"
import type { ChangeCounts } from "../snapshot/change.ts"
import { changes } from "../state/change-set.ts"

/** Steps per entity and action in the table `change`, beside what stands. */
export const planCounts = Effect.fn("run.plan-counts")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>
) {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("steps per entity and action")}SELECT entity, action, count(*) AS steps, count(*) FILTER (hold IS NOT NULL) AS held, count(*) FILTER (implied_by IS NOT NULL) AS implied
FROM ${changes.table} GROUP BY ALL`,
    StepsOfAction
  )
  const takenOver = yield* warehouse.rows(
    sql`${about("records that seemed gone and went over to another key")}SELECT split_part(previous, ':', 1) AS entity, count(*) AS records FROM taken_over WHERE kept GROUP BY ALL`,
    TakenOver
  )
  return definition.load.entities.map((load): EntityPlanCounts => {
    const mine = rows.filter((row) => row.entity === load.entity)
    const count = counts.find((one) => one.entity === load.entity)
    const sum = (column: "held" | "implied"): number => mine.reduce((total, row) => total + row[column], 0)
    return {
      entity: load.entity,
      resource: load.resource,
      // In one order: the same plan is the same bytes.
      actions: Object.fromEntries(
        planActions.flatMap((action) => mine.filter((row) => row.action === action).map(({ steps }) => [action, steps]))
      ),
      held: sum("held"),
      implied: sum("implied"),
      desired: count?.desired ?? 0,
      present: count?.present ?? 0,
      unchanged: count?.unchanged ?? 0,
      covered: count?.covered ?? 0,
      keptThoughGone: (count?.keptThoughGone ?? 0) - (takenOver.find((row) => row.entity === load.entity)?.records ?? 0)
    }
  })
})

const StepsOfAction = Schema.Struct({
  entity: Text,
  action: Schema.Literal(...planActions),
  steps: Count,
  held: Count,
  implied: Count
})
const TakenOver = Schema.Struct({ entity: Text, records: Count })
