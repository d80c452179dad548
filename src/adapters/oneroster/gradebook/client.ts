import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { OneRosterConnection } from "../settings.ts"
import type { SourceError } from "../../../core/ports/source.ts"
import { TargetError, type TargetErrorReason } from "../../../core/ports/target.ts"
import type { Authorizer } from "../../http/http.ts"
import { type HttpRequest, type HttpResponse, nameOf } from "../../http/request.ts"
import { asksAgain } from "../../http/retry.ts"
import { percentEncode } from "../address.ts"
import { askRecords, type Campus, campusOf } from "../ask.ts"
import { connect, isVersion12 } from "../connect.ts"
import { isSamePage, type Page } from "../page.ts"
import { readStatusInfo } from "../status-info.ts"
import type { GradebookKind } from "./records.ts"
import { type GradebookRequest, refusalOf, targetErrorOf } from "./refusal.ts"
import { isOfGradebook, vendorHeadersOf } from "./vendor.ts"
import type { Doing } from "../../../core/doing.ts"

export type GradebookRecord = Readonly<Record<string, unknown>>

/** The gradebook of a SIS over OneRoster 1.1. Errors by reason as in `refusalOf`. */
export interface Gradebook {
  readonly connection: OneRosterConnection
  /**
   * Creates or replaces a record; repeated while there is no answer. `personal`: texts that no error may repeat. Gives
   * whether the answer says that the record was created.
   */
  readonly put: (
    kind: GradebookKind,
    id: string,
    json: string,
    personal: ReadonlyArray<string>
  ) => Effect.Effect<boolean, TargetError>
  /** Null where there is none, and where it is marked as deleted. */
  readonly get: (kind: GradebookKind, id: string) => Effect.Effect<GradebookRecord | null, TargetError>
  /** All records of a kind in a class, page by page. */
  readonly list: (kind: GradebookKind, classId: string) => Effect.Effect<ReadonlyArray<GradebookRecord>, TargetError>
  /** Requests sent so far, tries and tokens included. */
  readonly requestsSent: () => number
}

/** `timezone` is that of the peak hours. `Misconfigured` for OneRoster 1.2, which wants categories and schools. */
export const makeGradebook = Effect.fn("oneroster.gradebook")(function* (
  connection: OneRosterConnection,
  timezone: string
): Doing<Gradebook, TargetError, Scope.Scope> {
  if (isVersion12(connection)) {
    return yield* new TargetError({
      reason: "Misconfigured",
      connection: connection.name,
      request: "connect",
      detail: "grades are sent over OneRoster 1.1, and this is a connection of 1.2",
      hint: "Ask the district for a connection of 1.1 and give its address as base_url"
    })
  }
  const connected = yield* Effect.mapError(connect(connection, timezone), (error) =>
    targetErrorOf(error, "Misconfigured")
  )
  const vendorHeaders = vendorHeadersOf(connection)
  let isForbiddenForGood = false

  /** The connection's credentials, and the vendor's where they belong. */
  const makeAuthorizer = (): Authorizer<SourceError> & { readonly wasRenewed: () => boolean } => {
    const own = connected.authorizer()
    let renewed = false
    return {
      headers: (request) =>
        Effect.map(own.headers(request), (headers) =>
          isOfGradebook(connection, request.url) ? { ...vendorHeaders, ...headers } : headers
        ),
      renew: Effect.tap(own.renew, (isRenewed) => {
        renewed = isRenewed
      }),
      isStale: (status) => (own.isStale?.(status) ?? status === 401) && !(status === 403 && isForbiddenForGood),
      wasRenewed: () => renewed
    }
  }

  const send = (request: GradebookRequest): Effect.Effect<HttpResponse, TargetError> =>
    Effect.suspend(() => {
      const authorizer = makeAuthorizer()
      return connected.http.request(request.http, authorizer).pipe(
        Effect.mapError((error) =>
          error._tag === "HttpFailure"
            ? new TargetError({
                reason: error.reason,
                connection: connection.name,
                request: error.request,
                detail: error.detail
              })
            : targetErrorOf(error, reasonWithoutToken(error))
        ),
        Effect.tap((answer) => {
          // A token that is refused when it is new was not too old: no other 403 is worth a new one.
          if (answer.status === 403 && authorizer.wasRenewed()) isForbiddenForGood = true
        })
      )
    })

  const malformed = (request: GradebookRequest, answer: HttpResponse, detail: string): TargetError =>
    new TargetError({
      reason: "Malformed",
      connection: connection.name,
      request: nameOf(request.http),
      status: answer.status,
      detail,
      hint: "A login or maintenance page, or something between here and the server, may have answered in its place"
    })

  /** The answer, where it says neither by status nor in its body that it is none. */
  const accepted = (request: GradebookRequest): Effect.Effect<HttpResponse, TargetError> =>
    Effect.flatMap(send(request), (answer) => {
      if (answer.status < 200 || answer.status > 299 || reportsError(answer)) {
        return Effect.fail(refusalOf(connection, request, answer))
      }
      return answer.body.subarray(0, 64).toString("utf8").trimStart().startsWith("<")
        ? Effect.fail(malformed(request, answer, "answered with a web page, not as an API does"))
        : Effect.succeed(answer)
    })

  const requestFor = (method: "GET" | "PUT", kind: GradebookKind, id: string): HttpRequest => {
    const url = new URL(connection.baseUrl)
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/${kind}s/${percentEncode(id)}`
    return { method, url, headers: { accept: "application/json" }, idempotent: true }
  }

  const campus = campusOf(connection, connected.http, makeAuthorizer)

  return {
    connection,
    requestsSent: connected.requestsSent,
    put: (kind, id, json, personal) => {
      const request = requestFor("PUT", kind, id)
      const headers = { ...request.headers, "content-type": "application/json" }
      return Effect.map(
        accepted({ kind, http: { ...request, headers, body: json }, personal }),
        ({ status }) => status === 201
      )
    },
    get: (kind, id) => {
      const request: GradebookRequest = { kind, http: requestFor("GET", kind, id), personal: [] }
      const read = Effect.flatMap(accepted(request), (answer) => {
        const record = recordIn(answer.body, kind)
        return record === null
          ? Effect.fail(malformed(request, answer, `the body has no key ${kind}`))
          : Effect.succeed(isDeleted(record) ? null : record)
      })
      return asksAgain(read, (error) => error.reason === "Malformed").pipe(
        Effect.catchIf(
          (error) => error.reason === "NotFound",
          () => Effect.succeed(null)
        )
      )
    },
    list: (kind, classId) => listOf(campus, kind, classId)
  }
})

/** Without a token nothing can be sent, whatever the token endpoint calls it. */
const reasonWithoutToken = ({ reason }: SourceError): TargetErrorReason =>
  reason === "Unauthorized" || reason === "Throttled" || reason === "Unreachable" ? reason : "Misconfigured"

/** The standard's form is a set with a severity; an answer of success may carry warnings, which are none of our concern. */
const reportsError = (answer: HttpResponse): boolean =>
  answer.body.length > 0 && readStatusInfo(answer.body).some((info) => info.severity === "error")

const recordIn = (body: Buffer, kind: GradebookKind): GradebookRecord | null => {
  try {
    const parsed = JSON.parse(body.toString("utf8")) as Readonly<Record<string, unknown>> | null
    const record = parsed?.[kind]
    return record !== null && typeof record === "object" ? (record as GradebookRecord) : null
  } catch {
    return null
  }
}

const isDeleted = (record: GradebookRecord): boolean => {
  const status = record["status"]
  return typeof status === "string" && ["tobedeleted", "inactive"].includes(status.toLowerCase())
}

/** Nested collections end as the flat ones do: by an empty page, a total reached, or a missing next link. */
const listOf = Effect.fn("oneroster.list-gradebook")(function* (campus: Campus, kind: GradebookKind, classId: string) {
  const contract = {
    endpoint: `/classes/${percentEncode(classId)}/${kind}s`,
    pageKeys: [`${kind}s`],
    key: "sourcedId",
    modified: null,
    columns: []
  }
  const records: Array<GradebookRecord> = []
  let before: Page | null = null
  let offset = 0
  for (let pages = 1; ; pages++) {
    const {
      page,
      head,
      records: found
    } = yield* askRecords(
      campus,
      contract,
      { sort: null, filter: null, fields: [] },
      { limit: campus.pageLimit, offset }
    ).pipe(Effect.mapError(({ error }) => targetErrorOf(error, listReasons[error.reason] ?? "Unknown")))
    // A server that does not page sends its one page for ever.
    if (page.rows === 0 || (before !== null && isSamePage(page, before))) return records
    records.push(...found.filter((row) => !isDeleted(row)))
    offset += page.rows
    before = page
    if (pages === mostPages) return yield* endless(campus, contract.endpoint)
    if (head.total !== null ? offset >= head.total : head.hasLinks && head.next === null) return records
  }
})

/** A class has a few hundred items; a server that goes on for so long makes them up. */
const mostPages = 10_000

const endless = (campus: Campus, endpoint: string): TargetError =>
  new TargetError({
    reason: "Malformed",
    connection: campus.name,
    request: `GET ${endpoint}`,
    detail: `the list has no end: ${mostPages} pages were read`
  })

const listReasons: Partial<Record<SourceError["reason"], TargetErrorReason>> = {
  Unauthorized: "Unauthorized",
  Forbidden: "Forbidden",
  NotFound: "NotFound",
  Throttled: "Throttled",
  Unreachable: "Unreachable",
  Malformed: "Malformed",
  Refused: "Invalid"
}
