import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { TargetError } from "../../src/core/ports/target.ts"
import { changed, district, type Nights, nightsAfterTheFirst, without } from "./nights.ts"

/**
 * What the target has of a record may have gone with what it belongs to, or with a removal of which nobody knows how it
 * ended: then the ledger no longer vouches for it, and it is sent again.
 */

const lost = Effect.fail(
  new TargetError({ reason: "Unknown", connection: "brightspace", request: "DELETE /x", detail: "HTTP 500" })
)

/** What the plan of a night does, as `action entity key`, nothing else than of these entities. */
const planned = (night: Nights, rows: typeof district, ...entities: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const made = yield* night.plan(rows)
    const steps = (yield* night.stepsOf(made)).filter((step) => entities.includes(step.entity))
    return { made, steps: steps.map((step) => `${step.action} ${step.entity} ${step.key}`) }
  })

const places = ["section", "enrollment", "section_enrollment"]
const renamedClass = changed(district, "classes", "c1", { title: "Grade 9 English Honors" })

describe("a record that is made anew by a write meant as another", () => {
  for (const [how, answer] of [
    ["because the target says so", { remoteId: "course_offering:c1", madeAnew: true }],
    ["because it has another id", { remoteId: "9001" }]
  ] as const) {
    it(`${how}: what belongs to it is sent on the next night, and then no more`, async () => {
      await nightsAfterTheFirst(
        (night) =>
          Effect.gen(function* () {
            const first = yield* planned(night, renamedClass, "course_offering")
            expect(first.steps).toEqual(["update course_offering c1"])
            yield* night.apply(first.made.plan.plan_id)
            const second = yield* planned(night, renamedClass, ...places)
            const seats = second.steps.filter((step) => step.startsWith("update enrollment c1/"))
            expect(seats.length).toBeGreaterThan(3)
            expect(second.steps.filter((step) => / c2/.test(step))).toEqual([])
            yield* night.apply(second.made.plan.plan_id)
            // The places in the section follow those in the offering, which were written again as they were.
            const third = yield* planned(night, renamedClass, ...places)
            yield* night.apply(third.made.plan.plan_id)
            expect((yield* planned(night, renamedClass, ...places)).steps).toEqual([])
          }),
        {
          refuse: (step) =>
            step.entity === "course_offering" && step.action === "update"
              ? Effect.succeed({ wrote: true, leftAlone: [], ...answer })
              : null
        }
      )
    })
  }
})

describe("a place of which nobody knows whether it was made", () => {
  const joined = {
    ...district,
    enrollments: [
      ...(district["enrollments"] ?? []),
      { sourcedId: "e99", status: "active", user: "s28", class: "c1", school: "s1", role: "student" }
    ]
  }
  const unsure = {
    refuse: (step: { readonly action: string }) => (step.action === "create" ? lost : null)
  }

  it("is made again while it is wanted, and taken away once it is not", async () => {
    await nightsAfterTheFirst(
      (night) =>
        Effect.gen(function* () {
          const first = yield* planned(night, joined, ...places)
          expect(first.steps).toEqual(["create enrollment c1/s28", "create section_enrollment c1/s28"])
          yield* night.apply(first.made.plan.plan_id)
          expect((yield* planned(night, joined, ...places)).steps).toEqual(first.steps)
          const last = yield* planned(night, district, ...places)
          expect(last.steps).toEqual(["unenroll enrollment c1/s28"])
          expect((yield* night.apply(last.made.plan.plan_id)).execution).toMatchObject({ done: 1, failed: 0 })
          expect((yield* planned(night, district, ...places)).steps).toEqual([])
        }),
      unsure
    )
  })
})

describe("a removal of which nobody knows how it ended", () => {
  const left = without(district, { enrollments: ["e21"] })
  const unsure = {
    refuse: (step: { readonly action: string }) => (step.action === "unenroll" ? lost : null)
  }

  it("is made again while it is wanted", async () => {
    await nightsAfterTheFirst(
      (night) =>
        Effect.gen(function* () {
          const first = yield* planned(night, left, "enrollment")
          expect(first.steps).toHaveLength(1)
          expect((yield* night.apply(first.made.plan.plan_id)).execution.failed).toBeGreaterThan(0)
          expect((yield* planned(night, left, "enrollment")).steps).toEqual(first.steps)
        }),
      unsure
    )
  })

  it("is taken back where the record is wanted again, with what would have gone with it", async () => {
    await nightsAfterTheFirst(
      (night) =>
        Effect.gen(function* () {
          const first = yield* planned(night, left, "enrollment")
          yield* night.apply(first.made.plan.plan_id)
          const key = first.steps[0]?.split(" ")[2] ?? ""
          const second = yield* planned(night, district, "enrollment", "section_enrollment")
          expect(second.steps).toEqual([`restore enrollment ${key}`, `update section_enrollment ${key}`])
          yield* night.apply(second.made.plan.plan_id)
          const third = yield* planned(night, district, "enrollment", "section_enrollment")
          yield* night.apply(third.made.plan.plan_id)
          expect((yield* planned(night, district, "enrollment", "section_enrollment")).steps).toEqual([])
        }),
      unsure
    )
  })

  it("of a person ends with a person who is active", async () => {
    await nightsAfterTheFirst(
      (night) =>
        Effect.gen(function* () {
          const away = changed(district, "users", "s22", { status: "tobedeleted" })
          const first = yield* planned(night, away, "user")
          expect(first.steps).toEqual(["deactivate user s22"])
          expect((yield* night.apply(first.made.plan.plan_id)).execution.failed).toBe(1)
          expect((yield* planned(night, district, "user")).steps).toEqual(["restore user s22"])
        }),
      { refuse: (step) => (step.action === "deactivate" ? lost : null) }
    )
  })
})
