import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import { textOf, Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { prepareRuns } from "../state/runs.ts"

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

/**
 * The durable tables of approvals. All three only grow.
 *
 * `approval`  grain: one row per approval. `after_run` is the last run there was when it was given
 * `approved`  the operations of each, by content; grain: one row per operation
 * `released`  steps that went because of an approval; grain: one row per step of an apply
 */
export const prepareApprovals: Effect.Effect<void, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  yield* prepareOutcomes
  yield* warehouse.execute(`CREATE TABLE IF NOT EXISTS approval (approval INTEGER, pipeline VARCHAR, plan VARCHAR, holds VARCHAR, approved_by VARCHAR,
  why VARCHAR, approved_at VARCHAR, expires_at VARCHAR, withdrawn_at VARCHAR, even_unproven BOOLEAN, after_run INTEGER, steps BIGINT, set_hash VARCHAR);
CREATE TABLE IF NOT EXISTS approved (approval INTEGER, entity VARCHAR, key VARCHAR, action VARCHAR, before JSON, after JSON, digest VARCHAR);
CREATE TABLE IF NOT EXISTS released (approval INTEGER, plan VARCHAR, run INTEGER, seq BIGINT)`)
})

/** The hash of an operation by its content: which record, what is done, from what to what, over what. */
export const operationDigest = (alias: string): string =>
  `sha256(to_json([${alias}.entity, ${alias}.key, ${alias}.action, ${alias}.remote_id, json(${alias}.before)::VARCHAR, json(${alias}.after)::VARCHAR, json(${alias}.edited)::VARCHAR])::VARCHAR)`

/** Notes durably, before anything is sent, which steps of the table `step` go because of an approval. */
export const noteReleased: (plan: string, run: number) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "run.note-released"
)(function* (plan: string, run: number) {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  yield* warehouse.transaction([
    `DELETE FROM released WHERE plan = ${literal(plan)}`,
    `INSERT INTO released SELECT CAST(substr(approval, 10) AS INTEGER), ${literal(plan)}, ${run}, seq FROM step WHERE approval IS NOT NULL`
  ])
})

/** Approvals, newest first: those given by the holds of a plan, or all. */
export const listApprovals: (plan: string | null) => Effect.Effect<ReadonlyArray<Approval>, WarehouseError, Warehouse> =
  Effect.fn("run.approvals")(function* (plan: string | null) {
    const warehouse = yield* Warehouse
    yield* prepareApprovals
    const rows = yield* warehouse.rows(`-- approvals and what became of them; grain: one row per approval
SELECT approval.*, used.steps AS carried_out, to_json(used.runs)::VARCHAR AS runs
FROM approval LEFT JOIN (
  SELECT approval, count(*) AS steps, list_sort(list_distinct(list(outcome.run))) AS runs
  FROM released JOIN outcome ON outcome.plan = released.plan AND outcome.seq = released.seq AND outcome.outcome = 'done'
  GROUP BY approval) AS used USING (approval)
${plan === null ? "" : `WHERE approval.plan = ${literal(plan)}`} ORDER BY approval DESC`)
    return rows.map((row) => ({
      id: `approval-${row["approval"]}`,
      pipeline: String(row["pipeline"]),
      plan: String(row["plan"]),
      holds: JSON.parse(String(row["holds"])) as ReadonlyArray<string>,
      approvedBy: String(row["approved_by"]),
      why: String(row["why"]),
      approvedAt: String(row["approved_at"]),
      expiresAt: String(row["expires_at"]),
      evenUnproven: row["even_unproven"] === true,
      withdrawnAt: textOf(row["withdrawn_at"]),
      steps: Number(row["steps"]),
      setHash: String(row["set_hash"]),
      carriedOut: Number(row["carried_out"] ?? 0),
      runs: JSON.parse(String(row["runs"] ?? "[]")) as ReadonlyArray<number>
    }))
  })
