import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"
import { expect, it } from "vitest"
import { type Asked, type FakeCampus, errorOf, orgs, pagesOf, readFrom, serve } from "./fake-campus.ts"

const secret = "a secret/with +odd& characters"

/** RFC 3986, 2.3: everything but letters, digits and `-._~`, byte by byte. */
const encode = (text: string): string =>
  [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
    })
    .join("")

/** Section 3.4.1.3.1: in a query, a plus sign is a blank. */
const decodeForm = (text: string): string => decodeURIComponent(text.replaceAll("+", " "))

const parametersOf = ({ headers }: Asked): ReadonlyMap<string, string> =>
  new Map(
    [...(headers.authorization ?? "").matchAll(/(\w+)="([^"]*)"/g)].map((match) => [
      match[1] ?? "",
      decodeURIComponent(match[2] ?? "")
    ])
  )

/** The signature of a request as RFC 5849 (3.4) makes it, from the bytes that came over the wire. */
const signatureOf = (asked: Asked, origin: string, algorithm: string): string => {
  const [path = "", query = ""] = asked.target.split("?")
  const pairs = [
    ...query.split("&").map((pair) => {
      const [name = "", ...rest] = pair.split("=")
      return [encode(decodeForm(name)), encode(decodeForm(rest.join("=")))] as const
    }),
    ...[...parametersOf(asked)]
      .filter(([name]) => name !== "oauth_signature" && name !== "realm")
      .map(([name, value]) => [encode(name), encode(value)] as const)
  ].sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
  const text = ["GET", encode(origin + path), encode(pairs.map((pair) => pair.join("=")).join("&"))].join("&")
  return createHmac(algorithm, `${encode(secret)}&`)
    .update(text)
    .digest("base64")
}

const signedBy = (signatureMethod: "HMAC-SHA1" | "HMAC-SHA256") => ({
  auth: {
    type: "oauth1" as const,
    consumerKey: "InfiniteCampus_rollbook",
    consumerSecret: Redacted.make(secret),
    signatureMethod
  }
})

/** A server that lets no request in whose signature it cannot make again. */
const strict = async (algorithm: string): Promise<FakeCampus> => {
  const nonces = new Set<string>()
  const campus: FakeCampus = await serve((asked, count) => {
    const given = parametersOf(asked)
    const isFresh = !nonces.has(given.get("oauth_nonce") ?? "")
    nonces.add(given.get("oauth_nonce") ?? "")
    const isNow = Math.abs(Number(given.get("oauth_timestamp")) - Date.now() / 1000) < 60
    if (!isFresh || !isNow || given.get("oauth_signature") !== signatureOf(asked, campus.origin, algorithm)) {
      return { status: 401 }
    }
    if (count === 2) return { status: 503 }
    return { body: { orgs: orgs(15).slice(asked.offset, asked.offset + asked.limit) } }
  })
  return campus
}

it.each([
  ["HMAC-SHA1", "sha1"],
  ["HMAC-SHA256", "sha256"]
] as const)("signs the exact bytes sent with %s, anew for every try", async (method, algorithm) => {
  const campus = await strict(algorithm)
  const filter = "name='O''Brien (old)*!~ é&=+%' AND status='active'"
  const { proof } = pagesOf(await readFrom(campus, signedBy(method), { filter, fields: ["identifier"] }))
  expect(proof.rowsRead).toBe(15)
  expect(
    campus.asked.some(({ target }) => target.includes("%27%27Brien%20%28old%29%2A%21~%20%C3%A9%26%3D%2B%25%27"))
  ).toBe(true)
  const [first] = campus.asked
  expect(parametersOf(first as Asked).get("oauth_signature_method")).toBe(method)
  expect(parametersOf(first as Asked).get("oauth_version")).toBe("1.0")
  expect(campus.tokensAsked).toHaveLength(0)
})

it("does not ask again with a signature that was refused", async () => {
  const campus = await strict("sha1")
  const error = errorOf(await readFrom(campus, signedBy("HMAC-SHA256")))
  expect(error.reason).toBe("Unauthorized")
  expect(campus.asked).toHaveLength(1)
  expect(JSON.stringify(error) + error.message).not.toContain(secret)
})

it.each([
  ["a value that ends in equals signs", "?tenant=YWJj=="],
  ["a plus sign for a blank", "?tenant=North+High"],
  ["a name without a value", "?preview"],
  ["a name that comes twice, out of order", "?area=south&area=north"]
])("signs an address whose query has %s", async (_, query) => {
  const campus = await strict("sha256")
  const { proof } = pagesOf(
    await readFrom(campus, { ...signedBy("HMAC-SHA256"), baseUrl: `${campus.baseUrl}${query}` })
  )
  expect(proof.rowsRead).toBe(15)
  expect(campus.asked.every(({ target }) => target.includes(query))).toBe(true)
})
