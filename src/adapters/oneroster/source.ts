import * as Effect from "effect/Effect"
import { constant } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { OneRosterConnection } from "../../ports/connections.ts"
import type { CollectionContract } from "../../ports/contracts.ts"
import {
  type CollectionPages,
  type CollectionRequest,
  type ReadProof,
  Source,
  SourceError,
  type SourceService
} from "../../ports/source.ts"
import { type BudgetOptions, parseHours } from "../http/budget.ts"
import { type Authorizer, makeHttp } from "../http/http.ts"
import type { Campus } from "./ask.ts"
import { oneRoster12Collections, oneRosterCollections } from "./contracts.ts"
import { crawl } from "./crawl.ts"
import { oauth1 } from "./oauth1.ts"
import { oauth2 } from "./oauth2.ts"

/** Seconds until an answer begins: some endpoints of Infinite Campus need more than one minute. */
const timeoutSeconds = 120

const triesOfARequest = 5

/** Reads rosters over OneRoster 1.1, or over the rostering service of 1.2. `timezone` is that of the peak hours. */
export const layer = (connection: OneRosterConnection, timezone: string): Layer.Layer<Source, SourceError> =>
  Layer.scoped(Source, makeSource(connection, timezone))

export const makeSource: (
  connection: OneRosterConnection,
  timezone: string
) => Effect.Effect<SourceService, SourceError, Scope.Scope> = Effect.fn("oneroster.connect")(function* (
  connection: OneRosterConnection,
  timezone: string
) {
  const budget = yield* budgetOf(connection, timezone)
  const http = yield* makeHttp({ budget, timeoutSeconds, tries: triesOfARequest })
  // A client of its own: a request that waits for a token holds a place in the budget, and would wait for ever.
  const tokenHttp = yield* makeHttp({
    budget: { concurrency: 1, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null },
    timeoutSeconds,
    tries: triesOfARequest
  })
  const { auth } = connection
  const authorizer: () => Authorizer<SourceError> =
    auth.type === "oauth2" ? oauth2(connection, auth, tokenHttp) : constant(oauth1(auth))
  const campus: Campus = {
    name: connection.name,
    profile: connection.profile,
    baseUrl: connection.baseUrl,
    pageLimit: connection.pageLimit,
    concurrency: connection.budget.concurrency,
    http,
    authorizer
  }
  const contracts = isVersion12(connection) ? oneRoster12Collections : oneRosterCollections
  return {
    connection: connection.name,
    contracts,
    read: (request) => read(campus, contracts, request),
    requestsSent: () => http.counters.requests + tokenHttp.counters.requests
  }
})

/**
 * Reads a collection; once more from the start where its totals moved or were not reached while it was read, since rows
 * may then have slipped between two pages. Of two reads the sounder one counts, of two alike the later.
 */
const read = Effect.fn("oneroster.read")(function* (
  campus: Campus,
  contracts: ReadonlyMap<string, CollectionContract>,
  request: CollectionRequest
) {
  const contract = contracts.get(request.endpoint)
  if (contract === undefined) {
    return yield* new SourceError({
      reason: "Refused",
      connection: campus.name,
      request: request.endpoint,
      detail: "OneRoster has no such collection, or it is none of a roster",
      hint: `Known: ${[...contracts.keys()].join(", ")}`
    })
  }
  const first = yield* crawl(campus, contract, request, "page")
  const doubt = doubtOf(first.proof)
  if (doubt === null) return pagesOf(first, [])
  const again = yield* Effect.either(crawl(campus, contract, request, "again"))
  if (again._tag === "Left") return pagesOf(first, [`${doubt}; a second read failed: ${again.left.detail}`])
  const second = again.right
  const isFirstSounder = doubtOf(second.proof) !== null && second.proof.rowsRead < first.proof.rowsRead
  yield* (isFirstSounder ? second : first).discard
  return pagesOf(isFirstSounder ? first : second, [`read twice, since at first ${doubt}`])
})

/** Why a read may have missed rows that a second one could find; null when nothing says so. */
const doubtOf = ({ totalAtStart, totalAtEnd, rowsRead }: ReadProof): string | null => {
  if (totalAtStart !== totalAtEnd) return `the total changed from ${totalAtStart} to ${totalAtEnd}`
  return totalAtEnd !== null && rowsRead < totalAtEnd ? `${rowsRead} of ${totalAtEnd} rows came` : null
}

const pagesOf = (crawled: CollectionPages, warnings: ReadonlyArray<string>): CollectionPages => ({
  files: crawled.files,
  proof: { ...crawled.proof, warnings: [...crawled.proof.warnings, ...warnings] }
})

/** By profile or by address: providers serve 1.2 under addresses of 1.1 and the other way round. */
const isVersion12 = ({ profile, baseUrl }: OneRosterConnection): boolean =>
  profile === "generic_1_2" || /\/v1p2(\/|$)/.test(new URL(baseUrl).pathname)

const budgetOf = Effect.fnUntraced(function* (connection: OneRosterConnection, timezone: string) {
  const { concurrency, requestsPerSecond, peak } = connection.budget
  const hours = peak === null ? null : parseHours(peak.hours)
  if (peak !== null && hours === null) {
    return yield* new SourceError({
      reason: "Refused",
      connection: connection.name,
      request: "connect",
      detail: "the peak hours of its budget are not of the form HH:MM-HH:MM"
    })
  }
  const options: BudgetOptions = {
    concurrency,
    requestsPerSecond,
    peak: peak === null || hours === null ? null : { ...hours, timezone, concurrency: peak.concurrency }
  }
  return options
})
