import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { beforeAll } from "vitest"
import { layer as warehouseLayer, layerToRead } from "../../src/adapters/duckdb/warehouse.ts"
import { makeJournal } from "../../src/adapters/journal/journal.ts"
import { portsOf } from "../../src/cli/ports-of.ts"
import { connectionNamed, loadConnections } from "../../src/pipeline/load-connections.ts"
import type { Connection } from "../../src/core/ports/connections.ts"
import { memorySis } from "../memory/sis.ts"
import { memorySource } from "../memory/source.ts"
import { type Almanac, almanac } from "../connectors/almanac/connector.ts"
import { rehearse } from "../sandbox/rehearsal.ts"
import { connectors } from "../tools/definitions.ts"
import { journalContract } from "./journal-contract.ts"
import { sourceContract } from "./source-contract.ts"
import { targetContract } from "./target-contract.ts"
import { warehouseContract } from "./warehouse-contract.ts"
import { oneThread } from "../tools/one-thread.ts"

/** Each port's contract, held by the real adapter over the sandbox and by what stands in for it in tests. */

const sandbox = rehearse()
const file = new URL("../../pipelines/connections.yaml", import.meta.url).pathname
const timezone = "America/Chicago"

const pupils: Almanac = { pupils: [{ number: "1", called: "Ada" }], cards: new Map() }
const all = [...connectors, almanac(pupils)]
const ports = portsOf(Effect.succeed(all))
const invented: Connection = { type: "almanac", name: "almanac" }

let real: Readonly<Record<"campus" | "brightspace", Connection>>
beforeAll(() =>
  Effect.gen(function* () {
    const environment = { variable: (name: string) => sandbox().environment[name], readFile: () => null }
    const named = yield* loadConnections(file, "connections.yaml", all, environment)
    real = {
      campus: yield* connectionNamed(named, "campus"),
      brightspace: yield* connectionNamed(named, "brightspace")
    }
  }).pipe(Effect.runPromise)
)

sourceContract("of Infinite Campus, over the sandbox", {
  source: () => ports.source(real.campus, timezone),
  connection: "campus",
  request: { endpoint: "/orgs" }
})
const north = { sourcedId: "1", status: "active", name: "North", type: "school" }
sourceContract("in memory", {
  source: () => memorySource({ read: [north], orgs: [north] }, {}),
  connection: "campus",
  request: { endpoint: "/orgs" }
})
sourceContract("of an invented system", {
  source: () => ports.source(invented, timezone),
  connection: "almanac",
  request: { endpoint: "/users" }
})

targetContract("of Brightspace, over the sandbox", {
  reader: () => ports.targetReader(real.brightspace, timezone),
  writer: () => ports.targetWriter(real.brightspace, timezone),
  connection: "brightspace",
  resource: "user",
  key: "s1",
  fields: {
    first_name: "Ada",
    middle_name: null,
    last_name: "Byron",
    username: "ada.byron",
    email: null,
    org_defined_id: "s1",
    role: "Student",
    is_active: "true"
  },
  change: { field: "last_name", to: "Lovelace" },
  nobody: "999999"
})
const assignment = {
  title: "Essay",
  description: null,
  assign_date: "2026-10-01T12:00:00.000Z",
  due_date: "2026-10-08T12:00:00.000Z",
  class: "5013",
  grading_period: null,
  result_value_max: "20",
  result_value_min: null
}
targetContract("of a gradebook of Infinite Campus, over the sandbox", {
  reader: () => ports.targetReader(real.campus, timezone),
  writer: () => ports.targetWriter(real.campus, timezone),
  connection: "campus",
  resource: "line_item",
  key: "7001-1",
  fields: assignment,
  change: { field: "title", to: "Long essay" },
  nobody: "nobody"
})
targetContract("in memory", {
  ...(() => {
    const held = memorySis(timezone)
    return { reader: () => held, writer: () => held }
  })(),
  connection: "campus",
  resource: "line_item",
  key: "7001-1",
  fields: assignment,
  change: { field: "title", to: "Long essay" },
  nobody: "nobody"
})
targetContract("of an invented system", {
  reader: () => ports.targetReader(invented, timezone),
  writer: () => ports.targetWriter(invented, timezone),
  connection: "almanac",
  resource: "user",
  key: "1",
  fields: { code: "Ada", mentor: "9" },
  change: { field: "mentor", to: "8" },
  nobody: "card-0"
})

journalContract("of lines in a folder", makeJournal)

warehouseContract("of a workspace", (stateFile) => warehouseLayer({ stateFile, ...oneThread }))
warehouseContract("of a workspace that is only read", (stateFile) =>
  Layer.provideMerge(
    layerToRead({ stateFile, ...oneThread }),
    Layer.effectDiscard(Effect.scoped(Layer.build(warehouseLayer({ stateFile, ...oneThread }))))
  )
)
