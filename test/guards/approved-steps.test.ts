import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { sql } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { approvedSteps, type ApprovedSteps, prepareApprovals } from "../../src/guards/holds/approvals.ts"
import { withWarehouse } from "../tools/definitions.ts"

it("counts a step once, however often it was approved, and none of an approval that was withdrawn", async () => {
  const found = await withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* prepareApprovals
      const approve = (
        approval: number,
        plan: string,
        until: string,
        withdrawn: string | null,
        from: number,
        to: number
      ) =>
        Effect.zipRight(
          warehouse.execute(
            sql`INSERT INTO approval BY NAME SELECT ${approval} AS approval, 'roster' AS pipeline, 5 AS after_run, ${plan} AS plan, ${until} AS expires_at, ${withdrawn} AS withdrawn_at`
          ),
          warehouse.execute(
            sql`INSERT INTO approved BY NAME SELECT ${approval} AS approval, 'user' AS entity, 's' || n AS key, 'delete' AS action, 'delete s' || n AS digest FROM range(${from}, ${to}) AS r(n)`
          )
        )
      // Rows 1 to 5 for a day, the same and three more for two days, others taken back, others of another plan.
      yield* approve(1, "roster-5", "2026-10-02", null, 1, 6)
      yield* approve(2, "roster-5", "2026-10-03", null, 4, 9)
      yield* approve(3, "roster-5", "2026-10-03", "2026-10-01", 20, 30)
      yield* approve(4, "roster-6", "2026-10-03", null, 1, 9)
      const given = yield* approvedSteps("roster-5")
      // One of the first and one of those that were taken back were carried out before; of the others nothing is known by that.
      yield* warehouse.execute(sql`INSERT INTO released (approval, plan, run, seq) VALUES (1, 'roster-5', 6, 1), (3, 'roster-5', 6, 20);
INSERT INTO outcome (run, plan, seq, entity, key, action, outcome) VALUES (6, 'roster-5', 1, 'user', 's1', 'delete', 'done'), (6, 'roster-5', 20, 'user', 's20', 'delete', 'done')`)
      return { given, carriedOut: yield* approvedSteps("roster-5") }
    })
  )
  const inOrder = (steps: ReadonlyArray<ApprovedSteps>) => steps.toSorted((a, b) => (a.until < b.until ? -1 : 1))
  expect(inOrder(found.carriedOut)).toEqual([
    { until: "2026-10-02", steps: 2 },
    { until: "2026-10-03", steps: 5 },
    { until: "9999-12-31", steps: 2 }
  ])
  expect(inOrder(found.given)).toEqual([
    { until: "2026-10-02", steps: 3 },
    { until: "2026-10-03", steps: 5 }
  ])
})
