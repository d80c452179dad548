import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import { changes as changeSet } from "../../src/state/change-set.ts"
import { holdWaiting } from "../../src/guards/closure.ts"
import { upstreamRemovals } from "../../src/guards/upstream-removals.ts"
import { gone } from "../../src/guards/gone.ts"
import type { AnyGuard, Asked, Night, WatchedEntity } from "../../src/guards/guard.ts"
import { perSchool } from "../../src/guards/per-school.ts"
import { perSection } from "../../src/guards/per-section.ts"
import { measureLosses, scopeNames } from "../../src/guards/scopes.ts"
import { withholdNameConflicts } from "../../src/guards/name-conflict.ts"
import { type Circumstances, nightOf, referringIn } from "../../src/run/night.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { noteNameConflictsByLedger } from "../../src/snapshot/name-conflicts.ts"
import { type ChangeRow, left, type LedgerRow, over, smallDefinition } from "../snapshot/changes.ts"
import { nightOf as quietNight, watched } from "./watched.ts"

const night = quietNight(watched({}))
const calm: Circumstances = {
  doubts: [],
  edits: { notLookedFor: new Set(), unknown: [], returned: new Map() },
  unsure: [],
  baseline: { runs: [], letThrough: [] },
  pipelineChanges: []
}

let definition: Definition
beforeAll(async () => {
  definition = await smallDefinition()
})

const place = (key: string, school: string, section: string): LedgerRow => ({
  entity: "enrollment",
  key,
  school,
  section
})
const ledger: ReadonlyArray<LedgerRow> = [
  { entity: "school", key: "n", label: "North High", school: "n" },
  { entity: "class", key: "c1", label: "English 9", school: "n", section: "c1" },
  { entity: "class", key: "c2", label: "Latin", school: "n", section: "c2" },
  place("e1", "n", "c1"),
  place("e2", "n", "c1"),
  place("e3", "n", "c2"),
  place("e4", "s", "c3"),
  { ...place("e5", "n", "c1"), presence: "gone" }
]

const leaving = (key: string, school: string, section: string): ChangeRow => ({
  entity: "enrollment",
  key,
  action: "unenroll",
  school,
  section,
  before: { org_unit: `class:${section}`, user: "person:p" }
})

describe("what a plan would do to what stands", () => {
  const rows = [
    leaving("e1", "n", "c1"),
    leaving("e3", "n", "c2"),
    { entity: "class", key: "c1", action: "update", school: "n", section: "c1", after: {} } as const
  ]
  const counts = [{ entity: "enrollment", desired: 2, present: 4, unchanged: 2, covered: 0, keptThoughGone: 0 }]
  const seen = <A>(entity: string, measure: (entity: WatchedEntity, night: Night) => Asked<A>) =>
    over(
      definition,
      ledger,
      rows,
      Effect.flatMap(nightOf(definition, counts, calm), (night) => {
        const one = night.entities.find(({ name }) => name === entity)
        return one === undefined ? Effect.die(entity) : measure(one, night)
      })
    )

  it("is counted by entity, school and section, with their names, and without what was gone before", async () => {
    expect(await seen("enrollment", (entity) => Effect.succeed(entity.amounts))).toEqual({
      steps: 2,
      present: 4,
      desired: 2,
      gone: 2,
      added: 0,
      changed: 0,
      rekeyed: 0,
      unknown: 0
    })
    expect(await seen("enrollment", (entity, night) => measureLosses(entity, "school", night))).toEqual([
      { id: "n", name: "North High", present: 3, gone: 2, added: 0 }
    ])
    expect(await seen("enrollment", (entity, night) => measureLosses(entity, "section", night))).toEqual([
      { id: "c1", name: "English 9", present: 2, gone: 1, added: 0 },
      { id: "c2", name: "Latin", present: 1, gone: 1, added: 0 }
    ])
    expect(await seen("class", (entity) => Effect.succeed(entity.amounts))).toMatchObject({ gone: 0, changed: 1 })
    expect(await seen("class", (entity, night) => measureLosses(entity, "school", night))).toEqual([])
  })
})

it("knows a section by the name of a record that takes its scope from another one", async () => {
  const inherits: Definition = {
    ...definition,
    entities: definition.entities.map((entity) => ({
      ...entity,
      scope: { ...entity.scope, school: null, section: null }
    }))
  }
  const names = await over(inherits, ledger, [leaving("e1", "n", "c1")], scopeNames(referringIn(inherits)))
  expect(Object.fromEntries(names)).toEqual({ "school:n": "North High", "section:c1": "English 9" })
})

describe("a hold", () => {
  const changes = [
    leaving("e1", "n", "c1"),
    leaving("e3", "n", "c2"),
    leaving("e4", "s", "c3"),
    { entity: "enrollment", key: "e6", action: "create", school: "n", section: "c1", after: {} } as const
  ]
  const hold = { id: "hold-1", entity: "enrollment", school: null, section: null } as const
  const withhold = ({
    id,
    entity,
    school,
    section
  }: {
    readonly id: string
    readonly entity: string
    readonly school: string | null
    readonly section: string | null
  }) => {
    const trip = { entity, school, section, limit: 0, value: 0, say: "" }
    const guard: AnyGuard = school !== null ? perSchool : section !== null ? perSection : gone
    return changeSet.hold(id, guard.name, guard.steps(trip, {}, night))
  }

  it("withholds the removals of its scope and nothing else, and counts them", async () => {
    const held = (scope: Partial<typeof hold> | { readonly school: string } | { readonly section: string }) =>
      over(definition, ledger, changes, Effect.zip(withhold({ ...hold, ...scope }), left))
    expect(await held({})).toEqual([
      3,
      ["enrollment e1 hold-1", "enrollment e3 hold-1", "enrollment e4 hold-1", "enrollment e6"]
    ])
    expect((await held({ school: "n" }))[0]).toBe(2)
    expect((await held({ section: "c1" }))[1]).toContain("enrollment e1 hold-1")
    expect((await held({ section: "c1" }))[0]).toBe(1)
  })

  it("leaves what a hold before it has", async () => {
    const both = Effect.zip(withhold({ ...hold, section: "c1" }), Effect.zip(withhold({ ...hold, id: "hold-2" }), left))
    const [first, [second, rows]] = await over(definition, ledger, changes, both)
    expect([first, second]).toEqual([1, 2])
    expect(rows).toContain("enrollment e1 hold-1")
  })

  it("of a removal holds back the removal of what it refers to", async () => {
    const leavers: ReadonlyArray<ChangeRow> = [
      { ...leaving("e1", "n", "c1"), hold: "hold-1" },
      { entity: "class", key: "c1", action: "delete", before: { parent: "school:n" } },
      { entity: "class", key: "c2", action: "delete", before: { parent: "school:n" } }
    ]
    const steps = upstreamRemovals.steps(
      { entity: "class", school: null, section: null, limit: 0, value: 0, say: "" },
      {},
      { ...night, entities: referringIn(definition).map((one) => watched({}, one)) }
    )
    const rows = await over(definition, ledger, leavers, Effect.zip(changeSet.hold("hold-2", "class", steps), left))
    expect(rows).toEqual([1, ["class c1 hold-2", "class c2", "enrollment e1 hold-1"]])
  })

  it("of what does not stand yet holds all that refers to it, to the last of the chain", async () => {
    const made: ReadonlyArray<ChangeRow> = [
      { entity: "school", key: "w", action: "unknown", after: {}, hold: "hold-1" },
      { entity: "class", key: "c8", action: "create", after: { parent: "school:w" } },
      { entity: "class", key: "c9", action: "create", after: { parent: "school:n" } },
      { entity: "enrollment", key: "e8", action: "create", after: { org_unit: "class:c8", user: "person:p" } }
    ]
    expect(
      await over(definition, ledger, made, Effect.zipRight(holdWaiting("reference", referringIn(definition)), left))
    ).toEqual(["class c8 hold-1", "class c9", "enrollment e8 hold-1", "school w hold-1"])
  })

  it("of a change of what stands holds nothing that refers to it", async () => {
    const changed: ReadonlyArray<ChangeRow> = [
      { entity: "class", key: "c1", action: "update", after: { parent: "school:n" }, hold: "hold-1" },
      { entity: "enrollment", key: "e8", action: "create", after: { org_unit: "class:c1", user: "person:p" } }
    ]
    expect(
      await over(definition, ledger, changed, Effect.zipRight(holdWaiting("reference", referringIn(definition)), left))
    ).toEqual(["class c1 hold-1", "enrollment e8"])
  })
})

describe("a username that another record has", () => {
  const people: ReadonlyArray<LedgerRow> = [
    { entity: "person", key: "a", fields: { username: "Ann" } },
    { entity: "person", key: "b", fields: { username: "ben" } },
    { entity: "person", key: "left", fields: { username: "lee" }, presence: "gone" }
  ]
  const rename = (key: string, username: string, hold?: string): ChangeRow => ({
    entity: "person",
    key,
    action: "update",
    after: { username },
    changed: ["username"],
    ...(hold === undefined ? {} : { hold })
  })
  const wanting = (key: string, username: string): ChangeRow => ({ ...rename(key, username), action: "create" })
  const leftOf = (changes: ReadonlyArray<ChangeRow>) =>
    over(
      definition,
      people,
      changes,
      noteNameConflictsByLedger(definition).pipe(
        Effect.zipRight(withholdNameConflicts("hold-9", "person")),
        Effect.zip(left, { concurrent: false })
      )
    )

  it("is free when that record gives it up in the same plan", async () => {
    expect(await leftOf([rename("a", "anna"), wanting("x", "ann")])).toEqual([0, ["person a", "person x"]])
  })

  it("is waited for under the hold of the step that would give it up, along the whole chain", async () => {
    expect(await leftOf([rename("a", "anna", "hold-1"), rename("b", "ann"), wanting("x", "ben")])).toEqual([
      0,
      ["person a hold-1", "person b hold-1", "person x hold-1"]
    ])
  })

  it("is waited for when that record keeps it, as one that was deactivated does", async () => {
    expect(await leftOf([wanting("x", "ann"), wanting("y", "lee"), wanting("z", "new")])).toEqual([
      2,
      ["person x hold-9", "person y hold-9", "person z"]
    ])
  })
})
