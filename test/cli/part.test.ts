import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { parsePart } from "../../src/cli/part.ts"
import { wholePlan } from "../../src/core/plan-part.ts"

const part = (only: string | null) => Effect.runSync(parsePart(only))
const complaint = (only: string): string => Effect.runSync(Effect.flip(parsePart(only))).message

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
  ["school=", "is not of the form key=value"],
  ["1", "is not of the form key=value"],
  ["school=1,", "is not of the form key=value"]
])("refuses %s", (only, said) => {
  expect(complaint(only)).toContain(said)
})
