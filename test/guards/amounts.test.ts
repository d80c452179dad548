import { expect, it } from "vitest"
import type { GuardLimits } from "../../src/pipeline/definition.ts"
import { guardAmounts, guardIdentity, guardWhole, type Impact, type Precedent } from "../../src/guards/amounts.ts"

const limits: GuardLimits = {
  gone: { percent: 5, floor: 10, rows: null },
  changed: { percent: 75, floor: 50 },
  identity: { percent: 5, floor: 20, rows: 500 },
  perSchool: { percent: 10, floor: 10 },
  perSection: { percent: 50, floor: 5 },
  empty: "hold",
  schoolGrowth: { percent: 25, floor: 200 },
  sectionGrowth: { percent: 100, floor: 50, rows: 300 },
  unusual: { runs: 10, times: 5, floor: 100 },
  flapping: { runs: 5, times: 3 },
  redefined: { percent: 5, floor: 10 }
}

const impact = (over: Partial<Impact>): Impact => ({
  entity: "enrollment",
  present: 1000,
  desired: 1000,
  gone: 0,
  added: 0,
  changed: 0,
  rekeyed: 0,
  identities: [],
  schools: [],
  sections: [],
  growingSchools: [],
  growingSections: [],
  ...over
})

const quiet: Precedent = { runs: 0, gone: 0, added: 0 }

const trips = (over: Partial<Impact>, precedent: Precedent = quiet) => guardAmounts(impact(over), limits, precedent)

const guards = (over: Partial<Impact>, ofSource: ReadonlyArray<string> = [], ofLineage: ReadonlyArray<string> = []) =>
  [...guardWhole(impact(over), limits, { ofSource, ofLineage }), ...trips(over)].map((trip) => trip.guard)

it("holds changes of what records are known by, beyond a share and beyond a number", () => {
  const numbers = (present: number, changed: number) =>
    guardIdentity(
      impact({ present, changed, identities: [{ field: "org_defined_id", changed }] }),
      limits.identity
    ).map(({ trip }) => trip.say)
  expect(numbers(120, 20)).toEqual([])
  expect(numbers(120, 40)).toEqual([
    "org_defined_id, by which enrollment are known, would change in 40 of 120; 20 may change in a night"
  ])
  expect(numbers(2000, 100)).toEqual([])
  expect(numbers(2000, 101)).toHaveLength(1)
  expect(numbers(100_000, 500)).toEqual([])
  expect(numbers(100_000, 501)).toHaveLength(1)
})

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

it("holds a re-key of a source that was not proven complete: it takes the other record for gone", () => {
  expect(guards({ rekeyed: 1 }, ["users: no rows"])).toEqual(["incomplete"])
  expect(guards({ rekeyed: 1 })).toEqual([])
})

it("says of a section from how many to how many it falls", () => {
  const section = { id: "12", name: "1200-2", present: 28, gone: 25 }
  expect(trips({ gone: 25, sections: [section] })[0]?.say).toBe(
    "section 1200-2 would fall from 28 to 3 enrollment; it may lose 14"
  )
})

it("holds what lands in one section beyond any class, old or new, and lets a class fill up", () => {
  const growing = (present: number, added: number) =>
    trips({ added, growingSections: [{ id: "12", name: "1200-2", present, gone: 0, added }] }).map((trip) => trip.guard)
  expect(growing(28, 2000)).toEqual(["section_growth"])
  expect(growing(0, 2000)).toEqual(["section_growth"])
  expect(growing(28, 51)).toEqual(["section_growth"])
  expect(growing(60, 60)).toEqual([])
  expect(growing(0, 60)).toEqual([])
  // An assembly that is larger than any class stays open for those who are new.
  expect(growing(600, 40)).toEqual([])
})

it("holds a school that swells, and lets a new one fill up", () => {
  const growing = (present: number, added: number) =>
    trips({ added, growingSchools: [{ id: "7", name: "Oak", present, gone: 0, added }] }).map((trip) => trip.guard)
  expect(growing(1000, 251)).toEqual(["school_growth"])
  expect(growing(1000, 250)).toEqual([])
  expect(growing(0, 900)).toEqual([])
})

it("compares with the last good runs, once there are three", () => {
  const many = { present: 100_000, desired: 100_000, gone: 600, added: 600 }
  const guardsOf = (precedent: Precedent) => trips(many, precedent).map((trip) => trip.guard)
  expect(guardsOf({ runs: 3, gone: 100, added: 150 })).toEqual(["unusual_removals"])
  expect(guardsOf({ runs: 3, gone: 120, added: 100 })).toEqual(["unusual_additions"])
  expect(guardsOf({ runs: 2, gone: 0, added: 0 })).toEqual([])
  expect(trips({ present: 100_000, gone: 100 }, { runs: 10, gone: 0, added: 0 })).toEqual([])
})
