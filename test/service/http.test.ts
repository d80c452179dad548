import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { discreetRun } from "../../src/cli/run-report.ts"
import type { PlanFile } from "../../src/plan/plan.ts"
import type { Job } from "../../src/service/agenda.ts"
import { parsePattern } from "../../src/service/due.ts"
import { linksIn } from "../../src/service/access/link.ts"
import { holds, type Session, sessionsIn } from "../../src/service/access/session.ts"
import { standingsOf } from "../../src/service/access/standings-of.ts"
import type { AccessService } from "../../src/service/http/access.ts"
import { api } from "../../src/service/http/api.ts"
import { type Right, rights } from "../../src/pipeline/rights.ts"
import { routes } from "../../src/service/http/rights.ts"
import { isOwnPage } from "../../src/service/http/same-origin.ts"
import { emptyDesk } from "./empty-desk.ts"
import { listen } from "../../src/service/http/server.ts"
import type { ViewService } from "../../src/service/http/view.ts"
import type { Token } from "../../src/service/tokens.ts"
import type { RunRecord } from "../../src/state/runs.ts"

const tokenWith = (name: string, may: ReadonlyArray<Right>, rest: Partial<Token> = {}): Token => ({
  name,
  hash: createHash("sha256").update(name).digest("hex"),
  rights: may,
  createdAt: "2026-01-01T00:00:00Z",
  expiresAt: "2999-01-01T00:00:00Z",
  revokedAt: null,
  ...rest
})

/** A token of each right alone, of all, of none, and two that are no longer good. */
const tokens = [
  ...rights.map((right) => tokenWith(right, [right])),
  tokenWith("all", rights),
  tokenWith("none", []),
  tokenWith("over", rights, { expiresAt: "2026-02-01T00:00:00Z" }),
  tokenWith("revoked", rights, { revokedAt: "2026-02-01T00:00:00Z" })
]

const run: RunRecord = {
  run: 8,
  kind: "apply",
  pipeline: "roster",
  plan: "roster-2026-10-01-7",
  startedAt: "2026-10-01T07:00:00.000Z",
  endedAt: "2026-10-01T07:01:00.000Z",
  asOf: "2026-10-01",
  askedBy: null,
  outcome: "held",
  report: {
    done: 12,
    failed: 1,
    notReached: 6,
    awaited: 4,
    held: 3,
    longestTurn: 250,
    said: "no such person as Olivia Hernandez"
  }
}

const pattern = parsePattern("0 2 * * *", "UTC")
const jobs: ReadonlyArray<Job> =
  pattern === null ? [] : [{ pipeline: "roster", pattern, missed: "skip", after: [], retry: { times: 0, minutes: 1 } }]
const entry = { seenUntil: 0, waiting: null, begun: null, last: null, lastGoodAt: Date.now() - 90_000, firstSeenAt: 0 }

const revealed: Array<string> = []
let lastLook: number | null = Date.now()
let definitions: ReturnType<ViewService["definitions"]> = "valid"
const view: ViewService = {
  agenda: () => ({ roster: entry }),
  jobs: () => jobs,
  lastLook: () => lastLook,
  definitions: () => definitions,
  runs: Effect.succeed([run]),
  plan: (id) => Effect.succeed(id === run.plan ? ({ plan_id: id, holds: [] } as unknown as PlanFile) : null),
  discreet: discreetRun,
  noteReveal: (by, which) => Effect.sync(() => void revealed.push(`${by} ${which}`))
}

const folder = mkdtempSync(join(tmpdir(), "rollbook-access-"))
const noted: Array<string> = []
const known: Pick<AccessService, "note" | "people" | "sessions" | "settings"> = {
  sessions: sessionsIn(join(folder, "sessions")),
  settings: {
    askAgainMinutes: 5,
    trustedProxies: ["127.0.0.1", "::1"],
    lti: [
      {
        issuer: "https://lms.example",
        clientId: "rollbook",
        deploymentIds: ["d"],
        authorizationUrl: "https://lms.example/a",
        keysUrl: "https://lms.example/k",
        connection: "lms",
        rolesInCourse: {},
        rolesInOrganization: {}
      }
    ],
    oidc: null
  },
  people: () => Effect.fail(new Error("none")),
  note: (who, what, of) => Effect.sync(() => void noted.push([who, what, ...of].join(" | ")))
}
const access: AccessService = {
  ...known,
  tokens: Effect.succeed(tokens),
  links: linksIn(join(folder, "links")),
  standings: standingsOf(known),
  publicUrl: null,
  tellRefusal: () => undefined
}

const troubles: Array<string> = []
const served = {
  view,
  desk: emptyDesk,
  access,
  at: { host: "127.0.0.1", port: 0 },
  onTrouble: (kind: string) => void troubles.push(kind)
}
let url = ""
let scope: Scope.CloseableScope
beforeAll(async () => {
  scope = Effect.runSync(Scope.make())
  url = await Effect.runPromise(Scope.extend(listen(served), scope))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await Effect.runPromise(Scope.close(scope, Exit.void))
  expect(troubles).toEqual([])
})

const get = (path: string, token: string | null) =>
  fetch(`${url}${path}`, token === null ? {} : { headers: { authorization: `Bearer ${token}` } })

const filled = (path: string): string =>
  path
    .replace(":run", "8")
    .replace(":plan", "roster-2026-10-01-7")
    .replace(":pipeline", "roster")
    .replace(":course", "6601")

/** What is sent along with what changes something, or with a search. */
const sent: Readonly<Record<string, object>> = {
  "/api/pipelines/:pipeline/runs": {},
  "/api/plans/:plan/steps": { words: "1200-2" },
  "/api/plans/:plan/approvals": { why: "schedule change" },
  "/api/audit": { search: "00123" },
  "/api/sessions": { what: "person", who: "nobody" },
  "/api/configuration": { what: "switch", pipeline: "grades", name: "nightly", value: false, why: "year's end" },
  "/api/courses/:course/exports": { section: null, session: null }
}

type Asked = Session["rights"] | "a session" | "nothing"

/** What a request asks for, said once more: the table in the source is what is tested. */
const needed: Readonly<Record<string, Asked>> = {
  "GET /healthz": "nothing",
  "GET /readyz": "nothing",
  "GET /api/session": "a session",
  "DELETE /api/session": "a session",
  "GET /api/sessions": ["manage access"],
  "POST /api/sessions": ["manage access"],
  "GET /api/trail": ["manage access"],
  "GET /metrics": ["see metrics"],
  "GET /api/pipelines": ["see console"],
  "GET /api/runs": ["see console"],
  "GET /api/runs/:run": ["see console"],
  "GET /api/runs/:run?reveal=true": ["see console", "reveal names"],
  "GET /api/plans/:plan": ["see console"],
  "GET /api/dashboard": ["see console"],
  "POST /api/pipelines/:pipeline/runs": ["run updates"],
  "GET /api/plans/:plan/review": ["see console"],
  "POST /api/plans/:plan/steps": ["see console"],
  "POST /api/plans/:plan/steps?reveal=true": ["see console", "reveal names"],
  "POST /api/plans/:plan/approvals": ["approve holds"],
  "POST /api/audit": ["see console"],
  "POST /api/audit?reveal=true": ["see console", "reveal names"],
  "GET /api/configuration": ["see configuration"],
  "POST /api/configuration": ["change configuration"],
  "GET /api/quarantine/:pipeline": ["see console"],
  "GET /api/connections": ["see console"],
  "GET /api/courses/:course": ["see grades"],
  "GET /api/courses/:course/items": ["see grades"],
  "GET /api/courses/:course/exports": ["see grades"],
  "POST /api/courses/:course/exports": ["export grades"],
  "GET /api/courses/:course/exports/:run": ["see grades"],
  "GET /api/courses/:course/exports/:run?reveal=true": ["see grades", "reveal names"],
  "GET /api/courses/:course/cleanup": ["see grades"],
  "GET /api/courses/:course/cleanup?reveal=true": ["see grades", "reveal names"]
}

const begin = (rest: Partial<Session>): Promise<string> =>
  Effect.runPromise(
    access.sessions.start(
      { who: "o.hernandez", name: null, by: "link", rights: [], course: null, language: null, ...rest },
      Date.now()
    )
  )

const asked = (route: string, headers: Readonly<Record<string, string>>) => {
  const [method = "", path = ""] = route.split(" ")
  const body = method === "POST" ? { body: JSON.stringify(sent[path.split("?")[0] ?? ""]) } : {}
  const type = method === "POST" ? { "content-type": "application/json" } : {}
  return fetch(`${url}${filled(path)}`, {
    method,
    ...body,
    headers: { "sec-fetch-site": "same-origin", ...type, ...headers }
  })
}

const expectedOf = (asks: Asked, may: Session["rights"] | null): ReadonlyArray<number> => {
  if (asks === "nothing") return [200]
  if (may === null) return [401]
  return asks === "a session" || asks.every((one) => may.includes(one)) ? [200, 204, 404] : [403]
}

describe("every route and every right", () => {
  it("are those of the contract and of the table: a route without a declared right is open to nobody", () => {
    const published = Object.entries(OpenApi.fromApi(api).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`)
    )
    expect(new Set(published)).toEqual(new Set(Object.values(routes).map(({ method, path }) => `${method} ${path}`)))
    expect(new Set(Object.keys(needed).map((route) => route.split("?")[0]))).toEqual(new Set(published))
  })

  it.each(Object.entries(needed))("%s", async (route, asks) => {
    const byToken = tokens.map(async ({ name, rights: may }) => {
      const { status } = await asked(route, { authorization: `Bearer ${name}` })
      const isGood = !["over", "revoked"].includes(name)
      expect([name, expectedOf(asks, isGood ? may : null).includes(status), status]).toEqual([name, true, status])
    })
    // What a right opens is one question, whether it is a token's or a session's: each that is asked for is left out once.
    const needs = typeof asks === "string" ? [] : asks
    const bySession = [[], needs, ...needs.map((one) => rights.filter((other) => other !== one))].map(async (may) => {
      const { status } = await asked(route, { cookie: `__Host-rollbook=${await begin({ rights: may })}` })
      expect([may, expectedOf(asks, may).includes(status), status]).toEqual([may, true, status])
    })
    await Promise.all([...byToken, ...bySession])
    for (const headers of [{}, { cookie: "__Host-rollbook=none" }]) {
      expect(expectedOf(asks, null)).toContain((await asked(route, headers)).status)
    }
  })
})

it("gives in a course the rights that the person has there, and none elsewhere", () => {
  const course = { orgUnit: "6601", title: null, role: "Instructor", rights: ["see grades"] as const }
  const session: Session = {
    who: "",
    name: null,
    by: "lti",
    rights: ["see console"],
    course,
    language: null,
    launched: null,
    vouching: null,
    key: "",
    startedAt: "",
    expiresAt: ""
  }
  expect([holds(session, "see grades", "6601"), holds(session, "see console", "6601")]).toEqual([true, true])
  expect([holds(session, "see grades", "6602"), holds(session, "see grades", null)]).toEqual([false, false])
  expect(holds(session, "export grades", "6601")).toBe(false)
})

describe("a session", () => {
  it("begins with a link that one alone can follow, once", async () => {
    const code = await Effect.runPromise(access.links.make("link of root", ["see console"], Date.now()))
    const follow = () => fetch(`${url}/sign-in/link/${code}`, { redirect: "manual" })
    const answers = await Promise.all([follow(), follow(), follow()])
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([303, 403, 403])
    const [cookie = ""] = answers.flatMap((answer) => answer.headers.getSetCookie())
    expect(cookie).toMatch(/^__Host-rollbook=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const me = await asked("GET /api/session", { cookie: cookie.split(";")[0] ?? "" })
    expect(await me.json()).toMatchObject({ who: "link of root", by: "link", rights: ["see console"] })
    expect(noted).toContain("link of root | signed in by link")
    expect((await fetch(`${url}/sign-in/link/..%2F..%2Ftokens`)).status).toBe(403)
  })

  it("is over with the link's hour, or its own eight", async () => {
    const late = Date.now() - 61 * 60_000
    const code = await Effect.runPromise(access.links.make("root", rights, late))
    expect((await fetch(`${url}/sign-in/link/${code}`, { redirect: "manual" })).status).toBe(403)
    const { sessions } = access
    const start = sessions.start(
      { who: "", name: null, by: "link", rights, course: null, language: null },
      late - 7 * 3_600_000
    )
    const id = await Effect.runPromise(start)
    expect((await asked("GET /api/runs", { cookie: `__Host-rollbook=${id}` })).status).toBe(401)
    const live = await begin({})
    await Effect.runPromise(sessions.sweep(Date.now()))
    const fresh = await Effect.runPromise(access.links.make("root", rights, Date.now()))
    await Effect.runPromise(access.links.sweep(Date.now()))
    expect(readdirSync(join(folder, "links"))).toEqual([`${createHash("sha256").update(fresh).digest("hex")}.json`])
    expect(await Effect.runPromise(sessions.find(live, Date.now()))).not.toBeNull()
    expect(await Effect.runPromise(sessions.find(id, late))).toBeNull()
  })

  it("outlives a restart, lies nowhere in the clear, and ends at once when somebody signs out", async () => {
    const id = await begin({ rights })
    for (const name of readdirSync(join(folder, "sessions"))) {
      expect(name + readFileSync(join(folder, "sessions", name), "utf8")).not.toContain(id)
    }
    const restarted = sessionsIn(join(folder, "sessions"))
    expect((await Effect.runPromise(restarted.find(id, Date.now())))?.rights).toEqual(rights)
    const cookie = `__Host-rollbook=${id}`
    const out = await asked("DELETE /api/session", { cookie })
    expect([out.status, out.headers.get("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")])
    expect(noted.at(-1)).toBe("o.hernandez | signed out")
    expect((await asked("GET /api/runs", { cookie })).status).toBe(401)
  })

  it("is listed with who began it when and how, without what opens it, and is ended by itself or with all of a person", async () => {
    const [one, two, other] = [await begin({ who: "d.reyes" }), await begin({ who: "d.reyes" }), await begin({})]
    const own = await begin({ who: "kim", rights: ["manage access"] })
    const as = (id: string) => ({ cookie: `__Host-rollbook=${id}` })
    const answer = await asked("GET /api/sessions", as(own))
    const text = await answer.text()
    const { sessions, zone } = JSON.parse(text) as {
      readonly zone: string
      readonly sessions: ReadonlyArray<{ readonly session: string; readonly who: string; readonly own: boolean }>
    }
    expect(zone).toBe("America/Chicago")
    expect(sessions.find((each) => each.own)).toMatchObject({
      who: "kim",
      by: "link",
      rights: ["manage access"],
      course: null,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    })
    for (const id of [one, two, other, own]) expect(text).not.toContain(id)
    const end = (body: object) =>
      fetch(`${url}/api/sessions`, {
        method: "POST",
        headers: { ...as(own), "content-type": "application/json", "sec-fetch-site": "same-origin" },
        body: JSON.stringify(body)
      })
    const state = async (id: string) => (await asked("GET /api/session", as(id))).status
    const mine = sessions.filter(({ who }) => who === "d.reyes")
    expect((await end({ what: "session", session: mine[0]?.session })).status).toBe(200)
    expect((await Promise.all([one, two].map(state))).toSorted((a, b) => a - b)).toEqual([200, 401])
    expect(await (await end({ what: "person", who: "d.reyes" })).json()).toEqual({ ended: 1 })
    expect(await Promise.all([one, two, other, own].map(state))).toEqual([401, 401, 200, 200])
    expect((await end({ what: "person", who: "d.reyes" })).status).toBe(404)
    expect(noted.at(-1)).toMatch(/^kim \| revoked \| session [0-9a-f]{16} of d\.reyes$/)
  })

  it("whose platform does not answer goes on seeing, and exports nothing", async () => {
    const id = await begin({
      by: "lti",
      course: { orgUnit: "6601", title: null, role: "Teacher", rights: ["see grades", "export grades"] },
      launched: { issuer: "https://lms.example", clientId: "rollbook", subject: "tenant_201" }
    })
    const cookie = `__Host-rollbook=${id}`
    const answer = await asked("POST /api/courses/:course/exports", { cookie })
    expect([answer.status, await answer.json()]).toEqual([
      503,
      {
        _tag: "Busy",
        message: expect.stringMatching(/does not answer at this moment.*nothing was done/),
        facts: [{ code: "refused.unconfirmed", of: {} }]
      }
    ])
    expect(noted.at(-1)).toBe(
      "o.hernandez | refused: the learning platform does not answer | POST /api/courses/:course/exports"
    )
    expect((await asked("GET /api/courses/:course", { cookie })).status).toBe(404)
  })

  it.each<[string, Readonly<Record<string, string>>, number]>([
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["a sister site", { "sec-fetch-site": "same-site" }, 403],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 403],
    ["a page of its own", { "content-type": "application/json" }, 204]
  ])("changes something for %s: %s", async (_, headers, expected) => {
    const cookie = `__Host-rollbook=${await begin({ rights })}`
    expect((await asked("DELETE /api/session", { cookie, ...headers })).status).toBe(expected)
    expect(noted.at(-1)).toBe(
      expected === 204
        ? "o.hernandez | signed out"
        : "o.hernandez | refused: another site asked in their name | DELETE /api/session"
    )
  })

  it("of an old browser is believed by the origin it names", () => {
    const from = (origin?: string) => ({ method: "POST", headers: { host: "a.example", ...(origin && { origin }) } })
    const verdict = (origin?: string, publicUrl: string | null = null) => isOwnPage(from(origin) as never, publicUrl)
    expect([verdict("https://a.example"), verdict("https://b.example"), verdict("null"), verdict()]).toEqual([
      true,
      false,
      false,
      false
    ])
    expect(verdict("https://b.example", "https://b.example")).toBe(true)
  })
})

it("notes whom it refused what", async () => {
  await asked("GET /api/runs", { cookie: `__Host-rollbook=${await begin({ who: "m.oneil" })}` })
  expect(noted).toContain("m.oneil | refused: see console | GET /api/runs")
})

it("names nobody but to whoever may see names, and notes that", async () => {
  revealed.length = 0
  expect(await (await get("/api/runs/8", "all")).text()).not.toContain("Olivia")
  expect(await (await get("/api/runs", "all")).text()).not.toContain("Olivia")
  expect(revealed).toEqual([])
  expect(await (await get("/api/runs/8?reveal=true", "all")).text()).toContain("Olivia")
  expect(revealed).toEqual(["token all 8"])
})

it.each(["/api/runs?limit=Olivia", "/api/runs/Olivia", "/api/runs/8?reveal=Olivia", "/api/runs?limit=1&limit=Olivia"])(
  "%s is refused without a word of what was sent",
  async (path) => {
    const answer = await get(path, "all")
    expect(answer.status).toBe(400)
    expect(await answer.text()).not.toContain("Olivia")
  }
)

it.each(Object.keys(sent).filter((path) => path !== "/api/pipelines/:pipeline/runs"))(
  "POST %s of another form is refused without a word of what was sent",
  async (path) => {
    const answer = await fetch(`${url}${filled(path)}`, {
      method: "POST",
      body: JSON.stringify({ search: 3, why: "O", words: { Olivia: 1 }, section: 8, what: "Olivia" }),
      headers: { authorization: "Bearer all", "content-type": "application/json" }
    })
    expect(answer.status).toBe(400)
    expect(await answer.text()).not.toContain("Olivia")
  }
)

it.each(["/api/runs/9", "/api/plans/roster-2026-10-01-9", "/api/plans/..%2F..%2Fsecrets", "/api/Olivia"])(
  "%s is not there",
  async (path) => {
    const answer = await get(path, "all")
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toMatch(/Olivia|secrets/)
    expect(answer.headers.get("cache-control")).toBe("no-store")
  }
)

it("keeps a connection for longer than a proxy does, which would meet its end as an error", async () => {
  expect((await get("/healthz", null)).headers.get("keep-alive")).toBe("timeout=75")
})

it("gives metrics in the format of Prometheus", async () => {
  const text = await (await get("/metrics", "all")).text()
  expect(text).toContain('rollbook_runs_total{pipeline="roster",kind="apply",outcome="held"} 1\n')
  expect(text).toContain('rollbook_steps_total{pipeline="roster",ended="done"} 12\n')
  expect(text).toContain('rollbook_steps_total{pipeline="roster",ended="not_reached"} 2\n')
  expect(text).toContain('rollbook_steps_total{pipeline="roster",ended="awaited"} 4\n')
  expect(text).toContain('rollbook_held_steps{pipeline="roster"} 3\n')
  expect(text).toContain('rollbook_run_longest_turn_seconds{pipeline="roster"} 0.25\n')
  expect(text).toMatch(/rollbook_last_good_run_age_seconds\{pipeline="roster"\} \d{2,3}\n/)
  expect(text).toMatch(/rollbook_next_run_timestamp_seconds\{pipeline="roster"\} \d{10}\n/)
})

it("is not ready where the schedule stands still or a definition is wrong", async () => {
  definitions = "invalid"
  expect((await get("/readyz", null)).status).toBe(503)
  definitions = "valid"
  lastLook = Date.now() - 600_000
  const answer = await get("/readyz", null)
  lastLook = Date.now()
  expect(answer.status).toBe(503)
  expect(await answer.json()).toEqual({ ready: false, schedule: "standing still", definitions: "valid" })
})

/** A launch that nobody began, with what it says of itself. */
const launchSaying = (claims: object) => ({
  method: "POST",
  body: new URLSearchParams({
    state: "none",
    id_token: `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`
  })
})

it.each<readonly [string, string, RequestInit, string, RegExp]>([
  ["English where nothing is said", "/sign-in/link/none", {}, "en", /This link is none/],
  [
    "the browser's",
    "/sign-in/link/none",
    { headers: { "accept-language": "de, fr-CA;q=0.8, en;q=0.5" } },
    "fr",
    /Ce lien n’en est pas un/
  ],
  [
    "the heaviest that there is",
    "/sign-in",
    { headers: { "accept-language": "en;q=0.1,es-US;q=0.2" } },
    "es",
    /Inicie sesión/
  ],
  [
    "the launch's, before the browser's",
    "/lti/launch",
    { ...launchSaying({ locale: "es-US" }), headers: { "accept-language": "fr" } },
    "es",
    /Este acceso se rechazó: nadie lo pidió/
  ],
  [
    "the launch's, as the standard has it",
    "/lti/launch",
    launchSaying({ "https://purl.imsglobal.org/spec/lti/claim/launch_presentation": { locale: "fr_CA" } }),
    "fr",
    /Ce lancement a été refusé\u202f: personne ici/
  ],
  [
    "English of a launch that cannot be read",
    "/lti/launch",
    { ...launchSaying({}), body: new URLSearchParams({ state: "none", id_token: "{" }) },
    "en",
    /This launch was refused/
  ]
])("tells why nobody is let in, in the language of whoever asks: %s", async (_, path, asked, language, says) => {
  const answer = await fetch(`${url}${path}`, { redirect: "manual", ...asked })
  const page = await answer.text()
  expect([answer.status >= 400, page]).toEqual([true, expect.stringMatching(says)])
  expect(page).toContain(`<html lang="${language}">`)
})

it("looks at no more attempts to sign in from an address that was turned away too often, and hinders nobody else", async () => {
  const from = (address: string, code = "none") =>
    fetch(`${url}/sign-in/link/${code}`, { redirect: "manual", headers: { "x-forwarded-for": address } })
  const code = await Effect.runPromise(access.links.make("root", rights, Date.now()))
  const statuses = new Set<number>()
  for (let batch = 0; batch < 10; batch++) {
    const answers = await Promise.all(Array.from({ length: 30 }, () => from("198.51.100.7")))
    for (const { status } of answers) statuses.add(status)
  }
  expect([...statuses]).toEqual([403])
  const late = await from("198.51.100.7", code)
  expect([late.status, await late.text()]).toEqual([429, expect.stringContaining("Too many attempts")])
  expect(
    (await fetch(`${url}/lti/launch`, { method: "POST", headers: { "x-forwarded-for": "198.51.100.7" } })).status
  ).toBe(429)
  expect((await from("198.51.100.8", code)).status).toBe(303)
  expect((await get("/api/runs", "all")).status).toBe(200)
})

it("answers what was being asked when it ended that it does not answer any more, and ends", async () => {
  const own = Effect.runSync(Scope.make())
  const { hostname, port } = new URL(await Effect.runPromise(Scope.extend(listen(served), own)))
  const page = connect(Number(port), hostname)
  await once(page, "connect")
  page.write("GET /healthz HTTP/1.1\r\nhost: console.example\r\n")
  await fetch(`http://${hostname}:${port}/healthz`)
  const ended = Effect.runPromise(Scope.close(own, Exit.void))
  const isOpen = (): Promise<boolean> =>
    new Promise((resolve) => {
      const asked = connect(Number(port), hostname, () => resolve(true)).on("error", () => resolve(false))
      asked.on("connect", () => asked.destroy())
    })
  while (await isOpen());
  page.write("\r\n")
  const [answer] = (await once(page, "data")) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 503 [^]*connection: close/)
  await ended
})
