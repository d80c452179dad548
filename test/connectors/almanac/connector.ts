import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Connection } from "../../../src/core/ports/connections.ts"
import type { Connector } from "../../../src/core/ports/connector.ts"
import type { CollectionContract, ResourceContract } from "../../../src/core/ports/contracts.ts"
import { address, secret } from "../../../src/core/ports/settings.ts"
import { Source, SourceError } from "../../../src/core/ports/source.ts"
import {
  byRemoteId,
  TargetError,
  TargetReader,
  TargetWriter,
  type WriteResult,
  type WriteStep
} from "../../../src/core/ports/target.ts"

/**
 * Almanac, a system that does not exist: it has pupils to read and cards to write, and calls both otherwise than the others
 * do. What is written here is all that rollbook must be told of it.
 */

interface AlmanacConnection extends Connection {
  readonly type: "almanac"
  readonly url: string
}

const Settings = Schema.Struct({
  type: Schema.Literal("almanac").annotations({ description: "an almanac" }),
  url: address("where it is", ["${env:ALMANAC_URL}"]),
  key: secret("its key, by reference", ["${env:ALMANAC_KEY}"])
}).annotations({ identifier: "almanac", title: "a connection of type almanac" })

/** `/users` is the name of another system's collection too. */
const collections: ReadonlyMap<string, CollectionContract> = new Map([
  [
    "/users",
    {
      endpoint: "/users",
      pageKeys: ["pupils"],
      key: "number",
      modified: null,
      columns: [
        { name: "number", kind: "text", required: true },
        { name: "called", kind: "text", required: true, personal: true },
        { name: "mentor", kind: "ref" }
      ]
    }
  ]
])

const resources: ReadonlyMap<string, ResourceContract> = new Map([
  [
    "user",
    {
      resource: "user",
      description: "a card",
      fields: [
        {
          name: "code",
          kind: "text",
          required: true,
          unique: true,
          limits: { maxLength: 6, unit: "characters", forbidden: "-" },
          description: "what stands at its head"
        },
        { name: "mentor", kind: "text", required: false, description: "the number of who looks after it" }
      ],
      matchable: [],
      onGone: ["keep", "remove"],
      isReadable: true,
      type: "none"
    }
  ]
])

/** What an almanac holds: pupils as it sends them, and cards by their id. */
export interface Almanac {
  readonly pupils: Array<Readonly<Record<string, string>>>
  readonly cards: Map<string, WriteStep["fields"]>
}

export const almanac = (held: Almanac): Connector<AlmanacConnection> => ({
  type: "almanac",
  title: "Almanac",
  kind: "sis",
  settings: { schema: Settings, make: ({ url }: typeof Settings.Type, { name }) => ({ type: "almanac", name, url }) },
  collections,
  resources,
  source: ({ name }) => {
    let reads = 0
    return Layer.succeed(Source, {
      connection: name,
      contracts: collections,
      requestsSent: () => reads,
      read: ({ dataset, directory, endpoint }) =>
        Effect.suspend(() => {
          if (!collections.has(endpoint)) {
            const detail = "an almanac has pupils alone"
            return Effect.fail(new SourceError({ reason: "Refused", connection: name, request: endpoint, detail }))
          }
          reads++
          const path = join(directory, "pupils.json")
          writeFileSync(path, held.pupils.map((pupil) => JSON.stringify(pupil)).join("\n"), { mode: 0o600 })
          const rows = held.pupils.length
          return Effect.succeed({
            files: [{ path, rows }],
            proof: {
              dataset,
              endpoint,
              mode: "full" as const,
              requests: 1,
              pages: 1,
              rowsRead: rows,
              totalAtStart: rows,
              totalAtEnd: rows,
              endRecognisedBy: "total_reached" as const,
              sortedByKey: true,
              warnings: []
            }
          })
        })
    })
  },
  reader: ({ name }) =>
    Layer.succeed(TargetReader, {
      connection: name,
      describe: Effect.succeed({
        versions: {},
        rootOrgUnitId: "",
        timezone: null,
        roles: [],
        orgUnitTypes: [],
        switchedOff: {}
      }),
      asHeld: (_field, value) => value,
      find: ({ wanted }) =>
        Effect.sync(() =>
          wanted.flatMap((one) => {
            const remoteId = one[byRemoteId] ?? ""
            const fields = held.cards.get(remoteId)
            return fields === undefined ? [] : [{ remoteId, fields }]
          })
        )
    }),
  writer: ({ name }) => {
    let requests = 0
    const refuse = (reason: "Unsupported" | "Conflict", request: string, detail: string) =>
      new TargetError({ reason, connection: name, request, detail })
    const perform = (step: WriteStep): Effect.Effect<WriteResult, TargetError> =>
      Effect.suspend(() => {
        if (!resources.has(step.resource)) return refuse("Unsupported", step.resource, "an almanac has cards alone")
        requests++
        const remoteId = step.remoteId ?? `card-${held.cards.size + 1}`
        const { code } = step.fields
        if (step.action === "delete") held.cards.delete(remoteId)
        else if ([...held.cards].some(([id, card]) => id !== remoteId && card["code"] === code)) {
          return refuse("Conflict", "PUT /cards", "another card has this code")
        } else held.cards.set(remoteId, step.fields)
        return Effect.succeed({ remoteId, wrote: true, leftAlone: [] })
      })
    /** A card that may have been made is the one with its code. */
    const reconcile = (step: WriteStep) => {
      const made = [...held.cards].find(([, fields]) => fields["code"] === step.fields["code"])
      return step.action === "create" && made !== undefined
        ? Effect.succeed({ remoteId: made[0], wrote: false, leftAlone: [] })
        : perform(step)
    }
    return Layer.succeed(TargetWriter, {
      connection: name,
      concurrency: 1,
      perform,
      reconcile,
      idOf: () => null,
      requestsSent: () => requests
    })
  }
})
