import * as Effect from "effect/Effect"
import { guardsThatWeigh } from "../guards/derived.ts"
import { changes, steps } from "../state/change-set.ts"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { about, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { Hold, PlanFile, QuarantineCount } from "../plan/plan.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { readSteps } from "../state/steps-file.ts"
import { readPlan } from "./apply.ts"
import { operationDigest } from "../guards/holds/approvals.ts"
import { referringIn } from "./night.ts"
import { holdAgain, recountHolds } from "../guards/holds/release.ts"
import { prepareRuns } from "../state/runs.ts"
import type { Doing } from "../core/doing.ts"
import { freedTable } from "./tables.ts"
import { made } from "../core/table.ts"

/** Holds by amounts, and what waits with them. What doubts the read, or is not known, has nothing to do with a kill. */
const byAmount = guardsThatWeigh("rows", "people", "chain")
const byRows = guardsThatWeigh("rows")

const OfEntity = Schema.Struct({ entity: Text, steps: Count })
const OfHold = Schema.Struct({ hold: Text })

/** Steps that go again, and the holds that still withhold some. */
export interface LetThroughAgain {
  readonly holds: ReadonlyArray<Hold>
  /** One per entity, with its steps. */
  readonly warnings: ReadonlyArray<QuarantineCount & { readonly say: string }>
}

/**
 * Lets go in the change set what the last plan of the pipeline had let through and did not come to, because its apply
 * was killed or the target stopped answering: the same steps, by content, made by the same definition. Guards that weigh
 * the rest of a night against what stands since its beginning would hold it for ever; so they weigh what is left alone.
 */
export const letThroughAgain = Effect.fn("run.let-through-again")(function* (
  definition: Definition,
  holds: ReadonlyArray<Hold>
): Doing<LetThroughAgain, WarehouseError, Warehouse> {
  const weighed = holds.filter((hold) => byAmount.has(hold.guard))
  const plan = weighed.length === 0 ? null : yield* unfinishedPlan(definition)
  if (plan === null) return { holds, warnings: [] }
  const warehouse = yield* Warehouse
  yield* readSteps(join(warehouse.folders.plans, plan.plan_id, plan.steps.file))
  yield* warehouse.execute(sql`${about(`held steps that ${plan.plan_id} had let through; grain: one row per step`)}${made(freedTable)}
SELECT t.entity, t.key, t.hold FROM ${changes.table} AS t JOIN ${steps.table} AS step ON step.entity = t.entity AND step.key = t.key
WHERE list_contains(${texts(weighed.map((hold) => hold.id))}, t.hold) AND step.hold IS NULL
  AND NOT EXISTS (SELECT 1 FROM approval WHERE 'approval-' || approval.approval = step.approval AND withdrawn_at IS NOT NULL)
  AND ${operationDigest("step")} = ${operationDigest("t")}`)
  const within = yield* withinLimits(weighed)
  yield* warehouse.execute(sql`${about("and those beside them that are no more than their guard allows")}INSERT INTO freed
SELECT entity, key, hold FROM ${changes.table} WHERE list_contains(${texts(within)}, hold)
  AND (entity, key) NOT IN (SELECT (entity, key) FROM freed);
${changes.set({ hold: sql`NULL`, approval: sql`'again'` }, sql`freed.entity = t.entity AND freed.key = t.key`, sql`freed`)}`)
  yield* holdAgain(referringIn(definition), changes)
  const rows = yield* warehouse.rows(
    sql`${about("steps that go again")}SELECT entity, count(*) AS steps FROM ${changes.table} WHERE approval = 'again' GROUP BY entity ORDER BY entity`,
    OfEntity
  )
  yield* warehouse.execute(changes.set({ approval: sql`NULL` }, sql`t.approval = 'again'`))
  const holdsOf = yield* warehouse.rows(sql`SELECT DISTINCT hold FROM freed`, OfHold)
  const touched = new Set(holdsOf.map((row) => row.hold))
  const said = holds.map((hold) =>
    touched.has(hold.id)
      ? { ...hold, say: `${hold.say}; what ${plan.plan_id} had let through before it was interrupted goes` }
      : hold
  )
  return {
    holds: yield* recountHolds(changes, said),
    warnings: rows.map((row) => ({
      entity: row.entity,
      rule: "let-through-before",
      rows: row.steps,
      say: `go as ${plan.plan_id} had let them through before it was interrupted`
    }))
  }
})

/** Holds that would not have been placed for the steps that are left of them: of their own entity, no more than the limit. */
const withinLimits = Effect.fn("run.within-limits")(function* (holds: ReadonlyArray<Hold>) {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("steps left of each hold that let some go; grain: one row per hold and entity")}SELECT hold, entity, count(*) FILTER ((entity, key) NOT IN (SELECT (entity, key) FROM freed)) AS steps FROM ${changes.table}
WHERE hold IN (SELECT hold FROM freed) GROUP BY hold, entity`,
    Schema.Struct({ ...OfHold.fields, ...OfEntity.fields })
  )
  return holds.flatMap((hold) => {
    const own = rows.find((row) => row.hold === hold.id && row.entity === hold.entity)
    return own !== undefined && byRows.has(hold.guard) && own.steps <= hold.limit ? [hold.id] : []
  })
})

/** The plan that the pipeline's last apply carried out, where that did not come to its end; null otherwise. */
const unfinishedPlan = Effect.fn("run.unfinished-plan")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const [last] = yield* warehouse.rows(
    sql`${about("the last plan that was applied, and whether an apply of it was cut short")}WITH applied AS (SELECT run, plan, outcome, CAST(report::JSON->>'notReached' AS BIGINT) AS missed FROM runs
  WHERE kind = 'apply' AND pipeline = ${definition.name})
SELECT plan FROM applied WHERE plan = (SELECT arg_max(plan, run) FROM applied)
GROUP BY plan HAVING bool_or(outcome = 'interrupted' OR coalesce(missed, 0) > 0)`,
    Schema.Struct({ plan: Text })
  )
  if (last === undefined) return null
  const read = yield* Effect.option(readPlan(warehouse.folders.plans, last.plan))
  const plan: PlanFile | null = read._tag === "Some" ? read.value.plan : null
  return plan?.definition_hash === definition.hash ? plan : null
})
