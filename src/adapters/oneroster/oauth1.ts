import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"
import OAuth from "oauth-1.0a"
import type { OneRosterAuth } from "./settings.ts"
import type { Authorizer } from "../http/http.ts"

/**
 * Signs requests by OAuth 1.0a without a token (RFC 5849, 3.4): method, address and query exactly as they are sent, with
 * a nonce and a time of their own for every try. Bodies in JSON are no part of the signature.
 * A refused signature is refused again, so that there is nothing to renew.
 */
export const oauth1 = (auth: Extract<OneRosterAuth, { readonly type: "oauth1" }>): Authorizer<never> => {
  const algorithm = auth.signatureMethod === "HMAC-SHA1" ? "sha1" : "sha256"
  const signer = new OAuth({
    consumer: { key: auth.consumerKey, secret: Redacted.value(auth.consumerSecret) },
    signature_method: auth.signatureMethod,
    hash_function: (text, key) => createHmac(algorithm, key).update(text).digest("base64")
  })
  return {
    headers: (request) =>
      Effect.sync(() => {
        const address = new URL(request.url)
        address.search = ""
        const signed = signer.authorize({
          url: address.href,
          method: request.method,
          data: parametersOf(request.url)
        })
        return { authorization: signer.toHeader(signed).Authorization }
      }),
    renew: Effect.succeed(false)
  }
}

/**
 * The parameters of a query by name, each with all its values in order. The signer is given these and no query: its own
 * reading ends a value at the second equals sign and takes a plus sign for itself (RFC 5849, 3.4.1.3.1).
 */
const parametersOf = (url: URL): Record<string, Array<string>> => {
  const parameters: Record<string, Array<string>> = {}
  for (const [name, value] of url.searchParams) (parameters[name] ??= []).push(value)
  return parameters
}
