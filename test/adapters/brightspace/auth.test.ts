import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { calculateJwkThumbprint } from "jose/jwk/thumbprint"
import { spawnSync } from "node:child_process"
import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { makeTenant, type TenantRequest } from "../../../src/adapters/brightspace/client.ts"
import { publicJwks } from "../../../src/adapters/brightspace/jwks.ts"
import { readSigningKey } from "../../../src/adapters/brightspace/signing-key.ts"
import type { BrightspaceConnection } from "../../../src/adapters/brightspace/settings.ts"
import type { TargetError } from "../../../src/core/ports/target.ts"
import { type FakeTenant, startTenant } from "./fake-tenant.ts"

let tenant: FakeTenant
let folder: string
let tokenFile: string
beforeEach(async () => {
  tenant = await startTenant()
  folder = await mkdtemp(join(tmpdir(), "rollbook-token-"))
  tokenFile = join(folder, "token")
  await writeFile(tokenFile, "refresh-0\n")
})
afterEach(async () => {
  vi.restoreAllMocks()
  await tenant.close()
  await rm(folder, { recursive: true })
})

const whoami: TenantRequest = { product: "lp", method: "GET", path: "/users/whoami" }

/** Asks the tenant so many times side by side, as one process would. */
const ask = (connection: BrightspaceConnection, times = 1): Promise<void> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(makeTenant(connection, "America/Chicago"), (client) =>
        Effect.forEach(Array.from({ length: times }), () => client.tell(whoami), { concurrency: 4, discard: true })
      )
    )
  )

const refusal = (connection: BrightspaceConnection): Promise<TargetError> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(makeTenant(connection, "America/Chicago"), (client) => Effect.flip(client.tell(whoami)))
    )
  )

const withKey = (key: string): BrightspaceConnection =>
  tenant.connection({
    auth: {
      type: "private_key_jwt",
      tokenUrl: `${tenant.url}/token`,
      clientId: "app-1",
      privateKey: Redacted.make(key),
      scope: ["core:*:*"]
    }
  })

const withTokenFile = (): BrightspaceConnection =>
  tenant.connection({
    auth: {
      type: "refresh_token",
      tokenUrl: `${tenant.url}/token`,
      clientId: "app-1",
      clientSecret: Redacted.make("s3cret"),
      tokenFile,
      scope: []
    }
  })

const pem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString()

it("signs with RSA and EC keys, as PEM or JWK, so that the published key set proves it", async () => {
  const keys = [
    [generateKeyPairSync("rsa", { modulusLength: 2048 }), "RS256"],
    [generateKeyPairSync("ec", { namedCurve: "P-256" }), "ES256"],
    [generateKeyPairSync("ec", { namedCurve: "P-384" }), "ES384"],
    [generateKeyPairSync("ec", { namedCurve: "P-521" }), "ES512"]
  ] as const
  const { privateKey } = keys[1][0]
  const inline = pem(privateKey).trim().replaceAll("\n", "\\n")
  const named = JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid: "key-7" })
  for (const [key, algorithm] of [
    ...keys.map(([pair, algorithm]) => [pem(pair.privateKey), algorithm] as const),
    [inline, "ES256"] as const,
    [named, "ES256"] as const
  ]) {
    const connection = withKey(key)
    tenant.publishedBy = connection
    await ask(connection)
    const published = JSON.parse(await Effect.runPromise(publicJwks(connection))) as {
      keys: ReadonlyArray<Record<string, string> & { kty: string }>
    }
    const [jwk] = published.keys
    expect(jwk).toMatchObject({ use: "sig", alg: algorithm })
    expect(jwk?.["kid"]).toBe(key === named ? "key-7" : await calculateJwkThumbprint(jwk ?? { kty: "" }))
    for (const secret of ["d", "p", "q", "dp", "dq", "qi"]) expect(jwk).not.toHaveProperty(secret)
  }
})

it.each([
  ["a web page", "<html>Sign in</html>"],
  ["half a body", '{"access_token":"t'],
  ["nothing", ""]
])("asks for a token again that was answered with %s, but never spends a refresh token twice", async (_, text) => {
  const inStead = (times: number): (() => number) => {
    let asked = 0
    tenant.interceptToken = () => (asked++ < times ? { status: 200, text } : null)
    return () => asked
  }
  const asked = inStead(2)
  await ask(tenant.connection())
  expect(asked()).toBe(3)
  const once = inStead(1)
  expect((await refusal(withTokenFile())).reason).toBe("Malformed")
  expect(once()).toBe(1)
})

it("says what is wrong with a key without showing it", async () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 })
  for (const [key, say] of [
    ["-----BEGIN PRIVATE KEY-----\nTk9UQUtFWQ==\n-----END PRIVATE KEY-----", /neither PEM/],
    ['{"kty":"EC","d":"TOPSECRET"}', /neither PEM/],
    [pem(small.privateKey), /2048 bits/],
    [pem(generateKeyPairSync("ed25519").privateKey), /P-256/]
  ] as const) {
    const error = await Effect.runPromise(Effect.flip(readSigningKey(withKey(key))))
    expect(error.reason).toBe("Misconfigured")
    expect(error.message).toMatch(say)
    expect(error.message).not.toContain("TOPSECRET")
  }
  expect((await Effect.runPromise(Effect.flip(publicJwks(withTokenFile())))).reason).toBe("Misconfigured")
})

it("refuses when the published key is another one", async () => {
  const other = withKey(pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey))
  const error = await refusal(other)
  expect(error.message).toContain("no access token: invalid_client")
})

it("fetches one token for all who wait, and another one shortly before its end", async () => {
  tenant.tokenLife = 600
  const now = Date.now()
  const clock = vi.spyOn(Date, "now").mockReturnValue(now)
  await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const client = yield* makeTenant(tenant.connection(), "America/Chicago")
        yield* Effect.forEach([1, 2, 3, 4], () => client.tell(whoami), { concurrency: 4 })
        expect(tenant.tokens.size).toBe(1)
        clock.mockReturnValue(now + 539_000)
        yield* client.tell(whoami)
        expect(tenant.tokens.size).toBe(1)
        clock.mockReturnValue(now + 541_000)
        yield* client.tell(whoami)
        expect(tenant.tokens.size).toBe(2)
      })
    )
  )
})

it("renews a refused token once for all, and gives up when the next one is refused too", async () => {
  await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const client = yield* makeTenant(tenant.connection(), "America/Chicago")
        yield* client.tell(whoami)
        tenant.tokens.clear()
        yield* Effect.forEach([1, 2, 3, 4], () => client.tell(whoami), { concurrency: 4 })
        expect([...tenant.tokens]).toEqual(["access-2"])
        tenant.intercept = () => ({ status: 401 })
        expect((yield* Effect.flip(client.tell(whoami))).reason).toBe("Unauthorized")
        expect(client.requestsSent()).toBe(tenant.received)
      })
    )
  )
})

it("rotates a refresh token once for all who wait, and keeps the new one for itself alone", async () => {
  await ask(withTokenFile(), 4)
  expect(await readFile(tokenFile, "utf8")).toBe("refresh-1\n")
  expect((await stat(tokenFile)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(["token"])
})

it("lets a second process rotate after the first, not beside it", async () => {
  await Promise.all([ask(withTokenFile()), ask(withTokenFile())])
  expect(await readFile(tokenFile, "utf8")).toBe("refresh-2\n")
})

it("has the new token on the disk before the access token is used, so that a kill in between loses nothing", async () => {
  const kept: Array<string> = []
  const known = tenant.tokens.has.bind(tenant.tokens)
  tenant.tokens.has = (token) => {
    kept.push(readFileSync(tokenFile, "utf8"))
    return known(token)
  }
  tenant.intercept = () => ({ status: 500 })
  expect((await refusal(withTokenFile())).status).toBe(500)
  expect(kept).toEqual(["refresh-1\n"])
  tenant.intercept = null
  await ask(withTokenFile())
  expect(await readFile(tokenFile, "utf8")).toBe("refresh-2\n")
})

it("takes up a token that was written but not yet put in place when the process was killed", async () => {
  await writeFile(tokenFile, "spent\n")
  await utimes(tokenFile, 1, 1)
  await writeFile(`${tokenFile}.next`, "refresh-0\n")
  await ask(withTokenFile())
  expect(await readFile(tokenFile, "utf8")).toBe("refresh-1\n")
  // One that was torn, or that is older than what a person put there, is left aside.
  await writeFile(`${tokenFile}.next`, "refre")
  await ask(withTokenFile())
  await writeFile(`${tokenFile}.next`, "spent\n")
  await utimes(`${tokenFile}.next`, 1, 1)
  await ask(withTokenFile())
  expect(await readdir(folder)).toEqual(["token"])
})

it("keeps a JSON token file JSON", async () => {
  await writeFile(tokenFile, JSON.stringify({ note: "ours", refresh_token: "refresh-0" }))
  await ask(withTokenFile())
  expect(JSON.parse(await readFile(tokenFile, "utf8"))).toEqual({ note: "ours", refresh_token: "refresh-1" })
})

it("asks for a person when the refresh token is spent, and leaves the file as it is", async () => {
  await writeFile(tokenFile, "spent\n")
  const error = await refusal(withTokenFile())
  expect(error.reason).toBe("Unauthorized")
  expect(error.message).toContain("a person must log in again")
  expect(error.message).not.toMatch(/spent|example\.org|s3cret/)
  expect(await readFile(tokenFile, "utf8")).toBe("spent\n")
  expect(await readdir(folder)).toEqual(["token"])
})

it("does not spend the token when the new one could not be kept", async () => {
  await rm(tokenFile)
  expect((await refusal(withTokenFile())).message).toMatch(/could not read it: \S+token: .*no such file/)
  await writeFile(tokenFile, "refresh-0\n")
  // A folder stands where the next token would be written.
  await mkdir(`${tokenFile}.next`)
  expect((await refusal(withTokenFile())).message).toMatch(
    /could not write it: \S+token\.next: .*; a folder lies where a file should: move it away/
  )
  expect(tenant.refreshToken).toBe("refresh-0")
})

it("takes the lock of a dead process away, and waits for that of a living one", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""])
  await writeFile(`${tokenFile}.lock`, JSON.stringify({ pid, host: hostname() }))
  await ask(withTokenFile())
  expect(tenant.refreshToken).toBe("refresh-1")
  await writeFile(`${tokenFile}.lock`, JSON.stringify({ pid: process.pid, host: hostname() }))
  const asking = ask(withTokenFile())
  await new Promise((done) => setTimeout(done, 300))
  expect(tenant.refreshToken).toBe("refresh-1")
  await rm(`${tokenFile}.lock`)
  await asking
  expect(tenant.refreshToken).toBe("refresh-2")
})
