import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { sql } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { operationDigest, prepareApprovals } from "../../src/guards/holds/approvals.ts"
import type { Hold } from "../../src/guards/holds/hold.ts"
import { releaseApprovedSince } from "../../src/guards/holds/release.ts"
import { steps } from "../../src/state/change-set.ts"
import { withWarehouse } from "../tools/definitions.ts"

/** What a plan of run 5 withholds once somebody approved all of it, with `afterRun` as the last run of then, for `plan`. */
const heldStill = (afterRun: number, plan: string) =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* prepareApprovals
      yield* warehouse.execute(steps.empty)
      yield* warehouse.execute(
        steps.insert(
          { seq: sql`1`, entity: sql`'user'`, key: sql`'s1'`, action: sql`'delete'`, hold: sql`'hold-1'` },
          sql`FROM (SELECT 1)`
        )
      )
      yield* warehouse.execute(sql`INSERT INTO approval BY NAME SELECT 1 AS approval, 'roster' AS pipeline, ${plan} AS plan, '["hold-1"]' AS holds, 'dana' AS approved_by,
  'seen' AS why, '2026-10-01T07:00:00Z' AS approved_at, '2026-10-02T07:00:00Z' AS expires_at, false AS even_unproven, ${afterRun} AS after_run, 1 AS steps, '' AS set_hash`)
      yield* warehouse.execute(
        sql`INSERT INTO approved BY NAME SELECT 1 AS approval, entity, key, action, before, after, ${operationDigest("step")} AS digest FROM ${steps.table} AS step`
      )
      const hold = { id: "hold-1", guard: "gone", steps: 1 } as unknown as Hold
      const { approvals, holds } = yield* releaseApprovedSince(
        { name: "roster", entities: [] },
        { plan_id: "roster-5", run: 5, holds: [hold] },
        "2026-10-01T08:00:00Z"
      )
      return { holds: holds.length, approvals: approvals.map((one) => one.id) }
    })
  )

it("asks once about what was approved: the plan has decided on what it knew, an apply on what came since", async () => {
  expect(await heldStill(4, "roster-3")).toEqual({ holds: 1, approvals: [] })
  expect(await heldStill(5, "roster-3")).toEqual({ holds: 0, approvals: ["approval-1"] })
  // A plan that was brought from another workspace has the numbers of that one.
  expect(await heldStill(2, "roster-5")).toEqual({ holds: 0, approvals: ["approval-1"] })
})
