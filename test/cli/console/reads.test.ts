import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { readsOf } from "../../../src/cli/console/reads.ts"
import type { Room } from "../../../src/cli/console/room.ts"
import type { Definition } from "../../../src/pipeline/definition.ts"
import type { SourceRead } from "../../../src/plan/plan.ts"
import { NotFound } from "../../../src/service/http/contract/errors.ts"

const read = (dataset: string, more: Partial<SourceRead> = {}): SourceRead => ({
  dataset,
  proven: true,
  doubts: [],
  rows: 7,
  pages: 1,
  requests: 1,
  totalAtStart: 7,
  totalAtEnd: 7,
  endRecognisedBy: "total_reached",
  duplicates: 0,
  warnings: [],
  became: 7,
  quarantined: 0,
  unwanted: 0,
  ...more
})

const [since, whole_at, whole_by] = ["2026-10-01T07:00:00Z", "2026-09-28T07:00:00Z", "2026-10-05T07:00:00Z"]
const source = [
  read("orgs"),
  read("users", { not_modified: true, proven: false }),
  read("enrollments", { delta: { since, changed: 3, whole_at, whole_by } }),
  read("classes", { read_whole: "its last whole read is 7 days old" }),
  read("items"),
  read("values")
]
const modes = { orgs: "whole", users: "whole", enrollments: "delta", classes: "delta", items: "kept", values: "delta" }
const definition = {
  datasets: Object.entries(modes).map(([name, kind]) => ({ name, mode: { kind } }))
} as unknown as Definition

const told = async (room: Pick<Room, "definition">) =>
  (await Effect.runPromise(readsOf(room, { pipeline: "roster", source }))).map(({ changed, dataset, how, proven }) => [
    dataset,
    how,
    changed,
    proven
  ])

it("tells of each collection whether it was read whole, by what changed, part by part, or not sent", async () => {
  expect(await told({ definition: () => Effect.succeed(definition) })).toEqual([
    ["orgs", "whole", null, true],
    ["users", "not sent", null, false],
    ["enrollments", "by delta", 3, true],
    ["classes", "whole", null, true],
    ["items", "part by part", null, true],
    ["values", "part by part", null, true]
  ])
})

it("says what the plan itself does where its pipeline is not there", async () => {
  const hows = (await told({ definition: () => new NotFound({ message: "there is none" }) })).map(([, how]) => how)
  expect(hows).toEqual([null, "not sent", "by delta", "whole", null, null])
})
