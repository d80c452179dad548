import chromium from "@sparticuz/chromium"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser as ChromeBrowser, chromium as driver, type Frame, type Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { brightspace } from "../../src/adapters/brightspace/connector.ts"
import { accessOf } from "../../src/cli/access.ts"
import { Adapters, type AdaptersService } from "../../src/cli/adapters.ts"
import { portsOf } from "../../src/cli/ports-of.ts"
import { loadServiceSettings, openWorkspace } from "../../src/cli/workspace.ts"
import { readAuditTrail } from "../../src/history/audit-trail.ts"
import { emptyDesk } from "./empty-desk.ts"
import { listen } from "../../src/service/http/server.ts"
import type { ViewService } from "../../src/service/http/view.ts"
import { call, rehearse } from "../sandbox/rehearsal.ts"
import { attributeOf, type Browser, formOf, openBrowser } from "./browser.ts"

/** A console that is launched by the stand-in of the learning platform, over two sites: 127.0.0.1 and localhost. */

const sandbox = rehearse()
const folder = mkdtempSync(join(tmpdir(), "rollbook-launch-"))
const workspace = openWorkspace({ workspace: folder, state: null })
const refusals: Array<string> = []
let scope: Scope.CloseableScope
let tool = ""
let courseId = 0

const lines = (environment: Readonly<Record<string, string>>, publicUrl: string): string => `
service:
  public_url: ${publicUrl}
  access:
    lti:
      - issuer: ${environment["LTI_ISSUER"]}
        client_id: ${environment["LTI_CLIENT_ID"]}
        deployment_ids: [${environment["LTI_DEPLOYMENT_ID"]}]
        authorization_url: ${environment["LTI_AUTHORIZATION_URL"]}
        keys_url: ${environment["LTI_KEYS_URL"]}
        connection: brightspace
        roles_in_course: { Teacher: [see grades, export grades] }
        roles_in_organization: { District Administrator: [see console, approve holds] }
`

const connection = (environment: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    connections: {
      brightspace: {
        type: "brightspace",
        url: environment["BRIGHTSPACE_URL"],
        auth: {
          type: "private_key_jwt",
          token_url: environment["BRIGHTSPACE_TOKEN_URL"],
          client_id: environment["BRIGHTSPACE_CLIENT_ID"],
          private_key: "${env:BRIGHTSPACE_PRIVATE_KEY}",
          scope: ["users:userdata:*", "enrollment:orgunit:*", "role:detail:read", "organizations:organization:*"]
        }
      }
    }
  })

beforeAll(async () => {
  const { environment } = sandbox()
  // A port that is free now: the address must be known before the service begins.
  const port = await freePort()
  tool = `http://localhost:${port}`
  mkdirSync(join(folder, "pipelines"))
  writeFileSync(join(folder, "service.yaml"), lines(environment, tool))
  writeFileSync(join(folder, "pipelines", "connections.yaml"), connection(environment))
  writeFileSync(
    join(folder, ".env"),
    `BRIGHTSPACE_PRIVATE_KEY="${environment["BRIGHTSPACE_PRIVATE_KEY"]?.replaceAll("\n", "\\n")}"`
  )
  scope = Effect.runSync(Scope.make())
  const connectors = Effect.succeed([brightspace as never])
  const adapters = { connectors, ...portsOf(connectors) } as unknown as AdaptersService
  await Effect.runPromise(
    Effect.gen(function* () {
      const settings = yield* loadServiceSettings(openWorkspace({ workspace: folder, state: null }))
      const access = yield* accessOf(openWorkspace({ workspace: folder, state: null }), settings)
      const told = { ...access, tellRefusal: (why: string) => void refusals.push(why) }
      yield* listen({
        view: {} as ViewService,
        desk: emptyDesk,
        access: told,
        at: { host: "127.0.0.1", port },
        onTrouble: () => undefined
      })
    }).pipe(Effect.provide(Layer.succeed(Adapters, adapters)), (made) => Scope.extend(made, scope))
  )
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

const people = ["teacher", "student", "outsider", "admin"] as const
const userIds = new Map<string, number>()
beforeEach(async () => {
  refusals.length = 0
  const { brightspaceUrl } = sandbox()
  const control = (method: string, path: string, body: unknown) =>
    call(`${brightspaceUrl}/sandbox/${path}`, { method, body })
  await control("PUT", "lti", {
    login_url: `${tool}/lti/login`,
    redirect_urls: [`${tool}/lti/launch`],
    target_link_uri: `${tool}/teach?from=lti`
  })
  const roles = {
    teacher: "Teacher",
    student: "Student",
    outsider: "Teacher",
    admin: "District Administrator"
  }
  await control("POST", "seed", {
    orgUnits: [
      { type: "Course Template", name: "English", code: "T1" },
      { type: "Course Offering", name: "English 9", code: "E1", parents: ["T1"] }
    ],
    users: people.map((name) => ({
      orgDefinedId: name,
      userName: name,
      firstName: "Olivia",
      lastName: "Hernandez",
      role: roles[name]
    })),
    enrollments: [
      { user: "teacher", orgUnit: "E1", role: "Teacher" },
      { user: "student", orgUnit: "E1", role: "Student" }
    ]
  })
  const state = (await call(`${brightspaceUrl}/sandbox/state`)).body as {
    readonly orgUnits: ReadonlyArray<{ readonly id: number; readonly code: string }>
    readonly users: ReadonlyArray<{ readonly id: number; readonly userName: string }>
  }
  courseId = state.orgUnits.find(({ code }) => code === "E1")?.id ?? 0
  for (const { id, userName } of state.users) userIds.set(userName, id)
})

/** From the course to where the platform's answer is about to be posted. */
const begin = async (browser: Browser, who: (typeof people)[number], orgUnit = courseId, locale = "") => {
  const platform = sandbox().brightspaceUrl
  await browser.post(`${platform}/d2l/login`, { user: String(userIds.get(who)), locale })
  const started = formOf(await (await browser.get(`${platform}/d2l/lti/${orgUnit}/start`)).text())
  const kept = await (await browser.post(started.action, started.fields)).text()
  const launching = formOf(await (await browser.get(attributeOf(kept, "next"))).text())
  return { started, kept, ...launching }
}

const sessionOf = async (browser: Browser): Promise<unknown> => {
  const answer = await fetch(`${tool}/api/session`, { headers: { cookie: browser.cookies(tool) } })
  return answer.status === 200 ? answer.json() : answer.status
}

it("gives a teacher the course that she teaches, and what her role has there", async () => {
  const browser = openBrowser()
  const { action, fields } = await begin(browser, "teacher")
  const answer = await browser.post(action, fields)
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/teach?from=lti"])
  const [session = ""] = answer.headers.getSetCookie().filter((one) => one.startsWith("__Host-rollbook="))
  expect(session).toMatch(/; Path=\/; HttpOnly; Secure; Partitioned; SameSite=None$/)
  expect(await sessionOf(browser)).toMatchObject({
    who: "teacher",
    by: "lti",
    rights: [],
    language: "en-US",
    course: { orgUnit: String(courseId), title: "English 9", role: "Teacher", rights: ["see grades", "export grades"] }
  })
  expect(answer.headers.get("content-security-policy")).toContain(`frame-ancestors 'self' ${sandbox().brightspaceUrl}`)
  const trail = await Effect.runPromise(readAuditTrail(workspace.auditFile))
  expect(trail.at(-1)).toMatchObject({ who: "teacher", what: "serve: signed in by lti", of: [`course ${courseId}`] })
  expect(refusals).toEqual([])
})

it.each<[(typeof people)[number], number | null, object]>([
  ["student", null, { rights: [], course: { role: "Student", rights: [] } }],
  ["outsider", null, { rights: [], course: { role: null, rights: [] } }],
  ["admin", 6606, { rights: ["see console", "approve holds"], course: null }]
])(
  "a launch gives the %s what the platform says when it is asked, and not what it claims",
  async (who, orgUnit, expected) => {
    const browser = openBrowser()
    const { action, fields } = await begin(browser, who, orgUnit ?? courseId, "fr-CA")
    expect((await browser.post(action, fields)).status).toBe(303)
    expect(await sessionOf(browser)).toMatchObject({ ...expected, language: "fr-CA" })
  }
)

it("asks the platform again before an export: whose role is gone by then is signed in no more, and it is noted", async () => {
  const browser = openBrowser()
  const { action, fields } = await begin(browser, "teacher")
  await browser.post(action, fields)
  const asks = () =>
    fetch(`${tool}/api/courses/${courseId}/exports`, {
      method: "POST",
      headers: { cookie: browser.cookies(tool), "content-type": "application/json", "sec-fetch-site": "same-origin" },
      body: JSON.stringify({ section: "5001", session: null })
    })
  // The desk is empty: who comes as far as here may.
  expect((await asks()).status).toBe(404)
  await call(`${sandbox().brightspaceUrl}/sandbox/settings`, { method: "PUT", body: { withheld: ["/enrollments/"] } })
  expect([(await asks()).status, await sessionOf(browser)]).toEqual([401, 401])
  const trail = await Effect.runPromise(readAuditTrail(workspace.auditFile))
  expect(trail.at(-1)).toMatchObject({
    who: "teacher",
    what: "serve: session ended: the learning platform gives other rights by now"
  })
})

it("refuses what was used before, was begun in another browser, or was never asked for, and says no name", async () => {
  const [own, other] = [openBrowser(), openBrowser()]
  const { action, fields } = await begin(own, "teacher")
  const inOther = await other.post(action, { ...fields, secret: "guessed" })
  expect([inOther.status, await inOther.text()]).toEqual([403, expect.stringContaining("Open in a new tab")])
  expect((await own.post(action, fields)).status).toBe(303)
  expect((await own.post(action, fields)).status).toBe(403)
  expect((await own.post(action, { ...fields, state: "none" })).status).toBe(403)
  expect(await sessionOf(other)).toBe(401)
  expect(refusals).toEqual([
    "a launch was refused: it was begun in another browser, or this one keeps no cookies here",
    "a launch was refused: nobody here asked for it, it was used before, or it took too long",
    "a launch was refused: nobody here asked for it, it was used before, or it took too long"
  ])
})

it("refuses a launch that answers to another request of the same browser", async () => {
  const browser = openBrowser()
  const [one, other] = [await begin(browser, "teacher"), await begin(browser, "student")]
  expect((await browser.post(one.action, { ...one.fields, id_token: other.fields["id_token"] ?? "" })).status).toBe(403)
  expect(refusals).toEqual(["a launch was refused: it answers to another request"])
})

it("takes keys that were exchanged, and none of the previous ones", async () => {
  const browser = openBrowser()
  const previous = await begin(browser, "teacher")
  await call(`${sandbox().brightspaceUrl}/sandbox/lti/rotate`, { method: "POST" })
  const now = await begin(browser, "teacher")
  // Who forges keys cannot make rollbook ask for those of the platform without a pause.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  expect((await browser.post(now.action, now.fields)).status).toBe(303)
  expect((await browser.post(previous.action, previous.fields)).status).toBe(403)
})

it("knows a browser that keeps no cookies by what the platform keeps for it, and else offers a tab of its own", async () => {
  const blocking = openBrowser((cookie) => !/Partitioned/.test(cookie))
  const { action, fields, kept, started } = await begin(blocking, "teacher")
  const secret = formOf(kept).fields["secret"] ?? ""
  const recall = await blocking.post(action, fields)
  const page = await recall.text()
  expect([recall.status, attributeOf(page, "act"), attributeOf(page, "storage")]).toEqual([
    200,
    "recall",
    "d2l_lti_storage"
  ])
  expect([attributeOf(page, "platform"), attributeOf(page, "key")]).toEqual([
    sandbox().brightspaceUrl,
    attributeOf(kept, "key")
  ])
  expect(page).not.toContain(secret)
  expect(page).not.toMatch(/<script>|\son\w+=/)
  const again = formOf(page.slice(page.indexOf('id="tab"')))
  expect([again.action, again.fields]).toEqual(["/lti/login", started.fields])
  const answer = await blocking.post(action, { ...fields, secret })
  const [, id = ""] = /^\/teach\?from=lti#session=([\w-]{43})$/.exec(answer.headers.get("location") ?? "") ?? []
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([303, [expect.stringContaining("Max-Age=0")]])
  const me = await fetch(`${tool}/api/session`, { headers: { authorization: `Bearer ${id}` } })
  expect(await me.json()).toMatchObject({ who: "teacher", by: "lti" })
  const out = await fetch(`${tool}/api/session`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${id}`, "sec-fetch-site": "same-origin" }
  })
  expect(out.status).toBe(204)
  expect((await fetch(`${tool}/api/session`, { headers: { authorization: `Bearer ${id}` } })).status).toBe(401)
})

it.each<[string, Readonly<Record<string, string>>, RegExp]>([
  ["another platform", { iss: "https://other.example" }, /not registered/],
  ["another client", { client_id: "other" }, /not registered/],
  ["another deployment", { lti_deployment_id: "other" }, /not registered/],
  ["another tool", { target_link_uri: "https://other.example/" }, /another address/],
  ["no address", { target_link_uri: "/" }, /another address/]
])("begins no launch for %s", async (_, changed, said) => {
  const browser = openBrowser()
  const { started } = await begin(browser, "teacher")
  expect((await browser.post(started.action, { ...started.fields, ...changed })).status).toBe(403)
  expect(refusals.join()).toMatch(said)
})

it("refuses a person whom the platform does not show", async () => {
  const browser = openBrowser()
  const { action, fields } = await begin(browser, "teacher")
  const withheld = { method: "PUT", body: { withheld: ["/users/"] } }
  await call(`${sandbox().brightspaceUrl}/sandbox/settings`, withheld)
  expect((await browser.post(action, fields)).status).toBe(403)
  expect(refusals.at(-1)).toMatch(/nobody of the learning platform/)
})

describe("in a real browser that takes no cookies of other sites", () => {
  let chrome: ChromeBrowser
  beforeAll(async () => {
    const own = process.env["ROLLBOOK_TEST_BROWSER"]
    chrome = await driver.launch({
      executablePath: own ?? (await chromium.executablePath()),
      args: ["--no-sandbox", "--test-third-party-cookie-phaseout", "--disable-features=LocalNetworkAccessChecks"],
      headless: true
    })
  })
  afterAll(() => chrome.close())

  /** A teacher on her way to a course, until the frame in it stands still. */
  const launched = async (page: Page): Promise<Frame> => {
    const platform = sandbox().brightspaceUrl
    const registered = {
      login_url: `${tool}/lti/login`,
      redirect_urls: [`${tool}/lti/launch`],
      target_link_uri: `${tool}/api/session`
    }
    await call(`${platform}/sandbox/lti`, { method: "PUT", body: registered })
    await page.goto(`${platform}/d2l/login`)
    await page.locator(`button[value="${userIds.get("teacher")}"]`).click()
    await page.getByRole("link", { name: "English 9" }).click()
    const frame = await (await page.waitForSelector("iframe[name=tool]")).contentFrame()
    if (frame === null) throw new Error("no frame")
    await frame.waitForURL(/\/api\/session/)
    return frame
  }

  it("the frame of the course keeps its own session", async () => {
    const page = await chrome.newPage()
    const frame = await launched(page)
    expect(JSON.parse((await frame.textContent("body")) ?? "")).toMatchObject({ who: "teacher", by: "lti" })
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name }) => name).toSorted()).toEqual(["__Host-rollbook", "sandbox_user"])
    await page.context().close()
  })

  it("and where it can keep nothing at all, the platform keeps its secret, and the page is handed the session", async () => {
    const page = await chrome.newPage()
    await page.route(`${tool}/**`, async (route) => {
      const { cookie: _, ...headers } = route.request().headers()
      const body = route.request().postData()
      const method = route.request().method()
      const answer = await fetch(route.request().url(), {
        method,
        headers,
        redirect: "manual",
        ...(body !== null && { body })
      })
      const kept = [...answer.headers].filter(([name]) => name !== "set-cookie")
      await route.fulfill({ status: answer.status, headers: Object.fromEntries(kept), body: await answer.text() })
    })
    const frame = await launched(page)
    const [, id = ""] = /#session=([\w-]{43})$/.exec(frame.url()) ?? []
    const me = await fetch(`${tool}/api/session`, { headers: { authorization: `Bearer ${id}` } })
    expect(await me.json()).toMatchObject({ who: "teacher", by: "lti" })
    await page.context().close()
  })
})
