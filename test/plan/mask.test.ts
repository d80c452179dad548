import { expect, it } from "vitest"
import { maskStep, personalByContract } from "../../src/plan/mask.ts"
import { step } from "./samples.ts"

const isPersonal = personalByContract(
  new Map([["user", [{ name: "last_name", personal: true }, { name: "username" }, { name: "email", personal: false }]]])
)

it("leaves no value of a personal field: as it was, as it would be, or as somebody made it", () => {
  const masked = maskStep(step({ edited: { last_name: "Fisher-Hall", username: "ida" } }), isPersonal)
  expect(JSON.stringify(masked)).not.toMatch(/Fisher|Marlowe|student s1/)
  expect(masked.edited).toEqual({ last_name: "***", username: "ida" })
})

it("leaves no value of a field that no contract speaks of: a pipeline's own may hold a name", () => {
  const masked = maskStep(step({ before: null, after: { plain_name: "Marlowe", email: "on file" } }), isPersonal)
  expect(masked.after).toEqual({ plain_name: "***", email: "on file" })
  expect(isPersonal("section", "username", "ida")).toBe(true)
  // A day names nobody, and a term that ends on another one is to be seen; where a contract calls it personal, it stays so.
  expect(isPersonal("semester", "end_date", "2027-05-28")).toBe(false)
  expect(isPersonal("user", "last_name", "2027-05-28")).toBe(true)
})

it("tells a value that is not there from one that is masked", () => {
  const masked = maskStep(step({ before: { last_name: null }, after: null }), isPersonal)
  expect([masked.before, masked.after]).toEqual([{ last_name: null }, null])
})
