import { expect, it } from "vitest"
import { takeCarried } from "../../src/pages/carried.ts"

it("takes a session out of the address, and leaves every other address as it is", () => {
  const shown: Array<unknown> = []
  const past = { replaceState: (...to: ReadonlyArray<unknown>) => void shown.push(to.at(-1)) }
  const at = (hash: string) => takeCarried({ hash, pathname: "/teach", search: "?from=lti" }, past)
  expect([at("#session=a-B_9"), at(""), at("#session="), at("#other")]).toEqual(["a-B_9", null, null, null])
  expect(shown).toEqual(["/teach?from=lti"])
})
