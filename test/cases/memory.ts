import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { sha256 } from "../../src/core/hash.ts"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { type ReadProof, Source, SourceError } from "../../src/core/ports/source.ts"
import {
  byRemoteId,
  type ExistingRecord,
  TargetReader,
  type TargetError,
  TargetWriter,
  type WriteStep,
  type WriteResult
} from "../../src/core/ports/target.ts"

export type Rows = Readonly<Record<string, ReadonlyArray<Readonly<Record<string, unknown>>>>>

/** How a dataset's read shall look other than whole; `fails` = it cannot be read at all. */
export type Tampered = Readonly<Record<string, Partial<ReadProof> & { readonly fails?: string }>>

/** A source that holds rows in memory and gives them as one page file. */
export const memorySource = (rows: Rows, tampered: Tampered) =>
  Layer.succeed(Source, {
    connection: "campus",
    contracts: oneRosterCollections,
    requestsSent: () => 0,
    changes: {
      asker: "memory",
      look: (endpoint, since) => {
        const { length } = modifiedSince(rows[datasetOf(endpoint)] ?? [], since)
        return Effect.succeed({ rows: Math.min(1, length), total: length })
      }
    },
    read: ({ dataset, endpoint, directory, onProgress, since = null }) => {
      const { fails, ...proof } = tampered[dataset] ?? {}
      if (fails !== undefined) {
        return Effect.fail(
          new SourceError({ reason: "Unknown", connection: "campus", request: `GET ${endpoint}`, detail: fails })
        )
      }
      if (!oneRosterCollections.has(endpoint)) {
        const detail = "there is no such collection"
        return Effect.fail(new SourceError({ reason: "Refused", connection: "campus", request: endpoint, detail }))
      }
      const list = modifiedSince(rows[dataset] ?? [], since)
      const pageKey = oneRosterCollections.get(endpoint)?.pageKeys[0] ?? ""
      const path = join(directory, "page.json")
      const records = list.map((row) => JSON.stringify(asWire(row)))
      writeFileSync(path, `{${JSON.stringify(pageKey)}:[${records.join(",")}]}\n`)
      onProgress(list.length, list.length)
      return Effect.succeed({
        files: [{ path, layout: "lines" as const, pages: 1, rows: list.length, pageKey }],
        sha256: sha256(records.toSorted().join("\n")),
        proof: {
          dataset,
          endpoint,
          mode: since === null ? ("full" as const) : ("delta" as const),
          requests: 1,
          pages: 1,
          rowsRead: list.length,
          totalAtStart: list.length,
          totalAtEnd: list.length,
          endRecognisedBy: "total_reached" as const,
          sortedByKey: true,
          warnings: [],
          ...proof
        }
      })
    }
  })

/** Rows of the case stories stand under the names that the shipped pipeline gives its datasets. */
const datasetOf = (endpoint: string): string =>
  endpoint.slice(1).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const modifiedSince = (rows: Rows[string], since: string | null): Rows[string] =>
  since === null
    ? rows
    : rows.filter(({ dateLastModified }) => Date.parse(String(dateLastModified)) >= Date.parse(since))

const refs = new Set(["parent", "course", "school", "org", "user", "class"])
const lists = new Set(["terms", "orgs", "agents"])

/** Ids as GUIDRefs, as a provider sends them. */
const asWire = (row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      refs.has(name)
        ? { sourcedId: value }
        : lists.has(name)
          ? (value as ReadonlyArray<string>).map((sourcedId) => ({ sourcedId }))
          : value
    ])
  )

const roles = [
  "Student",
  "Teacher",
  "Teaching Aide",
  "Guardian",
  "Relative",
  "District Administrator",
  "School Administrator"
]
const types = ["Organization", "Course Template", "Course Offering", "Semester", "Section", "District", "School"]

/** A tenant that holds what is given, by resource; `edited` has what somebody made of the fields of every record of one. */
export const memoryReader = (
  existing: Readonly<Record<string, ReadonlyArray<ExistingRecord>>>,
  cascading: string,
  edited: Readonly<Record<string, Readonly<Record<string, string>>>>
) =>
  Layer.succeed(TargetReader, {
    connection: "brightspace",
    describe: Effect.succeed({
      versions: { lp: "1.53" },
      rootOrgUnitId: "1",
      switchedOff: {},
      timezone: "America/Chicago",
      roles: roles.map((name, index) => ({ id: String(index), name, code: null, isCascading: name === cascading })),
      orgUnitTypes: types.map((name, index) => ({ id: String(index), code: name, name }))
    }),
    asHeld: (_field, value) => value,
    // What rollbook wrote stands as it wrote it, but for what somebody edited.
    find: ({ resource, matchBy, wanted }) =>
      Effect.succeed(
        matchBy.includes(byRemoteId)
          ? wanted.map((record) => ({ remoteId: record[byRemoteId] ?? "", fields: { ...record, ...edited[resource] } }))
          : (existing[resource] ?? [])
      )
  })

/** A tenant that takes every step, unless it is told to refuse one; remote ids are the record's own names. */
export const memoryWriter = (
  refuse: (step: WriteStep) => Effect.Effect<WriteResult, TargetError> | null = () => null
) => {
  const perform = (step: WriteStep) =>
    refuse(step) ??
    Effect.succeed({ remoteId: step.remoteId ?? `${step.entity}:${step.key}`, wrote: true, leftAlone: [] })
  return Layer.succeed(TargetWriter, {
    connection: "brightspace",
    concurrency: 4,
    perform,
    reconcile: perform,
    idOf: () => null,
    requestsSent: () => 0
  })
}
