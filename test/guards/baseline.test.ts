import { expect, it } from "vitest"
import { baselineOf, type Baseline } from "../../src/guards/holds/baseline.ts"

const baseline: Baseline = {
  runs: [5, 4, 3, 2],
  letThrough: [
    { enrollment: { gone: 3, added: 7 } },
    { enrollment: { gone: 9, added: 1 } },
    {},
    { enrollment: { gone: 400, added: 0 } }
  ]
}

it("gives the largest of the last good runs, and how many of them knew the entity", () => {
  expect(baselineOf(baseline, "enrollment", 3)).toEqual({ runs: 2, gone: 9, added: 7 })
  expect(baselineOf(baseline, "enrollment", 10)).toEqual({ runs: 3, gone: 400, added: 7 })
})

it("knows nothing of an entity that no run had", () => {
  expect(baselineOf(baseline, "user", 10)).toEqual({ runs: 0, gone: 0, added: 0 })
})
