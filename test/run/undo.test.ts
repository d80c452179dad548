import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { brightspaceResources } from "../../src/adapters/brightspace/contracts.ts"
import { gradebookResources } from "../../src/adapters/oneroster/gradebook/contracts.ts"
import { renderPlan } from "../../src/plan/text.ts"
import type { PlanStep } from "../../src/plan/plan.ts"
import { approvePlan } from "../../src/run/approve.ts"
import { makeUndo } from "../../src/run/undo.ts"
import { prune } from "../../src/service/prune.ts"
import { changed, district, morning, nights, nightsAfterTheFirst, type Nights, without } from "./nights.ts"

const clock = { asOf: "2026-10-01", now: morning }

const undo = (night: Nights, run: number) => makeUndo(run, night.definition, brightspaceResources, clock)

const approveAll = (night: Nights, plan: string) =>
  approvePlan(
    plan,
    night.definition,
    {
      holds: null,
      schools: [],
      sections: [],
      steps: [],
      approvedBy: "M. O'Neil",
      why: "the night is to be taken back",
      expiresAt: null,
      evenUnproven: false
    },
    morning
  )

const said = (steps: ReadonlyArray<PlanStep>): ReadonlyArray<string> =>
  steps.map((step) => `${step.action} ${step.entity} ${step.key}`)

/** Steps of a plan without what a second life of the same record changes in them. */
const wanted = (steps: ReadonlyArray<PlanStep>): ReadonlyArray<string> =>
  steps.map((step) => `${step.entity} ${step.key} ${JSON.stringify(step.after)}`).sort()

/** One is renamed, one moves to the other class, one leaves, one is new. */
const second = changed(
  {
    ...without(district, { enrollments: ["e28"], users: ["s28"] }),
    users: [
      ...(without(district, { users: ["s28"] })["users"] ?? []),
      {
        ...district["users"]?.find((user) => user["sourcedId"] === "s27"),
        sourcedId: "s40",
        username: "kit.vale",
        identifier: "90040"
      }
    ]
  },
  "users",
  "s21",
  { familyName: "Reed" }
)

describe("an undo", () => {
  it("takes a night back, and the next plan is that of the night again", async () => {
    await nightsAfterTheFirst((night) =>
      Effect.gen(function* () {
        const made = yield* night.plan(second)
        const before = wanted(yield* night.stepsOf(made))
        const { run } = yield* night.apply(made.plan.plan_id)
        const back = yield* undo(night, run)
        expect(back.plan.holds).toEqual([])
        expect(back.plan.undo).toMatchObject({ run, plan: made.plan.plan_id })
        expect(back.plan.undo?.not_undone).toMatchObject([
          {
            entity: "user",
            action: "create",
            steps: 1,
            keys: ["s40"],
            partly: true,
            why: expect.stringContaining("switched off") as string
          }
        ])
        expect(back.plan.unknown).toEqual(
          expect.arrayContaining([
            "what people did since with the records of user that go (1): it goes out of sight with them",
            "whether 2 user were changed at the target since: not looked at",
            "whether 1 enrollment were changed at the target since: not looked at"
          ])
        )
        const steps = yield* night.stepsOf(back)
        expect(said(steps)).toEqual(
          expect.arrayContaining([
            "restore user s28",
            "update user s21",
            "restore enrollment c2/s28",
            "restore section_enrollment c2/s28",
            "deactivate user s40",
            "unenroll school_enrollment s40/s1"
          ])
        )
        expect(steps.find((step) => step.key === "s21")).toMatchObject({
          before: { last_name: "Reed" },
          after: { last_name: "Lind" },
          changed: ["last_name"]
        })
        const text = renderPlan(back.plan)
        expect(text).toContain(`UNDO of run ${run}, which carried out plan ${made.plan.plan_id}`)
        expect(text).toContain("The next plan of roster would do it all again")
        const applied = yield* night.apply(back.plan.plan_id)
        expect(applied.execution).toMatchObject({ failed: 0, notReached: 0 })
        expect((yield* night.plan(district)).plan.steps.count).toBe(0)
        expect(wanted(yield* night.stepsOf(yield* night.plan(second)))).toEqual(before)
        // Taken back itself, it brings back what the night did: there is nothing to do again.
        const again = renderPlan((yield* undo(night, applied.run)).plan)
        expect(again).toContain(`What run ${applied.run} took back stands again after it`)
        expect(again).not.toContain("would do it all again")
        // Once: a second one finds what the first has written.
        const twice = yield* undo(night, run)
        expect(twice.plan.steps.count).toBe(0)
        expect(renderPlan(twice.plan)).not.toContain("would do it all again")
        expect(twice.plan.undo?.not_undone.length).toBeGreaterThan(3)
        expect(twice.plan.undo?.not_undone.every((one) => one.why === `changed since by run ${applied.run}`)).toBe(true)
      })
    )
  })

  it("of the first night takes everything away, what hangs on something first", async () => {
    await nightsAfterTheFirst((night, { execution, run }) =>
      Effect.gen(function* () {
        const back = yield* undo(night, run)
        const entities = [...new Set((yield* night.stepsOf(back)).map((step) => `${step.action} ${step.entity}`))]
        expect(entities).toEqual([
          "delete parent_relationship",
          "unenroll enrollment",
          "unenroll school_enrollment",
          "unenroll district_enrollment",
          "deactivate user",
          "delete section",
          "delete course_offering",
          "delete course_template",
          "delete semester",
          "delete school",
          "delete district",
          "unenroll section_enrollment"
        ])
        expect((yield* approveAll(night, back.plan.plan_id)).waiting).toBe(0)
        expect((yield* night.apply(back.plan.plan_id)).execution.failed).toBe(0)
        const again = yield* night.plan(district)
        expect(again.plan.steps.count).toBe(execution.done)
        expect(new Set((yield* night.stepsOf(again)).map((step) => step.action))).toEqual(new Set(["restore"]))
      })
    )
  })

  it("passes the guards of a run: what they hold waits until somebody approves it", async () => {
    await nightsAfterTheFirst((night, { run }) =>
      Effect.gen(function* () {
        const back = yield* undo(night, run)
        expect(back.plan.holds).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ guard: "empty", entity: "enrollment" }),
            expect.objectContaining({ guard: "empty", entity: "user" })
          ])
        )
        night.sent.length = 0
        const { held } = yield* night.apply(back.plan.plan_id)
        expect(night.sent).toEqual([])
        expect(held).toBe(back.plan.steps.count)
      })
    )
  })

  it("leaves a place that may have stood before, as all that it hangs on did, and says so", async () => {
    await nights(
      (night) =>
        Effect.gen(function* () {
          const made = yield* night.plan(district)
          expect(said(yield* night.stepsOf(made))).toEqual(
            expect.arrayContaining(["adopt district d1", "adopt user s22", "create district_enrollment s22"])
          )
          const { run } = yield* night.apply(made.plan.plan_id)
          const back = yield* undo(night, run)
          const gone = said(yield* night.stepsOf(back))
          expect(gone).not.toContain("unenroll district_enrollment s22")
          expect(gone).toContain("unenroll district_enrollment s21")
          expect(back.plan.undo?.not_undone).toContainEqual({
            entity: "district_enrollment",
            action: "create",
            why: "it may have stood before: all that it hangs on was adopted, and it was not looked for",
            steps: 1,
            keys: ["s22"],
            partly: false
          })
        }),
      {
        existing: {
          org_unit: [{ remoteId: "5", fields: { code: "500", name: "Pine Falls School District" } }],
          user: [{ remoteId: "77", fields: { org_defined_id: "90022", username: "cal.moss", last_name: "Moss" } }]
        }
      }
    )
  })

  it("takes back a place that came to the source after what it hangs on was adopted", async () => {
    await nights(
      (night) =>
        Effect.gen(function* () {
          yield* night.apply((yield* night.plan(without(district, { users: ["s22"] }))).plan.plan_id)
          const later = yield* night.plan(district)
          expect(said(yield* night.stepsOf(later))).toContain("create district_enrollment s22")
          const { run } = yield* night.apply(later.plan.plan_id)
          expect(said(yield* night.stepsOf(yield* undo(night, run)))).toContain("unenroll district_enrollment s22")
        }),
      { existing: { org_unit: [{ remoteId: "5", fields: { code: "500", name: "Pine Falls School District" } }] } }
    )
  })

  it("leaves what a later run wrote, what that hangs on, and says by which run", async () => {
    await nightsAfterTheFirst((night) =>
      Effect.gen(function* () {
        const { run } = yield* night.apply((yield* night.plan(second)).plan.plan_id)
        const later = yield* night.apply(
          (yield* night.plan(
            changed(changed(second, "users", "s21", { familyName: "Vale" }), "users", "s40", { email: "kit@v.example" })
          )).plan.plan_id
        )
        const back = yield* undo(night, run)
        expect(back.plan.undo?.not_undone).toEqual(
          expect.arrayContaining([
            {
              entity: "user",
              action: "update",
              why: `changed since by run ${later.run}`,
              steps: 1,
              keys: ["s21"],
              partly: false
            },
            {
              entity: "user",
              action: "create",
              why: `changed since by run ${later.run}`,
              steps: 1,
              keys: ["s40"],
              partly: false
            }
          ])
        )
        expect(said(yield* night.stepsOf(back))).not.toContain("update user s21")
        expect(said(yield* night.stepsOf(back))).toContain("restore user s28")
      })
    )
  })

  it("names the steps whose outcome is kept no longer, instead of passing over them", async () => {
    await nightsAfterTheFirst((night) =>
      Effect.gen(function* () {
        const renamed = changed(district, "users", "s21", { familyName: "Reed" })
        const { run } = yield* night.apply((yield* night.plan(renamed)).plan.plan_id)
        const both = changed(renamed, "users", "s22", { familyName: "Vale" })
        const next = yield* night.apply((yield* night.plan(both)).plan.plan_id)
        const again = changed(changed(both, "users", "s21", { familyName: "Hale" }), "users", "s23", {
          familyName: "Roe"
        })
        yield* night.apply((yield* night.plan(again)).plan.plan_id)
        const pruned = { plans: null, reads: null, history: 1, quarantine: null, logs: null }
        expect((yield* prune(pruned, Date.parse("2030-01-01"), false)).history).toBeGreaterThan(0)
        const back = yield* undo(night, run)
        expect(back.plan.steps.count).toBe(0)
        expect(back.plan.undo?.not_undone).toEqual([
          {
            entity: "user",
            action: "update",
            why: expect.stringContaining("kept no longer") as string,
            steps: 1,
            keys: ["s21"],
            partly: false
          }
        ])
        // Another run of which all is known is taken back as ever.
        const other = yield* undo(night, next.run)
        expect(said(yield* night.stepsOf(other))).toEqual(["update user s22"])
        expect(other.plan.undo?.not_undone).toEqual([])
      })
    )
  })

  it("keeps all that a record hangs on which a later run wrote", async () => {
    await nightsAfterTheFirst((night, { run }) =>
      Effect.gen(function* () {
        yield* night.apply((yield* night.plan(changed(district, "classes", "c2", { title: "Honors" }))).plan.plan_id)
        const back = yield* undo(night, run)
        const gone = said(yield* night.stepsOf(back))
        expect(gone).toContain("unenroll enrollment c2/s28")
        expect(gone).toContain("delete course_offering c1")
        // The term that nothing hangs on goes; the one of the class stays.
        expect(gone).toContain("delete semester t2")
        for (const kept of ["course_template 12", "semester t1", "school s1", "district d1"]) {
          expect(gone).not.toContain(`delete ${kept}`)
        }
        expect(back.plan.undo?.not_undone).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ entity: "course_template", why: "course_offering that stay refer to it" }),
            expect.objectContaining({ entity: "semester", why: "course_offering that stay refer to it" }),
            expect.objectContaining({ entity: "district", why: "school that stay refer to it" })
          ])
        )
      })
    )
  })

  it("forgets what was adopted, as it was before, and the next plan adopts it again", async () => {
    await nights(
      (night) =>
        Effect.gen(function* () {
          const made = yield* night.plan(district)
          expect(said(yield* night.stepsOf(made))).toContain("adopt user s22")
          const { run } = yield* night.apply(made.plan.plan_id)
          const back = yield* undo(night, run)
          night.sent.length = 0
          yield* night.apply(back.plan.plan_id)
          const [sent] = night.sent.filter((step) => step.key === "s22" && step.entity === "user")
          expect(sent).toMatchObject({
            action: "update",
            remoteId: "77",
            changed: ["last_name"],
            fields: { last_name: "Mossy" }
          })
          expect(said(yield* night.stepsOf(yield* night.plan(district)))).toContain("adopt user s22")
        }),
      {
        existing: {
          user: [{ remoteId: "77", fields: { org_defined_id: "90022", username: "cal.moss", last_name: "Mossy" } }]
        }
      }
    )
  })

  it("forgets what was found within what it belongs to", async () => {
    const within = { semester: "at-semester:t1", template: "at-course_template:12" }
    const planned = await nights((night) => Effect.flatMap(night.plan(district), night.stepsOf))
    const standing = (entity: string, key: string): Readonly<Record<string, string | null>> =>
      planned.find((step) => step.entity === entity && step.key === key)?.after ?? {}
    const unit = (entity: string, key: string) => ({
      remoteId: `at-${entity}:${key}`,
      fields: { code: standing(entity, key)["code"] ?? null, name: standing(entity, key)["name"] ?? null }
    })
    await nights(
      (night) =>
        Effect.gen(function* () {
          const made = yield* night.plan(district)
          expect(said(yield* night.stepsOf(made))).toContain("adopt course_offering c1")
          const { run } = yield* night.apply(made.plan.plan_id)
          const back = yield* undo(night, run)
          yield* approveAll(night, back.plan.plan_id)
          const { execution } = yield* night.apply(back.plan.plan_id)
          expect(execution).toMatchObject({ failed: 0, notReached: 0 })
          const sent = night.sent.filter(({ entity, key }) => entity === "course_offering" && key === "c1")
          expect(sent.at(-1)).toMatchObject({ action: "update", fields: { name: "Former name", ...within } })
        }),
      {
        existing: {
          org_unit: [unit("semester", "t1"), unit("semester", "t2")],
          course_template: [unit("course_template", "12")],
          course_offering: [
            {
              remoteId: "at-course_offering:c1",
              fields: { ...unit("course_offering", "c1").fields, name: "Former name", ...within }
            }
          ]
        }
      }
    )
  })

  it("leaves a record under its new key, which is where the next plan finds it", async () => {
    await nightsAfterTheFirst((night) =>
      Effect.gen(function* () {
        const [course] = district["courses"] ?? []
        const rekeyed = {
          ...district,
          courses: [{ ...course, sourcedId: "12b" }],
          classes: (district["classes"] ?? []).map((one) => ({ ...one, course: "12b" }))
        }
        const made = yield* night.plan(changed(rekeyed, "users", "s21", { familyName: "Reed" }))
        expect(said(yield* night.stepsOf(made))).toContain("rekey course_template 12b")
        const { run } = yield* night.apply(made.plan.plan_id)
        const back = yield* undo(night, run)
        expect(said(yield* night.stepsOf(back))).toEqual(["update user s21"])
        expect(back.plan.undo?.not_undone).toMatchObject([
          { entity: "course_template", action: "rekey", keys: ["12b"], why: "it stays under the key that it has now" }
        ])
        yield* night.apply(back.plan.plan_id)
        expect((yield* night.plan(rekeyed)).plan.steps.count).toBe(0)
      })
    )
  })

  it("is refused for a run that wrote nothing, for none, and for grades", async () => {
    await nightsAfterTheFirst((night, { plan, run }) =>
      Effect.gen(function* () {
        expect(yield* Effect.flip(undo(night, plan.run))).toMatchObject({ reason: "NotAnApply" })
        expect(yield* Effect.flip(undo(night, 99))).toMatchObject({ reason: "NoSuchRun" })
        const grades = new Map([...brightspaceResources, ["user", gradebookResources.get("result") ?? never()]])
        const refused = yield* Effect.flip(makeUndo(run, night.definition, grades, clock))
        expect(refused.message).toContain("seen by teachers and families")
      })
    )
  })
})

const never = (): never => {
  throw new Error("the gradebook has results")
}
