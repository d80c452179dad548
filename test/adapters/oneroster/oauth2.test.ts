import * as Redacted from "effect/Redacted"
import { expect, it } from "vitest"
import {
  type Asked,
  errorOf,
  type FakeCampus,
  oauth2Auth,
  orgs,
  pagesOf,
  type Reading,
  readFrom,
  type Reply,
  serve
} from "./fake-campus.ts"

const page = ({ offset, limit }: Asked, count = 12): Reply => ({
  body: { orgs: orgs(count).slice(offset, offset + limit) },
  headers: { "x-total-count": String(count) }
})

const read = (
  campus: FakeCampus,
  auth: Partial<ReturnType<typeof oauth2Auth>> = {},
  concurrency = 4
): Promise<Reading> =>
  readFrom(campus, {
    auth: { ...oauth2Auth(campus), ...auth },
    budget: { concurrency, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null }
  })

const bodyOf = (asked: Asked | undefined): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(asked?.body ?? ""))

it("asks for a token once, with form-encoded id and secret in the head and the application in the address", async () => {
  const campus = await serve((asked) => page(asked))
  pagesOf(await read(campus, { clientId: "Campus id:1", clientSecret: Redacted.make("p+ss &w%rd") }))
  expect(campus.tokensAsked).toHaveLength(1)
  const [asked] = campus.tokensAsked
  expect(asked?.method).toBe("POST")
  expect(asked?.target).toBe("/campus/oauth2/token?appName=rollbook")
  expect(asked?.headers["content-type"]).toBe("application/x-www-form-urlencoded")
  const basic = Buffer.from(asked?.headers.authorization?.replace("Basic ", "") ?? "", "base64").toString("utf8")
  expect(basic).toBe("Campus+id%3A1:p%2Bss+%26w%25rd")
  expect(bodyOf(asked)).toEqual({ grant_type: "client_credentials" })
  expect(new Set(campus.asked.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer token-1"]))
})

it("shows id and secret in the body where told to, and asks for a scope only where there is one", async () => {
  const campus = await serve((asked) => page(asked))
  pagesOf(await read(campus, { clientAuth: "body", scope: ["roster-core.readonly", "roster.readonly"] }))
  const [asked] = campus.tokensAsked
  expect(asked?.headers.authorization).toBeUndefined()
  expect(bodyOf(asked)).toEqual({
    grant_type: "client_credentials",
    scope: "roster-core.readonly roster.readonly",
    client_id: "InfiniteCampus_rollbook",
    client_secret: "s3cret-of-the-district"
  })
})

it("asks without a scope where the server knows none of it", async () => {
  const campus = await serve(
    (asked) => page(asked),
    (asked) =>
      bodyOf(asked)["scope"] === undefined
        ? { body: { access_token: "plain" } }
        : { status: 400, body: { error: "invalid_scope" } }
  )
  expect(pagesOf(await read(campus, { scope: ["made-up"] })).proof.rowsRead).toBe(12)
  expect(campus.tokensAsked).toHaveLength(2)
})

it("fetches one token for all who wait for it", async () => {
  const campus = await serve(
    async (asked) => (asked.headers.authorization === "Bearer good" ? page(asked, 95) : { status: 401 }),
    async (_, count) => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      return { body: { access_token: count === 1 ? "stale" : "good", expires_in: 3600 } }
    }
  )
  expect(pagesOf(await read(campus, {}, 8)).proof.rowsRead).toBe(95)
  expect(campus.tokensAsked).toHaveLength(2)
})

it.each([401, 403])(
  "renews a token that ran out in the middle, told by %i, once for eight requests in flight",
  async (status) => {
    let good = "token-1"
    const campus = await serve(async (asked, count) => {
      if (count === 4) good = "token-2"
      // Some hear of it late, when others have the new token already.
      await new Promise((resolve) => setTimeout(resolve, asked.offset % 20 === 0 ? 10 : 60))
      return asked.headers.authorization === `Bearer ${good}` ? page(asked, 200) : { status }
    })
    const reading = await read(campus, {}, 8)
    expect(pagesOf(reading).proof).toMatchObject({ rowsRead: 200, endRecognisedBy: "total_reached" })
    expect(new Set(reading.ids).size).toBe(200)
    expect(campus.tokensAsked).toHaveLength(2)
  }
)

it("asks once more with a new token, and no more", async () => {
  const campus = await serve(() => ({ status: 401 }))
  expect(errorOf(await read(campus))).toMatchObject({ reason: "Unauthorized", status: 401 })
  expect(campus.asked).toHaveLength(2)
  expect(campus.tokensAsked).toHaveLength(2)
})

it("renews a token a minute before its end, as the answer or the token itself says", async () => {
  const jwt = (secondsFromNow: number): string =>
    ["{}", JSON.stringify({ exp: Math.floor(Date.now() / 1000) + secondsFromNow }), "x"]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".")
  const tokensFor = async (body: Record<string, unknown>): Promise<number> => {
    const campus = await serve(
      async (asked) => {
        if (asked.offset === 0) await new Promise((resolve) => setTimeout(resolve, 300))
        return page(asked, 30)
      },
      () => ({ body })
    )
    pagesOf(await read(campus, {}, 1))
    return campus.tokensAsked.length
  }
  expect(await tokensFor({ access_token: "t", expires_in: 3600 })).toBe(1)
  expect(await tokensFor({ access_token: "t", expires_in: "3600" })).toBe(1)
  expect(await tokensFor({ access_token: "t" })).toBe(1)
  expect(await tokensFor({ access_token: jwt(3600) })).toBe(1)
  expect(await tokensFor({ access_token: "t", expires_in: 0.4 })).toBeGreaterThan(1)
  expect(await tokensFor({ access_token: jwt(-10) })).toBeGreaterThan(1)
})

it.each<[string, Reply, string, string]>([
  ["no token", { body: { token_type: "Bearer" } }, "Malformed", "answered without a token"],
  ["a web page", { raw: "<html>Sign in</html>" }, "Malformed", "token_url: it may lead to a login page"],
  ["404", { status: 404 }, "NotFound", "no token is handed out at this address"],
  ["405", { status: 405 }, "Refused", "no token is handed out at this address"],
  ["a refused client", { status: 401, body: { error: "invalid_client" } }, "Unauthorized", "client_auth: body"],
  [
    "the code alone, as it is spelled",
    { status: 401, body: { error: "invalid_client" } },
    "Unauthorized",
    "invalid_client"
  ],
  [
    "a scope that is not said",
    { status: 400, body: { error: "invalid_request", error_description: "scope is required" } },
    "Refused",
    "auth.scope of the connection, most often [https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly]"
  ],
  ["no application in the address", { status: 400, raw: "No Campus Application selected" }, "Refused", "appName"],
  ["no application, with status 200", { raw: "No Campus Application selected" }, "Malformed", "appName"],
  [
    "a redirect",
    { status: 302, headers: { location: "https://elsewhere.example/x?y" } },
    "Refused",
    "https://elsewhere.example"
  ]
])("says what to do where the token's address answers with %s", async (_, reply, reason, say) => {
  const campus = await serve(
    (asked) => page(asked),
    () => reply
  )
  const error = errorOf(await read(campus))
  expect(error.reason).toBe(reason)
  expect(error.message).toContain(say)
  expect(error.message).toContain("POST /campus/oauth2/token")
  expect(error.message).not.toContain("appName=rollbook")
  // A refusal is one; what is no answer may be another thing between, and is asked for again.
  expect(campus.tokensAsked).toHaveLength(reason === "Malformed" ? 5 : 1)
  expect(campus.asked).toHaveLength(0)
})

it.each<[string, Reply]>([
  ["a web page", { raw: "<html>Sign in</html>" }],
  ["half a body", { raw: '{"access_token":"t' }],
  ["nothing", { raw: "" }]
])("asks for a token again that was answered with %s", async (_, none) => {
  let asked = 0
  const campus = await serve(
    (asked) => page(asked, 30),
    () => (asked++ < 2 ? none : { body: { access_token: "t", expires_in: 3600 } })
  )
  pagesOf(await read(campus, {}, 1))
  expect(campus.tokensAsked).toHaveLength(3)
})

it("repeats neither secret nor token in an error", async () => {
  const echo = await serve(
    (asked) => page(asked),
    () => ({ status: 400, body: { error: "invalid", error_description: "bad secret s3cret-of-the-district" } })
  )
  const refused = await serve(() => ({ status: 403, body: { message: "not for you" } }))
  for (const error of [errorOf(await read(echo)), errorOf(await read(refused))]) {
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/s3cret|token-1/)
  }
})
