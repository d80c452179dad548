import { exportPKCS8, generateKeyPair, SignJWT } from "jose"
import { randomUUID } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  assertion,
  askBrightspaceToken,
  brightspaceToken,
  call,
  person,
  rehearse,
  type Reply,
  root,
  rosterScopes,
  tenantOf
} from "./rehearsal.ts"

const sandbox = rehearse()
const now = (): number => Math.floor(Date.now() / 1000)
const settings = (changed: object): Promise<Reply> =>
  call(`${sandbox().brightspaceUrl}/sandbox/settings`, { method: "PUT", body: changed })
const get = async (path: string, token?: string): Promise<Reply> =>
  call(
    `${sandbox().brightspaceUrl}/d2l/api${path}`,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }
  )

describe("the assertion of a client", () => {
  it("is good once", async () => {
    const once = await assertion(sandbox())
    expect(await askBrightspaceToken(sandbox(), once)).toMatchObject({
      status: 200,
      body: { token_type: "Bearer", expires_in: 3600, scope: rosterScopes }
    })
    expect(await askBrightspaceToken(sandbox(), once)).toMatchObject({ status: 401, body: { error: "invalid_client" } })
  })

  it.each([
    ["that lives too long", { exp: now() + 900 }],
    ["that has expired", { exp: now() - 10 }],
    ["for another audience", { aud: "https://auth.example/token" }],
    ["of another issuer", { iss: "somebody" }],
    ["about another subject", { sub: "somebody" }],
    ["without an id", { jti: undefined as unknown as string }],
    ["without an end", { exp: undefined as unknown as number }]
  ])("is refused %s", async (_, claims) => {
    const reply = await askBrightspaceToken(sandbox(), await assertion(sandbox(), claims))
    expect(reply).toMatchObject({ status: 401, body: { error: "invalid_client" } })
  })

  it("is refused under another key, and without a scope", async () => {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true })
    expect(await exportPKCS8(privateKey)).not.toBe(sandbox().environment["BRIGHTSPACE_PRIVATE_KEY"])
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer("sandbox-client")
      .setSubject("sandbox-client")
      .setAudience(sandbox().environment["BRIGHTSPACE_TOKEN_URL"] ?? "")
      .setJti(randomUUID())
      .setExpirationTime("60s")
      .sign(privateKey)
    expect((await askBrightspaceToken(sandbox(), forged)).status).toBe(401)
    expect(await askBrightspaceToken(sandbox(), await assertion(sandbox()), "")).toMatchObject({
      status: 400,
      body: { error: "invalid_scope" }
    })
  })
})

it("gives a new refresh token each time, and the old one dies", async () => {
  const { environment } = sandbox()
  const refresh = (token: string, secret = environment["BRIGHTSPACE_CLIENT_SECRET"] ?? ""): Promise<Reply> =>
    call(environment["BRIGHTSPACE_TOKEN_URL"] ?? "", {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: token,
        client_id: environment["BRIGHTSPACE_CLIENT_ID"] ?? "",
        client_secret: secret
      })
    })
  const first = environment["BRIGHTSPACE_REFRESH_TOKEN"] ?? ""
  expect(await refresh(first, "wrong")).toMatchObject({ status: 401, body: { error: "invalid_client" } })
  const reply = await refresh(first)
  const { access_token: access, refresh_token: second } = reply.body as Record<string, string>
  expect((await get("/lp/1.59/users/whoami", access)).body).toMatchObject({
    Identifier: "169",
    UniqueName: "sandbox.service"
  })
  expect(await refresh(first)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
  expect((await refresh(second ?? "")).status).toBe(200)
})

describe("requests", () => {
  it("are refused without a token and with one that has expired", async () => {
    const bare = await get("/lp/1.59/roles/")
    expect(bare.status).toBe(401)
    expect(bare.headers.get("content-type")).toContain("application/problem+json")
    await settings({ tokenSeconds: 0 })
    expect((await get("/lp/1.59/roles/", await brightspaceToken(sandbox()))).status).toBe(401)
  })

  it("need a scope that covers the route; core:*:* covers what has none of its own", async () => {
    const token = await brightspaceToken(sandbox(), "core:*:* users:userdata:read")
    expect((await get("/lp/1.59/outypes/", token)).status).toBe(200)
    expect((await get("/lp/1.59/users/", token)).status).toBe(200)
    expect(await get("/lp/1.59/roles/", token)).toMatchObject({
      status: 403,
      body: { detail: "The token lacks the scope role:detail:read." }
    })
    const tenant = await tenantOf(sandbox(), "users:userdata:read")
    expect((await tenant.post("/lp/1.59/users/", person("ada"))).status).toBe(403)
  })

  it("name a version that is offered", async () => {
    const token = await brightspaceToken(sandbox())
    expect((await get("/lp/1.46/roles/", token)).status).toBe(200)
    for (const version of ["1.45", "1.60", "unstable"]) {
      const reply = await get(`/lp/${version}/roles/`, token)
      expect([reply.status, reply.text.includes("Errors:")]).toEqual([404, true])
    }
  })

  it("pay from a bucket, and are told to wait when it is empty", async () => {
    await settings({ creditsPerMinute: 25 })
    const token = await brightspaceToken(sandbox())
    const left = async (): Promise<string | null> =>
      (await get("/lp/1.59/roles/", token)).headers.get("x-rate-limit-remaining")
    expect([await left(), await left()]).toEqual(["15", "5"])
    const refused = await get("/lp/1.59/roles/", token)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
    expect(refused.headers.get("x-rate-limit-remaining")).toBeNull()
  })

  it("see empty lists and nothing else where the role lacks a permission", async () => {
    const tenant = await tenantOf(sandbox())
    await settings({ withheld: ["/users", "/orgstructure"] })
    expect((await tenant.get("/lp/1.59/users/")).body).toMatchObject({ Items: [] })
    expect((await tenant.get("/lp/1.59/users/169")).status).toBe(404)
    expect((await tenant.get(`/lp/1.59/orgstructure/${root}/children/`)).body).toEqual([])
    expect((await tenant.post("/lp/1.59/users/", person("ada"))).status).toBe(403)
    expect((await tenant.get("/lp/1.59/roles/")).status).toBe(200)
  })
})

it("lists versions to anybody, and checks them", async () => {
  expect((await get("/versions/")).body).toContainEqual(
    expect.objectContaining({ ProductCode: "lp", LatestVersion: "1.59" })
  )
  expect((await get("/le/versions/")).body).toMatchObject({ LatestVersion: "1.95" })
  const check = await call(`${sandbox().brightspaceUrl}/d2l/api/versions/check`, {
    method: "POST",
    body: [
      { ProductCode: "lp", Version: "1.50" },
      { ProductCode: "le", Version: "1.10" }
    ]
  })
  expect(check.body).toMatchObject({
    Supported: false,
    Versions: [{ Supported: true }, { Supported: false, LatestVersion: "1.95" }]
  })
})
