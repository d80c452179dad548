import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { afterEach, beforeEach, expect, it } from "vitest"
import { makeTenant, type Tenant, type TenantRequest } from "../../../src/adapters/brightspace/client.ts"
import { readerLayer } from "../../../src/adapters/brightspace/reader.ts"
import { refusalText, withoutPersonal } from "../../../src/adapters/brightspace/refusal.ts"
import { chooseVersions } from "../../../src/adapters/brightspace/versions.ts"
import { writerLayer } from "../../../src/adapters/brightspace/writer.ts"
import type { BrightspaceConnection } from "../../../src/adapters/brightspace/settings.ts"
import { type TargetError, TargetReader, TargetWriter } from "../../../src/core/ports/target.ts"
import { type Answer, type FakeTenant, startTenant } from "./fake-tenant.ts"

let tenant: FakeTenant
beforeEach(async () => {
  tenant = await startTenant()
})
afterEach(() => tenant.close())

const using = <A, E>(
  use: (client: Tenant) => Effect.Effect<A, E>,
  over: Partial<BrightspaceConnection> = {}
): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(makeTenant(tenant.connection(over), "America/Chicago"), use)) as Effect.Effect<A, E>
  )

const get: TenantRequest = { product: "lp", method: "GET", path: "/users/301" }
const post: TenantRequest = { product: "lp", method: "POST", path: "/users/", body: { UserName: "jo.hart" } }

const failing = (answer: Answer, request: TenantRequest): Promise<TargetError> => {
  tenant.intercept = ({ path }) => (path === "/versions/" ? null : answer)
  return using((client) => Effect.flip(client.tell(request)))
}

it("takes the highest version that both sides know, by number and never the unstable one", () => {
  const offered = (lp: ReadonlyArray<string>) => [{ ProductCode: "lp", SupportedVersions: lp }]
  const choose = (lp: ReadonlyArray<string>, floor: Record<string, string> = {}) =>
    chooseVersions(offered(lp), floor, ["lp"])
  expect(choose(["1.9", "1.49", "1.54", "unstable"])).toEqual({ versions: { lp: "1.54" } })
  expect(choose(["1.5", "1.49"])).toEqual({ versions: { lp: "1.49" } })
  expect(chooseVersions([{ ProductCode: "bfp", SupportedVersions: ["1.0", "unstable"] }], {}, ["bfp"])).toEqual({
    versions: { bfp: "1.0" }
  })
  expect(choose(["1.59", "1.60", "1.100"])).toEqual({ versions: { lp: "1.59" } })
  expect(choose(["1.46", "1.48"])).toEqual({
    refused: "lp must be at least 1.49 and at most 1.59, the newest that rollbook knows; the tenant offers 1.46 to 1.48"
  })
  expect(choose(["1.49", "1.54"], { lp: "1.57" })).toMatchObject({
    refused: expect.stringContaining("at least 1.57") as string
  })
  expect(choose(["1.60", "1.61"])).toMatchObject({ refused: expect.stringContaining("offers 1.60 to 1.61") as string })
  expect(chooseVersions([], {}, ["lp"])).toMatchObject({
    refused: expect.stringContaining("the tenant offers none") as string
  })
})

it("makes no writer for a tenant below the floor", async () => {
  tenant.supported = { lp: ["1.46", "1.48"], bfp: ["1.0"] }
  const error = await Effect.runPromise(
    Effect.flip(Effect.provide(TargetWriter, writerLayer(tenant.connection(), "America/Chicago")))
  )
  expect(error.reason).toBe("Misconfigured")
  expect(error.message).toContain("lp must be at least 1.49")
  expect(tenant.requests.map(({ path }) => path)).toEqual(["/versions/"])
})

it("reads all three ways in which a tenant says no", () => {
  expect(refusalText('{"type":"t","status":400,"title":"Bad","detail":"Name is missing"}')).toBe("Bad: Name is missing")
  expect(refusalText('{"Errors":[{"Message":"One."},{"Message":"Two."}]}')).toBe("One.; Two.")
  expect(
    refusalText(
      "<html><head><title>x</title><style>b{}</style></head><body><h1>Errors:</h1>\n<p>Not&nbsp;here</p></body></html>"
    )
  ).toBe("Not here")
  expect(refusalText("")).toBe("")
})

it("keeps people out of what it says", () => {
  expect(withoutPersonal("user Jo Hart (jo@example.org) exists; Johanna does not", ["Jo", "Hart"])).toBe(
    "user … … (…) exists; Johanna does not"
  )
  expect(withoutPersonal("x".repeat(300), [])).toHaveLength(200)
})

it("tells refusals apart", async () => {
  const reasons = async (answers: ReadonlyArray<Answer>, request: TenantRequest) => {
    const found: Array<string> = []
    for (const answer of answers) found.push((await failing(answer, request)).reason)
    return found
  }
  const taken = { Errors: [{ Message: "jo.hart is already in use" }] }
  expect(
    await reasons(
      [
        { status: 400, body: { title: "Bad Request" } },
        { status: 400, body: taken },
        { status: 409 },
        { status: 401 },
        { status: 403 },
        { status: 404, text: "<html>Errors: gone</html>" },
        { status: 500 },
        { status: 504 },
        { status: 200, text: "<!DOCTYPE html><p>Log in</p>" }
      ],
      post
    )
  ).toEqual([
    "Invalid",
    "Conflict",
    "Conflict",
    "Unauthorized",
    "Forbidden",
    "NotFound",
    "Unknown",
    "AnswerLost",
    "AnswerLost"
  ])
  expect(await reasons([{ status: 200, text: "<p>Log in</p>" }], { ...get, method: "PUT" })).toEqual(["Malformed"])
  const error = await failing({ status: 400, body: taken }, post)
  expect(error.message).toBe(
    "brightspace: POST /d2l/api/lp/1.59/users/ (HTTP 400): a name or code is already in use there, or it contradicts what stands"
  )
  expect(error.said).toBe("… is already in use")
})

/** Answers that are none, each given once before the one that is. */
const noAnswers: ReadonlyArray<[string, Answer]> = [
  ["a web page", { status: 200, text: "<!DOCTYPE html><p>Log in</p>" }],
  ["half a body", { status: 200, text: '{"Identifier":"30' }],
  ["nothing", { status: 200, text: "" }]
]

it.each(noAnswers)("reads again what was answered with %s: one in thirteen makes nothing unknown", async (_, none) => {
  for (const url of ["/versions/", "/users/whoami", "/organization/info", "/roles/", "/outypes/"]) {
    let answered = 0
    tenant.intercept = ({ path }) => (path === url && answered++ < 2 ? none : null)
    const description = await Effect.runPromise(
      Effect.flatMap(TargetReader, (reader) => reader.describe).pipe(
        Effect.provide(readerLayer(tenant.connection(), "America/Chicago"))
      )
    )
    expect(description.rootOrgUnitId).not.toBe("")
    if (url === "/users/whoami") await using((client) => client.ask(Schema.Object, { ...get, path: url }))
    expect(answered, url).toBe(3)
  }
})

it("repeats no write whose answer is none", async () => {
  for (const method of ["PUT", "DELETE"] as const) {
    let asked = 0
    tenant.intercept = ({ path }) => (path === "/versions/" ? null : (asked++, { status: 200, text: "<p>Log in</p>" }))
    expect((await using((client) => Effect.flip(client.tell({ ...get, method })))).reason).toBe("Malformed")
    expect(asked).toBe(1)
  }
})

it("waits when asked to, also by a 403", async () => {
  let refusals = 0
  tenant.users.set("301", {
    OrgDefinedId: "1",
    FirstName: "Jo",
    MiddleName: null,
    LastName: "Hart",
    ExternalEmail: null,
    UserName: "jo",
    IsActive: true,
    Pronouns: null
  })
  tenant.intercept = ({ path }) =>
    path === "/versions/" || refusals++ > 1
      ? null
      : { status: refusals === 1 ? 429 : 403, headers: { "retry-after": "0" } }
  await using((client) => client.tell(get))
  expect(tenant.calls()).toHaveLength(3)
})

it("stops sending when the credits would not cover what is in flight", async () => {
  const sent = (remaining: string) =>
    using((client) =>
      Effect.gen(function* () {
        tenant.forget()
        tenant.headers = { "x-rate-limit-remaining": remaining, "x-rate-limit-reset": "60", "x-request-cost": "10" }
        yield* client.versions
        yield* Effect.timeoutOption(Effect.ignore(client.tell(get)), remaining === "40" ? "30 seconds" : "300 millis")
        return tenant.requests.length
      })
    )
  expect(await sent("40")).toBe(2)
  expect(await sent("39")).toBe(1)
})

it("follows a next page on the tenant's own address, and never to another", async () => {
  const Thing = Schema.Struct({ Id: Schema.Number })
  const list: TenantRequest = { product: "le", method: "GET", path: "/60/grades/values/" }
  const reading = () => using((client) => client.askObjects(Thing, list), { versions: { lp: "1.49", le: "1.82" } })
  tenant.supported = { lp: ["1.49"], le: ["1.82"], bfp: ["1.0"] }
  const pages = (next: string) => {
    tenant.intercept = ({ path, query }) =>
      path !== list.path
        ? null
        : {
            status: 200,
            body: query.has("page") ? { Next: null, Objects: [{ Id: 2 }] } : { Next: next, Objects: [{ Id: 1 }] }
          }
  }
  pages(`${tenant.url}/d2l/api/le/1.82/60/grades/values/?page=2`)
  expect(await reading()).toEqual([{ Id: 1 }, { Id: 2 }])
  pages("https://elsewhere.example.org/d2l/api/le/1.82/60/grades/values/?page=2")
  await expect(reading()).rejects.toThrow(/another address/)
})

it("says where an answer is not what it should be, and not what stood there", async () => {
  tenant.intercept = ({ path }) =>
    path === "/roles/" ? { status: 200, body: [{ Identifier: "1", DisplayName: 7331 }] } : null
  const Roles = Schema.Array(Schema.Struct({ Identifier: Schema.String, DisplayName: Schema.String }))
  const error = await using((client) =>
    Effect.flip(client.ask(Roles, { product: "lp", method: "GET", path: "/roles/" }))
  )
  expect(error.reason).toBe("Malformed")
  expect(error.message).toContain("at $.0.DisplayName")
  expect(error.message).not.toContain("7331")
})
