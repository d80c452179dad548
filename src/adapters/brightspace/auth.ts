import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { SignJWT } from "jose/jwt/sign"
import { randomUUID } from "node:crypto"
import type { BrightspaceAuth, BrightspaceConnection } from "./settings.ts"
import { TargetError } from "../../core/ports/target.ts"
import { type Authorizer, type Http, makeHttp } from "../http/http.ts"
import type { HttpRequest, HttpResponse } from "../http/request.ts"
import { keptWords, knownCode } from "../http/server-words.ts"
import { readSigningKey, type SigningKey } from "./signing-key.ts"
import { exchangeRefreshToken } from "./token-file.ts"
import type { Doing } from "../../core/doing.ts"

/** Seconds before its end at which an access token is no longer used; half its life where that is shorter. */
const earlySeconds = 60

export interface Authorizers {
  /** One for each request: a request whose token is refused must be able to tell whether somebody renewed it since. */
  readonly make: () => Authorizer<TargetError>
  /** Requests for tokens sent so far. */
  readonly requestsSent: () => number
}

/** The shortest life that D2L gives an access token, in seconds; taken for servers that do not say. */
const shortestLifeSeconds = 1800

interface AccessToken {
  /** The headers that carry it, the same ones for each request. */
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Milliseconds since the epoch. */
  readonly staleAt: number
}

/**
 * Credentials for a tenant. The access token is fetched when first needed, once for all who wait, again shortly before
 * its end, and once more when the tenant refuses it. `Misconfigured` where the key cannot sign.
 */
export const makeAuthorizers = Effect.fn("brightspace.authorize")(function* (
  connection: BrightspaceConnection
): Doing<Authorizers, TargetError, Scope.Scope> {
  // A client of its own: a token is fetched while the request that needs it holds its place in the budget.
  const http = yield* makeHttp({
    budget: { concurrency: 1, requestsPerSecond: Infinity, peak: null },
    timeoutSeconds: Math.min(connection.timeoutSeconds, 30),
    // An assertion is good for one use: whoever repeats must sign anew.
    tries: connection.auth.type === "private_key_jwt" ? 1 : 3
  })
  const fetchToken = yield* tokenSource(connection, http)
  const permit = Effect.unsafeMakeSemaphore(1)
  let kept: AccessToken | null = null

  const goodOtherThan = (refused: AccessToken | null): AccessToken | null =>
    kept !== null && kept !== refused && kept.staleAt > Date.now() ? kept : null

  const tokenOtherThan = (refused: AccessToken | null): Effect.Effect<AccessToken, TargetError> => {
    return Effect.suspend(() => {
      const token = goodOtherThan(refused)
      if (token !== null) return Effect.succeed(token)
      return permit.withPermits(1)(
        Effect.suspend(() => {
          const renewed = goodOtherThan(refused)
          return renewed !== null
            ? Effect.succeed(renewed)
            : Effect.tap(fetchToken, (fetched) => {
                kept = fetched
              })
        })
      )
    })
  }

  const make: Authorizers["make"] = () => {
    let used: AccessToken | null = null
    let refused: AccessToken | null = null
    return {
      headers: () =>
        Effect.map(tokenOtherThan(refused), (token) => {
          used = token
          return Redacted.value(token.headers)
        }),
      renew: Effect.suspend(() => {
        refused = used
        return Effect.as(tokenOtherThan(refused), true)
      })
    }
  }
  return { make, requestsSent: () => http.counters.requests }
})

const tokenSource = Effect.fn("brightspace.token-source")(function* (connection: BrightspaceConnection, http: Http) {
  const auth = connection.auth
  if (auth.type === "private_key_jwt") {
    const key = yield* readSigningKey(connection)
    return Effect.flatMap(clientAssertion(connection.name, auth, key), (assertion) =>
      requestToken(connection.name, http, auth, {
        grant_type: "client_credentials",
        client_id: auth.clientId,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion
      })
    ).pipe(
      Effect.retry({
        // A page in the place of a token says nothing of the credentials.
        while: (error) => ["Malformed", "Throttled", "Unreachable"].includes(error.reason),
        times: 3,
        schedule: Schedule.exponential("500 millis")
      }),
      Effect.map(accessTokenOf)
    )
  }
  return exchangeRefreshToken(connection.name, auth.tokenFile, (refreshToken) =>
    Effect.map(
      // Never twice by itself: the first try may have used the token up.
      requestToken(connection.name, http, auth, {
        grant_type: "refresh_token",
        refresh_token: Redacted.value(refreshToken),
        client_id: auth.clientId,
        client_secret: Redacted.value(auth.clientSecret)
      }),
      (answer) => ({
        next: answer.refresh_token === undefined ? null : Redacted.make(answer.refresh_token),
        value: accessTokenOf(answer)
      })
    )
  )
})

/** A token for the token endpoint, good for one minute and one use (RFC 7523). */
const clientAssertion = (
  connection: string,
  auth: BrightspaceAuth,
  key: SigningKey
): Effect.Effect<string, TargetError> =>
  Effect.tryPromise({
    try: () =>
      new SignJWT()
        .setProtectedHeader({ alg: key.algorithm, kid: key.keyId, typ: "JWT" })
        .setIssuer(auth.clientId)
        .setSubject(auth.clientId)
        .setAudience(auth.tokenUrl)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime("60s")
        .sign(key.key),
    catch: () =>
      new TargetError({ reason: "Misconfigured", connection, request: "private key", detail: "it cannot sign" })
  })

const TokenAnswer = Schema.Struct({
  access_token: Schema.NonEmptyString,
  expires_in: Schema.optional(Schema.Union(Schema.Number, Schema.NumberFromString)),
  refresh_token: Schema.optional(Schema.NonEmptyString)
})
type TokenAnswer = typeof TokenAnswer.Type

const accessTokenOf = (answer: TokenAnswer): AccessToken => {
  const life = answer.expires_in ?? shortestLifeSeconds
  return {
    headers: Redacted.make({ authorization: `Bearer ${answer.access_token}` }),
    staleAt: Date.now() + (life - Math.min(earlySeconds, life / 2)) * 1000
  }
}

const requestToken = Effect.fn("brightspace.request-token")(function* (
  connection: string,
  http: Http,
  auth: BrightspaceAuth,
  grant: Readonly<Record<string, string>>
) {
  const request: HttpRequest = {
    method: "POST",
    url: new URL(auth.tokenUrl),
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      ...grant,
      ...(auth.scope.length === 0 ? {} : { scope: auth.scope.join(" ") })
    }).toString()
  }
  const fail = ({
    reason,
    detail,
    status,
    hint,
    told = {}
  }: {
    readonly reason: TargetError["reason"]
    readonly detail: string
    readonly status?: number
    readonly hint?: string
    readonly told?: { readonly code?: string; readonly said?: string }
  }): TargetError =>
    new TargetError({
      reason,
      connection,
      request: `POST ${request.url.pathname}`,
      detail,
      ...(status === undefined ? {} : { status }),
      ...(hint === undefined ? {} : { hint }),
      ...told
    })
  const answer = yield* http.request(request, anonymous).pipe(
    // Whatever needed the token was never sent, so that no answer is lost but this one.
    Effect.mapError((failure) => fail({ reason: "Unreachable", detail: `no access token: ${failure.detail}` }))
  )
  if (answer.status >= 500 || answer.status === 408) {
    return yield* fail({
      reason: "Unreachable",
      detail: "no access token: the token service is out of order",
      status: answer.status
    })
  }
  if (answer.status === 429 || (answer.status === 403 && answer.headers["retry-after"] !== undefined)) {
    return yield* fail({ reason: "Throttled", detail: "no access token: asked too often", status: answer.status })
  }
  if (answer.status < 200 || answer.status > 299) {
    const { code = null, ...told } = oauthError(answer)
    return yield* fail({
      reason: "Unauthorized",
      detail: `no access token: ${code ?? "refused"}`,
      status: answer.status,
      hint:
        grant["grant_type"] === "refresh_token" && (code === "invalid_grant" || code === null)
          ? "The refresh token is no longer good: a person must log in again and put the new one into the token file"
          : "Look at the client id, the scopes, and the key or secret that the app is registered with",
      told
    })
  }
  return yield* Effect.mapError(
    Effect.flatMap(
      Effect.try(() => JSON.parse(answer.body.toString("utf8")) as unknown),
      Schema.decodeUnknown(TokenAnswer)
    ),
    () =>
      fail({
        reason: "Malformed",
        detail: "the token service answered, but with no access token",
        status: answer.status
      })
  )
})

const anonymous: Authorizer<never> = { headers: () => Effect.succeed({}), renew: Effect.succeed(false) }

/** The error code of RFC 6749, where it is one, and apart the words beside it. */
const oauthError = (answer: HttpResponse): { readonly code?: string; readonly said?: string } => {
  try {
    const { error, error_description: words } = JSON.parse(answer.body.toString("utf8")) as Readonly<
      Record<string, unknown>
    >
    const [code, said] = [error, words].map((one) => (typeof one === "string" ? one : ""))
    return { ...knownCode(code ?? ""), ...keptWords(said || code || "") }
  } catch {
    return {}
  }
}
