import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { steps } from "../../state/change-set.ts"
import { about, name, type Sql, sql } from "../../core/sql.ts"
import { prepareOutcomes } from "../../state/ledger.ts"
import { Count, Json, Text, TextOrNull, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { stand } from "../../state/migrations.ts"
import { prepareRuns } from "../../state/runs.ts"
import { approvalTable, approvedTable, releasedTable } from "../../state/durable.ts"
import type { Doing } from "../../core/doing.ts"

/** Someone's yes to a set of operations; what the set holds is in the table `approved`. */
export interface Approval {
  readonly id: string
  readonly pipeline: string
  /** The plan by whose holds the operations were named. */
  readonly plan: string
  readonly holds: ReadonlyArray<string>
  readonly approvedBy: string
  readonly why: string
  /** ISO instants, UTC. */
  readonly approvedAt: string
  readonly expiresAt: string
  /** Whether it holds for steps that wait because the source was not proven complete. */
  readonly evenUnproven: boolean
  readonly withdrawnAt: string | null
  /** Operations in the set, and the hash over their hashes. */
  readonly steps: number
  readonly setHash: string
  /** Operations that were carried out, and the runs that did. */
  readonly carriedOut: number
  readonly runs: ReadonlyArray<number>
}

/** The durable tables of approvals, and those of runs and outcomes beside which they are read. */
export const prepareApprovals: Effect.Effect<void, WarehouseError, Warehouse> = Effect.gen(function* () {
  yield* prepareRuns
  yield* prepareOutcomes
  yield* stand(approvalTable, approvedTable, releasedTable)
})

/** The hash of an operation by its content: which record, what is done, from what to what, over what. */
export const operationDigest = (alias: string): Sql => {
  const t = name(alias)
  return sql`sha256(to_json([${t}.entity, ${t}.key, ${t}.action, ${t}.remote_id, json(${t}.before)::VARCHAR, json(${t}.after)::VARCHAR, json(${t}.edited)::VARCHAR])::VARCHAR)`
}

/** Notes durably, before anything is sent, which steps of the plan go because of an approval. */
export const noteReleased = Effect.fn("holds.note-released")(function* (
  plan: string,
  run: number
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  yield* warehouse.transaction([
    sql`DELETE FROM released WHERE plan = ${plan}`,
    sql`INSERT INTO released SELECT CAST(substr(approval, 10) AS INTEGER), ${plan}, ${run}, seq FROM ${steps.table} WHERE approval IS NOT NULL`
  ])
})

const ApprovalRow = Schema.Struct({
  approval: Count,
  pipeline: Text,
  plan: Text,
  holds: Json(Schema.Array(Schema.String)),
  approved_by: Text,
  why: Text,
  approved_at: Text,
  expires_at: Text,
  even_unproven: Schema.NullOr(Schema.Boolean),
  withdrawn_at: TextOrNull,
  steps: Count,
  set_hash: Text,
  carried_out: Schema.NullOr(Count),
  runs: Schema.NullOr(Json(Schema.Array(Schema.Number)))
})

/**
 * Approved operations that were carried out, and the run that did (approval, entity, key, run); grain: one row per operation. Where
 * several approvals are of the same one, it is that of each of them, whichever released it.
 */
const carriedOut: Sql = sql`(
  SELECT mine.approval, mine.entity, mine.key, max(outcome.run) AS run
  FROM released JOIN outcome ON outcome.plan = released.plan AND outcome.seq = released.seq AND outcome.outcome = 'done'
  JOIN approved AS theirs ON theirs.approval = released.approval AND theirs.entity = outcome.entity AND theirs.key = outcome.key
  JOIN approved AS mine ON mine.entity = theirs.entity AND mine.key = theirs.key AND mine.digest = theirs.digest
  JOIN approval AS own ON own.approval = mine.approval JOIN approval AS other ON other.approval = theirs.approval
  WHERE own.pipeline = other.pipeline AND outcome.run >= own.after_run
  GROUP BY ALL)`

/** So many steps of a plan are approved until an instant. */
export interface ApprovedSteps {
  /** ISO instant; of what was carried out already, the end of time. */
  readonly until: string
  readonly steps: number
}

/** The steps of a plan that were approved, each once, however often it was, by how long that is good. */
export const approvedSteps = Effect.fn("holds.approved-steps")(function* (
  plan: string
): Doing<ReadonlyArray<ApprovedSteps>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  return yield* warehouse.rows(
    sql`${about("approved steps of a plan; grain: one row per end of their approval")}SELECT until, count(*) AS steps FROM (
  SELECT max(CASE WHEN done.run IS NOT NULL THEN '9999-12-31' ELSE expires_at END) AS until
  FROM approved JOIN approval USING (approval) LEFT JOIN ${carriedOut} AS done USING (approval, entity, key)
  WHERE approval.plan = ${plan} AND (withdrawn_at IS NULL OR done.run IS NOT NULL)
  GROUP BY entity, key, action
) GROUP BY until`,
    Schema.Struct({ until: Text, steps: Count })
  )
})

type GivenApproval = Pick<
  Approval,
  "pipeline" | "plan" | "holds" | "approvedBy" | "why" | "approvedAt" | "expiresAt" | "evenUnproven"
>

/** Writes an approval down: who, why, until when, and every operation by its content. `chosen`: the table of its steps. */
export const keepApproval = Effect.fn("holds.keep-approval")(function* (
  { approvedAt, approvedBy, evenUnproven, expiresAt, holds, pipeline, plan, why }: GivenApproval,
  chosen: string
): Doing<Approval, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  const [last] = yield* warehouse.rows(
    sql`SELECT (SELECT coalesce(max(approval), 0) FROM approval) AS approval, (SELECT coalesce(max(run), 0) FROM runs) AS run`,
    Schema.Struct({ approval: Count, run: Count })
  )
  const number = (last?.approval ?? 0) + 1
  yield* warehouse.transaction([
    sql`${about("the operations of an approval, by content; grain: one row per operation")}INSERT INTO approved (approval, entity, key, action, before, after, digest)
SELECT ${number}, entity, key, action, before, after, ${operationDigest(chosen)} FROM ${name(chosen)}`,
    sql`${about("an approval")}INSERT INTO approval (approval, pipeline, plan, holds, approved_by, why, approved_at, expires_at, even_unproven, after_run, steps, set_hash)
SELECT ${number}, ${pipeline}, ${plan}, ${JSON.stringify(holds)}, ${approvedBy},
  ${why}, ${approvedAt}, ${expiresAt}, ${evenUnproven}, ${last?.run ?? 0},
  count(*), sha256(string_agg(digest, '' ORDER BY digest)) FROM approved WHERE approval = ${number}`
  ])
  const kept = (yield* listApprovals(plan)).find((one) => one.id === `approval-${number}`)
  return kept ?? (yield* Effect.die(`approval-${number} was not kept`))
})

/** Approvals, newest first: those given by the holds of a plan, or all. */
export const listApprovals = Effect.fn("holds.approvals")(function* (
  plan: string | null
): Doing<ReadonlyArray<Approval>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  const rows = yield* warehouse.rows(
    sql`${about("approvals and what became of them; grain: one row per approval")}SELECT approval.*, used.steps AS carried_out, to_json(used.runs)::VARCHAR AS runs
FROM approval LEFT JOIN (
  SELECT approval, count(*) AS steps, list_sort(list_distinct(list(run))) AS runs FROM ${carriedOut} GROUP BY approval
) AS used USING (approval)
${plan === null ? sql`` : sql`WHERE approval.plan = ${plan}`} ORDER BY approval DESC`,
    ApprovalRow
  )
  return rows.map((row) => ({
    id: `approval-${row.approval}`,
    pipeline: row.pipeline,
    plan: row.plan,
    holds: row.holds,
    approvedBy: row.approved_by,
    why: row.why,
    approvedAt: row.approved_at,
    expiresAt: row.expires_at,
    evenUnproven: row.even_unproven === true,
    withdrawnAt: row.withdrawn_at,
    steps: row.steps,
    setHash: row.set_hash,
    carriedOut: row.carried_out ?? 0,
    runs: row.runs ?? []
  }))
})
