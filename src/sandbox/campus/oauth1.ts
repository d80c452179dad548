import { createHmac, timingSafeEqual } from "node:crypto"
import type { Exchange } from "../http/exchange.ts"

/** Seconds by which a timestamp may differ from now. */
const timestampWindowSeconds = 300

/** Checks signatures of OAuth 1.0a requests without tokens (RFC 5849). Gives why a request is refused, or null. */
export type SignatureCheck = (exchange: Exchange) => string | null

export const makeSignatureCheck = (key: string, secret: string, now: () => number): SignatureCheck => {
  const seen = new Set<string>()
  return (exchange) => {
    const parameters = readHeader(exchange.headers.authorization ?? "")
    if (parameters === null) return "The OAuth header cannot be read."
    const value = (name: string): string => parameters.find(([one]) => one === name)?.[1] ?? ""
    if (value("oauth_consumer_key") !== key) return "The consumer key is unknown."
    if ((value("oauth_version") || "1.0") !== "1.0") return "The version is not 1.0."
    const digest = digests.get(value("oauth_signature_method"))
    if (digest === undefined) return "The signature method is neither HMAC-SHA1 nor HMAC-SHA256."
    const timestamp = Number(value("oauth_timestamp"))
    if (!Number.isInteger(timestamp) || Math.abs(now() / 1000 - timestamp) > timestampWindowSeconds) {
      return "The timestamp is too far from now."
    }
    if (value("oauth_nonce") === "") return "The nonce is missing."
    const expected = createHmac(digest, `${encode(secret)}&`)
      .update(baseString(exchange, parameters))
      .digest()
    const given = Buffer.from(value("oauth_signature"), "base64")
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return "The signature does not match."
    const nonce = `${timestamp} ${value("oauth_nonce")}`
    if (seen.has(nonce)) return "The nonce was used before."
    seen.add(nonce)
    return null
  }
}

const digests: ReadonlyMap<string, string> = new Map([
  ["HMAC-SHA1", "sha1"],
  ["HMAC-SHA256", "sha256"]
])

type Parameter = readonly [name: string, value: string]

/** Section 3.4.1: method, address and sorted parameters, each encoded. */
const baseString = (exchange: Exchange, header: ReadonlyArray<Parameter>): string => {
  const query = exchange.rawQuery.split("&").filter((part) => part !== "")
  const parameters = [
    ...query.map((part): Parameter => {
      const [name = "", ...rest] = part.split("=")
      return [decodeForm(name), decodeForm(rest.join("="))]
    }),
    ...header.filter(([name]) => name !== "oauth_signature" && name !== "realm")
  ]
  const normalized = parameters
    .map(([name, value]): Parameter => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&")
  const host = (exchange.headers.host ?? "").toLowerCase().replace(/:80$/, "")
  return [exchange.method.toUpperCase(), `http://${host}${exchange.path}`, normalized].map(encode).join("&")
}

/** Section 3.5.1: `OAuth name="value", …`, both encoded. */
const readHeader = (header: string): ReadonlyArray<Parameter> | null => {
  if (!/^OAuth\s/i.test(header)) return null
  const parameters: Array<Parameter> = []
  for (const part of header.slice(6).split(",")) {
    const matched = /^\s*([^=\s]+)="([^"]*)"\s*$/.exec(part)
    if (matched === null) return null
    try {
      parameters.push([decodeURIComponent(matched[1] ?? ""), decodeURIComponent(matched[2] ?? "")])
    } catch {
      return null
    }
  }
  return parameters
}

const decodeForm = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return text
  }
}

/** Section 3.6: everything but letters, digits and `-._~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
