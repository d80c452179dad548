import * as Effect from "effect/Effect"
import type { OneRosterConnection } from "./settings.ts"
import type { CollectionContract } from "../../core/ports/contracts.ts"
import type { PageTag, SourceError } from "../../core/ports/source.ts"
import type { Authorizer, Http } from "../http/http.ts"
import type { HttpRequest, HttpResponse } from "../http/request.ts"
import { backOffMilliseconds, triesOfAnAnswer } from "../http/retry.ts"
import { type PageHead, pageUrl, type Question, readHead } from "./address.ts"
import { type Page, type PageRecord, readPage, recordsOf } from "./page.ts"
import { malformed, noAnswer, refusalOf } from "./refusal.ts"
import { readStatusInfo } from "./status-info.ts"

/** A connection as the paging sees it. */
export interface Campus {
  readonly name: string
  readonly profile: string
  readonly baseUrl: string
  /** Rows asked for per page. */
  readonly pageLimit: number
  /** Pages asked for at once, where their places are known. */
  readonly concurrency: number
  /** Whether pages are asked for by the ETags of the last read. */
  readonly asksByTag: boolean
  readonly http: Http
  /** An authorizer for one request. */
  readonly authorizer: () => Authorizer<SourceError>
}

export const campusOf = (
  connection: OneRosterConnection,
  http: Http,
  authorizer: () => Authorizer<SourceError>
): Campus => ({
  name: connection.name,
  profile: connection.profile,
  baseUrl: connection.baseUrl,
  pageLimit: connection.pageLimit,
  concurrency: connection.budget.concurrency,
  asksByTag: connection.asksByTag,
  http,
  authorizer
})

export interface Answered {
  readonly page: Page
  readonly head: PageHead
  /** Rows that were asked for. */
  readonly limit: number
}

/** Why there is no page. `codes` are the server's minor codes, lower case, without spaces and underscores. */
export interface Refusal {
  readonly error: SourceError
  readonly codes: ReadonlyArray<string>
}

/** A page whose records are looked at, and not only counted. */
export interface AnsweredRecords extends Answered {
  readonly records: ReadonlyArray<PageRecord>
}

/** A page of a collection: rows asked for, behind how many. */
interface Place {
  readonly limit: number
  readonly offset: number
}

/**
 * Asks for one page. What retry and renewed credentials could not mend is a refusal, and so is a body that is no page,
 * whatever its status.
 */
export const ask = (
  campus: Campus,
  contract: CollectionContract,
  question: Question,
  place: Place
): Effect.Effect<Answered, Refusal> => askFor({ campus, contract, question, place, read: (answered) => answered })

/** Asks for one page and reads its records. One that is no JSON is a refusal of them all, which names it. */
export const askRecords = (
  campus: Campus,
  contract: CollectionContract,
  question: Question,
  place: Place
): Effect.Effect<AnsweredRecords, Refusal> =>
  askFor<AnsweredRecords>({
    campus,
    contract,
    question,
    place,
    read: (answered) => {
      const records = recordsOf(answered.page)
      return typeof records === "number"
        ? { problem: `record ${records} of the page at offset ${place.offset} is not JSON`, hint: tornHint }
        : { ...answered, records }
    }
  })

const tornHint =
  "Ask the provider to look at that record: a line end in a text, or a value that is no JSON, must be written otherwise"

interface Problem {
  readonly problem: string
  readonly hint?: string
}

const askFor = <A extends Answered>({
  campus,
  contract,
  place,
  question,
  read
}: {
  readonly campus: Campus
  readonly contract: CollectionContract
  readonly question: Question
  readonly place: Place
  readonly read: (answered: Answered) => A | Problem
}): Effect.Effect<A, Refusal> => {
  const request: HttpRequest = {
    method: "GET",
    url: pageUrl(campus.baseUrl, contract.endpoint, question, place),
    headers: { accept: "application/json" }
  }
  const asked = { connection: campus.name, profile: campus.profile, request }
  const attempt = (trial: number): Effect.Effect<A, Refusal> =>
    campus.http.request(request, campus.authorizer()).pipe(
      Effect.mapError((error) => ({
        error: error._tag === "HttpFailure" ? noAnswer(asked, error) : error,
        codes: []
      })),
      Effect.flatMap((answer): Effect.Effect<A, Refusal> => {
        if (answer.status < 200 || answer.status > 299) {
          return Effect.fail({ error: refusalOf(asked, answer), codes: codesOf(answer) })
        }
        const page = pageOf(answer, contract.pageKeys)
        const found =
          typeof page === "string"
            ? { problem: page }
            : read({ page, head: readHead(answer.headers), limit: place.limit })
        if (!("problem" in found)) return Effect.succeed(found)
        // A record that came whole and is no JSON is the same the next time.
        return typeof page === "string" && trial < triesOfAnAnswer
          ? Effect.zipRight(Effect.sleep(backOffMilliseconds(trial)), attempt(trial + 1))
          : Effect.fail({ error: malformed(asked, answer, found.problem, found.hint), codes: [] })
      })
    )
  return attempt(1)
}

/** The head of the answer where the server says that a page is as it was when it had this name; null where it says anything else. */
export const askUnlessSame = (
  campus: Campus,
  contract: CollectionContract,
  question: Question,
  { etag, ...place }: Pick<PageTag, "etag" | "limit" | "offset">
): Effect.Effect<PageHead | null> =>
  campus.http
    .request(
      {
        method: "GET",
        url: pageUrl(campus.baseUrl, contract.endpoint, question, place),
        headers: { accept: "application/json", "if-none-match": etag }
      },
      campus.authorizer()
    )
    .pipe(
      Effect.map((answer) => (answer.status === 304 ? readHead(answer.headers) : null)),
      // Whoever reads the collection then meets the same, and says it.
      Effect.catchAll(() => Effect.succeed(null))
    )

/** The page in an answer. Two statuses of success bring one: 200, and 203 of something between here and the server. */
const pageOf = (answer: HttpResponse, pageKeys: ReadonlyArray<string>): Page | string => {
  if (answer.status === 204) return noRows
  return answer.status === 200 || answer.status === 203
    ? readPage(answer.body, pageKeys)
    : `answered with HTTP ${answer.status}, which is no page`
}

/** 204 says in so many words that there is nothing. */
const noRows: Page = { chunks: [], rows: 0, remarks: [] }

const codesOf = (answer: HttpResponse): ReadonlyArray<string> =>
  readStatusInfo(answer.body)
    .map((info) => info.codeMinor)
    .filter((code) => code !== "")
