import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { parsePart } from "../../src/cli/part.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { definitionOf } from "../tools/definitions.ts"

const definition = await definitionOf(
  "  entities: { user: { from: users AS person, key: person.sourcedId, fields: { first_name: person.givenName, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: \"'Student'\" } } }",
  "{ user: { resource: user, on_gone: deactivate } }"
)
const part = (only: string | null) => Effect.runSync(parsePart(only, definition))
const complaint = (only: string): string => Effect.runSync(Effect.flip(parsePart(only, definition))).message

it("is everything where nothing is asked for", () => {
  expect(part(null)).toBe(wholePlan)
})

it("takes a key more than once, spaces around names, and = in values", () => {
  expect(part("school=1, school = 2 ,section=a=b,entity=user")).toEqual({
    schools: ["1", "2"],
    sections: ["a=b"],
    sessions: [],
    entities: ["user"]
  })
})

it.each([
  ["shool=1", "did you mean school?"],
  ["school=", "is not a part of a plan"],
  ["1", "is not a part of a plan"],
  ["entity=usr", "there is no entity usr: did you mean user?"],
  ["school=1,", "is not a part of a plan"]
])("refuses %s", (only, said) => {
  expect(complaint(only)).toContain(said)
})
