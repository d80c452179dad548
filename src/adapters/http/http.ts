import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Pool } from "undici"
import { headerProblem, isHeaderName } from "../../core/header.ts"
import { type Budget, makeBudget, type BudgetOptions } from "./budget.ts"
import { Exchange } from "./exchange.ts"
import { HttpFailure, type HttpRequest, type HttpResponse, nameOf } from "./request.ts"
import { backOffMilliseconds, isRefusedForNow, retryAfterMilliseconds } from "./retry.ts"
import type { Doing } from "../../core/doing.ts"

/** Puts credentials on a request; asked anew for every try. */
export interface Authorizer<E> {
  readonly headers: (request: HttpRequest) => Effect.Effect<Readonly<Record<string, string>>, E>
  /** Whether a refusal is worth one more try with new credentials; called once per try of a request. */
  readonly renew: Effect.Effect<boolean, E>
  /** Whether an answer of this status may mean that the credentials have run out; without it, 401 alone does. */
  readonly isStale?: (status: number) => boolean
}

export interface HttpOptions {
  readonly budget: BudgetOptions
  /**
   * Seconds until the head of an answer, and between two pieces of its body. A request as a whole, the wait for a
   * connection and the last byte of the answer included, may take `wholeTimes` as long.
   */
  readonly timeoutSeconds: number
  /** Tries of one request, the first included. */
  readonly tries: number
  /** Bytes that an answer may have, as it comes and unpacked; half a gigabyte unless said otherwise. */
  readonly largestBodyBytes?: number
}

/** A district that is not paged at all, with room to spare. */
const largestBodyBytes = 536_870_912

export interface Http {
  readonly request: <E>(request: HttpRequest, authorizer: Authorizer<E>) => Effect.Effect<HttpResponse, HttpFailure | E>
  readonly budget: Budget
  readonly counters: HttpCounters
}

/** Counts of requests to the remote since the start, for the progress display and the report. */
export interface HttpCounters {
  requests: number
  retries: number
  throttled: number
}

/**
 * One client per connection: retry(limit(authorize(send))). Redirects are not followed: credentials go to the address
 * they were given for and to no other.
 */
export const makeHttp = Effect.fn("http.make")(function* (options: HttpOptions): Doing<Http, never, Scope.Scope> {
  const pools = new Map<string, Pool>()
  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.tryPromise(() => Promise.all([...pools.values()].map((pool) => pool.destroy()))))
  )
  const poolOf = (origin: string): Pool => {
    let pool = pools.get(origin)
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: Math.max(options.budget.concurrency, options.budget.peak?.concurrency ?? 1),
        headersTimeout: options.timeoutSeconds * 1000,
        bodyTimeout: options.timeoutSeconds * 1000,
        connectTimeout: 10_000
      })
      pools.set(origin, pool)
    }
    return pool
  }
  const limits = {
    timeoutSeconds: options.timeoutSeconds,
    largestBytes: options.largestBodyBytes ?? largestBodyBytes
  }
  const counters: HttpCounters = { requests: 0, retries: 0, throttled: 0 }
  const budget = yield* makeBudget(options.budget)

  /** The headers that were checked last, and what they were made of: most requests have the same ones. */
  let last: {
    readonly given: HttpRequest["headers"]
    readonly credentials: Headers
    readonly headers: Headers
  } | null = null

  /** A request that cannot be sent never leaves: the client under this one would neither send it nor say so. */
  const headersOf = (request: HttpRequest, credentials: Headers): Headers | HttpFailure => {
    if (last !== null && last.given === request.headers && last.credentials === credentials) return last.headers
    const headers = { "accept-encoding": "gzip", ...request.headers, ...credentials }
    for (const [name, value] of Object.entries(headers)) {
      const problem = isHeaderName(name) ? headerProblem(value) : "this is no name of a header"
      if (problem === null) continue
      const detail = `not sent: of the header ${JSON.stringify(name)}, ${problem}. Look at the credentials of the connection, and at the token that was handed out for them`
      return new HttpFailure({ reason: "Misconfigured", request: nameOf(request), detail, isFinal: true })
    }
    last = { given: request.headers, credentials, headers }
    return headers
  }

  const once = <E>(request: HttpRequest, authorizer: Authorizer<E>): Effect.Effect<HttpResponse, HttpFailure | E> =>
    Effect.suspend(() => {
      const exchange = new Exchange(request, limits)
      const sent = Effect.flatMap(
        authorizer.headers(request),
        (credentials): Effect.Effect<HttpResponse, HttpFailure> => {
          const headers = headersOf(request, credentials)
          if (headers instanceof HttpFailure) return headers
          counters.requests++
          return exchange.begin(poolOf(request.url.origin), headers)
        }
      )
      return budget.take(sent, exchange)
    })

  /** The try of a request that has the number `attempt`, and those after it; `mayRenew`: its credentials were not renewed for this try yet. */
  const tried = <E>(
    request: HttpRequest,
    authorizer: Authorizer<E>,
    attempt: number,
    mayRenew = true
  ): Effect.Effect<HttpResponse, HttpFailure | E> =>
    Effect.matchEffect(once(request, authorizer), {
      onSuccess(answer): Effect.Effect<HttpResponse, HttpFailure | E> {
        if (mayRenew && (authorizer.isStale?.(answer.status) ?? answer.status === 401)) {
          return Effect.flatMap(authorizer.renew, (renewed) =>
            renewed ? tried(request, authorizer, attempt, false) : Effect.succeed(answer)
          )
        }
        if (!isRefusedForNow(request, answer)) return Effect.succeed(answer)
        counters.throttled++
        return attempt >= options.tries
          ? Effect.succeed(answer)
          : again(request, authorizer, attempt, retryAfterMilliseconds(answer) ?? backOffMilliseconds(attempt))
      },
      onFailure(error): Effect.Effect<HttpResponse, HttpFailure | E> {
        return error instanceof HttpFailure && attempt < options.tries && mayRepeat(request, error)
          ? again(request, authorizer, attempt, backOffMilliseconds(attempt))
          : Effect.fail(error)
      }
    })

  const again = <E>(
    request: HttpRequest,
    authorizer: Authorizer<E>,
    attempt: number,
    waitMilliseconds: number
  ): Effect.Effect<HttpResponse, HttpFailure | E> => {
    counters.retries++
    return Effect.zipRight(Effect.sleep(waitMilliseconds), tried(request, authorizer, attempt + 1))
  }
  return { request: (request, authorizer) => tried(request, authorizer, 1), budget, counters }
})

type Headers = Readonly<Record<string, string>>

/** A request that never left may be sent again; one whose answer was lost only where a second one does no harm. */
const mayRepeat = (request: HttpRequest, failure: HttpFailure): boolean =>
  failure.isFinal !== true &&
  (failure.reason === "Unreachable" || request.method === "GET" || request.idempotent === true)
