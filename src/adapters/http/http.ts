import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import { Pool } from "undici"
import { headerProblem, isHeaderName } from "../../core/header.ts"
import { type Budget, makeBudget, type BudgetOptions } from "./budget.ts"
import { backOffMilliseconds, isRefusedForNow, retryAfterMilliseconds } from "./retry.ts"
import type { Doing } from "../../core/doing.ts"

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Whether sending it twice is the same as sending it once. GET is; others only by the caller's word. */
  readonly idempotent?: boolean
  /** Takes the body of an answer of status 200, if it is too large for the memory; begun anew at each try. */
  readonly into?: BodyTaker
}

/** Takes a body piece by piece. The next piece comes when the one before is taken; a rejection ends the request. */
export interface BodyTaker {
  readonly begin: () => Promise<void>
  readonly take: (piece: Uint8Array) => Promise<void>
  /** Bytes that may come. */
  readonly largestBytes: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Unpacked, where the server sent it as gzip; empty where it went elsewhere. */
  readonly body: Buffer
}

/**
 * No answer came. `AnswerLost`: the request was sent and may have been carried out. `Misconfigured`: it could not be
 * sent as it is. `request` names method and path, never the query.
 */
export class HttpFailure extends Data.TaggedError("HttpFailure")<{
  readonly reason: "Unreachable" | "AnswerLost" | "Misconfigured"
  readonly request: string
  readonly detail: string
  /** Whether the same request would fail in the same way again. */
  readonly isFinal?: boolean
}> {
  override get message(): string {
    return `${this.request}: ${this.detail}`
  }
}

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

/** So many times its time-out a request may take as a whole: a drip of bytes must not go on for ever. */
const wholeTimes = 10

/** And a file as a whole, which may be gigabytes. */
const wholeTimesOfFile = 120

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
  bytes: number
}

/** Method and path of a request: what may be said of it in a message. */
export const nameOf = (request: HttpRequest): string => `${request.method} ${request.url.pathname}`

/**
 * One client per connection: limit(retry(authorize(send))). Redirects are not followed: credentials go to the address
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
  const largestAnswer = options.largestBodyBytes ?? largestBodyBytes
  const counters: HttpCounters = { requests: 0, retries: 0, throttled: 0, bytes: 0 }
  const budget = yield* makeBudget(options.budget)

  const send = (
    request: HttpRequest,
    headers: Readonly<Record<string, string>>
  ): Effect.Effect<HttpResponse, HttpFailure> =>
    Effect.async<HttpResponse, HttpFailure>((resume) => {
      counters.requests++
      const { into } = request
      const wholeSeconds = options.timeoutSeconds * (into === undefined ? wholeTimes : wholeTimesOfFile)
      let largest = largestAnswer
      let taken: Promise<void> | null = null
      let [isGivenUp, status, bytes] = [false, 0, 0]
      let cut: ((reason: Error) => void) | null = null
      let heads: Readonly<Record<string, string>> = {}
      let pieces: Array<Buffer> = []
      const end = (ending: Effect.Effect<HttpResponse, HttpFailure>): void => {
        clearTimeout(whole)
        resume(ending)
      }
      const fail = (error: unknown): void =>
        end(Effect.fail(failureOf(request, error, options.timeoutSeconds, largest)))
      const giveUp = (): void => {
        isGivenUp = true
        clearTimeout(whole)
        cut?.(new Error("given up"))
      }
      const whole = setTimeout(() => {
        const detail = `sent, but its answer was not whole after ${wholeSeconds} s (${wholeSeconds / options.timeoutSeconds} times timeout_seconds of the connection)`
        end(Effect.fail(new HttpFailure({ reason: "AnswerLost", request: nameOf(request), detail })))
        giveUp()
      }, wholeSeconds * 1000)
      poolOf(request.url.origin).dispatch(
        {
          path: request.url.pathname + request.url.search,
          method: request.method,
          headers,
          body: request.body ?? null
        },
        // Does what a promise and a stream for each answer would, at a third of their cost.
        {
          onRequestStart: (controller) => {
            cut = (reason) => controller.abort(reason)
            if (isGivenUp) giveUp()
          },
          onResponseStart: (controller, code, given) => {
            status = code
            heads = flatten(given)
            if (into !== undefined && code === 200) {
              largest = into.largestBytes
              taken = into.begin()
              taken.catch((error: Error) => controller.abort(error))
            }
            if (Number(heads["content-length"]) > largest) controller.abort(new TooLarge())
          },
          onResponseData: (controller, piece) => {
            bytes += piece.length
            if (bytes > largest) {
              pieces = []
              return controller.abort(new TooLarge())
            }
            if (taken === null || into === undefined) return void pieces.push(piece)
            controller.pause()
            taken = taken.then(() => into.take(piece))
            taken.then(
              () => controller.resume(),
              (error: Error) => controller.abort(error)
            )
          },
          onResponseEnd: () => {
            counters.bytes += bytes
            const [only, ...others] = pieces
            const body = only !== undefined && others.length === 0 ? only : Buffer.concat(pieces)
            const answered = (whole: Buffer): void =>
              end(
                status === 206 ? Effect.fail(partial(request)) : Effect.succeed({ status, headers: heads, body: whole })
              )
            if (taken !== null) taken.then(() => answered(body), fail)
            else if (/^(x-)?gzip$/i.test(heads["content-encoding"] ?? "")) {
              unpack(body, { maxOutputLength: largest }).then(answered, fail)
            } else answered(body)
          },
          onResponseError: (_, error) => fail(error)
        }
      )
      return Effect.sync(giveUp)
    })

  /** A request that cannot be sent never leaves: the client under this one would neither send it nor say so. */
  const checked = (
    request: HttpRequest,
    credentials: Readonly<Record<string, string>>
  ): Effect.Effect<HttpResponse, HttpFailure> => {
    const headers = { "accept-encoding": "gzip", ...request.headers, ...credentials }
    for (const [name, value] of Object.entries(headers)) {
      const problem = isHeaderName(name) ? headerProblem(value) : "this is no name of a header"
      if (problem === null) continue
      const detail = `not sent: of the header ${JSON.stringify(name)}, ${problem}. Look at the credentials of the connection, and at the token that was handed out for them`
      return new HttpFailure({ reason: "Misconfigured", request: nameOf(request), detail, isFinal: true })
    }
    return send(request, headers)
  }

  const once = <E>(request: HttpRequest, authorizer: Authorizer<E>): Effect.Effect<HttpResponse, HttpFailure | E> =>
    budget.take(Effect.flatMap(authorizer.headers(request), (headers) => checked(request, headers)))

  const authorized = <E>(
    request: HttpRequest,
    authorizer: Authorizer<E>
  ): Effect.Effect<HttpResponse, HttpFailure | E> =>
    Effect.flatMap(once(request, authorizer), (answer) =>
      (authorizer.isStale?.(answer.status) ?? answer.status === 401)
        ? Effect.flatMap(authorizer.renew, (renewed) => (renewed ? once(request, authorizer) : Effect.succeed(answer)))
        : Effect.succeed(answer)
    )

  const retried = <E>(
    request: HttpRequest,
    authorizer: Authorizer<E>,
    attempt: number
  ): Effect.Effect<HttpResponse, HttpFailure | E> => {
    const again = (waitMilliseconds: number): Effect.Effect<HttpResponse, HttpFailure | E> => {
      counters.retries++
      return Effect.zipRight(Effect.sleep(waitMilliseconds), retried(request, authorizer, attempt + 1))
    }
    return authorized(request, authorizer).pipe(
      Effect.flatMap((answer) => {
        if (!isRefusedForNow(request, answer)) return Effect.succeed(answer)
        counters.throttled++
        return attempt >= options.tries
          ? Effect.succeed(answer)
          : again(retryAfterMilliseconds(answer) ?? backOffMilliseconds(attempt))
      }),
      Effect.catchAll((error: HttpFailure | E) =>
        isHttpFailure(error) && attempt < options.tries && mayRepeat(request, error)
          ? again(backOffMilliseconds(attempt))
          : Effect.fail(error)
      )
    )
  }
  return { request: (request, authorizer) => retried(request, authorizer, 1), budget, counters }
})

const unpack = promisify(gunzip)

/** A request that never left may be sent again; one whose answer was lost only where a second one does no harm. */
const mayRepeat = (request: HttpRequest, failure: HttpFailure): boolean =>
  failure.isFinal !== true &&
  (failure.reason === "Unreachable" || request.method === "GET" || request.idempotent === true)

/** The failure of a request whose answer was asked for whole and came in part. */
const partial = (request: HttpRequest): HttpFailure =>
  new HttpFailure({
    reason: "AnswerLost",
    request: nameOf(request),
    detail: "sent, but a part of the answer came in place of the whole (HTTP 206), which nobody asked for"
  })

/** An answer is given up as soon as it is larger than it may be. */
class TooLarge extends Error {}

const isHttpFailure = (error: unknown): error is HttpFailure => error instanceof HttpFailure

const flatten = (headers: Readonly<Record<string, string | Array<string> | undefined>>): Record<string, string> => {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : (value ?? "")
  }
  return flat
}

const notSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT"
])

const timedOut = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"])

const failureOf = (request: HttpRequest, error: unknown, timeoutSeconds: number, largest: number): HttpFailure => {
  const code = (error as { readonly code?: unknown }).code
  const name = typeof code === "string" ? code : "the connection was cut"
  if (notSent.has(name)) {
    return new HttpFailure({ reason: "Unreachable", request: nameOf(request), detail: `no connection (${name})` })
  }
  if (error instanceof TooLarge || name === "ERR_BUFFER_TOO_LARGE") {
    const detail = `sent, but the answer is larger than ${Math.round(largest / 1_048_576)} MB`
    return new HttpFailure({ reason: "AnswerLost", request: nameOf(request), detail, isFinal: true })
  }
  const detail = timedOut.has(name)
    ? `sent, but no answer came within ${timeoutSeconds} s (timeout_seconds of the connection)`
    : `sent, but no answer came (${name})`
  return new HttpFailure({ reason: "AnswerLost", request: nameOf(request), detail })
}
