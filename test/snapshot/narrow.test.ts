import { changes as planned } from "../../src/state/change-set.ts"
import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import { type PlanPart, wholePlan } from "../../src/core/plan-part.ts"
import { sql } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { outcomeTable } from "../../src/state/durable.ts"
import { standing } from "../../src/state/migrations.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { narrow } from "../../src/snapshot/narrow.ts"
import { type ChangeRow, left, over, type LedgerRow, smallDefinition } from "./changes.ts"

let definition: Definition
beforeAll(async () => {
  definition = await smallDefinition()
})

const ledger: ReadonlyArray<LedgerRow> = [
  { entity: "school", key: "n", label: "North High", school: "n" },
  { entity: "school", key: "s", label: "South Middle", school: "s" },
  { entity: "class", key: "c1", label: "English 9", school: "n", section: "c1" },
  { entity: "person", key: "old", school: "s" }
]
const changes: ReadonlyArray<ChangeRow> = [
  {
    entity: "class",
    key: "c2",
    action: "create",
    label: "Latin",
    school: "n",
    section: "c2",
    after: { parent: "school:n" }
  },
  {
    entity: "class",
    key: "c3",
    action: "create",
    label: "Choir",
    school: "s",
    section: "c3",
    after: { parent: "school:s" }
  },
  { entity: "person", key: "new", action: "create", school: "s", after: { username: "new" } },
  { entity: "person", key: "old", action: "update", school: "s", after: { username: "old" } },
  { entity: "person", key: "other", action: "create", school: "s", after: { username: "other" } },
  {
    entity: "enrollment",
    key: "e1",
    action: "create",
    school: "n",
    section: "c2",
    after: { org_unit: "class:c2", user: "person:new" }
  },
  {
    entity: "enrollment",
    key: "e2",
    action: "create",
    school: "n",
    section: "c1",
    after: { org_unit: "class:c1", user: "person:old" }
  },
  {
    entity: "enrollment",
    key: "e3",
    action: "unenroll",
    school: "s",
    section: "c3",
    before: { org_unit: "class:c3", user: "person:old" }
  }
]

const leftOf = (part: Partial<PlanPart>): Promise<ReadonlyArray<string>> =>
  over(definition, ledger, changes, Effect.zipRight(narrow(definition, planned, { ...wholePlan, ...part }), left))

it("leaves of an apply that is taken up again what belonged to the part as it began", async () => {
  const part = { ...wholePlan, schools: ["n"] }
  // The class and the person were made by then, and stand.
  const since: ReadonlyArray<LedgerRow> = [
    { entity: "class", key: "c2", label: "Latin", school: "n", section: "c2" },
    { entity: "person", key: "new", school: "s" },
    { entity: "person", key: "other", school: "s" }
  ]
  const made = Effect.flatMap(Warehouse, (warehouse) =>
    Effect.zipRight(
      warehouse.execute(standing(outcomeTable)),
      warehouse.execute(
        sql`INSERT INTO outcome BY NAME SELECT 'plan-1' AS plan, unnest(['class', 'person']) AS entity, unnest(['c2', 'new']) AS key`
      )
    )
  )
  const north = ["class c2", "enrollment e1", "enrollment e2", "person new"]
  const resumed = (plan: string | null) =>
    over(
      definition,
      [...ledger, ...since],
      changes,
      Effect.zipRight(Effect.zipRight(made, narrow(definition, planned, part, plan)), left)
    )
  expect(await resumed("plan-1")).toEqual(north)
  expect(await resumed("plan-2")).not.toEqual(north)
})

it("leaves everything where no part is asked for", async () => {
  expect(await leftOf({})).toHaveLength(changes.length)
})

it("leaves one entity, with what it refers to and does not stand yet", async () => {
  // Who stands already comes along by the ledger: the change of a name is not needed for an enrollment.
  expect(await leftOf({ entities: ["enrollment"] })).toEqual([
    "class c2",
    "enrollment e1",
    "enrollment e2",
    "enrollment e3",
    "person new"
  ])
})

it("knows a school by its id, and by its name in any case", async () => {
  const north = ["class c2", "enrollment e1", "enrollment e2", "person new"]
  expect(await leftOf({ schools: ["n"] })).toEqual(north)
  expect(await leftOf({ schools: ["NORTH high"] })).toEqual(north)
})

it("knows a section by its name, be it new or in the ledger", async () => {
  expect(await leftOf({ sections: ["Latin"] })).toEqual(["class c2", "enrollment e1", "person new"])
  expect(await leftOf({ sections: ["english 9"] })).toEqual(["enrollment e2"])
})

it("takes what meets every condition, and nothing where none does", async () => {
  expect(await leftOf({ entities: ["class"], schools: ["s"] })).toEqual(["class c3"])
  expect(await leftOf({ schools: ["West"] })).toEqual([])
})

it("takes a record along that goes over to another key, since nothing stands under that key", async () => {
  const taken: ReadonlyArray<ChangeRow> = [
    {
      entity: "person",
      key: "again",
      action: "update",
      school: "s",
      before: { username: "a" },
      after: { username: "a" }
    },
    {
      entity: "enrollment",
      key: "e4",
      action: "create",
      school: "n",
      section: "c1",
      after: { org_unit: "class:c1", user: "person:again" }
    }
  ]
  const part = { ...wholePlan, schools: ["n"] }
  const rest = await over(definition, ledger, taken, Effect.zipRight(narrow(definition, planned, part), left))
  expect(rest).toEqual(["enrollment e4", "person again"])
})

it("says which schools, sections and sessions it knows nothing of", async () => {
  const ofFall: ReadonlyArray<ChangeRow> = changes.map((change) =>
    change.key === "e1" ? { ...change, after: { ...change.after, session: "t1", session_title: "Fall" } } : change
  )
  const unknown = (part: Partial<PlanPart>) =>
    over(definition, ledger, ofFall, narrow(definition, planned, { ...wholePlan, ...part }))
  expect(await unknown({ schools: ["n", "West"], sections: ["Latin", "c9"], sessions: ["t1", "FALL", "Fal"] })).toEqual(
    [
      "school West: rollbook knows none of that id or name",
      "section c9: rollbook knows none of that id or name",
      "session Fal: rollbook knows none of that id or name"
    ]
  )
})
