import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { OneRosterConnection } from "./settings.ts"
import { sha256 } from "../../core/hash.ts"
import type { CollectionContract } from "../../core/ports/contracts.ts"
import {
  type CollectionPages,
  type CollectionRequest,
  Source,
  SourceError,
  type SourceService,
  type TaggedRead
} from "../../core/ports/source.ts"
import { questionOf } from "./address.ts"
import { ask, type Campus, campusOf } from "./ask.ts"
import { connect, isVersion12 } from "./connect.ts"
import { oneRoster12Collections, oneRosterCollections } from "./contracts.ts"
import { crawl, type Crawled } from "./crawl.ts"
import { honestyOf, readUnlessSame } from "./tagged.ts"
import type { Doing } from "../../core/doing.ts"

/** Reads rosters over OneRoster 1.1, or over the rostering service of 1.2. `timezone` is that of the peak hours. */
export const layer = (connection: OneRosterConnection, timezone: string): Layer.Layer<Source, SourceError> =>
  Layer.scoped(Source, makeSource(connection, timezone))

export const makeSource = Effect.fn("oneroster.source")(function* (
  connection: OneRosterConnection,
  timezone: string
): Doing<SourceService, SourceError, Scope.Scope> {
  const { http, authorizer, requestsSent } = yield* connect(connection, timezone)
  const campus = campusOf(connection, http, authorizer)
  const contracts = isVersion12(connection) ? oneRoster12Collections : oneRosterCollections
  return {
    connection: connection.name,
    contracts,
    read: (request) => read(campus, contracts, request, askerOf(connection)),
    changes: { asker: askerOf(connection), look: (endpoint, since) => look(campus, contracts, endpoint, since) },
    requestsSent
  }
})

/** Whoever has other credentials may be shown other schools. */
const askerOf = ({ auth, baseUrl }: OneRosterConnection): string =>
  sha256(JSON.stringify([baseUrl, auth.type === "oauth2" ? [auth.clientId, auth.scope] : auth.consumerKey]))

/** One record at most, with what is announced beside it. */
const look = Effect.fn("oneroster.look")(function* (
  campus: Campus,
  contracts: ReadonlyMap<string, CollectionContract>,
  endpoint: string,
  since: string | null
) {
  const contract = yield* contractOf(campus, contracts, endpoint)
  const asked = { filter: null, fields: [], ...(since === null ? {} : { since }) }
  const question = { ...questionOf(asked, contract), sort: null }
  const { head, page } = yield* Effect.mapError(
    ask(campus, contract, question, { limit: 1, offset: 0 }),
    (refusal) => refusal.error
  )
  return { rows: page.rows, total: head.total }
})

/**
 * Reads a collection; once more from the start where its totals moved or were not reached while it was read, or records
 * moved from page to page, since rows may then have slipped between two pages. The second time page after page: rows that
 * come in at the front then make others come twice, where pages asked for side by side may each miss the row between them.
 * The sounder of two reads counts; of two alike the later.
 */
const read = Effect.fn("oneroster.read")(function* (
  campus: Campus,
  contracts: ReadonlyMap<string, CollectionContract>,
  request: CollectionRequest,
  asker: string
) {
  const contract = yield* contractOf(campus, contracts, request.endpoint)
  const question = questionOf(request, contract)
  const asked = sha256(JSON.stringify([asker, contract.endpoint, question, campus.pageLimit]))
  const before = campus.asksByTag && request.before?.asked === asked ? request.before : null
  if (before?.honest === true && request.unlessSame === true) {
    const proof = yield* readUnlessSame(campus, contract, question, before)
    if (proof !== null) {
      request.onProgress(proof.rowsRead, proof.totalAtEnd)
      return { files: [], sha256: before.sha256, tagged: before, proof }
    }
  }
  const first = yield* crawl(campus, contract, request, "page")
  if (first.doubt === null) return taggedPagesOf(first, { asked, before })
  const again = yield* Effect.either(crawl({ ...campus, concurrency: 1 }, contract, request, "again"))
  if (again._tag === "Left") return pagesOf(first, [`${first.doubt}; a second read failed: ${again.left.detail}`])
  const second = again.right
  const isFirstSounder = second.doubt !== null && second.proof.rowsRead < first.proof.rowsRead
  yield* (isFirstSounder ? second : first).discard
  return pagesOf(isFirstSounder ? first : second, [`read twice, since at first ${first.doubt}`])
})

const contractOf = (
  { name }: Campus,
  contracts: ReadonlyMap<string, CollectionContract>,
  endpoint: string
): Effect.Effect<CollectionContract, SourceError> => {
  const contract = contracts.get(endpoint)
  return contract !== undefined
    ? Effect.succeed(contract)
    : new SourceError({
        reason: "Refused",
        connection: name,
        request: endpoint,
        detail: "OneRoster has no such collection, or it is none of a roster",
        hint: `Known: ${[...contracts.keys()].join(", ")}`
      })
}

/** With the names of its pages, where all have one. */
const taggedPagesOf = (
  crawled: Crawled,
  { asked, before }: { readonly asked: string; readonly before: TaggedRead | null }
): CollectionPages => {
  const { proof, sha256, tags } = crawled
  if (tags === null) return pagesOf(crawled, [])
  const honest = honestyOf(before, tags)
  const dishonest = "the server gave another page under the ETag of an earlier one: it is not asked by ETags"
  return {
    ...pagesOf(crawled, honest === false ? [dishonest] : []),
    tagged: { asked, pages: tags, honest, proof, sha256 }
  }
}

const pagesOf = ({ files, moved, proof, sha256 }: Crawled, warnings: ReadonlyArray<string>): CollectionPages => ({
  files,
  sha256,
  proof: { ...proof, ...(moved ? { moved: true } : {}), warnings: [...proof.warnings, ...warnings] }
})
