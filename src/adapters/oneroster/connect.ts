import * as Effect from "effect/Effect"
import { constant } from "effect/Function"
import type * as Scope from "effect/Scope"
import type { OneRosterConnection } from "./settings.ts"
import { SourceError } from "../../core/ports/source.ts"
import { type BudgetOptions, parseHours } from "../http/budget.ts"
import { type Authorizer, type Http, makeHttp } from "../http/http.ts"
import { oauth1 } from "./oauth1.ts"
import { oauth2 } from "./oauth2.ts"
import type { Doing } from "../../core/doing.ts"

/** A server that can be asked: what is read and what is written goes through it. */
export interface Connected {
  readonly http: Http
  /** An authorizer for one request. */
  readonly authorizer: () => Authorizer<SourceError>
  /** Requests sent so far, tries and tokens included. */
  readonly requestsSent: () => number
}

const triesOfARequest = 5

/** Nothing is asked before it is needed. `timezone` is that of the peak hours. `Refused` when these cannot be read. */
export const connect = Effect.fn("oneroster.connect")(function* (
  connection: OneRosterConnection,
  timezone: string
): Doing<Connected, SourceError, Scope.Scope> {
  const budget = yield* budgetOf(connection, timezone)
  const { timeoutSeconds } = connection
  const http = yield* makeHttp({ budget, timeoutSeconds, tries: triesOfARequest })
  // A client of its own: a request that waits for a token holds a place in the budget, and would wait for ever.
  const tokenHttp = yield* makeHttp({
    budget: { concurrency: 1, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null },
    timeoutSeconds,
    tries: triesOfARequest
  })
  const { auth } = connection
  return {
    http,
    authorizer: auth.type === "oauth2" ? oauth2(connection, auth, tokenHttp) : constant(oauth1(auth)),
    requestsSent: () => http.counters.requests + tokenHttp.counters.requests
  }
})

/** By profile or by address: providers serve 1.2 under addresses of 1.1 and the other way round. */
export const isVersion12 = ({ profile, baseUrl }: OneRosterConnection): boolean =>
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
