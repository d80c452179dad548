import { afterEach, expect, it, vi } from "vitest"
import { here } from "../../src/pages/router.ts"

afterEach(() => vi.unstubAllGlobals())

it.each([
  ["#/plans/roster%202026", ["plans", "roster 2026"]],
  ["#/plans/100%", ["plans", "100%"]],
  ["", []]
])("reads the address %s, also where somebody cut it off", (hash, place) => {
  vi.stubGlobal("location", { hash, pathname: "/" })
  expect(here()).toEqual(place)
})
