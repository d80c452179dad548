import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { knownConnections } from "../../src/pipeline/known-connections.ts"
import { offerOf } from "../../src/pipeline/offer.ts"
import { connectors, emptyEnvironment, inFolder, proving, smallPipeline } from "../tools/definitions.ts"

const types = new Map([
  ["campus", "oneroster"],
  ["brightspace", "brightspace"]
])
const offer = offerOf(connectors, { types, ends: new Map(), secrets: new Set(["DISTRICT_CODE"]) })

const good = smallPipeline(
  "  entities: { school: { from: orgs AS org, key: org.sourcedId, fields: { name: org.name, code: org.identifier } } }",
  "{ school: { resource: org_unit, type: School, on_gone: keep } }"
)

const said = (text: string): Promise<ReadonlyArray<string>> =>
  inFolder((folder) => {
    const path = join(folder, "pipeline.yaml")
    writeFileSync(path, text)
    return Effect.runPromise(
      Effect.match(proving(path, "pipeline.yaml", offer, emptyEnvironment), {
        onSuccess: () => [],
        onFailure: ({ diagnostics }) => diagnostics.map((one) => `${one.line}: ${one.message} | ${one.hint}`)
      })
    )
  })

it.each([
  ["a good pipeline", "small", "small", []],
  [
    "a misspelt source",
    "connection: campus",
    "connection: campsu",
    ["4: there is no connection campsu in connections.yaml | did you mean campus?"]
  ],
  [
    "a misspelt target",
    "connection: brightspace",
    "connection: brightspac",
    ["11: there is no connection brightspac in connections.yaml | did you mean brightspace?"]
  ],
  [
    "a target as the source",
    "connection: campus",
    "connection: brightspace",
    [
      "4: brightspace is a connection of type brightspace, which has none of the collections named here | did you mean campus?"
    ]
  ],
  [
    "a source as the target",
    "connection: brightspace",
    "connection: campus",
    [
      "11: campus is a connection of type oneroster, which has none of the resources named here | did you mean brightspace?"
    ]
  ],
  [
    "a collection that another connection has",
    "endpoint: /users",
    "endpoint: /gradebook/items",
    ["7: the connection has no collection /gradebook/items | "]
  ],
  [
    "a secret of another name",
    "America/Chicago",
    "${env:DISTRICT_CODE}",
    ["2: DISTRICT_CODE is a secret, and a pipeline is shown to people | secrets stand in connections.yaml alone"]
  ]
])("tells once of %s", async (_, from, to, messages) => {
  expect(good).toContain(from)
  expect(await said(good.replace(from, to))).toEqual(messages)
})

it("knows types, secrets and ends of connections before any variable is asked for", async () => {
  const known = await inFolder((folder) => {
    const path = join(folder, "connections.yaml")
    writeFileSync(
      path,
      `connections:
  campus:
    type: oneroster
    expires_on: "2027-06-30"
    auth: { type: oauth2, client_secret: "\${env:DISTRICT_CODE}" }
    gradebook_headers: { x-key: "\${env:A:-}:\${env:B}" }
  odd: 5
`
    )
    return Effect.runPromise(knownConnections(path, connectors))
  })
  expect(known).toEqual({
    types: new Map([["campus", "oneroster"]]),
    ends: new Map([["campus", "2027-06-30"]]),
    secrets: new Set(["DISTRICT_CODE", "A", "B"])
  })
  expect(await Effect.runPromise(knownConnections("/nowhere/connections.yaml", connectors))).toBeNull()
})
