import { expect, it } from "vitest"
import type { GuardLimits } from "../../src/pipeline/definition.ts"
import { guardEntity, type Impact } from "../../src/plan/guards.ts"

const limits: GuardLimits = {
  gone: { percent: 5, floor: 10, rows: null },
  changed: { percent: 75, floor: 50 },
  perSchool: { percent: 10, floor: 10 },
  perSection: { percent: 50, floor: 5 },
  empty: "hold"
}

const impact = (over: Partial<Impact>): Impact => ({
  entity: "enrollment",
  present: 1000,
  desired: 1000,
  gone: 0,
  changed: 0,
  schools: [],
  sections: [],
  ...over
})

const guards = (over: Partial<Impact>, ofSource: ReadonlyArray<string> = [], ofLineage: ReadonlyArray<string> = []) =>
  guardEntity(impact(over), limits, { ofSource, ofLineage }).map((trip) => trip.guard)

it("lets five percent go and holds the next one", () => {
  expect(guards({ gone: 50 })).toEqual([])
  expect(guards({ gone: 51 })).toEqual(["gone"])
})

it("lets ten go where five percent would be fewer", () => {
  expect(guards({ present: 100, gone: 10 })).toEqual([])
  expect(guards({ present: 100, gone: 11 })).toEqual(["gone"])
})

it("holds every removal of a source that was not proven complete, even one", () => {
  expect(guards({ gone: 1 }, ["users: no rows"])).toEqual(["incomplete"])
  expect(guards({ gone: 0 }, ["users: no rows"])).toEqual([])
})

it("holds changes of what is made from a dataset in doubt, and only of that", () => {
  expect(guards({ changed: 1 }, ["users: no rows"], ["users: no rows"])).toEqual(["incomplete_change"])
  expect(guards({ changed: 1 }, ["users: no rows"])).toEqual([])
})

it("holds when nothing is left where something stood", () => {
  expect(guards({ present: 4, desired: 0, gone: 4 })).toEqual(["empty"])
})

it("judges each school and section by its own size", () => {
  const school = { id: "7", name: "Oak", present: 100, gone: 11 }
  const section = { id: "12", name: "1200 2", present: 28, gone: 15 }
  const small = { id: "13", name: "1200 3", present: 4, gone: 4 }
  expect(guards({ gone: 30, schools: [school], sections: [section, small] })).toEqual(["per_school", "per_section"])
})

it("holds a flood of changes", () => {
  expect(guards({ changed: 751 })).toEqual(["changed"])
})
