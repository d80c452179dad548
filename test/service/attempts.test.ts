import { expect, it } from "vitest"
import { makeAttempts } from "../../src/service/http/attempts.ts"

it("lets nobody try to sign in who was turned away three hundred times in a minute, and nobody else wait for that", () => {
  const attempts = makeAttempts()
  for (let time = 0; time < 299; time++) attempts.count("a", 1000 + time)
  expect(attempts.areTooMany("a", 2000)).toBe(false)
  attempts.count("a", 2000)
  expect([attempts.areTooMany("a", 60_999), attempts.areTooMany("b", 2000)]).toEqual([true, false])
  expect(attempts.areTooMany("a", 61_000)).toBe(false)
  attempts.count("a", 61_000)
  expect(attempts.areTooMany("a", 61_000)).toBe(false)
})
