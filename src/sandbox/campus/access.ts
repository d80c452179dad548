import { SignJWT } from "jose"
import { randomBytes, randomUUID } from "node:crypto"
import { type Answer, type Exchange, json } from "../http/exchange.ts"
import { bearerToken, clientCredentials, tokenForm } from "../http/client-credentials.ts"
import { makeSignatureCheck } from "./oauth1.ts"
import { refusal } from "./status-info.ts"

/** Credentials that a district hands over for a connection. */
export interface CampusCredentials {
  readonly appName: string
  readonly clientId: string
  readonly clientSecret: string
  readonly vendorKey: string
  readonly vendorSecret: string
  readonly consumerKey: string
  readonly consumerSecret: string
}

export interface CampusAccess {
  /** Answers a token request. */
  readonly token: (exchange: Exchange) => Promise<Answer>
  /** Refuses a request that carries neither a live token nor a good signature. */
  readonly demand: (exchange: Exchange) => void
  /** Refuses a gradebook request without the vendor's header. */
  readonly demandVendor: (exchange: Exchange) => void
  readonly revoke: (exchange: Exchange) => void
}

export const vendorHeader = "x-vendor-authorization"

/** `tokenSeconds` is how long a new token lives. */
export const makeCampusAccess = (credentials: CampusCredentials, tokenSeconds: () => number): CampusAccess => {
  const signingKey = randomBytes(32)
  /** Token to the instant of its end, in milliseconds. */
  const tokens = new Map<string, number>()
  const refuseSignature = makeSignatureCheck(credentials.consumerKey, credentials.consumerSecret, Date.now)
  return {
    token: async (exchange) => {
      const appName = exchange.query.get("appName")
      if (appName === null || appName === "")
        return oauthError(400, "invalid_request", "No Campus Application selected")
      const form = tokenForm(exchange)
      if (form === null) return oauthError(400, "invalid_request", "The body is not a form.")
      if (form.get("grant_type") !== "client_credentials") {
        return oauthError(400, "unsupported_grant_type", "The grant type is not client_credentials.")
      }
      const client = clientCredentials(exchange, form)
      const isKnown =
        appName === credentials.appName &&
        client.id === credentials.clientId &&
        client.secret === credentials.clientSecret
      if (!isKnown) return oauthError(401, "invalid_client", "The client is unknown, or its secret is wrong.")
      const seconds = tokenSeconds()
      const scope = form.get("scope") ?? ""
      const expires = Math.floor(Date.now() / 1000) + seconds
      const token = await new SignJWT({ scope })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(client.id)
        .setJti(randomUUID())
        .setExpirationTime(expires)
        .sign(signingKey)
      tokens.set(token, Date.now() + seconds * 1000)
      return json({ access_token: token, token_type: "Bearer", expires_in: seconds, scope })
    },
    demand: (exchange) => {
      if (/^OAuth\s/i.test(exchange.headers.authorization ?? "")) {
        const reason = refuseSignature(exchange)
        if (reason !== null) throw refusal(401, "unauthorized", reason)
        return
      }
      const ends = tokens.get(bearerToken(exchange) ?? "")
      if (ends === undefined) throw refusal(401, "unauthorized", "The request carries no token that is known.")
      if (Date.now() >= ends) throw refusal(401, "unauthorized", "The token has expired.")
    },
    demandVendor: (exchange) => {
      if (exchange.headers[vendorHeader] !== `${credentials.vendorKey}:${credentials.vendorSecret}`) {
        throw refusal(401, "unauthorized", "The vendor is not authorized for the grade book.")
      }
    },
    revoke: (exchange) => {
      tokens.delete(bearerToken(exchange) ?? "")
    }
  }
}

const oauthError = (status: number, error: string, description: string): Answer =>
  json({ error, error_description: description }, status)
