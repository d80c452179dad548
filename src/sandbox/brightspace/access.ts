import * as jose from "jose"
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto"
import { type Answer, type Exchange, json } from "../http/exchange.ts"
import { bearerToken, clientCredentials, tokenForm } from "../http/client-credentials.ts"
import { refuse } from "./refusals.ts"

/** The registered client: with a key pair for client credentials, with a secret for refresh tokens. */
export interface BrightspaceClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly firstRefreshToken: string
  /** PKCS 8, PEM. */
  readonly privateKeyPem: string
  readonly publicKey: KeyObject
}

let keys: { readonly privateKey: string; readonly publicKey: string } | undefined

/** A client with secrets of its own; its keys are made once per process, which takes a tenth of a second. */
export const registerClient = (): BrightspaceClient => {
  const { privateKey, publicKey } = (keys ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" }
  }))
  return {
    clientId: "sandbox-client",
    clientSecret: randomBytes(24).toString("base64url"),
    firstRefreshToken: randomBytes(24).toString("base64url"),
    privateKeyPem: privateKey,
    publicKey: createPublicKey(publicKey)
  }
}

export interface BrightspaceAccess {
  readonly token: (exchange: Exchange) => Promise<Answer>
  /** Refuses a request without a live token; gives the scopes of the token. */
  readonly demand: (exchange: Exchange) => ReadonlyArray<string>
  readonly revoke: (exchange: Exchange) => void
}

export const brightspaceTokenPath = "/core/connect/token"

/** Seconds that an assertion may live. */
const longestAssertionSeconds = 300

/** Scopes that a refresh-token client was granted when a person consented. */
const consentedScope =
  "core:*:* organizations:*:* orgunits:*:* sections:*:* users:*:* role:*:* enrollment:*:* grades:*:* dropbox:*:* quizzing:*:* discussions:*:* datasets:bds:read"

interface Grant {
  readonly ends: number
  readonly scopes: ReadonlyArray<string>
}

/** `tokenUrl` is the audience that an assertion must name. `tokenSeconds` is how long a new token lives. */
export const makeBrightspaceAccess = (
  client: BrightspaceClient,
  tokenUrl: string,
  tokenSeconds: () => number
): BrightspaceAccess => {
  const grants = new Map<string, Grant>()
  const seenAssertions = new Set<string>()
  let refreshToken = client.firstRefreshToken
  const issue = (scope: string, more: Readonly<Record<string, string>> = {}): Answer => {
    const token = randomBytes(32).toString("base64url")
    grants.set(token, {
      ends: Date.now() + tokenSeconds() * 1000,
      scopes: scope.split(" ").filter((one) => one !== "")
    })
    return json({ access_token: token, token_type: "Bearer", expires_in: tokenSeconds(), scope, ...more })
  }
  const assertionFault = async (assertion: string): Promise<string | null> => {
    try {
      const { payload } = await jose.jwtVerify(assertion, client.publicKey, {
        algorithms: ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
        issuer: client.clientId,
        subject: client.clientId,
        audience: tokenUrl,
        requiredClaims: ["exp", "jti"]
      })
      if ((payload.exp ?? 0) - Date.now() / 1000 > longestAssertionSeconds) return "The assertion lives too long."
      const jti = payload.jti ?? ""
      if (seenAssertions.has(jti)) return "The assertion was used before."
      seenAssertions.add(jti)
      return null
    } catch (error) {
      return error instanceof jose.errors.JOSEError
        ? `The assertion is not valid: ${error.code}.`
        : "The assertion is not valid."
    }
  }
  return {
    token: async (exchange) => {
      const form = tokenForm(exchange)
      if (form === null) return oauthError("invalid_request", "The body is not a form.")
      switch (form.get("grant_type")) {
        case "client_credentials": {
          if (form.get("client_assertion_type") !== "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
            return oauthError("invalid_client", "The client assertion type is not jwt-bearer.")
          }
          if ((form.get("client_id") ?? client.clientId) !== client.clientId) {
            return oauthError("invalid_client", "The client is unknown.")
          }
          const fault = await assertionFault(form.get("client_assertion") ?? "")
          if (fault !== null) return oauthError("invalid_client", fault)
          const scope = form.get("scope") ?? ""
          return scope.trim() === "" ? oauthError("invalid_scope", "No scope was asked for.") : issue(scope)
        }
        case "refresh_token": {
          const { id, secret } = clientCredentials(exchange, form)
          if (id !== client.clientId || secret !== client.clientSecret) {
            return oauthError("invalid_client", "The client is unknown, or its secret is wrong.")
          }
          if (form.get("refresh_token") !== refreshToken) {
            return oauthError("invalid_grant", "The refresh token is not the newest.")
          }
          refreshToken = randomBytes(24).toString("base64url")
          return issue(form.get("scope") ?? consentedScope, { refresh_token: refreshToken })
        }
        default:
          return oauthError("unsupported_grant_type", "The grant type is neither client_credentials nor refresh_token.")
      }
    },
    demand: (exchange) => {
      const grant = grants.get(bearerToken(exchange) ?? "")
      if (grant === undefined) throw refuse(401, "The request carries no token that is known.")
      if (Date.now() >= grant.ends) throw refuse(401, "The token has expired.")
      return grant.scopes
    },
    revoke: (exchange) => {
      grants.delete(bearerToken(exchange) ?? "")
    }
  }
}

/** Whether one of the granted scopes, which may hold `*`, takes in the scope that is needed. */
export const covers = (granted: ReadonlyArray<string>, needed: string): boolean => {
  const parts = needed.split(":")
  return granted.some((scope) => {
    const given = scope.split(":")
    return (
      given.length === 3 && given.every((part, index) => part === "*" || part.split(",").includes(parts[index] ?? ""))
    )
  })
}

const oauthError = (error: string, description: string): Answer =>
  json({ error, error_description: description }, error === "invalid_client" ? 401 : 400)
