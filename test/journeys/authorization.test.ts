import { generateKeyPairSync } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Journey, startJourney } from "./harness.ts"
import { twoClasses } from "./small-district.ts"

/**
 * Every way to show who one is, on both sides. After a night that does all, whoever reads by another way finds nothing to do:
 * what could not be read whole would be missing.
 */

const oauth2 = `auth:
      type: oauth2
      token_url: \${env:CAMPUS_TOKEN_URL} # as the district hands it over, with its appName
      client_id: \${env:CAMPUS_CLIENT_ID}
      client_secret: \${env:CAMPUS_CLIENT_SECRET}
      scope: []`

const oauth1 = (method: string, secret = "${env:CAMPUS_OAUTH1_SECRET}"): string =>
  `auth: { type: oauth1, consumer_key: "\${env:CAMPUS_OAUTH1_KEY}", consumer_secret: "${secret}", signature_method: ${method} }`

const wrongSecret = "a-secret-that-nobody-gave-out"

let journey: Journey
let shipped: string

const connectionsFile = (): string => join(journey.workspace, "pipelines", "connections.yaml")

beforeAll(async () => {
  journey = await startJourney({ data: twoClasses(3) })
  shipped = readFileSync(connectionsFile(), "utf8")
  writeFileSync(join(journey.workspace, "wrong.txt"), wrongSecret)
  await journey.night()
  standing = await journey.digest()
})

afterAll(() => journey.stop())

beforeEach(() => journey.forgetRequests())

afterEach(async () => {
  writeFileSync(connectionsFile(), shipped)
  await journey.clearFaults()
})

/** What stands in Brightspace after the night that did all. */
let standing: unknown

/** Everything is read, of the source and of the target, and nothing is missing. */
const readsAll = async (): Promise<void> => {
  const { plan } = await journey.plan()
  expect(plan.steps.count).toBe(0)
  expect(plan.source.map((one) => [one.dataset, one.proven, one.requests > 0])).toEqual(
    plan.source.map((one) => [one.dataset, true, true])
  )
}

const tokensOf = async (which: "campus" | "brightspace"): Promise<number> =>
  (await journey.requests(which)).filter((one) => /token/.test(one.route)).reduce((sum, one) => sum + one.count, 0)

const refused = async (connections: Readonly<Record<string, string>>): Promise<string> => {
  for (const [from, to] of Object.entries(connections)) journey.editConnections(from, to)
  const ended = await journey.rollbook("run", "roster", "--as-of", "2026-10-01")
  expect(ended.code, ended.stderr).toBe(4)
  expect(ended.stdout + ended.stderr).not.toContain(wrongSecret)
  expect(await journey.writes()).toEqual({})
  return ended.stderr
}

describe("Infinite Campus", () => {
  it("by OAuth 2, the secret in the header", async () => {
    await readsAll()
    expect(await tokensOf("campus")).toBeGreaterThan(0)
  })

  it("by OAuth 2, the secret in the body", async () => {
    journey.editConnections("scope: []", "scope: []\n      client_auth: body")
    await readsAll()
  })

  it.each(["HMAC-SHA1", "HMAC-SHA256"])("by OAuth 1.0a, signed with %s", async (method) => {
    journey.editConnections(oauth2, oauth1(method))
    await readsAll()
    expect(await tokensOf("campus")).toBe(0)
  })

  it("refuses a wrong secret of OAuth 2, and rollbook says what to look at", async () => {
    const said = await refused({ "${env:CAMPUS_CLIENT_SECRET}": "${file:wrong.txt}" })
    expect(said).toMatch(/client_id|client_secret|client id|secret/i)
  })

  it("refuses a wrong secret of OAuth 1.0a, and rollbook says what to look at", async () => {
    const said = await refused({ [oauth2]: oauth1("HMAC-SHA256", "${file:wrong.txt}") })
    expect(said).toMatch(/consumer|secret|key/i)
  })

  it("gives tokens that end in the middle of a read, and nobody notices", async () => {
    journey.editConnections("paging: { limit: 10000 }", "paging: { limit: 1 }")
    await journey.settings("campus", { tokenSeconds: 2 })
    await journey.faults("campus", [{ do: "slow", milliseconds: 400, match: { route: "/enrollments" } }])
    await readsAll()
    await journey.settings("campus", { tokenSeconds: 3600 })
    expect(await tokensOf("campus")).toBeGreaterThan(1)
  })
})

describe("Brightspace", () => {
  const keyed = `type: private_key_jwt
      token_url:`
  const refreshing = `type: refresh_token
      client_secret: "\${env:BRIGHTSPACE_CLIENT_SECRET}"
      token_file: refresh-token.json
      token_url:`
  const key = `
      private_key: \${env:BRIGHTSPACE_PRIVATE_KEY:-}
      private_key_file: \${env:BRIGHTSPACE_PRIVATE_KEY_FILE:-}`

  it("gives tokens that end while steps are carried out, and nobody notices", async () => {
    await journey.reset("brightspace")
    journey.forgetState()
    await journey.settings("brightspace", { tokenSeconds: 2 })
    await journey.faults("brightspace", [{ do: "slow", milliseconds: 400, match: { method: "POST" } }])
    await journey.night()
    await journey.settings("brightspace", { tokenSeconds: 3600 })
    expect(await journey.digest()).toEqual(standing)
    // One for the plan, one for the apply, and those that took the place of one that had ended.
    expect(await tokensOf("brightspace")).toBeGreaterThan(2)
  })

  it("by a refresh token, which is another one after each use and good for the next", async () => {
    const file = join(journey.workspace, "refresh-token.json")
    const first = journey.environment["BRIGHTSPACE_REFRESH_TOKEN"] ?? ""
    writeFileSync(file, JSON.stringify({ refresh_token: first }))
    journey.editConnections(keyed, refreshing)
    journey.editConnections(key, "")
    await journey.source.put("users", "s41001", { familyName: "Marlowe" })
    await journey.night()
    expect(await journey.writes()).toEqual({ "PUT lp/users/:userId": 1 })
    await readsAll()
    const kept = (JSON.parse(readFileSync(file, "utf8")) as { readonly refresh_token: string }).refresh_token
    expect(kept).not.toBe(first)
  })

  it("refuses a key that is not registered, and rollbook says what to look at", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" }
    })
    writeFileSync(join(journey.workspace, "wrong.pem"), privateKey)
    journey.editConnections("${env:BRIGHTSPACE_PRIVATE_KEY:-}", "${file:wrong.pem}")
    const ended = await journey.rollbook("run", "roster", "--as-of", "2026-10-01")
    expect(ended.code, ended.stderr).toBe(5)
    expect(ended.stderr).toMatch(/key/i)
    expect(ended.stdout + ended.stderr).not.toContain(privateKey.split("\n")[1])
    expect(await journey.writes()).toEqual({})
  })
})

describe("a token that no header can carry", () => {
  const token = "a-token\nof-two-lines"
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ access_token: token, expires_in: 60 }))
  })
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)))
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())))

  it.each<[string, ReadonlyArray<string>, number]>([
    ["${env:CAMPUS_TOKEN_URL}", ["plan", "roster"], 4],
    ["${env:CAMPUS_TOKEN_URL}", ["probe", "campus"], 4],
    ["${env:BRIGHTSPACE_TOKEN_URL:-https://auth.brightspace.com/core/connect/token}", ["plan", "roster"], 5]
  ])("of %s ends `%s` with a failure and a reason", async (variable, words, code) => {
    const { port } = server.address() as AddressInfo
    journey.editConnections(variable, `http://127.0.0.1:${port}/token`)
    const ended = await journey.rollbook(...words)
    expect(ended.code, ended.stderr).toBe(code)
    expect(ended.stdout + ended.stderr).toMatch(
      /character 15 is a line end or another control character, which no header can carry/
    )
    expect(ended.stdout + ended.stderr).not.toContain("a-token")
  })
})
