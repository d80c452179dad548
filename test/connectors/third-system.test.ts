import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { portsOf } from "../../src/cli/ports-of.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { catalogueOf } from "../../src/pipeline/catalogue.ts"
import { cataloguePage, catalogueText } from "../../src/pipeline/catalogue-text.ts"
import { connectionsJsonSchema } from "../../src/pipeline/json-schema.ts"
import { knownConnections } from "../../src/pipeline/known-connections.ts"
import { connectionNamed, loadConnections } from "../../src/pipeline/load-connections.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { offerOf } from "../../src/pipeline/offer.ts"
import { publishedPipelineSchema } from "../../src/pipeline/published-names.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { connectors, emptyEnvironment, inFolder } from "../tools/definitions.ts"
import { type Almanac, almanac } from "./almanac/connector.ts"
import { oneThread } from "../tools/one-thread.ts"

/** A third system takes a folder, and a line in a list. */
const withAlmanac = (held: Almanac) => [...connectors, almanac(held)]

const connections = `connections:
  old: { type: almanac, url: "https://old.example", key: "\${env:ALMANAC_KEY}" }
  new: { type: almanac, url: "https://new.example", key: "\${env:ALMANAC_KEY}" }
`

const pipeline = `pipeline: cards
timezone: America/Chicago
extract:
  connection: old
  datasets: { pupils: { endpoint: /users } }
transform:
  entities:
    card:
      from: pupils AS pupil
      key: pupil.number
      fields:
        code: { clean: { of: pupil.called, steps: [code_characters] } }
        mentor: pupil.mentor
load:
  connection: new
  entities: { card: { resource: user, on_gone: remove } }
  guards: { card: { gone: { percent: 100, floor: 10 } } }
`

const environment = { ...emptyEnvironment, variable: () => "a key" }

/** The pipeline of a workspace with its connections, as the command line has them. */
const workspace = (home: string, held: Almanac, text = pipeline) =>
  Effect.gen(function* () {
    const all = withAlmanac(held)
    const [file, definitions] = [join(home, "connections.yaml"), join(home, "cards.yaml")]
    writeFileSync(file, connections)
    writeFileSync(definitions, text)
    const known = yield* knownConnections(file, all)
    const { definition } = yield* loadDefinition(definitions, "cards.yaml", offerOf(all, known), environment)
    const named = yield* loadConnections(file, "connections.yaml", all, environment)
    const ports = portsOf(Effect.succeed(all))
    const source = yield* connectionNamed(named, definition.source)
    const target = yield* connectionNamed(named, definition.load.connection)
    return { definition, source, target, ports, known }
  })

it("is read and written by a plan and its apply, as any other", () =>
  inFolder((home) => {
    const held: Almanac = {
      pupils: [
        { number: "1", called: "Ada-Byron", mentor: "9" },
        { number: "2", called: "Grace" }
      ],
      cards: new Map()
    }
    const night = (day: string) =>
      Effect.gen(function* () {
        const { definition, ports, source, target } = yield* workspace(home, held)
        const at = `${day}T07:00:00.000Z`
        const quiet = { stage: () => undefined, read: () => undefined }
        const reader = ports.targetReader(target, definition.timezone)
        const made = yield* makePlan({
          definition,
          clock: { asOf: day, now: at },
          part: wholePlan,
          progress: quiet
        }).pipe(Effect.provide(Layer.merge(ports.source(source, definition.timezone), reader)))
        yield* applyPlan({
          id: made.plan.plan_id,
          definition,
          now: at,
          part: wholePlan,
          extent: "everything",
          onProgress: () => undefined
        }).pipe(Effect.provide(Layer.merge(ports.targetWriter(target, definition.timezone), reader)))
        return made.plan.steps.count
      })
    return Effect.runPromise(
      Effect.gen(function* () {
        expect(yield* night("2026-10-01")).toBe(2)
        // The field takes six characters, and no dash; a ref of this system is the bare id.
        expect([...held.cards.values()]).toEqual([
          { code: "Ada_By", mentor: "9" },
          { code: "Grace", mentor: null }
        ])
        held.pupils.splice(1)
        expect(yield* night("2026-10-02")).toBe(1)
        expect([...held.cards.keys()]).toEqual(["card-1"])
        expect(yield* night("2026-10-03")).toBe(0)
      }).pipe(
        Effect.provide(
          Layer.merge(
            warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
            journalLayer(join(home, "journal"))
          )
        )
      )
    )
  }))

it.each([
  [
    "a collection of another system",
    "endpoint: /users",
    "endpoint: /classes",
    "old is a connection of type almanac, which has none of the collections named here"
  ],
  ["a resource of another system", "resource: user", "resource: section", "new is a connection of type almanac"],
  ["a field that its card has not", "mentor: pupil.mentor", "username: pupil.mentor", "user has no field username"],
  ["a column of another system", "of: pupil.called", "of: pupil.givenName", "pupil has no column givenName"]
])("is told of %s, at its place", (_, from, to, message) =>
  inFolder(async (home) => {
    expect(pipeline).toContain(from)
    const held = { pupils: [], cards: new Map() }
    const said = await Effect.runPromise(Effect.flip(workspace(home, held, pipeline.replace(from, to))))
    expect("diagnostics" in said ? said.message : "").toContain(message)
  })
)

it("appears in the catalogue, in the schemas and among the secrets", async () => {
  const held = { pupils: [], cards: new Map() }
  const all = withAlmanac(held)
  expect(catalogueText(catalogueOf(all), "almanac")).toContain("endpoint /users")
  expect(catalogueText(catalogueOf(all), "user")?.match(/^resource user$/gm)).toHaveLength(2)
  expect(cataloguePage(catalogueOf(all))).toContain("6 characters at most, without -")
  expect(JSON.stringify(connectionsJsonSchema(all))).toContain("#/$defs/almanac")
  expect(JSON.stringify(publishedPipelineSchema(all))).toContain('"/users"')
  const known = await inFolder((home) => Effect.runPromise(Effect.map(workspace(home, held), (made) => made.known)))
  expect(known).toMatchObject({
    types: new Map([
      ["old", "almanac"],
      ["new", "almanac"]
    ]),
    secrets: new Set(["ALMANAC_KEY"])
  })
})

it("is refused what it does not offer, with the types that do", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const ports = portsOf(Effect.succeed(withAlmanac({ pupils: [], cards: new Map() })))
      const refused = yield* Effect.flip(ports.publicKeys({ type: "almanac", name: "old" }))
      expect(refused.message).toContain("old is a connection of type almanac, which knows rollbook by no public keys")
      expect(refused).toMatchObject({ hint: "name a connection of type brightspace" })
    })
  ))
