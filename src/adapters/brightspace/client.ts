import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { BrightspaceConnection } from "./settings.ts"
import { TargetError } from "../../core/ports/target.ts"
import { type BudgetOptions, parseHours } from "../http/budget.ts"
import { makeHttp } from "../http/http.ts"
import { type BodyTaker, type HttpRequest, type HttpResponse, nameOf } from "../http/request.ts"
import { asksAgain } from "../http/retry.ts"
import { makeAuthorizers } from "./auth.ts"
import { once } from "./once.ts"
import { refusalOf } from "./refusal.ts"
import { chooseVersions } from "./versions.ts"
import { ProductVersionsList } from "./wire.ts"
import type { Doing } from "../../core/doing.ts"

export interface TenantRequest {
  readonly product: "lp" | "le" | "bfp"
  readonly method: HttpRequest["method"]
  /** Below the version, with a slash in front: `/users/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON; a bare number is a body too. */
  readonly body?: unknown
  /** Whether sending it twice is the same as sending it once; GET, PUT and DELETE are, unless said otherwise. */
  readonly idempotent?: boolean
}

/** One tenant, spoken to in the versions that both sides know. Errors by reason as in `refusalOf`. */
export interface Tenant {
  readonly connection: BrightspaceConnection
  /** Product to version, negotiated when first asked for. `Misconfigured` names product, floor and what the tenant offers. */
  readonly versions: Effect.Effect<Readonly<Record<string, string>>, TargetError>
  /**
   * An answer that is not what the schema says, or is not `asAsked`, is `Malformed`, of a read after some tries; of a create
   * it is `AnswerLost`: the record may be there.
   */
  readonly ask: <A, I>(
    schema: Schema.Schema<A, I>,
    request: TenantRequest,
    asAsked?: (answer: A) => boolean
  ) => Effect.Effect<A, TargetError>
  /** For answers that say nothing. */
  readonly tell: (request: TenantRequest) => Effect.Effect<void, TargetError>
  /** Items of all pages of a PagedResultSet, or up to and with the first page of which `enough` is true. */
  readonly askPages: <A, I>(
    schema: Schema.Schema<A, I>,
    request: TenantRequest,
    enough?: (items: ReadonlyArray<A>) => boolean
  ) => Effect.Effect<ReadonlyArray<A>, TargetError>
  /** Objects of all pages of an ObjectListPage. Its `Next` is followed on the tenant's own address only. */
  readonly askObjects: <A, I>(
    schema: Schema.Schema<A, I>,
    request: TenantRequest
  ) => Effect.Effect<ReadonlyArray<A>, TargetError>
  /** Brings a file of the tenant's own address into a taker. One elsewhere is `Malformed`: no credentials are sent there. */
  readonly fetchFile: (link: string, into: BodyTaker) => Effect.Effect<void, TargetError>
  /** Requests sent so far, tries and tokens included. */
  readonly requestsSent: () => number
}

/** `timezone` is that of the district: the hours of the budget are told in it. */
export const makeTenant = Effect.fn("brightspace.tenant")(function* (
  connection: BrightspaceConnection,
  timezone: string
): Doing<Tenant, TargetError, Scope.Scope> {
  const http = yield* makeHttp({
    budget: budgetOf(connection, timezone),
    timeoutSeconds: connection.timeoutSeconds,
    tries: 5
  })
  const authorizers = yield* makeAuthorizers(connection)
  const origin = new URL(connection.url)
  const root = `${connection.url.replace(/\/+$/, "")}/d2l/api`

  const heedCredits = (answer: HttpResponse): void => {
    const remaining = Number(answer.headers["x-rate-limit-remaining"] ?? Number.NaN)
    const resetSeconds = Number(answer.headers["x-rate-limit-reset"] ?? Number.NaN)
    const cost = Math.max(usualCost, Number(answer.headers["x-request-cost"] ?? 0) || 0)
    if (remaining < cost * connection.budget.concurrency && resetSeconds > 0) {
      http.budget.pause(Math.min(resetSeconds, longestPauseSeconds) * 1000)
    }
  }

  const send = (request: HttpRequest, asked: TenantRequest | null): Effect.Effect<HttpResponse, TargetError> =>
    Effect.matchEffect(http.request(request, authorizers.make()), {
      onSuccess(answer): Effect.Effect<HttpResponse, TargetError> {
        heedCredits(answer)
        return answer.status >= 200 && answer.status <= 299
          ? Effect.succeed(answer)
          : Effect.fail(refusalOf(connection.name, request, answer, asked === null ? [] : textsSent(asked)))
      },
      onFailure(failure): Effect.Effect<HttpResponse, TargetError> {
        if (failure._tag === "TargetError") return failure
        const { detail, reason, request: name } = failure
        return new TargetError({ reason, connection: connection.name, request: name, detail })
      }
    })

  const malformed = (request: HttpRequest, answer: HttpResponse, detail: string): TargetError =>
    new TargetError({
      reason: request.method === "POST" && request.idempotent !== true ? "AnswerLost" : "Malformed",
      connection: connection.name,
      request: nameOf(request),
      status: answer.status,
      detail
    })

  const undocumented = (request: HttpRequest, answer: HttpResponse, place: string): TargetError =>
    malformed(request, answer, `answered, but not with what the route is documented to answer: ${place}`)

  const decoded = <A, I>(
    schema: Schema.Schema<A, I>,
    request: HttpRequest,
    answer: HttpResponse,
    asAsked: ((answer: A) => boolean) | undefined
  ): Effect.Effect<A, TargetError> => {
    let json: unknown
    try {
      json = JSON.parse(answer.body.toString("utf8"))
    } catch {
      return undocumented(request, answer, "it is not JSON")
    }
    const read = Schema.decodeUnknownEither(schema)(json)
    if (read._tag === "Right") {
      return asAsked === undefined || asAsked(read.right)
        ? Effect.succeed(read.right)
        : undocumented(request, answer, "it names something else than was sent")
    }
    // The place is told and never the value: the decoder's own words quote the value that it does not like.
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(read.left)
    return undocumented(request, answer, `at ${["$", ...(issue?.path ?? [])].join(".")}`)
  }

  /** Decodes the answer; a read that got none is repeated like one that was refused for now. */
  const answered = <A, I>(
    schema: Schema.Schema<A, I>,
    request: HttpRequest,
    asked: TenantRequest | null,
    asAsked?: (answer: A) => boolean
  ): Effect.Effect<A, TargetError> => {
    const sent = Effect.flatMap(send(request, asked), (answer) => decoded(schema, request, answer, asAsked))
    // A token that is none is the token service's affair: one that is spent by asking must not be spent twice.
    return request.method === "GET"
      ? asksAgain(sent, (error) => error.reason === "Malformed" && error.request === nameOf(request))
      : sent
  }

  const versions = once(
    Effect.gen(function* () {
      const request: HttpRequest = { method: "GET", url: new URL(`${root}/versions/`), headers: acceptJson }
      const offered = yield* answered(ProductVersionsList, request, null)
      const chosen = chooseVersions(offered, connection.versions, productsOf(connection))
      if ("versions" in chosen) return chosen.versions
      return yield* new TargetError({
        reason: "Misconfigured",
        connection: connection.name,
        request: nameOf(request),
        detail: chosen.refused
      })
    })
  )

  /** The address that was read last: many steps go to the same one. */
  let address = origin

  const resolved = (request: TenantRequest, chosen: Readonly<Record<string, string>>): HttpRequest => {
    const text = `${root}/${request.product}/${chosen[request.product] ?? ""}${request.path}`
    if (address.href !== text || request.query !== undefined) address = new URL(text)
    const url = address
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value)
    const idempotent = request.idempotent ?? request.method !== "POST"
    const { method } = request
    if (request.body === undefined) return { method, url, headers: acceptJson, idempotent }
    return { method, url, headers: sendJson, body: JSON.stringify(request.body), idempotent }
  }

  const askOnce: Tenant["ask"] = (schema, request, asAsked) =>
    Effect.flatMap(versions, (chosen) => answered(schema, resolved(request, chosen), request, asAsked))

  /** An address that an answer named, where it is one of the tenant's own. */
  const ownAddress = (link: string, base: HttpRequest, what: string): Effect.Effect<URL, TargetError> => {
    const url = URL.canParse(link, base.url.href) ? new URL(link, base.url.href) : null
    if (url !== null && url.origin === origin.origin) return Effect.succeed(url)
    return new TargetError({
      reason: "Malformed",
      connection: connection.name,
      request: nameOf(base),
      detail: `${what} is said to lie at another address, to which no credentials are sent`
    })
  }

  const looping = (request: TenantRequest): TargetError =>
    new TargetError({
      reason: "Malformed",
      connection: connection.name,
      request: `${request.method} ${request.path}`,
      detail: "a page says that another one follows, and it is one that was read already"
    })

  return {
    connection,
    versions,
    requestsSent: () => http.counters.requests + authorizers.requestsSent(),
    ask: askOnce,
    tell: (request) =>
      Effect.flatMap(versions, (chosen) => {
        const sent = resolved(request, chosen)
        return Effect.flatMap(send(sent, request), (answer) =>
          answer.body.subarray(0, 64).toString("utf8").trimStart().startsWith("<")
            ? malformed(sent, answer, "answered with a web page, not as an API does")
            : Effect.void
        )
      }),
    fetchFile: (link, into) =>
      Effect.gen(function* () {
        const base: HttpRequest = { method: "GET", url: new URL(`${root}/lp/`) }
        const url = yield* ownAddress(link, base, "a file")
        // A file that is packed already comes as it is.
        yield* send({ ...base, url, headers: { "accept-encoding": "identity" }, into }, null)
      }),
    askPages: (schema, request, enough) =>
      Effect.gen(function* () {
        const page = Schema.Struct({
          PagingInfo: Schema.Struct({ Bookmark: Schema.NullOr(Schema.String), HasMoreItems: Schema.Boolean }),
          Items: Schema.Array(schema)
        })
        const items: Array<typeof schema.Type> = []
        const seen = new Set<string>()
        let query = request.query ?? {}
        while (true) {
          const { PagingInfo, Items } = yield* askOnce(page, { ...request, query })
          for (const item of Items) items.push(item)
          if (!PagingInfo.HasMoreItems || enough?.(Items) === true) return items
          const bookmark = PagingInfo.Bookmark
          if (bookmark === null || seen.has(bookmark)) return yield* looping(request)
          seen.add(bookmark)
          query = { ...query, bookmark }
        }
      }),
    askObjects: (schema, request) =>
      Effect.gen(function* () {
        const page = Schema.Struct({ Next: Schema.NullOr(Schema.String), Objects: Schema.Array(schema) })
        const objects: Array<typeof schema.Type> = []
        const seen = new Set<string>()
        let next = resolved(request, yield* versions)
        while (true) {
          const { Next, Objects } = yield* answered(page, next, request)
          for (const object of Objects) objects.push(object)
          if (Next === null || Next === "") return objects
          const url = yield* ownAddress(Next, next, "its next page")
          if (seen.has(url.href)) return yield* looping(request)
          seen.add(url.href)
          next = { ...next, url }
        }
      })
  }
})

/** A record that may be missing: null where the tenant answers 404. */
export const orMissing = <A>(answer: Effect.Effect<A, TargetError>): Effect.Effect<A | null, TargetError> =>
  Effect.catchIf(
    answer as Effect.Effect<A | null, TargetError>,
    (error) => error.reason === "NotFound",
    () => Effect.succeed(null)
  )

const acceptJson = { accept: "application/json" }
const sendJson = { ...acceptJson, "content-type": "application/json" }

/** Credits that D2L takes for a request unless it says otherwise. */
const usualCost = 10

/** Credits come back every minute; who says otherwise is not believed for longer than this. */
const longestPauseSeconds = 120

const productsOf = (connection: BrightspaceConnection): ReadonlyArray<string> => {
  const route = connection.relationships.route
  const needed = route === "bfp" ? ["lp", "bfp"] : route === "auditor" ? ["lp", "le"] : ["lp"]
  const bulk = connection.bulk === undefined ? [] : ["le"]
  return [...new Set([...needed, ...bulk, ...Object.keys(connection.versions)])]
}

const budgetOf = ({ budget }: BrightspaceConnection, timezone: string): BudgetOptions => {
  const hours = budget.peak === null ? null : parseHours(budget.peak.hours)
  return {
    concurrency: budget.concurrency,
    requestsPerSecond: budget.requestsPerSecond,
    peak: budget.peak === null || hours === null ? null : { ...hours, timezone, concurrency: budget.peak.concurrency }
  }
}

/** Every text of a request's query and body: a refusal may quote them, and they are people's names. */
const textsSent = (request: TenantRequest): ReadonlyArray<string> => {
  const texts = Object.values(request.query ?? {})
  const gather = (value: unknown): void => {
    if (typeof value === "string") texts.push(value)
    else if (value !== null && typeof value === "object") Object.values(value).forEach(gather)
  }
  gather(request.body)
  return texts
}
