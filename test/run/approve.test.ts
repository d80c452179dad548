import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { type ApprovalRequest, approvePlan, withdrawApprovals } from "../../src/run/approve.ts"
import { listApprovals } from "../../src/guards/holds/approvals.ts"
import { countRows, Warehouse } from "../../src/core/ports/warehouse.ts"
import { prune } from "../../src/service/prune.ts"
import type { Rows } from "../memory/source.ts"
import {
  changed,
  district,
  firstNight,
  morning,
  nights,
  nightsAfter,
  nightsAfterTheFirst,
  nightsIn,
  type Nights,
  without
} from "./nights.ts"
import { livedThrough } from "../tools/lived-through.ts"
import { plain } from "../tools/plain-sql.ts"

/** Four of six students vanish from one section, one drops another: five removals of ten are held, twice. */
const fewer = without(district, { enrollments: ["e21", "e22", "e23", "e24", "e28"] })

const yes = (over: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  holds: null,
  schools: [],
  sections: [],
  steps: [],
  approvedBy: "dana",
  why: "schedule change",
  expiresAt: null,
  evenUnproven: false,
  ...over
})

/** A first night, and the plan of the second, which holds them. */
const heldNight = livedThrough(async (home) => {
  await firstNight(home)
  const held = await nightsIn(home, (night) => night.plan(fewer), {})
  expect(held.plan.holds.map((hold) => hold.steps)).toEqual([5, 5])
  return held
})

const sentBy = (night: Nights): ReadonlyArray<string> =>
  night.sent.map((step) => `${step.action} ${step.entity} ${step.key}`).sort()

const removals = (entity: string): ReadonlyArray<string> =>
  ["c1/s21", "c1/s22", "c1/s23", "c1/s24", "c2/s28"].map((key) => `unenroll ${entity} ${key}`)

/** So many more people that a flood of changes is one. */
const crowd = Array.from({ length: 60 }, (_, index) => ({
  sourcedId: `x${index}`,
  status: "active",
  username: `x${index}`,
  enabledUser: true,
  givenName: "Xen",
  familyName: "Old",
  role: "student",
  identifier: `8${index}`,
  orgs: ["s1"]
}))

const everyone = [...(district["users"] ?? []), ...crowd]
const nightOfACrowd = livedThrough((home) =>
  nightsIn(
    home,
    ({ apply, plan }) => Effect.flatMap(plan({ ...district, users: everyone }), (made) => apply(made.plan.plan_id)),
    {}
  )
)

describe("a plan that is approved", () => {
  it("and not used yet carries out what was held, and no more is held", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        const approved = yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
        expect(approved.approval).toMatchObject({ id: "approval-1", steps: 10, expiresAt: plan.expires_at })
        const applied = yield* night.apply(plan.plan_id)
        expect(applied).toMatchObject({ held: 0, execution: { done: 5, failed: 0 } })
        expect(sentBy(night)).toEqual(removals("enrollment"))
        const [kept] = yield* listApprovals(plan.plan_id)
        expect(kept).toMatchObject({ carriedOut: 10, runs: [applied.run], approvedBy: "dana", why: "schedule change" })
        // What was done can neither be approved again nor taken back.
        const twice = yield* Effect.flip(approvePlan(plan.plan_id, night.definition, yes(), morning))
        expect(twice).toMatchObject({
          reason: "CarriedOut",
          detail: expect.stringContaining(`by run ${applied.run}`) as string
        })
        expect(yield* withdrawApprovals(plan.plan_id, morning)).toMatchObject({
          withdrawn: [],
          carriedOut: [{ id: "approval-1" }]
        })
        expect((yield* listApprovals(plan.plan_id))[0]?.withdrawnAt).toBeNull()
      })
    )
  })

  it("and used already is carried out by the next run, once", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        expect((yield* night.apply(plan.plan_id)).held).toBe(10)
        expect(night.sent).toEqual([])
        yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
        const next = yield* night.plan(fewer)
        expect(next.plan.holds).toEqual([])
        expect(next.plan.approvals).toMatchObject([{ id: "approval-1", approved_by: "dana", steps: 10, held_again: 0 }])
        expect((yield* night.stepsOf(next)).map((step) => step.approval)).toEqual(Array(10).fill("approval-1"))
        yield* night.apply(next.plan.plan_id)
        expect(sentBy(night)).toEqual(removals("enrollment"))
        // They come back, and are gone again the same day: that was not approved.
        yield* night.apply((yield* night.plan(district)).plan.plan_id)
        const again = yield* night.plan(fewer)
        expect(again.plan.holds.map((hold) => hold.steps)).toEqual([5, 5])
        expect(again.plan.approvals).toEqual([])
      })
    )
  })

  it("keeps the values of what was approved for as long as anything is released by them, and who approved what for good", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        const keep = { plans: null, reads: null, history: 30, quarantine: null, logs: null }
        /** Operations with values, after what is older than thirty days is taken away on a day. */
        const keptOn = (day: string) =>
          Effect.gen(function* () {
            const { history } = yield* prune(keep, Date.parse(day), true)
            expect((yield* prune(keep, Date.parse(day), false)).history).toBe(history)
            return yield* countRows(plain("FROM approved WHERE before IS NOT NULL OR after IS NOT NULL"))
          })
        yield* approvePlan(plan.plan_id, night.definition, yes({ sections: ["c1"] }), morning)
        yield* withdrawApprovals(plan.plan_id, morning)
        // Good for years, and as old as the other one.
        yield* warehouse.execute(
          plain(
            "INSERT INTO approval SELECT * REPLACE (2 AS approval, NULL AS withdrawn_at, '2030-01-01T00:00:00.000Z' AS expires_at) FROM approval"
          )
        )
        yield* warehouse.execute(plain("INSERT INTO approved SELECT * REPLACE (2 AS approval) FROM approved"))
        const [, first] = yield* listApprovals(plan.plan_id)
        expect(yield* keptOn("2026-10-30T00:00:00Z")).toBe(16)
        expect(yield* keptOn("2026-11-30T00:00:00Z")).toBe(8)
        expect((yield* listApprovals(plan.plan_id))[1]).toEqual(first)
        expect((yield* night.plan(fewer)).plan.approvals).toMatchObject([{ id: "approval-2", steps: 8 }])
        expect(yield* countRows(plain("FROM approved WHERE digest IS NULL OR key IS NULL"))).toBe(0)
      })
    )
  })

  it("by two people goes once, and is told to both as carried out", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
        yield* approvePlan(plan.plan_id, night.definition, yes({ approvedBy: "kim", sections: ["c1"] }), morning)
        const applied = yield* night.apply(plan.plan_id)
        expect(sentBy(night)).toEqual(removals("enrollment"))
        expect(yield* listApprovals(plan.plan_id)).toMatchObject([
          { approvedBy: "kim", steps: 8, carriedOut: 8, runs: [applied.run] },
          { approvedBy: "dana", steps: 10, carriedOut: 10, runs: [applied.run] }
        ])
        expect((yield* withdrawApprovals(plan.plan_id, morning)).withdrawn).toEqual([])
      })
    )
  })

  it("is given while a later plan is carried out, between two of its phases, and is one however often it is carried out", async () => {
    const approvals: Array<string> = []
    let beside: Effect.Effect<Fiber.RuntimeFiber<void, unknown>> | null = null
    let fiber: Fiber.RuntimeFiber<void, unknown> | null = null
    await nightsAfter(
      heldNight,
      (night, { plan }) =>
        Effect.gen(function* () {
          const { sharing } = yield* Warehouse
          const taken = sharing.takeIn ?? (yield* Effect.die("nobody is taken in"))
          yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
          // All that was approved goes, after the change of a person, during which it is approved once more.
          const next = yield* night.plan(changed(fewer, "users", "s21", { givenName: "Renamed" }))
          const asked = yes({ approvedBy: "kim", givenAt: morning })
          beside = Effect.forkDaemon(
            Effect.forEach(
              [1, 2],
              () =>
                Effect.scoped(
                  Effect.flatMap(taken, (own) =>
                    Effect.provideService(
                      Effect.map(approvePlan(plan.plan_id, night.definition, asked, morning), ({ approval }) =>
                        approvals.push(approval.id)
                      ),
                      Warehouse,
                      own
                    )
                  )
                ),
              { discard: true }
            )
          )
          yield* night.apply(next.plan.plan_id)
          if (fiber !== null) yield* sharing.away(Fiber.join(fiber))
          expect(approvals).toEqual(["approval-2", "approval-2"])
          expect(sentBy(night)).toEqual(["update user s21", ...removals("enrollment")].sort())
          yield* night.apply((yield* night.plan(district)).plan.plan_id)
          const again = yield* night.plan(fewer)
          expect(again.plan.holds.map((hold) => hold.steps)).toEqual([5, 5])
        }),
      {
        refuse: () => {
          if (beside !== null) fiber ??= Effect.runSync(beside)
          return null
        }
      }
    )
  })

  it("in the morning is released by the run of the night after, seconds more than a day after its plan", async () => {
    await nightsAfterTheFirst((night) =>
      Effect.gen(function* () {
        const { plan } = yield* night.plan(fewer, "2026-10-02T07:00:00.000Z")
        yield* approvePlan(plan.plan_id, night.definition, yes(), "2026-10-02T12:30:00.000Z")
        const next = yield* night.plan(fewer, "2026-10-03T07:00:20.000Z")
        expect(next.plan.holds).toEqual([])
        expect(next.plan.approvals).toMatchObject([{ id: "approval-1", steps: 10 }])
      })
    )
  })

  it("never goes further than what was approved: what is new, and what differs in a field, is held and named", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
        // s25 vanishes too; what was approved of s21 is carried out with the rest.
        const more = yield* night.plan(without(fewer, { enrollments: ["e25"] }))
        const held = (yield* night.stepsOf(more)).filter((step) => step.hold !== null)
        expect(held.map((step) => step.key)).toEqual(["c1/s25", "c1/s25"])
        expect(more.plan.approvals[0]).toMatchObject({ steps: 10, held_again: 0 })
      })
    )
  })

  it("holds a record again whose change became another one, and says what was approved", async () => {
    await nightsAfter(nightOfACrowd, (night) =>
      Effect.gen(function* () {
        const all: Rows = { ...district, users: everyone.map((user) => ({ ...user, familyName: "Moss" })) }
        const held = yield* night.plan(all)
        expect(held.plan.holds.map((hold) => hold.guard)).toContain("changed")
        yield* approvePlan(held.plan.plan_id, night.definition, yes(), morning)
        const next = yield* night.plan(
          changed(changed(all, "users", "s21", { familyName: "Reed" }), "users", "s23", { email: "x@y.example" })
        )
        const [use] = next.plan.approvals
        expect(use?.held_again).toBe(2)
        expect(use?.because).toEqual([
          "user s21: approved was update of last_name, now the same with other values of last_name",
          "user s23: approved was update of last_name, now update of last_name, email"
        ])
        const steps = yield* night.stepsOf(next)
        expect(steps.filter((step) => step.entity === "user" && step.hold !== null).map((step) => step.key)).toEqual([
          "s21",
          "s23"
        ])
        expect(JSON.stringify(next.plan)).not.toContain("Reed")
      })
    )
  })
})

describe("an apply of approved steps that is killed", () => {
  it("is finished by what it had released, though the approval is over by then", async () => {
    let lives = 1
    await nightsAfter(
      heldNight,
      (night, { plan }) =>
        Effect.gen(function* () {
          yield* approvePlan(plan.plan_id, night.definition, yes({ expiresAt: "2026-10-01T08:00:00.000Z" }), morning)
          expect((yield* Effect.exit(night.apply(plan.plan_id)))._tag).toBe("Failure")
          const resumed = yield* night.apply(plan.plan_id, "2026-10-01T12:00:00.000Z")
          expect(resumed).toMatchObject({ held: 0, execution: { done: 5, failed: 0, notReached: 0 } })
          expect((yield* night.plan(fewer, "2026-10-01T12:00:00.000Z")).plan.steps.count).toBe(0)
          expect((yield* listApprovals(plan.plan_id))[0]).toMatchObject({ carriedOut: 10 })
        }),
      {
        refuse: (step) =>
          step.key === "c1/s23" && step.action === "unenroll" && lives-- > 0 ? Effect.die("killed") : null
      }
    )
  })
})

describe("an apply of approved steps that is killed, and whose approval is taken back then", () => {
  /** Three of five removals are sent when it is killed, the third without an answer. */
  const killedAtTheThird = (live: (night: Nights, plan: string) => ReturnType<typeof killed>) => {
    let lives = 1
    return nightsAfter(
      heldNight,
      (night, { plan }) =>
        Effect.gen(function* () {
          yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
          yield* live(night, plan.plan_id)
        }),
      {
        refuse: (step) =>
          step.key === "c1/s23" && step.action === "unenroll" && lives-- > 0 ? Effect.die("killed") : null
      }
    )
  }
  const killed = (night: Nights, approved: string, applied: string, extent: "everything" | "begun") =>
    Effect.gen(function* () {
      expect((yield* Effect.exit(night.apply(applied)))._tag).toBe("Failure")
      const sent = sentBy(night)
      expect(yield* withdrawApprovals(approved, morning)).toMatchObject({ withdrawn: [{ id: "approval-1" }] })
      const { execution } = yield* applyPlan({
        id: applied,
        definition: night.definition,
        now: morning,
        part: wholePlan,
        extent,
        onProgress: () => undefined
      })
      expect(execution).toMatchObject({ done: 2, failed: 0, notReached: 0 })
      expect(execution.stopped).toBeGreaterThan(0)
      expect(sentBy(night)).toEqual(sent)
      if (extent === "everything") return
      // Nor by the next night, which holds what is left as if it had never been let through.
      const next = yield* night.plan(fewer)
      expect(next.plan.holds.length).toBeGreaterThan(0)
      yield* night.apply(next.plan.plan_id)
      expect(sentBy(night)).toEqual(sent)
    })

  it.each(["everything", "begun"] as const)("sends nothing more by it, taken up for %s", async (extent) => {
    await killedAtTheThird((night, plan) => killed(night, plan, plan, extent))
  })

  it("sends nothing more either where the plan rested on it", async () => {
    await killedAtTheThird((night, approved) =>
      Effect.flatMap(night.plan(fewer), (next) => killed(night, approved, next.plan.plan_id, "begun"))
    )
  })
})

describe("a part of what is held", () => {
  it("by the name of a school or section is that of the school or section", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        const names = { schools: ["pine falls high school"], sections: ["1200 1 Grade 9 English"] }
        const { approval } = yield* approvePlan(plan.plan_id, night.definition, yes(names), morning)
        const byId = yield* approvePlan(plan.plan_id, night.definition, yes({ sections: ["c1"] }), morning)
        expect(approval.steps).toBe(8)
        expect(byId.approval.setHash).toBe(approval.setHash)
        const nowhere = approvePlan(plan.plan_id, night.definition, yes({ schools: ["Elm School"] }), morning)
        expect(yield* Effect.flip(nowhere)).toMatchObject({ reason: "NothingChosen" })
      })
    )
  })

  it("by section goes alone, with the removals that follow from it", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        const approved = yield* approvePlan(
          plan.plan_id,
          night.definition,
          yes({ holds: ["hold-1"], sections: ["c2"] }),
          morning
        )
        expect(approved).toMatchObject({ followers: 1, waiting: 0, approval: { steps: 2 } })
        const applied = yield* night.apply(plan.plan_id)
        expect(applied).toMatchObject({ held: 8, execution: { done: 1 } })
        const rest = yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
        expect(rest).toMatchObject({ carriedOut: 2, approval: { steps: 8 } })
        const { carriedOut, withdrawn } = yield* withdrawApprovals(plan.plan_id, morning)
        expect([carriedOut, withdrawn].map((list) => list.map((one) => one.id))).toEqual([
          ["approval-1"],
          ["approval-2"]
        ])
        expect(sentBy(night)).toEqual(["unenroll enrollment c2/s28"])
      })
    )
  })

  it("does not go before what hangs on it", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        // The section enrollments follow from the enrollments: alone they cannot go.
        const approved = yield* approvePlan(plan.plan_id, night.definition, yes({ holds: ["hold-2"] }), morning)
        expect(approved).toMatchObject({ waiting: 5 })
        expect(approved.because[0]).toContain("waits for what it hangs on")
        expect((yield* night.apply(plan.plan_id)).held).toBe(10)
        expect(night.sent).toEqual([])
      })
    )
  })
})

describe("an approval is refused", () => {
  const refusal = (request: ApprovalRequest, at = morning) =>
    nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        return yield* Effect.flip(approvePlan(plan.plan_id, night.definition, request, at))
      })
    )

  it("for a hold that there is not, and for nothing", async () => {
    expect((await refusal(yes({ holds: ["hold-9"] }))).message).toContain("it has no hold-9; it has hold-1, hold-2")
    expect(await refusal(yes({ sections: ["c9"] }))).toMatchObject({
      reason: "NothingChosen",
      detail: "no held step is of that school or section"
    })
  })

  it("for a section of which another hold has the steps, and names that one", async () => {
    await nightsAfter(nightOfACrowd, (night) =>
      Effect.gen(function* () {
        const renamed = everyone.map((user) => ({ ...user, familyName: "Moss" }))
        const { plan } = yield* night.plan({ ...fewer, users: renamed })
        const [people] = plan.holds.filter((hold) => hold.entity === "user")
        const request = yes({ holds: [people?.id ?? ""], sections: ["c2"] })
        const refused = yield* Effect.flip(approvePlan(plan.plan_id, night.definition, request, morning))
        const others = plan.holds.filter((hold) => hold !== people).map((hold) => `${hold.id} (1)`)
        expect(refused).toMatchObject({
          reason: "NothingChosen",
          detail: `${people?.id} has no step of that school or section; those held there are of ${others.join(", ")}`
        })
      })
    )
  })

  it("beyond the plan's own expiry, and when the plan is over", async () => {
    expect((await refusal(yes({ expiresAt: "2026-10-03T07:00:00.000Z" }))).message).toContain("only good until")
    expect(await refusal(yes(), "2026-10-02T19:00:01.000Z")).toMatchObject({ reason: "Expired" })
  })

  it("where the read was not proven complete, unless asked for all the same", async () => {
    await nightsAfterTheFirst((night) =>
      Effect.gen(function* () {
        const doubtful = { enrollments: { endRecognisedBy: "unknown" as never, totalAtEnd: 99 } }
        const held = yield* night.plan(fewer, morning, doubtful)
        expect(held.plan.holds.map((hold) => hold.guard)).toContain("incomplete")
        const refused = yield* Effect.flip(approvePlan(held.plan.plan_id, night.definition, yes(), morning))
        expect(refused).toMatchObject({ reason: "Unproven" })
        expect(refused.message).toContain("--even-unproven")
        // An approval of the same removals when the read was whole does not cover them now.
        const whole = yield* night.plan(fewer)
        yield* approvePlan(whole.plan.plan_id, night.definition, yes(), morning)
        const still = yield* night.plan(fewer, morning, doubtful)
        expect(still.plan.holds.map((hold) => hold.steps)).toEqual([5, 5])
        expect(still.plan.approvals[0]?.because[0]).toContain("the source was not proven complete this time")
        yield* approvePlan(still.plan.plan_id, night.definition, yes({ evenUnproven: true }), morning)
        expect((yield* night.apply(still.plan.plan_id)).held).toBe(0)
      })
    )
  })

  it("for what is unknown", async () => {
    await nights(
      (night) =>
        Effect.gen(function* () {
          const first = yield* night.plan(district)
          expect(first.plan.holds.map((hold) => hold.guard)).toContain("unknown")
          const refused = yield* Effect.flip(approvePlan(first.plan.plan_id, night.definition, yes(), morning))
          expect(refused).toMatchObject({ reason: "Unknown" })
        }),
      {
        existing: {
          user: [
            { remoteId: "7", fields: { org_defined_id: "90021", username: "one" } },
            { remoteId: "8", fields: { org_defined_id: "90021", username: "two" } }
          ]
        }
      }
    )
  })
})

describe("an approval that is taken back", () => {
  it("releases nothing, and a plan that rests on it is refused", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        yield* approvePlan(plan.plan_id, night.definition, yes(), morning)
        const resting = yield* night.plan(fewer)
        expect(resting.plan.holds).toEqual([])
        yield* withdrawApprovals(plan.plan_id, morning)
        expect((yield* Effect.flip(night.apply(resting.plan.plan_id))).message).toContain(
          "an approval was withdrawn: approval-1, on which 10 of its steps rest"
        )
        expect((yield* night.apply(plan.plan_id)).held).toBe(10)
        expect(night.sent).toEqual([])
      })
    )
  })

  it("by time releases nothing either", async () => {
    await nightsAfter(heldNight, (night, { plan }) =>
      Effect.gen(function* () {
        yield* approvePlan(plan.plan_id, night.definition, yes({ expiresAt: "2026-10-01T09:00:00.000Z" }), morning)
        const early = yield* night.plan(fewer, "2026-10-01T08:00:00.000Z")
        expect(early.plan).toMatchObject({ holds: [], expires_at: "2026-10-01T09:00:00.000Z" })
        const late = yield* night.plan(fewer, "2026-10-01T09:00:01.000Z")
        expect(late.plan.holds.map((hold) => hold.steps)).toEqual([5, 5])
      })
    )
  })
})
