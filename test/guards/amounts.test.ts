import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { changed } from "../../src/guards/changed.ts"
import { limitsOf } from "../../src/guards/derived.ts"
import { empty } from "../../src/guards/empty.ts"
import { gone } from "../../src/guards/gone.ts"
import type { Amounts, AnyGuard, EntityBaseline, WatchedEntity } from "../../src/guards/guard.ts"
import { identity } from "../../src/guards/identity.ts"
import { incompleteChange } from "../../src/guards/incomplete-change.ts"
import { incomplete } from "../../src/guards/incomplete.ts"
import { perSchool } from "../../src/guards/per-school.ts"
import { perSection } from "../../src/guards/per-section.ts"
import { pipelineChanged } from "../../src/guards/pipeline-changed.ts"
import { schoolGrowth } from "../../src/guards/school-growth.ts"
import type { Scope } from "../../src/guards/scopes.ts"
import { sectionGrowth } from "../../src/guards/section-growth.ts"
import { unusualAdditions, unusualRemovals } from "../../src/guards/unusual.ts"
import { sql } from "../../src/core/sql.ts"
import type { Warehouse, WarehouseError } from "../../src/core/ports/warehouse.ts"
import { nightOf, watched } from "./watched.ts"

const limits = limitsOf("guards")

const scope = (over: Partial<Scope>): Scope => ({ id: "7", name: "Oak", present: 100, gone: 0, added: 0, ...over })

/** Which of the guards that look at counts alone trip. */
const tripping = (entity: WatchedEntity, doubts: ReadonlyArray<string> = []): ReadonlyArray<string> =>
  [incomplete, incompleteChange, empty, gone, changed, unusualRemovals, unusualAdditions].flatMap((guard: AnyGuard) => {
    const measure = guard.measure(entity, limits, nightOf(entity, doubts)) as Effect.Effect<
      unknown,
      WarehouseError,
      Warehouse
    > as Effect.Effect<unknown>
    return guard.trip(Effect.runSync(measure), limits, entity).map(() => guard.name)
  })

const guards = (
  amounts: Partial<Amounts>,
  ofSource: ReadonlyArray<string> = [],
  ofLineage: ReadonlyArray<string> = []
) => tripping(watched(amounts, { doubts: ofLineage }), ofSource)

it("holds changes of what records are known by, beyond a share and beyond a number", () => {
  const numbers = (present: number, changed: number) =>
    identity.trip([{ field: "org_defined_id", changed }], limits, watched({ present, changed })).map((trip) => trip.say)
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

it("never lets more go than the rows of the limit, whatever the percent", () => {
  const [trip] = gone.trip(watched({ gone: 41 }).amounts, { gone: { percent: 5, floor: 10, rows: 40 } }, watched({}))
  expect(trip?.say).toBe("41 of 1000 enrollment would be removed; 40 are allowed")
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
  const small = scope({ id: "13", present: 4, gone: 4 })
  expect(perSchool.trip([scope({ gone: 11 }), scope({ gone: 10 })], limits, watched({}))).toMatchObject([
    { school: "7", section: null, limit: 10, value: 11 }
  ])
  expect(perSection.trip([scope({ id: "12", present: 28, gone: 15 }), small], limits, watched({}))).toMatchObject([
    { school: null, section: "12", limit: 14, value: 15 }
  ])
})

it("holds a flood of changes", () => {
  expect(guards({ changed: 751 })).toEqual(["changed"])
})

it("holds a re-key of a source that was not proven complete: it takes the other record for gone", () => {
  expect(guards({ rekeyed: 1 }, ["users: no rows"])).toEqual(["incomplete"])
  expect(guards({ rekeyed: 1 })).toEqual([])
})

it("says of a section from how many to how many it falls", () => {
  expect(
    perSection.trip([scope({ name: "1200-2", present: 28, gone: 25 })], limits, watched({})).map((trip) => trip.say)
  ).toEqual(["section 1200-2 would fall from 28 to 3 enrollment; it may lose 14"])
})

it("holds what lands in one section beyond any class, old or new, and lets a class fill up", () => {
  const growing = (present: number, added: number) =>
    sectionGrowth.trip([scope({ present, added })], limits, watched({})).length
  expect(growing(28, 2000)).toBe(1)
  expect(growing(0, 2000)).toBe(1)
  expect(growing(28, 51)).toBe(1)
  expect(growing(60, 60)).toBe(0)
  expect(growing(0, 60)).toBe(0)
  // An assembly that is larger than any class stays open for those who are new.
  expect(growing(600, 40)).toBe(0)
})

it("holds a school that swells, and lets a new one fill up", () => {
  const growing = (present: number, added: number) =>
    schoolGrowth.trip([scope({ present, added })], limits, watched({})).length
  expect(growing(1000, 251)).toBe(1)
  expect(growing(1000, 250)).toBe(0)
  expect(growing(0, 900)).toBe(0)
})

it("compares with the last good runs, once there are three", () => {
  const of = (baseline: EntityBaseline, gone = 600, added = 600) =>
    tripping(watched({ present: 100_000, desired: 100_000, gone, added }, { baseline: () => baseline }))
  expect(of({ runs: 3, gone: 100, added: 150 })).toEqual(["unusual_removals"])
  expect(of({ runs: 3, gone: 120, added: 100 })).toEqual(["unusual_additions"])
  expect(of({ runs: 2, gone: 0, added: 0 })).toEqual([])
  expect(of({ runs: 10, gone: 0, added: 0 }, 100, 0)).toEqual([])
})

it("holds every removal after an edit of the pipeline, updates when they are many, and what has waited since then", () => {
  const edit = { since: 4, cause: "pipeline", isFirst: true, steps: sql`true` } as const
  const say = (gone: number, changed: number, isFirst = true) =>
    pipelineChanged.trip({ ...edit, isFirst, gone, changed }, limits, watched({})).map((trip) => trip.say)
  expect(say(1, 50)).toEqual(["1 of 1000 enrollment would be removed, and the pipeline was edited since run 4"])
  expect(say(0, 51)).toEqual(["51 of 1000 enrollment change, and the pipeline was edited since run 4"])
  expect(say(0, 3, false)).toHaveLength(1)
})
