import { expect, it } from "vitest"
import { maskStep } from "../../src/plan/mask.ts"
import { step } from "./samples.ts"

it("leaves no value of a personal field: as it was, as it would be, or as somebody made it", () => {
  const masked = maskStep(
    step({ edited: { last_name: "Fisher-Hall", username: "ida" } }),
    new Set(["user.last_name", "section.username"])
  )
  expect(JSON.stringify(masked)).not.toMatch(/Fisher|Marlowe|student s1/)
  expect(masked.edited).toEqual({ last_name: "***", username: "ida" })
})

it("tells a value that is not there from one that is masked", () => {
  const masked = maskStep(step({ before: { last_name: null }, after: null }), new Set(["user.last_name"]))
  expect([masked.before, masked.after]).toEqual([{ last_name: null }, null])
})
