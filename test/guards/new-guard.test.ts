import * as Schema from "effect/Schema"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import type * as List from "../../src/guards/list.ts"
import type { ChangeRow } from "../snapshot/changes.ts"

const list = "../../src/guards/list.ts"

// The one line that a new guard takes beside its own file. Modules made with it are nobody else's.
beforeAll(() => {
  vi.resetModules()
  vi.doMock(list, async (original) => {
    const { guards } = await original<typeof List>()
    const { manyRenamed } = await import("./many-renamed.ts")
    return { guards: [...guards, [manyRenamed]] }
  })
})
afterAll(() => {
  vi.doUnmock(list)
  vi.resetModules()
})

const quiet = {
  doubts: [],
  edits: { notLookedFor: new Set<string>(), unknown: [], returned: new Map<string, number>() },
  unsure: [],
  baseline: { runs: [], letThrough: [] },
  pipelineChanges: []
}

const renamed = (key: string): ChangeRow => ({
  entity: "school",
  key,
  action: "update",
  before: { name: "A" },
  after: { name: "B" },
  changed: ["name"]
})

const placed = async (guards: string) => {
  const { over, smallDefinition } = await import("../snapshot/changes.ts")
  const { askGuards } = await import("../../src/run/night.ts")
  const definition = await smallDefinition(guards)
  const counts = [{ entity: "school", desired: 4, present: 4, unchanged: 2, covered: 0, keptThoughGone: 0 }]
  const rows = [renamed("n"), renamed("s")]
  return { definition, ...(await over(definition, [], rows, askGuards(definition, counts, quiet))) }
}

it("takes one file and one line in the list: its key, with its default, its hold, and its rows in the reference", async () => {
  const { definition, holds } = await placed("")
  expect(definition.load.entities[0]?.guards).toMatchObject({ manyRenamed: { percent: 40, floor: 1 } })
  expect(holds).toMatchObject([{ id: "hold-1", guard: "many_renamed", entity: "school", limit: 1, value: 2, steps: 2 }])
  const { PlanFileSchema } = await import("../../src/plan/plan.ts")
  const { published } = await import("../tools/published.ts")
  expect(Schema.is(Schema.Struct({ holds: PlanFileSchema.fields.holds }))({ holds })).toBe(true)
  const reference = published().get("pipeline-reference.md")
  expect(reference).toContain(
    '| `many_renamed` | keys | records that get another name, in rows. Default: `{"percent":40,"floor":1}`. |'
  )
  expect(reference).toContain("| `many_renamed` | many records that get another name | `many_renamed` |")
  const { holds: fewer } = await placed("\n  guards: { school: { many_renamed: { percent: 50 } } }")
  expect(fewer).toEqual([])
})
