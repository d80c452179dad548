import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import { listRuns } from "../../src/state/runs.ts"
import { changed, district, morning, nightsAfterTheFirst } from "./nights.ts"

const renamed = changed(district, "users", "s21", { familyName: "Reed" })
const nowhere = { ...wholePlan, schools: ["s1", "Nope"] }

it("carries its part in the plan, and refuses one that nobody knows instead of planning nothing", async () => {
  await nightsAfterTheFirst((night) =>
    Effect.gen(function* () {
      const part = { ...wholePlan, entities: ["user"] }
      expect((yield* night.plan(renamed, morning, {}, part)).plan).toMatchObject({ part, steps: { count: 1 } })
      // What is in quarantine everywhere is none of its history's business.
      expect((yield* listRuns(1))[0]?.report["quarantined"]).toBeUndefined()
      expect((yield* night.plan(renamed)).plan.part).toBeUndefined()
      expect((yield* listRuns(1))[0]?.report["quarantined"]).toBeTypeOf("number")
      expect(yield* Effect.flip(night.plan(renamed, morning, {}, nowhere))).toMatchObject({
        message: "nothing was planned: school Nope: rollbook knows none of that id or name"
      })
      expect((yield* listRuns(1))[0]).toMatchObject({ kind: "plan", outcome: "refused" })
    })
  )
})

it("refuses to apply a part that nobody knows, or of which it has nothing, and the plan is good for its right name still", async () => {
  await nightsAfterTheFirst((night) =>
    Effect.gen(function* () {
      const { plan } = yield* night.plan(renamed)
      const before = yield* listRuns(100)
      expect(yield* Effect.flip(night.apply(plan.plan_id, morning, nowhere))).toMatchObject({
        reason: "UnknownPart",
        detail: "school Nope: rollbook knows none of that id or name"
      })
      const other = night.apply(plan.plan_id, morning, { ...wholePlan, entities: ["school"] })
      expect(yield* Effect.flip(other)).toMatchObject({
        reason: "UnknownPart",
        detail: expect.stringContaining("none of its steps belongs to that part") as string
      })
      expect(yield* listRuns(100)).toEqual(before)
      expect(night.sent).toEqual([])
      const applied = yield* night.apply(plan.plan_id, morning, { ...wholePlan, entities: ["user"] })
      expect(applied.execution.done).toBe(1)
    })
  )
})
