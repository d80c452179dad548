import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { steps, type Steps } from "../../state/change-set.ts"
import { about, type Sql, sql, texts } from "../../core/sql.ts"
import { closure, waits } from "../closure.ts"
import { guardsThatWeigh } from "../derived.ts"
import type { Referring } from "../guard.ts"
import {
  Count,
  countRows,
  FieldsOrNull,
  type FieldValues,
  Text,
  Warehouse,
  type WarehouseError
} from "../../core/ports/warehouse.ts"
import { operationDigest, prepareApprovals } from "./approvals.ts"
import type { ApprovalUse, Hold } from "./hold.ts"
import type { Doing } from "../../core/doing.ts"
import { freedTable, pendingTable } from "./tables.ts"
import { withdrawnTable } from "../../state/temporary.ts"
import { made } from "../../core/table.ts"
import { outcomesOf } from "../../state/outcomes.ts"

/** A pipeline whose steps may be released: by its name, and with what waits for what in it. */
export interface ReleasedPipeline {
  readonly name: string
  /** Entities, each after those to which it refers. */
  readonly entities: ReadonlyArray<Referring>
}

/** The part of a plan that is looked at: its name, the run that made it, and its holds. */
interface HeldPlan {
  readonly plan_id: string
  readonly run: number
  readonly holds: ReadonlyArray<Hold>
}

/** The holds of a plan that still withhold something, and the approvals that released the rest. */
export interface Released {
  /** Holds that withhold something yet. */
  readonly holds: ReadonlyArray<Hold>
  readonly approvals: ReadonlyArray<ApprovalUse>
}

const unproven = guardsThatWeigh("read")

/** Guards that doubt the read itself; they are approved with open eyes or not at all. */
export const isUnproven = (hold: Pick<Hold, "guard">): boolean => unproven.has(hold.guard)

/**
 * Releases of a change set, or of the steps of a plan, the held operations that were approved: the same record, action,
 * before and after, in an approval that is not expired, not withdrawn and not used up. A record that was written since was
 * used up. What is unknown is never released, what a doubtful read holds only by an approval given for that, and nothing
 * goes before what it hangs on. Steps released carry the approval's id.
 */
export const releaseApproved = Effect.fn("holds.release")(function* (
  pipeline: ReleasedPipeline,
  set: Steps,
  holds: ReadonlyArray<Hold>,
  now: string
): Doing<Released, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  const isOpen = sql`approval.pipeline = ${pipeline.name} AND expires_at > ${now} AND withdrawn_at IS NULL`
  if (holds.length === 0 || (yield* countRows(sql`FROM approval WHERE ${isOpen}`)) === 0) {
    return { holds, approvals: [] }
  }
  const isUnder = (wanted: ReadonlyArray<Hold>): Sql =>
    sql`list_contains(${texts(wanted.map((hold) => hold.id))}, t.hold)`
  const isDoubtful = isUnder(holds.filter(isUnproven))
  const isUnknown = sql`(t.action = 'unknown' OR ${isUnder(holds.filter((hold) => hold.guard === "unknown"))})`
  yield* warehouse.execute(sql`${about("approved operations that are not used up; grain: one row per approval and operation")}${made(pendingTable)}
SELECT approved.*, approval.even_unproven FROM approved JOIN approval USING (approval)
WHERE ${isOpen}
  AND NOT EXISTS (SELECT 1 FROM ${outcomesOf(pipeline.name)} AS outcome WHERE outcome.run > approval.after_run AND outcome.outcome = 'done' AND outcome.entity = approved.entity AND outcome.key = approved.key)`)
  yield* warehouse.execute(sql`${about("held steps about records that an approval names; the newest approval of the same operation, else the newest of all")}${made(freedTable)}
SELECT t.entity, t.key, t.hold, t.action, t.before, t.after, p.approval, p.action AS approved_action, p.before AS approved_before,
  p.after AS approved_after, p.digest = ${operationDigest("t")} AS same, ${isDoubtful} AND NOT p.even_unproven AS doubtful, ${isUnknown} AS unknown
FROM ${set.table} AS t JOIN pending AS p ON p.entity = t.entity AND p.key = t.key
WHERE t.hold IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY t.entity, t.key ORDER BY same AND NOT doubtful DESC, same DESC, p.approval DESC) = 1;
${set.set(
  { hold: sql`NULL`, approval: sql`'approval-' || freed.approval` },
  sql`freed.entity = t.entity AND freed.key = t.key AND freed.same AND NOT freed.doubtful AND NOT freed.unknown`,
  sql`freed`
)}`)
  yield* holdAgain(pipeline.entities, set)
  return { holds: yield* recountHolds(set, holds), approvals: yield* usesIn(set) }
})

/**
 * Releases of the steps of a plan what was approved since it was made. What had been approved by then had its say when the
 * plan was made, and is not asked again: where nothing came since, the steps stand as the plan has them.
 */
export const releaseApprovedSince = Effect.fn("holds.release-since")(function* (
  pipeline: ReleasedPipeline,
  plan: HeldPlan,
  now: string
): Doing<Released, WarehouseError, Warehouse> {
  yield* prepareApprovals
  const since = yield* countRows(
    sql`FROM approval WHERE pipeline = ${pipeline.name} AND (after_run >= ${plan.run} OR plan = ${plan.plan_id})`
  )
  return since === 0 ? { holds: plan.holds, approvals: [] } : yield* releaseApproved(pipeline, steps, plan.holds, now)
})

/**
 * Releases of the steps of a plan what its interrupted apply had released, by approvals that may be over by now. Those that were
 * taken back meanwhile are in the table `withdrawn`: by them nothing more is sent.
 */
export const releaseAsBefore = Effect.fn("holds.release-as-before")(function* (
  plan: HeldPlan
): Doing<Released, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  yield* warehouse.execute(
    sql`${about("steps that the interrupted apply had released")}${steps.set(
      { hold: sql`NULL`, approval: sql`'approval-' || released.approval` },
      sql`released.plan = ${plan.plan_id} AND released.seq = t.seq`,
      sql`released`
    )};
${made(withdrawnTable)} SELECT 'approval-' || approval AS approval FROM approval WHERE withdrawn_at IS NOT NULL`
  )
  return { holds: yield* recountHolds(steps, plan.holds), approvals: [] }
})

/**
 * Puts released steps of the table `freed` (entity, key, hold) back where what they wait for is held still: nothing goes
 * before what it hangs on.
 */
export const holdAgain = Effect.fn("holds.hold-again")(function* (
  entities: ReadonlyArray<Referring>,
  set: Steps
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const released = set.count(sql`t.approval IS NOT NULL`)
  for (let before = -1, now = yield* released; before !== now && now > 0; before = now, now = yield* released) {
    for (const wait of closure(set, entities)) {
      yield* warehouse.execute(
        sql`${about(`${wait.say}: released before, and held again`)}${set.set(
          { hold: sql`freed.hold`, approval: sql`NULL` },
          sql`freed.entity = t.entity AND freed.key = t.key AND t.approval IS NOT NULL AND ${waits(wait)}`,
          sql`freed`
        )}`
      )
    }
  }
})

const OfHold = Schema.Struct({ hold: Text, steps: Count })

/** Holds with the steps that each has; those that have none are gone. */
export const recountHolds = Effect.fn("holds.recount")(function* (
  set: Steps,
  holds: ReadonlyArray<Hold>
): Doing<ReadonlyArray<Hold>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`SELECT hold, count(*) AS steps FROM ${set.table} WHERE hold IS NOT NULL GROUP BY hold`,
    OfHold
  )
  const counts = new Map(rows.map((row) => [row.hold, row.steps]))
  return holds.flatMap((hold): ReadonlyArray<Hold> => {
    const left = counts.get(hold.id) ?? 0
    return left === 0 ? [] : [{ ...hold, steps: left }]
  })
})

const Use = Schema.Struct({
  approval: Count,
  approved_by: Text,
  why: Text,
  approved_at: Text,
  expires_at: Text,
  released: Count,
  again: Count
})

const HeldAgain = Schema.Struct({
  entity: Text,
  key: Text,
  action: Text,
  before: FieldsOrNull,
  after: FieldsOrNull,
  approved_action: Text,
  approved_before: FieldsOrNull,
  approved_after: FieldsOrNull,
  same: Schema.NullOr(Schema.Boolean),
  doubtful: Schema.NullOr(Schema.Boolean),
  unknown: Schema.NullOr(Schema.Boolean)
})

const usesIn = Effect.fn("holds.approval-uses")(function* (set: Steps) {
  const warehouse = yield* Warehouse
  const approvals = yield* warehouse.rows(
    sql`${about("what each approval did; grain: one row per approval")}SELECT approval.*, count(t.approval) AS released, count(*) FILTER (t.approval IS NULL) AS again
FROM freed JOIN approval USING (approval) JOIN ${set.table} AS t ON t.entity = freed.entity AND t.key = freed.key
GROUP BY ALL ORDER BY approval.approval`,
    Use
  )
  const uses: Array<ApprovalUse> = []
  for (const { again: heldAgain, approval, released, ...given } of approvals) {
    const again = yield* warehouse.rows(
      sql`${about("steps held again, though an approval names their record")}SELECT freed.* FROM freed JOIN ${set.table} AS t ON t.entity = freed.entity AND t.key = freed.key
WHERE freed.approval = ${approval} AND t.approval IS NULL ORDER BY freed.entity, freed.key LIMIT 10`,
      HeldAgain
    )
    uses.push({
      id: `approval-${approval}`,
      ...given,
      steps: released,
      held_again: heldAgain,
      because: again.map((one) => `${one.entity} ${one.key}: ${reasonHeldAgain(one)}`)
    })
  }
  return uses
})

/** Names of fields, never what is in them: a plan's header is read by people who need not know anybody's name. */
const reasonHeldAgain = (row: typeof HeldAgain.Type): string => {
  if (row.unknown === true) return "it is not known what the step would do"
  if (row.same === true) {
    return row.doubtful === true
      ? "it was approved, but the source was not proven complete this time"
      : "it was approved, and waits for what it hangs on, which is held"
  }
  const approved = operation(row.approved_action, row.approved_before, row.approved_after)
  const now = operation(row.action, row.before, row.after)
  if (approved.say !== now.say) return `approved was ${approved.say}, now ${now.say}`
  const fields = [...new Set([...differing(approved.before, now.before), ...differing(approved.after, now.after)])]
  if (fields.length === 0) return `approved was ${approved.say}, now the same of a record that was edited at the target`
  return `approved was ${approved.say}, now the same with other values of ${fields.join(", ")}`
}

const operation = (action: string, before: FieldValues | null, after: FieldValues | null) => {
  const touched = before === null || after === null ? [] : differing(before, after)
  return { before, after, say: `${action}${touched.length === 0 ? "" : ` of ${touched.join(", ")}`}` }
}

const differing = (a: FieldValues | null, b: FieldValues | null): ReadonlyArray<string> =>
  [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].filter(
    (name) => (a?.[name] ?? null) !== (b?.[name] ?? null)
  )
