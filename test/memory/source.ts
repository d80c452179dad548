import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gradebookCollections } from "../../src/adapters/brightspace/gradebook/contracts.ts"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import type { CollectionContract } from "../../src/core/ports/contracts.ts"
import {
  type CollectionPages,
  type CollectionRequest,
  type ReadProof,
  type ReadScope,
  Source,
  SourceError,
  type SourceService
} from "../../src/core/ports/source.ts"
import { sha256 } from "../../src/core/hash.ts"

type Wire = Readonly<Record<string, unknown>>

/** What a source in memory gives of a collection that it has. */
interface Held extends Partial<Pick<CollectionPages, "unread" | "late">> {
  /** Records as they go over the wire. */
  readonly records: ReadonlyArray<Wire>
  /** What its proof says otherwise than that everything was read. */
  readonly proof?: Partial<ReadProof>
  /** It cannot be read at all. */
  readonly fails?: string
  /** It does not answer. */
  readonly hangs?: boolean
}

/** The one source in memory: whatever it holds comes as one page file, proven whole, and is the same at every read. */
const source = (
  connection: string,
  contracts: ReadonlyMap<string, CollectionContract>,
  held: (request: CollectionRequest) => Held,
  changes?: SourceService["changes"]
): Layer.Layer<Source> => {
  let requests = 0
  return Layer.succeed(Source, {
    connection,
    contracts,
    requestsSent: () => requests,
    ...(changes !== undefined && { changes }),
    read: (request) =>
      Effect.suspend(() => {
        const { dataset, directory, endpoint, onProgress, scopes, since = null } = request
        const contract = contracts.get(endpoint)
        const refuse = (reason: "Refused" | "Unknown", request: string, detail: string) =>
          new SourceError({ reason, connection, request, detail })
        if (contract === undefined) return refuse("Refused", endpoint, "there is no such collection")
        requests += scopes?.length ?? 1
        const { fails, hangs = false, proof, records, ...parts } = held(request)
        if (hangs) return Effect.never
        if (fails !== undefined) return refuse("Unknown", `GET ${endpoint}`, fails)
        const path = join(directory, "page.json")
        const lines = records.map((record) => JSON.stringify(record))
        const total = scopes === undefined ? lines.length : null
        writeFileSync(path, lines.join("\n"), { mode: 0o600 })
        onProgress(lines.length, total)
        return Effect.succeed({
          files: [{ path, rows: lines.length }],
          ...(scopes === undefined && { sha256: sha256(lines.toSorted().join("\n")) }),
          ...parts,
          proof: {
            dataset,
            endpoint,
            mode: since === null ? ("full" as const) : ("delta" as const),
            requests: scopes?.length ?? 1,
            pages: 1,
            rowsRead: lines.length,
            totalAtStart: total,
            totalAtEnd: total,
            endRecognisedBy: scopes === undefined ? ("total_reached" as const) : ("whole_collection" as const),
            sortedByKey: scopes === undefined,
            warnings: [],
            ...proof
          }
        })
      })
  })
}

/** Records of a district by dataset, refs as bare ids. */
export type Rows = Readonly<Record<string, ReadonlyArray<Wire>>>

/** How a dataset's read shall look other than whole; `fails` = it cannot be read at all, `hangs` = it does not answer. */
export type Tampered = Readonly<
  Record<string, Partial<ReadProof> & { readonly fails?: string; readonly hangs?: boolean }>
>

/** A student information system in memory, as its roster is read. */
export const memorySource = (rows: Rows, tampered: Tampered): Layer.Layer<Source> =>
  source(
    "campus",
    oneRosterCollections,
    ({ dataset, since = null }) => {
      const { fails, hangs = false, ...proof } = tampered[dataset] ?? {}
      const records = modifiedSince(rows[dataset] ?? [], since).map(asWire)
      return { records, proof, hangs, ...(fails !== undefined && { fails }) }
    },
    {
      asker: "memory",
      look: (endpoint, since) => {
        const { length } = modifiedSince(rows[datasetOf(endpoint)] ?? [], since)
        return Effect.succeed({ rows: Math.min(1, length), total: length })
      }
    }
  )

/** Rows of the case stories stand under the names that the shipped pipeline gives its datasets. */
const datasetOf = (endpoint: string): string =>
  endpoint.slice(1).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const modifiedSince = (rows: ReadonlyArray<Wire>, since: string | null): ReadonlyArray<Wire> =>
  since === null
    ? rows
    : rows.filter(({ dateLastModified }) => Date.parse(String(dateLastModified)) >= Date.parse(since))

const refs = new Set(["parent", "course", "school", "org", "user", "class"])
const lists = new Set(["terms", "orgs", "agents"])

/** Ids as GUIDRefs, as a provider sends them. */
const asWire = (row: Wire): Wire =>
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

/** Rows of grade books by the last word of their endpoint, as the contracts name their columns. */
export type GradebookRows = Readonly<Record<string, ReadonlyArray<Wire>>>

/** One part that was asked for. */
export interface AskedPart {
  readonly dataset: string
  readonly id: string
  readonly since: string | null
}

/**
 * Grade books in memory, read part by part; what was asked for is noted in `asked`. What cannot be read is named by the
 * id of the part, or by dataset and id (`exemptions 7001/1`) where it is that part of that dataset alone.
 */
export const memoryGradebooks = (
  rows: () => GradebookRows,
  unread: () => ReadonlyArray<string> = () => [],
  asked: Array<AskedPart> = [],
  /** As `unread`: what is not asked for, because the minutes are over. */
  late: () => ReadonlyArray<string> = () => [],
  hangs: () => boolean = () => false
): Layer.Layer<Source> =>
  source("brightspace", gradebookCollections, ({ dataset, endpoint, scopes = [] }) => {
    const part = gradebookCollections.get(endpoint)?.part ?? ""
    const isIn = (named: ReadonlyArray<string>, { id }: ReadScope) =>
      named.some((one) => one === id || one === `${dataset} ${id}`)
    const isUnread = (scope: ReadScope) => isIn(unread(), scope) || isIn(late(), scope)
    asked.push(...scopes.map(({ id, since }) => ({ dataset, id, since })))
    const left = scopes.filter(isUnread).map(({ id }) => id)
    const name = endpoint.slice("/gradebook/".length)
    return {
      hangs: hangs(),
      records: scopes
        .filter((scope) => !isUnread(scope))
        .flatMap(({ id, since }) =>
          (rows()[name] ?? []).filter(
            (row) => row[part] === id && (since === null || String(row["LastModified"]) > since)
          )
        ),
      unread: left,
      late: scopes.filter((scope) => isIn(late(), scope)).map(({ id }) => id),
      proof: { warnings: left.map((id) => `part ${id} was not read`) }
    }
  })
