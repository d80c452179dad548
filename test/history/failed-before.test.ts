import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { renderPlan } from "../../src/plan/text.ts"
import { TargetError } from "../../src/core/ports/target.ts"
import { changed, district, nightsAfterTheFirst } from "../run/nights.ts"

const renamed = changed(district, "users", "s21", { familyName: "Reed" })
const refusal = Effect.fail(
  new TargetError({ reason: "Invalid", connection: "brightspace", request: "PUT /users/1", detail: "HTTP 400" })
)

it("a step that failed is named in every plan until it is done", async () => {
  let refuses = true
  await nightsAfterTheFirst(
    (night) =>
      Effect.gen(function* () {
        const first = yield* night.plan(renamed)
        expect(first.plan.warnings).toEqual([])
        const { execution, run } = yield* night.apply(first.plan.plan_id)
        expect(execution).toMatchObject({ done: 0, failed: 1 })
        for (const again of [1, 2]) {
          const next = yield* night.plan(renamed)
          expect(next.plan.steps.count).toBe(1)
          const ran = run + 2 * (again - 1)
          expect(next.plan.warnings).toEqual([
            {
              entity: "user",
              rule: "failed-before",
              rows: 1,
              say: `failed in run ${ran} (Invalid); in this plan again`
            }
          ])
          expect(renderPlan(next.plan)).toContain(`failed in run ${ran} (Invalid)`)
          refuses = again < 2
          expect((yield* night.apply(next.plan.plan_id)).execution).toMatchObject({
            done: refuses ? 0 : 1,
            failed: refuses ? 1 : 0
          })
        }
        // It is done now: another change of the same record has not failed.
        const later = yield* night.plan(changed(district, "users", "s21", { familyName: "Vale" }))
        expect(later.plan.steps.count).toBe(1)
        expect(later.plan.warnings.filter((one) => one.rule === "failed-before")).toEqual([])
      }),
    { refuse: ({ entity, action }) => (refuses && entity === "user" && action === "update" ? refusal : null) }
  )
})
