import * as Effect from "effect/Effect"
import { list, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { ApprovalUse, Hold, PlanFile } from "../plan/plan.ts"
import { fieldsOf, type FieldValues, type Row, Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isRemoval } from "../snapshot/actions.ts"
import { loadedEntitiesOf } from "../state/tables.ts"
import { isReferredByHeldRemoval } from "./withhold.ts"
import { operationDigest, prepareApprovals } from "./approvals.ts"

/** What was released, and what is held still, once approvals have had their say. */
export interface Released {
  /** Holds that withhold something yet. */
  readonly holds: ReadonlyArray<Hold>
  readonly approvals: ReadonlyArray<ApprovalUse>
}

/** Guards that doubt the read itself; they are approved with open eyes or not at all. */
export const isUnproven = (hold: Hold): boolean => hold.guard === "incomplete" || hold.guard === "incomplete_change"

/**
 * Releases in the table `change` or `step` the held operations that were approved: the same record, action, before and
 * after, in an approval that is not expired, not withdrawn and not used up. A record that was written since was used up.
 * What is unknown is never released, what a doubtful read holds only by an approval given for that, and nothing goes
 * before what it hangs on. Steps released carry the approval's id.
 */
export const releaseApproved: (
  definition: Definition,
  table: "change" | "step",
  holds: ReadonlyArray<Hold>,
  now: string
) => Effect.Effect<Released, WarehouseError, Warehouse> = Effect.fn("run.release")(function* (
  definition: Definition,
  table: "change" | "step",
  holds: ReadonlyArray<Hold>,
  now: string
) {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  const [open] = yield* warehouse.rows(
    `SELECT 1 FROM approval WHERE pipeline = ${literal(definition.name)} AND expires_at > ${literal(now)} AND withdrawn_at IS NULL LIMIT 1`
  )
  if (open === undefined || holds.length === 0) return { holds, approvals: [] }
  const idsOf = (wanted: ReadonlyArray<Hold>): string => `${list(wanted.map((hold) => hold.id))}::VARCHAR[]`
  const isDoubtful = `list_contains(${idsOf(holds.filter(isUnproven))}, t.hold)`
  const isUnknown = `(t.action = 'unknown' OR list_contains(${idsOf(holds.filter((hold) => hold.guard === "unknown"))}, t.hold))`
  yield* warehouse.execute(`-- approved operations that are not used up; grain: one row per approval and operation
CREATE OR REPLACE TEMP TABLE pending AS
SELECT approved.*, approval.even_unproven FROM approved JOIN approval USING (approval)
WHERE approval.pipeline = ${literal(definition.name)} AND expires_at > ${literal(now)} AND withdrawn_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM outcome JOIN runs ON runs.run = outcome.run WHERE runs.pipeline = approval.pipeline
    AND outcome.run > approval.after_run AND outcome.outcome = 'done' AND outcome.entity = approved.entity AND outcome.key = approved.key)`)
  yield* warehouse.execute(`-- held steps about records that an approval names; the newest approval of the same operation, else the newest of all
CREATE OR REPLACE TEMP TABLE freed AS
SELECT t.entity, t.key, t.hold, t.action, t.before, t.after, p.approval, p.action AS approved_action, p.before AS approved_before,
  p.after AS approved_after, p.digest = ${operationDigest("t")} AS same, ${isDoubtful} AND NOT p.even_unproven AS doubtful, ${isUnknown} AS unknown
FROM ${table} AS t JOIN pending AS p ON p.entity = t.entity AND p.key = t.key
WHERE t.hold IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY t.entity, t.key ORDER BY same AND NOT doubtful DESC, same DESC, p.approval DESC) = 1;
UPDATE ${table} AS t SET hold = NULL, approval = 'approval-' || freed.approval FROM freed
WHERE freed.entity = t.entity AND freed.key = t.key AND freed.same AND NOT freed.doubtful AND NOT freed.unknown`)
  yield* holdAgain(definition, table)
  return { holds: yield* recountHolds(table, holds), approvals: yield* usesIn(table) }
})

/** Releases in the table `step` what the interrupted apply of a plan had released, by approvals that may be over by now. */
export const releaseAsBefore: (plan: PlanFile) => Effect.Effect<Released, WarehouseError, Warehouse> = Effect.fn(
  "run.release-as-before"
)(function* (plan: PlanFile) {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  yield* warehouse.execute(`-- steps that the interrupted apply had released
UPDATE step SET hold = NULL, approval = 'approval-' || released.approval FROM released
WHERE released.plan = ${literal(plan.plan_id)} AND released.seq = step.seq`)
  return { holds: yield* recountHolds("step", plan.holds), approvals: [] }
})

/** ISO instant until which a plan is good: no longer than the approvals on which its steps rest. */
export const expiryOf = (definition: Definition, now: string, approvals: ReadonlyArray<ApprovalUse>): string =>
  [
    new Date(Date.parse(now) + definition.load.planExpiresAfterHours * 3_600_000).toISOString(),
    ...approvals.filter((approval) => approval.steps > 0).map((approval) => approval.expires_at)
  ].reduce((earliest, one) => (one < earliest ? one : earliest))

/** Puts released steps of the table `freed` back: nothing goes before what it hangs on: a removal waits for those of records that refer to it, all else for what it refers to. */
export const holdAgain = Effect.fn("run.hold-again")(function* (definition: Definition, table: "change" | "step") {
  const warehouse = yield* Warehouse
  const entities = loadedEntitiesOf(definition)
  const back = (condition: string): string =>
    `UPDATE ${table} AS t SET hold = freed.hold, approval = NULL FROM freed
WHERE freed.entity = t.entity AND freed.key = t.key AND t.approval IS NOT NULL AND (${condition})`
  const released = Effect.map(warehouse.rows(`SELECT count(approval) AS steps FROM ${table}`), ([row]) =>
    Number(row?.["steps"])
  )
  for (let before = -1, now = yield* released; before !== now && now > 0; before = now, now = yield* released) {
    for (const entity of [...entities].reverse()) {
      const name = entity.load.entity
      const isReferred = isReferredByHeldRemoval(table, name, "t.key", entities)
      if (isReferred === null) continue
      yield* warehouse.execute(`-- released removals of ${name} to which held ones refer
${back(`t.entity = ${literal(name)} AND t.${isRemoval} AND ${isReferred}`)}`)
    }
    for (const entity of entities) {
      for (const field of entity.definition.fields) {
        if (field.kind !== "ref") continue
        yield* warehouse.execute(`-- released ${entity.load.entity} whose ${field.name} is held
${back(`t.entity = ${literal(entity.load.entity)} AND (t.after->>${literal(field.name)}) IN (
  SELECT entity || ':' || key FROM ${table} WHERE hold IS NOT NULL AND action IN ('unknown', 'create', 'adopt', 'restore', 'rekey'))`)}`)
      }
    }
    yield* warehouse.execute(`-- released removals that follow from held ones
${back(`t.implied_by IN (SELECT entity || ':' || key FROM ${table} WHERE hold IS NOT NULL)`)}`)
  }
})

/** Holds with the steps that each has in a table; those that have none are gone. */
export const recountHolds = Effect.fn("run.recount-holds")(function* (
  table: "change" | "step",
  holds: ReadonlyArray<Hold>
) {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    `SELECT hold, count(*) AS steps FROM ${table} WHERE hold IS NOT NULL GROUP BY hold`
  )
  const steps = new Map(rows.map((row) => [String(row["hold"]), Number(row["steps"])]))
  return holds.flatMap((hold): ReadonlyArray<Hold> => {
    const left = steps.get(hold.id) ?? 0
    return left === 0 ? [] : [{ ...hold, steps: left }]
  })
})

const usesIn = Effect.fn("run.approval-uses")(function* (table: "change" | "step") {
  const warehouse = yield* Warehouse
  const approvals = yield* warehouse.rows(`-- what each approval did; grain: one row per approval
SELECT approval.*, count(t.approval) AS released, count(*) FILTER (t.approval IS NULL) AS again
FROM freed JOIN approval USING (approval) JOIN ${table} AS t ON t.entity = freed.entity AND t.key = freed.key
GROUP BY ALL ORDER BY approval.approval`)
  const uses: Array<ApprovalUse> = []
  for (const row of approvals) {
    const again = yield* warehouse.rows(`-- steps held again, though an approval names their record
SELECT freed.* FROM freed JOIN ${table} AS t ON t.entity = freed.entity AND t.key = freed.key
WHERE freed.approval = ${Number(row["approval"])} AND t.approval IS NULL ORDER BY freed.entity, freed.key LIMIT 10`)
    uses.push({
      id: `approval-${row["approval"]}`,
      approved_by: String(row["approved_by"]),
      why: String(row["why"]),
      approved_at: String(row["approved_at"]),
      expires_at: String(row["expires_at"]),
      steps: Number(row["released"]),
      held_again: Number(row["again"]),
      because: again.map((one) => `${String(one["entity"])} ${String(one["key"])}: ${reasonHeldAgain(one)}`)
    })
  }
  return uses
})

/** Names of fields, never what is in them: a plan's header is read by people who need not know anybody's name. */
const reasonHeldAgain = (row: Row): string => {
  if (row["unknown"] === true) return "it is not known what the step would do"
  if (row["same"] === true) {
    return row["doubtful"] === true
      ? "it was approved, but the source was not proven complete this time"
      : "it was approved, and waits for what it hangs on, which is held"
  }
  const approved = operationIn(row, "approved_action", "approved_before", "approved_after")
  const now = operationIn(row, "action", "before", "after")
  if (approved.say !== now.say) return `approved was ${approved.say}, now ${now.say}`
  const fields = [...new Set([...differing(approved.before, now.before), ...differing(approved.after, now.after)])]
  if (fields.length === 0) return `approved was ${approved.say}, now the same of a record that was edited at the target`
  return `approved was ${approved.say}, now the same with other values of ${fields.join(", ")}`
}

const operationIn = (row: Row, action: string, before: string, after: string) => {
  const operation = { before: fieldsOf(row[before]), after: fieldsOf(row[after]) }
  const touched =
    operation.before === null || operation.after === null ? [] : differing(operation.before, operation.after)
  return { ...operation, say: `${String(row[action])}${touched.length === 0 ? "" : ` of ${touched.join(", ")}`}` }
}

const differing = (a: FieldValues | null, b: FieldValues | null): ReadonlyArray<string> =>
  [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].filter(
    (name) => (a?.[name] ?? null) !== (b?.[name] ?? null)
  )
