import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { TargetError } from "../../src/core/ports/target.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { district, morning, nights, type Nights } from "./nights.ts"

/** A school may gain two places in classes a night, once it has some: as a large one may gain a quarter of what it has. */
const strict = (definition: Definition): Definition => ({
  ...definition,
  load: {
    ...definition.load,
    entities: definition.load.entities.map((load) =>
      load.entity === "enrollment"
        ? { ...load, guards: { ...load.guards, schoolGrowth: { percent: 0, floor: 2 } } }
        : load
    )
  }
})

const refused = (reason: TargetError["reason"]) =>
  Effect.fail(new TargetError({ reason, connection: "brightspace", request: "POST", detail: "no answer" }))

/** How the steps that were begun ended is found out: none of them, it is told. */
const settle = (night: Nights, plan: string) =>
  applyPlan({
    id: plan,
    definition: night.definition,
    now: morning,
    part: wholePlan,
    extent: "begun",
    onProgress: () => undefined
  })

it("what an interrupted plan had let through is let through again, on every night until it is done", async () => {
  let left = 3
  let reason: TargetError["reason"] = "Unreachable"
  await nights(
    (night) =>
      Effect.gen(function* () {
        const first = yield* night.plan(district)
        expect(first.plan.holds).toEqual([])
        expect((yield* night.apply(first.plan.plan_id)).execution.notReached).toBeGreaterThan(0)
        left = 0
        reason = "Invalid"
        yield* settle(night, first.plan.plan_id)
        const second = yield* night.plan(district)
        expect(second.plan.holds).toEqual([])
        expect(second.plan.warnings).toContainEqual(
          expect.objectContaining({ entity: "enrollment", rule: "let-through-before" })
        )
        // Interrupted once more.
        left = 2
        reason = "Unreachable"
        expect((yield* night.apply(second.plan.plan_id)).execution.notReached).toBeGreaterThan(0)
        reason = "Invalid"
        yield* settle(night, second.plan.plan_id)
        left = Infinity
        const third = yield* night.plan(district)
        expect(third.plan.holds).toEqual([])
        expect((yield* night.apply(third.plan.plan_id)).execution).toMatchObject({ failed: 0, notReached: 0 })
        const fourth = yield* night.plan(district)
        expect(fourth.plan.steps.count).toBe(0)
        expect(fourth.plan.counts.find((one) => one.entity === "enrollment")).toMatchObject({ present: 10 })
      }),
    {
      edit: strict,
      refuse: (step) => {
        if (step.entity === "enrollment") return left-- > 0 ? null : refused(reason)
        // Whoever does not answer to one does not answer to the next.
        return left < 0 && reason === "Unreachable" ? refused(reason) : null
      }
    }
  )
})

it("what came to it since is weighed by itself", async () => {
  let left = 3
  let reason: TargetError["reason"] = "Unreachable"
  const more = (count: number) => ({
    ...district,
    enrollments: [
      ...(district["enrollments"] ?? []),
      ...Array.from({ length: count }, (_, index) => ({
        ...district["enrollments"]?.find((one) => one["role"] === "student" && one["class"] === "c1"),
        sourcedId: `more${index}`,
        class: "c2",
        user: `s2${1 + index}`
      }))
    ]
  })
  await nights(
    (night) =>
      Effect.gen(function* () {
        const first = yield* night.plan(district)
        yield* night.apply(first.plan.plan_id)
        left = 0
        reason = "Invalid"
        yield* settle(night, first.plan.plan_id)
        expect((yield* night.plan(more(2))).plan.holds).toEqual([])
        const crowd = yield* night.plan(more(4))
        expect(crowd.plan.holds.filter((hold) => hold.guard === "school_growth")).toMatchObject([
          { entity: "enrollment", say: expect.stringContaining("interrupted") as string }
        ])
        const steps = yield* night.stepsOf(crowd)
        expect(steps.filter((step) => step.hold !== null && step.entity === "enrollment")).toHaveLength(4)
      }),
    { edit: strict, refuse: (step) => (step.entity !== "enrollment" || left-- > 0 ? null : refused(reason)) }
  )
})

it("a plan that is over is not finished: what was begun is ended, and the rest is planned anew", async () => {
  let left = 3
  await nights(
    (night) =>
      Effect.gen(function* () {
        const { plan_id: plan } = (yield* night.plan(district)).plan
        yield* Effect.exit(night.apply(plan))
        left = Infinity
        const late = "2026-10-02T19:00:00.001Z"
        const sent = night.sent.length
        expect(yield* Effect.flip(night.apply(plan, late))).toMatchObject({
          reason: "Expired",
          detail: "it was good until 2026-10-02T19:00:00.000Z. `rollbook resume --begun-only`, then plan again"
        })
        expect(night.sent).toHaveLength(sent)
        yield* settle(night, plan)
        expect((yield* night.plan(district, late)).plan.steps.count).toBeGreaterThan(0)
      }),
    { refuse: () => (left-- > 0 ? null : Effect.die("killed")) }
  )
})
