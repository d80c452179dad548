import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { beforeAll, beforeEach, describe } from "vitest"
import { layer as warehouseLayer, layerToRead } from "../../src/adapters/duckdb/warehouse.ts"
import { makeJournal } from "../../src/adapters/journal/journal.ts"
import { portsOf } from "../../src/cli/ports-of.ts"
import { connectionNamed, loadConnections } from "../../src/pipeline/load-connections.ts"
import type { BrightspaceConnection } from "../../src/adapters/brightspace/settings.ts"
import type { Connection } from "../../src/core/ports/connections.ts"
import type { TargetReader, TargetWriter } from "../../src/core/ports/target.ts"
import { memorySis } from "../memory/sis.ts"
import { memoryGradebooks, memorySource, type Tampered } from "../memory/source.ts"
import { refusalOf, type Troubled } from "../memory/target.ts"
import { memoryTenant } from "../memory/tenant.ts"
import { type Almanac, almanac } from "../connectors/almanac/connector.ts"
import { call, connectionTo, rehearse, seedCourse } from "../sandbox/rehearsal.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { peopleInSchools } from "../load/people-in-schools.ts"
import { connectors } from "../tools/definitions.ts"
import { journalContract } from "./journal-contract.ts"
import { type ReadTrouble, sourceContract } from "./source-contract.ts"
import { targetContract, type Trouble } from "./target-contract.ts"
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

beforeEach(() => pupils.cards.clear())

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

/** What befalls what is read over HTTP. */
const readFaultsOf = (url: () => string, pattern: string) => (trouble: ReadTrouble) =>
  call(`${url()}/sandbox/faults`, {
    method: "POST",
    body: {
      ...(trouble === "reads are forbidden"
        ? { do: "status", status: 403 }
        : { do: trouble === "answers are half" ? "truncate" : "hang" }),
      match: { method: "GET", pattern }
    }
  })

sourceContract("of Infinite Campus, over the sandbox", {
  source: () => ports.source(real.campus, timezone),
  connection: "campus",
  request: () => ({ endpoint: "/orgs" }),
  befalls: readFaultsOf(() => sandbox().campusUrl, "/orgs$")
})
const north = { sourcedId: "1", status: "active", name: "North", type: "school" }
const tampered: { read?: Tampered[string] } = {}
sourceContract("of Infinite Campus, in memory", {
  source: () => memorySource({ read: [north], orgs: [north] }, tampered),
  connection: "campus",
  request: () => ({ endpoint: "/orgs" }),
  fill: async () => {
    delete tampered.read
  },
  befalls: async (trouble) => {
    tampered.read =
      trouble === "answers are half"
        ? { endRecognisedBy: "unproven" }
        : trouble === "nothing is answered"
          ? { hangs: true }
          : { fails: "HTTP 403" }
  }
})
let course = ""
sourceContract("of grade books of Brightspace, over the sandbox", {
  source: () => ports.source(real.brightspace, timezone),
  connection: "brightspace",
  request: () => ({ endpoint: "/gradebook/items", scopes: [{ id: course, since: null }] }),
  nowhere: "999999",
  fill: async () => {
    await seedCourse(sandbox(), { items: [{ name: "Essay", type: "Numeric", maxPoints: 20 }] })
    const { body } = await call(`${sandbox().brightspaceUrl}/sandbox/state`)
    const { gradebooks } = body as { readonly gradebooks: ReadonlyArray<{ readonly orgUnitId: number }> }
    course = String(gradebooks[0]?.orgUnitId)
  },
  befalls: readFaultsOf(() => sandbox().brightspaceUrl, "/grades/")
})
let hanging = false
sourceContract("of grade books of Brightspace, in memory", {
  source: () =>
    memoryGradebooks(
      () => ({ items: [{ RecordId: "7001/1", OrgUnitId: "7001", Id: "1", Name: "Essay" }] }),
      () => ["9"],
      [],
      undefined,
      () => hanging
    ),
  connection: "brightspace",
  request: () => ({ endpoint: "/gradebook/items", scopes: [{ id: "7001", since: null }] }),
  nowhere: "9",
  fill: async () => {
    hanging = false
  },
  befalls: async () => {
    hanging = true
  }
})
sourceContract("of an invented system", {
  source: () => ports.source(invented, timezone),
  connection: "almanac",
  request: () => ({ endpoint: "/users" })
})

/** A stand-in in memory, made anew for each test, and the trouble that it can be brought into. */
const inMemory = (make: (trouble: Troubled) => Layer.Layer<TargetReader | TargetWriter>) => {
  let trouble: Trouble | null = null
  let held: Layer.Layer<TargetReader | TargetWriter>
  beforeEach(() => {
    trouble = null
    held = make({
      answer: (_, carryOut) => {
        if (trouble === "nothing is answered") return Effect.never
        if (trouble !== "answers are lost") return null
        trouble = null
        carryOut()
        return refusalOf("AnswerLost")
      },
      unreadable: (connection) => (trouble === "reads are forbidden" ? refusalOf("Forbidden", { connection }) : null)
    })
  })
  return {
    reader: () => held,
    writer: () => held,
    befalls: async (what: Trouble) => {
      trouble = what
    }
  }
}

/** What befalls a stand-in over HTTP, by its faults. */
const faultsOf =
  (url: () => string, writes: ReadonlyArray<string>, pattern = dataOnly) =>
  (trouble: Trouble) =>
    call(`${url()}/sandbox/faults`, {
      method: "POST",
      body:
        trouble === "answers are lost"
          ? writes.map((method) => ({ do: "answer_lost", times: 1, match: { method, pattern } }))
          : trouble === "reads are forbidden"
            ? [{ do: "status", status: 403, match: { method: "GET", pattern } }]
            : writes.map((method) => ({ do: "hang", match: { method, pattern } }))
    })
/** Tokens are another matter. */
const dataOnly = "/(?:users|lineItems)/"

const person = {
  first_name: "Ada",
  middle_name: null,
  last_name: "Byron",
  username: "ada.byron",
  email: null,
  org_defined_id: "s1",
  role: "Student",
  is_active: "true"
}
const user = {
  connection: "brightspace",
  resource: "user",
  key: "s1",
  fields: person,
  change: { field: "last_name", to: "Lovelace" },
  another: { key: "s2", fields: { ...person, first_name: "Mary", username: "mary.s", org_defined_id: "s2" } },
  name: "username",
  removal: { action: "deactivate", leaves: { is_active: "false" } },
  nobody: "999999"
} as const
targetContract("of Brightspace, over the sandbox", {
  reader: () => ports.targetReader(real.brightspace, timezone),
  writer: () => ports.targetWriter(real.brightspace, timezone),
  ...user,
  befalls: faultsOf(() => sandbox().brightspaceUrl, ["POST"])
})
const batches = (verb = "", method = "GET") => call(`${sandbox().brightspaceUrl}/sandbox/batches${verb}`, { method })
let people: Definition
beforeAll(async () => {
  people = await peopleInSchools()
})
/** With a way by rows, each batch worked off when it is asked for. */
const bulk = { sourceSystem: "1042", version: "3.0", at: 1, waitMinutes: 0, settleHours: 24 } as const
const withRows = (): BrightspaceConnection => {
  const connection = connectionTo(sandbox())
  const { auth } = connection
  const scope = ["core:*:*", "users:*:*", "role:detail:read", "enrollment:orgunit:*", "ipsis:batch:upload"]
  return { ...connection, ...(auth.type === "private_key_jwt" ? { auth: { ...auth, scope } } : {}), bulk }
}
describe("by rows", () => {
  beforeEach(() => call(`${sandbox().brightspaceUrl}/sandbox/settings`, { method: "PUT", body: { batches: "asked" } }))
  targetContract("of Brightspace, over the sandbox, by rows", {
    reader: () => ports.targetReader(real.brightspace, timezone),
    writer: () => ports.targetWriter(withRows(), timezone),
    ...user,
    befalls: faultsOf(() => sandbox().brightspaceUrl, ["PUT"], "/(?:users|ipsis-batches)/"),
    rows: {
      definition: () => people,
      workOff: () => batches("/work-off", "POST"),
      given: async () => {
        const all = (await batches("/work-off", "POST")).body as ReadonlyArray<{ readonly rows: number }>
        return all.reduce((sum, { rows }) => sum + rows, 0)
      }
    }
  })
})
targetContract("of Brightspace, in memory", { ...inMemory((trouble) => memoryTenant({ ...trouble })), ...user })

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
const lineItem = {
  connection: "campus",
  resource: "line_item",
  key: "7001-1",
  fields: assignment,
  change: { field: "title", to: "Long essay" },
  another: { key: "7001-2", fields: { ...assignment, title: "Poem" } },
  name: "title",
  nobody: "nobody"
} as const
targetContract("of a gradebook of Infinite Campus, over the sandbox", {
  reader: () => ports.targetReader(real.campus, timezone),
  writer: () => ports.targetWriter(real.campus, timezone),
  ...lineItem,
  befalls: faultsOf(() => sandbox().campusUrl, ["PUT"])
})
targetContract("of a gradebook of Infinite Campus, in memory", {
  ...inMemory((trouble) => memorySis(timezone, undefined, trouble)),
  ...lineItem
})
const card = { code: "Ada", mentor: "9" }
targetContract("of an invented system", {
  reader: () => ports.targetReader(invented, timezone),
  writer: () => ports.targetWriter(invented, timezone),
  connection: "almanac",
  resource: "user",
  key: "1",
  fields: card,
  change: { field: "mentor", to: "8" },
  another: { key: "2", fields: { code: "Mary", mentor: "7" } },
  name: "code",
  removal: { action: "delete", leaves: null },
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
