import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { decodeJwt } from "jose"
import type { OneRosterAuth } from "./settings.ts"
import { SourceError } from "../../core/ports/source.ts"
import type { Authorizer, Http } from "../http/http.ts"
import { type HttpRequest, type HttpResponse, nameOf } from "../http/request.ts"
import { asksAgain } from "../http/retry.ts"
import { type Asked, noAnswer, refusalOf } from "./refusal.ts"
import { readStatusInfo } from "./status-info.ts"

type OAuth2 = Extract<OneRosterAuth, { readonly type: "oauth2" }>

interface Token {
  readonly value: Redacted.Redacted
  /** Milliseconds of the clock after which it is no longer used. */
  readonly goodUntil: number
}

/** Seconds before its end at which a token is no longer used; of a short-lived one, half its life. */
const marginSeconds = 60

/** Life of a token that does not say how long it lives, in seconds. */
const assumedLifeSeconds = 3600

/**
 * Fetches tokens by client credentials (RFC 6749, 4.4) and puts them on requests: one token for all, fetched once for
 * all who wait for it, anew before it ends and once more when a request is refused with 401 or 403, which servers use
 * alike for a token that has run out. Each request gets an authorizer of its own, so that a token which another one has
 * renewed meanwhile is not thrown away.
 *
 * Errors: `Unauthorized`, `Forbidden`, `NotFound` and `Refused` by the token endpoint, after which it is not asked again,
 * lest the client be locked out; `Malformed` for an answer without a token; `Unreachable`.
 */
export const oauth2 = (
  connection: { readonly name: string; readonly profile: string },
  auth: OAuth2,
  http: Http
): (() => Authorizer<SourceError>) => {
  let token: Token | null = null
  let isScopeRefused = false
  let refused: SourceError | null = null
  const oneAtATime = Effect.unsafeMakeSemaphore(1)

  const fetchToken: Effect.Effect<Token, SourceError> = Effect.suspend(() => {
    const request = tokenRequest(auth, isScopeRefused ? [] : auth.scope)
    const asked: Asked = { connection: connection.name, profile: connection.profile, request }
    return http.request(request, { headers: () => Effect.succeed({}), renew: Effect.succeed(false) }).pipe(
      Effect.mapError((failure) => noAnswer(asked, failure)),
      Effect.flatMap((answer) => {
        if (answer.status === 200 || answer.status === 201) return tokenOf(asked, answer)
        if (!isScopeRefused && auth.scope.length > 0 && saysInvalidScope(answer)) {
          isScopeRefused = true
          return fetchToken
        }
        return Effect.fail(tokenRefusal(auth, asked, answer))
      })
    )
  })

  const current: Effect.Effect<Token, SourceError> = Effect.suspend(() => {
    if (refused !== null) return Effect.fail(refused)
    if (token !== null && Date.now() < token.goodUntil) return Effect.succeed(token)
    return asksAgain(fetchToken, (error) => error.reason === "Malformed").pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          if (error.reason !== "Unreachable" && error.reason !== "Throttled") refused = error
        })
      ),
      Effect.tap((fetched) => {
        token = fetched
      })
    )
  })

  return () => {
    let used: Token | null = null
    return {
      headers: () =>
        Effect.map(oneAtATime.withPermits(1)(current), (one) => {
          used = one
          return { authorization: `Bearer ${Redacted.value(one.value)}` }
        }),
      renew: Effect.sync(() => {
        if (token === used) token = null
        return true
      }),
      isStale: (status) => status === 401 || status === 403
    }
  }
}

const tokenRequest = (auth: OAuth2, scope: ReadonlyArray<string>): HttpRequest => {
  const secret = Redacted.value(auth.clientSecret)
  const form = new URLSearchParams({ grant_type: "client_credentials" })
  if (scope.length > 0) form.set("scope", scope.join(" "))
  if (auth.clientAuth === "body") {
    form.set("client_id", auth.clientId)
    form.set("client_secret", secret)
  }
  const basic = Buffer.from(`${formEncode(auth.clientId)}:${formEncode(secret)}`).toString("base64")
  return {
    method: "POST",
    // Its query is part of it: Infinite Campus names the application there.
    url: new URL(auth.tokenUrl),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
      ...(auth.clientAuth === "basic" ? { authorization: `Basic ${basic}` } : {})
    },
    body: form.toString(),
    idempotent: true
  }
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are joined by a colon. */
const formEncode = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1)

const tokenOf = (asked: Asked, answer: HttpResponse): Effect.Effect<Token, SourceError> => {
  const fields = parseObject(answer.body)
  const value = fields?.["access_token"]
  if (typeof value !== "string" || value === "") {
    return Effect.fail(
      new SourceError({
        reason: "Malformed",
        connection: asked.connection,
        request: nameOf(asked.request),
        status: answer.status,
        detail:
          fields === null ? "answered with something other than JSON, without a token" : "answered without a token",
        hint: answer.body.includes("No Campus Application selected")
          ? "The token_url lacks ?appName=<name of the Campus application>"
          : "Check the token_url: it may lead to a login page"
      })
    )
  }
  const lifeSeconds = lifeOf(fields?.["expires_in"], value)
  const goodForSeconds = lifeSeconds - Math.min(marginSeconds, lifeSeconds / 2)
  return Effect.succeed({ value: Redacted.make(value), goodUntil: Date.now() + goodForSeconds * 1000 })
}

/** Seconds a token lives: as the answer says, else as the token itself says, else an hour. */
const lifeOf = (expiresIn: unknown, token: string): number => {
  const said = typeof expiresIn === "number" || typeof expiresIn === "string" ? Number(expiresIn) : Number.NaN
  if (said > 0) return said
  try {
    const end = decodeJwt(token).exp
    return end === undefined ? assumedLifeSeconds : Math.max(0, end - Date.now() / 1000)
  } catch {
    return assumedLifeSeconds
  }
}

const saysInvalidScope = (answer: HttpResponse): boolean =>
  readStatusInfo(answer.body).some((info) => info.codeMinor === "invalidscope")

/** Whether a server that was asked for no scope speaks of one. */
const wantsScope = (auth: OAuth2, answer: HttpResponse): boolean =>
  auth.scope.length === 0 &&
  readStatusInfo(answer.body).some((info) => /scope/i.test(`${info.code} ${info.description}`))

const scopeHint =
  "Say it in auth.scope of the connection, most often [https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly], with gradebook.createput beside it where grades go back; v1p2 for OneRoster 1.2"

/** The token endpoint's refusal; its words are dropped where they repeat the secret. */
const tokenRefusal = (auth: OAuth2, asked: Asked, answer: HttpResponse): SourceError => {
  const error = refusalOf(asked, answer)
  const isLeaking = error.said?.includes(Redacted.value(auth.clientSecret)) === true
  const hint =
    error.hint?.includes("appName") === true || answer.status < 400
      ? error.hint
      : wantsScope(auth, answer)
        ? scopeHint
        : answer.status === 404 || answer.status === 405
          ? "Check the token_url: no token is handed out at this address"
          : auth.clientAuth === "basic" && (answer.status === 400 || answer.status === 401)
            ? `${error.hint ?? "Check id and secret"}. Some servers want client_auth: body`
            : error.hint
  return new SourceError({
    reason: error.reason,
    connection: error.connection,
    request: error.request,
    status: answer.status,
    detail: error.detail,
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(error.said === undefined || isLeaking ? {} : { said: error.said }),
    ...(hint === undefined ? {} : { hint })
  })
}

const parseObject = (body: Buffer): Record<string, unknown> | null => {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"))
    return parsed !== null && typeof parsed === "object" && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
