import { createHmac } from "node:crypto"
import OAuth from "oauth-1.0a"
import { expect, it } from "vitest"
import { call, rehearse, type Reply } from "./rehearsal.ts"

const sandbox = rehearse()

interface Signing {
  readonly method?: "HMAC-SHA1" | "HMAC-SHA256" | "PLAINTEXT"
  readonly key?: string
  readonly secret?: string
  /** Added to what is signed. */
  readonly more?: Record<string, string>
  /** Sent instead of the address that was signed. */
  readonly send?: string
}

const signed = (url: string, { method = "HMAC-SHA1", key, secret, more = {}, send }: Signing = {}): Promise<Reply> => {
  const oauth = new OAuth({
    consumer: {
      key: key ?? sandbox().environment["CAMPUS_OAUTH1_KEY"] ?? "",
      secret: secret ?? sandbox().environment["CAMPUS_OAUTH1_SECRET"] ?? ""
    },
    signature_method: method,
    hash_function: (base, secretKey) =>
      createHmac(method === "HMAC-SHA256" ? "sha256" : "sha1", secretKey)
        .update(base)
        .digest("base64")
  })
  const authorization = oauth.authorize({ url, method: "GET", data: more })
  for (const name of Object.keys(more))
    if (!name.startsWith("oauth_")) delete (authorization as unknown as Record<string, unknown>)[name]
  return call(send ?? url, { headers: { ...oauth.toHeader(authorization) } })
}

const users = (query = ""): string => `${sandbox().environment["CAMPUS_BASE_URL"]}/users${query}`
const filter = `?filter=${encodeURIComponent("familyName='O''Neil'").replaceAll("'", "%27")}&limit=10`
const why = (reply: Reply): unknown =>
  (reply.body as { statusInfoSet: ReadonlyArray<Record<string, unknown>> }).statusInfoSet[0]?.["imsx_description"]

it.each(["HMAC-SHA1", "HMAC-SHA256"] as const)("takes %s over address and query", async (method) => {
  expect((await signed(users(), { method })).status).toBe(200)
  const filtered = await signed(users(filter), { method })
  expect([filtered.status, filtered.headers.get("x-total-count")]).toEqual([200, "1"])
})

it("knows the example of the specification's kind: sorted, doubled and empty parameters", async () => {
  expect((await signed(users("?sort=title&limit=5&offset=0&extra=&a=%20b"))).status).toBe(200)
})

it("refuses another secret, another key, another query and another method of signing", async () => {
  expect(why(await signed(users(), { secret: "other" }))).toBe("The signature does not match.")
  expect(why(await signed(users(), { key: "other" }))).toBe("The consumer key is unknown.")
  expect(why(await signed(users("?limit=1"), { send: users("?limit=2") }))).toBe("The signature does not match.")
  expect(why(await signed(users("?limit=1"), { send: users() }))).toBe("The signature does not match.")
  expect((await signed(users(), { method: "PLAINTEXT" })).status).toBe(401)
})

it("refuses a timestamp of another time, and a nonce that was used", async () => {
  const old = String(Math.floor(Date.now() / 1000) - 3600)
  expect(why(await signed(users(), { more: { oauth_timestamp: old } }))).toBe("The timestamp is too far from now.")
  const once = { oauth_nonce: "abc", oauth_timestamp: String(Math.floor(Date.now() / 1000)) }
  expect((await signed(users(), { more: once })).status).toBe(200)
  expect(why(await signed(users(), { more: once }))).toBe("The nonce was used before.")
})
