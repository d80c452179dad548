import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Definition } from "../../src/pipeline/definition.ts"
import { district, nightsAfterTheFirst } from "./nights.ts"

/** A district of eight students is too small for the limits of a real one. */
const strict = (definition: Definition): Definition => ({
  ...definition,
  load: {
    ...definition.load,
    entities: definition.load.entities.map((load) => ({
      ...load,
      guards: { ...load.guards, identity: { percent: 5, floor: 3, rows: 500 } }
    }))
  }
})

/** Numbers of so many students without their first digit, and the first name of one who keeps the number. */
const shortened = (students: number) => ({
  ...district,
  users: (district["users"] ?? []).map((user) => {
    const place = Number(String(user["sourcedId"]).slice(1)) - 21
    if (user["role"] !== "student") return user
    if (place === 7) return { ...user, givenName: "Another" }
    return place < students ? { ...user, identifier: String(user["identifier"]).slice(1) } : user
  })
})

it("holds students whose numbers change all at once, and nobody else", () =>
  nightsAfterTheFirst(
    (night) =>
      Effect.gen(function* () {
        expect((yield* night.plan(shortened(3))).plan.holds).toEqual([])
        const made = yield* night.plan(shortened(6))
        expect(made.plan.holds).toMatchObject([{ guard: "identity", entity: "user", limit: 3, value: 6, steps: 6 }])
        expect(made.plan.holds[0]?.say).toContain("org_defined_id, by which user are known, would change in 6 of")
        const steps = yield* night.stepsOf(made)
        expect(steps.filter((step) => step.hold === null).map((step) => step.key)).toEqual(["s28"])
      }),
    { edit: strict }
  ))
