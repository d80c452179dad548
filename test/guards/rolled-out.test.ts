import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import type { Rows } from "../memory/source.ts"
import { district, morning, nights } from "../run/nights.ts"

/** Schools that are rolled out one after the other. */

// Engines of their own, on a machine that others use too.
/** A school may gain two accounts a night once it has some, as a large one may gain a quarter of what it has. */
const strict = (definition: Definition): Definition => ({
  ...definition,
  load: {
    ...definition.load,
    entities: definition.load.entities.map((load) =>
      load.entity === "user" ? { ...load, guards: { ...load.guards, schoolGrowth: { percent: 0, floor: 2 } } } : load
    )
  }
})

/** The district with a second school, of whose students one has a class at the first. */
const withSecondSchool = (students: number): Rows => ({
  ...district,
  orgs: [
    ...(district["orgs"] ?? []),
    { sourcedId: "s2", status: "active", name: "Elm School", type: "school", identifier: "502", parent: "d1" }
  ],
  users: [
    ...(district["users"] ?? []),
    ...Array.from({ length: students }, (_, index) => ({
      sourcedId: `p${index}`,
      status: "active",
      username: `pupil.${index}`,
      enabledUser: true,
      givenName: "Kim",
      familyName: `Vale ${index}`,
      role: "student",
      identifier: `91${index}`,
      orgs: ["s2"]
    }))
  ],
  enrollments: [
    ...(district["enrollments"] ?? []),
    { sourcedId: "e91", status: "active", user: "p0", class: "c1", school: "s1", role: "student" }
  ]
})

const growth = (plan: { readonly holds: ReadonlyArray<{ guard: string; school: string | null; value: number }> }) =>
  plan.holds.flatMap(({ guard, school, value }) => (guard === "school_growth" ? [[school, value]] : []))

it("a school of which accounts came along with another one is new until it is rolled out itself, and is guarded from then on", async () => {
  await nights(
    (night) =>
      Effect.gen(function* () {
        const first = yield* night.plan(withSecondSchool(6))
        yield* night.apply(first.plan.plan_id, morning, { ...wholePlan, schools: ["Pine Falls High School"] })
        const users = night.sent.filter(({ entity }) => entity === "user").map(({ key }) => key)
        expect(users).toContain("p0")
        expect(users).not.toContain("p1")
        // Again the first school alone, on a night on which it gains more than it may.
        const crowd = withSecondSchool(6)
        const more = (crowd["users"] ?? []).map((user) =>
          ["p1", "p2", "p3"].includes(String(user["sourcedId"])) ? { ...user, orgs: ["s1"] } : user
        )
        expect(growth((yield* night.plan({ ...crowd, users: more })).plan)).toEqual([["s1", 3]])
        const rest = yield* night.plan(crowd)
        expect(growth(rest.plan)).toEqual([])
        yield* night.apply(rest.plan.plan_id, morning, { ...wholePlan, schools: ["s2"] })
        expect(night.sent.filter(({ entity }) => entity === "user").map(({ key }) => key)).toContain("p5")
        expect(growth((yield* night.plan(withSecondSchool(9))).plan)).toEqual([["s2", 3]])
      }),
    { edit: strict }
  )
})
