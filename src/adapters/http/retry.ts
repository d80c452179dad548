import * as Effect from "effect/Effect"
import type { HttpRequest, HttpResponse } from "./request.ts"

/**
 * Whether a request is worth another try, later:
 *
 * | answer | which requests |
 * |---|---|
 * | 429 | all: the server says that it did nothing |
 * | 403 with Retry-After | all: Brightspace's way to say that a download quota is used up |
 * | 503 with Retry-After | all |
 * | 502, 503, 504, 408 | GET and others that may be repeated |
 * | anything else | none |
 */
export const isRefusedForNow = (request: HttpRequest, answer: HttpResponse): boolean => {
  const repeatable = request.method === "GET" || request.idempotent === true
  const says = answer.headers["retry-after"] !== undefined
  switch (answer.status) {
    case 429:
      return true
    case 403:
      return says
    case 503:
      return says || repeatable
    case 408:
    case 502:
    case 504:
      return repeatable
    default:
      return false
  }
}

/** The wait that `Retry-After` asks for, given there in seconds or as a date; null without one. Two minutes at most. */
export const retryAfterMilliseconds = (answer: HttpResponse, now: number = Date.now()): number | null => {
  const value = answer.headers["retry-after"]
  if (value === undefined) return null
  const wait = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), 120_000)
}

/** 0.25 s, doubled at each try up to 30 s, less a random part, so that many clients do not come back at once. */
export const backOffMilliseconds = (attempt: number, random: number = Math.random()): number =>
  Math.min(250 * 2 ** (attempt - 1), 30_000) * (0.5 + random / 2)

/** Tries of one read whose answer is none, the first included: as many as of one that is refused for now. */
export const triesOfAnAnswer = 5

/**
 * Asks again, later, what was answered with a login page, half a body or nothing, as something between the two sides
 * does now and then. Only for what may be repeated.
 */
export const asksAgain = <A, E, R>(
  ask: Effect.Effect<A, E, R>,
  isNone: (error: E) => boolean,
  trial = 1
): Effect.Effect<A, E, R> =>
  Effect.catchIf(
    ask,
    (error) => trial < triesOfAnAnswer && isNone(error),
    () => Effect.zipRight(Effect.sleep(backOffMilliseconds(trial)), asksAgain(ask, isNone, trial + 1))
  )
