import * as Effect from "effect/Effect"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import type { Dispatcher, Pool } from "undici"
import { HttpFailure, type HttpRequest, type HttpResponse, nameOf } from "./request.ts"

export interface ExchangeLimits {
  /** Seconds until the head of an answer, and between two pieces of its body. */
  readonly timeoutSeconds: number
  /** Bytes that an answer may have, as it comes and unpacked. */
  readonly largestBytes: number
}

type Ending = Effect.Effect<HttpResponse, HttpFailure>

/**
 * One try of a request and its answer, taken from the connection itself: a promise and a stream for each would cost thrice
 * as much, and so would functions made anew for each try. Whoever is interrupted meanwhile gives it up.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  private readonly request: HttpRequest
  private readonly limits: ExchangeLimits
  private resume: ((ending: Ending) => void) | null = null
  private timer: NodeJS.Timeout | undefined
  private controller: Dispatcher.DispatchController | null = null
  private isGivenUp = false
  private largest: number
  private taken: Promise<void> | null = null
  private status = 0
  private bytes = 0
  private heads: Readonly<Record<string, string>> = {}
  private pieces: Array<Buffer> = []

  constructor(request: HttpRequest, limits: ExchangeLimits) {
    this.request = request
    this.limits = limits
    this.largest = limits.largestBytes
  }

  /** Sends the request; gives its answer, and nothing else once it was given up. */
  begin(pool: Pool, headers: Readonly<Record<string, string>>): Ending {
    const { request } = this
    return Effect.async<HttpResponse, HttpFailure>((resume) => {
      this.resume = resume
      this.timer = setTimeout(notWhole, this.wholeSeconds() * 1000, this)
      pool.dispatch(
        {
          path: request.url.pathname + request.url.search,
          method: request.method,
          headers,
          body: request.body ?? null
        },
        this
      )
    })
  }

  /** Breaks off what is under way; what is at its end stays as it ended. */
  giveUp(): void {
    this.isGivenUp = true
    clearTimeout(this.timer)
    this.controller?.abort(new Error("given up"))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.isGivenUp) controller.abort(new Error("given up"))
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    given: Readonly<Record<string, string | Array<string> | undefined>>
  ): void {
    const { into } = this.request
    this.status = status
    this.heads = flatten(given)
    if (into !== undefined && status === 200) {
      this.largest = into.largestBytes
      this.taken = into.begin()
      this.taken.catch((error: Error) => controller.abort(error))
    }
    if (Number(this.heads["content-length"]) > this.largest) controller.abort(new TooLarge())
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    const { into } = this.request
    this.bytes += piece.length
    if (this.bytes > this.largest) {
      this.pieces = []
      controller.abort(new TooLarge())
      return
    }
    if (this.taken === null || into === undefined) return void this.pieces.push(piece)
    controller.pause()
    this.taken = this.taken.then(() => into.take(piece))
    this.taken.then(
      () => controller.resume(),
      (error: Error) => controller.abort(error)
    )
  }

  onResponseEnd(): void {
    const [only] = this.pieces
    const body = only !== undefined && this.pieces.length === 1 ? only : Buffer.concat(this.pieces)
    if (this.taken !== null) {
      this.taken.then(
        () => this.answered(body),
        (error: unknown) => this.fail(error)
      )
    } else if (/^(x-)?gzip$/i.test(this.heads["content-encoding"] ?? "")) {
      unpack(body, { maxOutputLength: this.largest }).then(
        (whole) => this.answered(whole),
        (error: unknown) => this.fail(error)
      )
    } else this.answered(body)
  }

  onResponseError(_: Dispatcher.DispatchController, error: unknown): void {
    this.fail(error)
  }

  /** Gives up an answer that does not come to its end. */
  expire(): void {
    const times = this.wholeSeconds() / this.limits.timeoutSeconds
    const detail = `sent, but its answer was not whole after ${this.wholeSeconds()} s (${times} times timeout_seconds of the connection)`
    this.end(Effect.fail(new HttpFailure({ reason: "AnswerLost", request: nameOf(this.request), detail })))
    this.giveUp()
  }

  private wholeSeconds(): number {
    return this.limits.timeoutSeconds * (this.request.into === undefined ? wholeTimes : wholeTimesOfFile)
  }

  private answered(body: Buffer): void {
    const { heads: headers, request, status } = this
    this.controller = null
    this.end(status === 206 ? Effect.fail(partial(request)) : Effect.succeed({ status, headers, body }))
  }

  private fail(error: unknown): void {
    this.controller = null
    this.end(Effect.fail(failureOf(this.request, error, this.limits.timeoutSeconds, this.largest)))
  }

  private end(ending: Ending): void {
    clearTimeout(this.timer)
    this.resume?.(ending)
  }
}

/** Nothing of an answer came, or not the whole, for as long as a request may take. */
const notWhole = (exchange: Exchange): void => exchange.expire()

/** So many times its time-out a request may take as a whole: a drip of bytes must not go on for ever. */
const wholeTimes = 10

/** And a file as a whole, which may be gigabytes. */
const wholeTimesOfFile = 120

const unpack = promisify(gunzip)

/** The failure of a request whose answer was asked for whole and came in part. */
const partial = (request: HttpRequest): HttpFailure =>
  new HttpFailure({
    reason: "AnswerLost",
    request: nameOf(request),
    detail: "sent, but a part of the answer came in place of the whole (HTTP 206), which nobody asked for"
  })

/** An answer is given up as soon as it is larger than it may be. */
class TooLarge extends Error {}

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
