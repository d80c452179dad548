import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { about, type Sql, sql } from "../core/sql.ts"
import type { DifferenceCount, DifferingStep, PlanDifference, StepDifference } from "../plan/diff.ts"
import { type PlanAction, planActions, type PlanFile } from "../plan/plan.ts"
import { makeOwnFolder, onDisk, type StoreError } from "../core/ports/disk.ts"
import {
  Count,
  countRows,
  FieldsOrNull,
  type FieldValues,
  Text,
  TextOrNull,
  Warehouse,
  type WarehouseError
} from "../core/ports/warehouse.ts"
import { steps } from "../state/change-set.ts"
import { readSteps } from "../state/steps-file.ts"
import type { Doing } from "../core/doing.ts"
import { differenceTable, stepsOf } from "./tables.ts"
import { made } from "../core/table.ts"

/** A plan that was opened, and the folder in which it lies. */
interface OpenedPlan {
  readonly plan: PlanFile
  readonly folder: string
}

/** Which differences are wanted; null filters nothing. */
export interface DifferenceChoice {
  readonly entity: string | null
  /** At most so many steps are given; all are counted. */
  readonly limit: number
}

/**
 * Compares two plans record by record, in an engine that needs no state of a workspace. What the target holds is no
 * part of the comparison: a step that the first plan has and somebody carried out since is `gone` in the second.
 */
export const diffPlans = Effect.fn("history.diff-plans")(function* (
  first: OpenedPlan,
  second: OpenedPlan,
  choice: DifferenceChoice
): Doing<PlanDifference, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* readPlan("first", first)
  yield* readPlan("second", second)
  const wanted = choice.entity === null ? sql`` : sql`WHERE entity = ${choice.entity}`
  const content = (side: Sql): Sql => sql`(${side}.action, ${side}.before, ${side}.after, ${side}.hold IS NULL)`
  yield* warehouse.execute(sql`${about("records whose step is not the same in both plans; grain: one row per record")}${made(differenceTable)}
SELECT coalesce(one.entity, two.entity) AS entity, coalesce(one.key, two.key) AS key,
  CASE WHEN one.key IS NULL THEN 'added' WHEN two.key IS NULL THEN 'gone' ELSE 'changed' END AS how,
  one.action AS first_action, one.reason AS first_reason, one.hold AS first_hold, one.before AS first_before, one.after AS first_after,
  two.action AS second_action, two.reason AS second_reason, two.hold AS second_hold, two.before AS second_before, two.after AS second_after
FROM (SELECT * FROM first_step ${wanted}) AS one FULL JOIN (SELECT * FROM second_step ${wanted}) AS two
  ON one.entity = two.entity AND one.key = two.key
WHERE one.key IS NULL OR two.key IS NULL OR ${content(sql`one`)} IS DISTINCT FROM ${content(sql`two`)}`)
  const counts = yield* warehouse.rows(
    sql`${about("steps per entity and action in both plans, where they differ")}SELECT entity, action, sum(first) AS first, sum(second) AS second, sum(added) AS added, sum(gone) AS gone, sum(changed) AS changed
FROM (
  SELECT entity, action, 1 AS first, 0 AS second, 0 AS added, 0 AS gone, 0 AS changed FROM first_step ${wanted}
  UNION ALL SELECT entity, action, 0, 1, 0, 0, 0 FROM second_step ${wanted}
  UNION ALL SELECT entity, coalesce(second_action, first_action), 0, 0, (how = 'added')::INT, (how = 'gone')::INT, (how = 'changed')::INT FROM difference
) GROUP BY ALL HAVING sum(added) + sum(gone) + sum(changed) > 0 OR sum(first) <> sum(second) ORDER BY entity, action`,
    Counts
  )
  const differing = yield* countRows(sql`FROM difference`)
  const differences = yield* warehouse.rows(
    sql`${about("some of them, what is gone first")}SELECT * FROM difference ORDER BY CASE how WHEN 'gone' THEN 1 WHEN 'added' THEN 2 ELSE 3 END, entity, key${
      Number.isFinite(choice.limit) ? sql` LIMIT ${Math.trunc(choice.limit)}` : sql``
    }`,
    Difference
  )
  return {
    first: first.plan,
    second: second.plan,
    counts: counts.map(toCount),
    quarantine: quarantineDifference(first.plan, second.plan, choice.entity),
    differing,
    steps: differences.map(toDifference)
  }
})

/** The engine reads plans out of its own folder alone: the steps are linked there, or copied from another disk. */
const readPlan = Effect.fn("history.read-plan-steps")(function* (
  side: "first" | "second",
  { folder, plan }: OpenedPlan
) {
  const warehouse = yield* Warehouse
  const here = join(warehouse.folders.plans, side, "steps.ndjson")
  const there = join(folder, plan.steps.file)
  yield* onDisk("read the steps of a plan", there, (disk) =>
    Effect.zipRight(
      makeOwnFolder(disk, join(warehouse.folders.plans, side)),
      Effect.orElse(disk.link(there, here), () => disk.copyFile(there, here))
    )
  )
  yield* readSteps(here)
  yield* warehouse.execute(sql`${made(stepsOf(side))} SELECT * FROM ${steps.table}`)
})

const Action = Schema.Literal(...planActions)

const Counts = Schema.Struct({
  entity: Text,
  action: Action,
  first: Count,
  second: Count,
  added: Count,
  gone: Count,
  changed: Count
})

const toCount = ({ action, added, changed, entity, first, gone, second }: typeof Counts.Type): DifferenceCount => ({
  entity,
  action,
  first,
  second,
  added,
  gone,
  changed
})

const Difference = Schema.Struct({
  entity: Text,
  key: Text,
  how: Schema.Literal("added", "gone", "changed"),
  first_action: Schema.NullOr(Action),
  first_reason: TextOrNull,
  first_hold: TextOrNull,
  first_before: FieldsOrNull,
  first_after: FieldsOrNull,
  second_action: Schema.NullOr(Action),
  second_reason: TextOrNull,
  second_hold: TextOrNull,
  second_before: FieldsOrNull,
  second_after: FieldsOrNull
})

const toDifference = (row: typeof Difference.Type): StepDifference => {
  const first = stepOf(row.first_action, row.first_reason, row.first_hold, [row.first_before, row.first_after])
  const second = stepOf(row.second_action, row.second_reason, row.second_hold, [row.second_before, row.second_after])
  return {
    entity: row.entity,
    key: row.key,
    how: row.how,
    first,
    second,
    fields:
      first === null || second === null
        ? []
        : [...new Set([...Object.keys(first.after ?? {}), ...Object.keys(second.after ?? {})])].filter(
            (field) => (first.after?.[field] ?? null) !== (second.after?.[field] ?? null)
          )
  }
}

/** The step of one side; null where that plan has none of the record. */
const stepOf = (
  action: PlanAction | null,
  reason: string | null,
  hold: string | null,
  [before, after]: readonly [FieldValues | null, FieldValues | null]
): DifferingStep | null => (action === null ? null : { action, reason: reason ?? "", hold, before, after })

const quarantineDifference = (
  first: PlanFile,
  second: PlanFile,
  entity: string | null
): PlanDifference["quarantine"] => {
  const rows = (plan: PlanFile, entity: string, rule: string): number =>
    plan.quarantine.find((one) => one.entity === entity && one.rule === rule)?.rows ?? 0
  const known = new Map(
    [...first.quarantine, ...second.quarantine].map((one) => [`${one.entity} ${one.rule}`, one] as const)
  )
  return [...known.values()]
    .map((one) => ({
      entity: one.entity,
      rule: one.rule,
      first: rows(first, one.entity, one.rule),
      second: rows(second, one.entity, one.rule)
    }))
    .filter((one) => one.first !== one.second && (entity === null || one.entity === entity))
}
