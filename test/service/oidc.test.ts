import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Provider } from "oidc-provider"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import type { OidcSettings } from "../../src/pipeline/access-settings.ts"
import { linksIn } from "../../src/service/access/link.ts"
import { askerOf, stillMay } from "../../src/service/access/asker.ts"
import { sessionsIn } from "../../src/service/access/session.ts"
import { standingsOf } from "../../src/service/access/standings-of.ts"
import type { AccessService } from "../../src/service/http/access.ts"
import { listen } from "../../src/service/http/server.ts"
import type { ViewService } from "../../src/service/http/view.ts"
import { type Browser, openBrowser } from "./browser.ts"
import { emptyDesk } from "./empty-desk.ts"

/** Administrators sign in at a real provider of OpenID Connect, over two sites. */

const folder = mkdtempSync(join(tmpdir(), "rollbook-oidc-"))
const refusals: Array<string> = []
const noted: Array<string> = []
/** What the provider says by now, and for how long it can be asked. */
const says = { groups: ["staff", "LMS-Admins"], knowsMarta: true, seconds: 3_600, refreshes: false }
let scope: Scope.CloseableScope
let login: Server
let tool = ""
let settings: OidcSettings
let access: AccessService

const free = async (): Promise<Server> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return server
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port

beforeAll(async () => {
  // It warns of everything that a test need not care for.
  for (const way of ["warn", "info"] as const) vi.spyOn(console, way).mockImplementation(() => undefined)
  const place = await free()
  tool = `http://localhost:${portOf(place)}`
  const port = portOf(place)
  await new Promise((resolve) => place.close(resolve))
  login = await free()
  const issuer = `http://127.0.0.1:${portOf(login)}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "rollbook",
        client_secret: "s3cret",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [`${tool}/sign-in/callback`]
      }
    ],
    issueRefreshToken: () => Promise.resolve(says.refreshes),
    rotateRefreshToken: true,
    ttl: { AccessToken: () => says.seconds },
    scopes: ["openid", "profile", "groups"],
    claims: { openid: ["sub"], profile: ["preferred_username", "name", "locale"], groups: ["groups"] },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["for tests"] },
    findAccount: (_, id) =>
      id === "Marta" && !says.knowsMarta
        ? undefined
        : {
            accountId: id,
            claims: () => ({
              sub: id,
              preferred_username: id.toLowerCase(),
              name: "Marta O'Neil",
              locale: "en-US",
              groups: id === "Marta" ? says.groups : ["staff"]
            })
          }
  })
  const answered = provider.callback()
  login.on("request", (request, response) => void answered(request, response))
  settings = {
    issuer,
    clientId: "rollbook",
    clientSecret: Redacted.make("s3cret"),
    scopes: ["profile", "groups"],
    userClaim: "preferred_username",
    groupsClaim: "groups",
    groups: { "lms-admins": ["see console", "approve holds"] },
    sessionHours: 2
  }
  scope = Effect.runSync(Scope.make())
  const known = {
    sessions: sessionsIn(join(folder, "sessions")),
    // Whatever is asked for, the provider is asked before.
    settings: { askAgainMinutes: 0, trustedProxies: ["127.0.0.1", "::1"], lti: [], oidc: settings },
    people: () => Effect.fail(new Error("none")),
    note: (...said: ReadonlyArray<unknown>) => Effect.sync(() => void noted.push(said.flat().join(" | ")))
  }
  access = {
    ...known,
    tokens: Effect.succeed([]),
    links: linksIn(join(folder, "links")),
    standings: standingsOf(known),
    publicUrl: tool,
    tellRefusal: (why: string) => void refusals.push(why)
  }
  await Effect.runPromise(
    Scope.extend(
      listen({
        view: {} as ViewService,
        desk: emptyDesk,
        access,
        at: { host: "127.0.0.1", port },
        onTrouble: () => undefined
      }),
      scope
    )
  )
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await new Promise((resolve) => login.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

/** From rollbook to the provider, through its pages of sign-in and consent, to the address that leads back. */
const wayBack = async (browser: Browser, who: string, from = "/sign-in?to=/plans"): Promise<string> => {
  let answer = await browser.get(`${tool}${from}`)
  let url = answer.url
  for (let step = 0; step < 12; step++) {
    const next = answer.headers.get("location")
    if (next !== null) {
      url = new URL(next, url).href
      if (url.startsWith(tool)) return url
      answer = await browser.get(url)
      continue
    }
    const [, action = url] = /<form[^>]*action="([^"]+)"/.exec(await answer.text()) ?? []
    answer = await browser.post(
      action,
      action.includes("login") || step < 4 ? { prompt: "login", login: who, password: "x" } : { prompt: "consent" }
    )
    url = action
  }
  throw new Error("the provider does not lead back")
}

it("signs an administrator in, with the rights of the groups that the provider tells, and leads where they wanted to go", async () => {
  const browser = openBrowser()
  const back = await wayBack(browser, "Marta")
  const answer = await browser.get(back)
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/plans"])
  const [session = ""] = answer.headers.getSetCookie().filter((one) => one.startsWith("__Host-rollbook="))
  expect(session).toMatch(/; Max-Age=7200; .*HttpOnly; Secure; SameSite=Lax$/)
  const me = await fetch(`${tool}/api/session`, { headers: { cookie: browser.cookies(tool) } })
  expect(await me.json()).toMatchObject({
    who: "marta",
    name: "Marta O'Neil",
    by: "oidc",
    rights: ["see console", "approve holds"],
    course: null,
    language: "en-US"
  })
  expect(noted).toEqual(["marta | signed in by oidc"])
  // What led back leads nowhere a second time.
  expect((await browser.get(back)).status).toBe(403)
})

it("refuses who is in no group with a right, another browser, and what nobody asked for, and says no name", async () => {
  refusals.length = 0
  const own = openBrowser()
  expect((await own.get(await wayBack(own, "Tomas"))).status).toBe(403)
  const back = await wayBack(openBrowser(), "Marta")
  expect((await openBrowser().get(back)).status).toBe(403)
  expect((await own.get(`${tool}/sign-in/callback?code=c&state=s`)).status).toBe(403)
  const swapped = await wayBack(own, "Tomas")
  expect((await own.get(swapped.replace(/code=[^&]+/, "code=forged"))).status).toBe(403)
  expect(refusals.map((one) => one.replace("a sign-in was refused: ", "").slice(0, 30))).toEqual([
    "no group of this person has a ",
    "nobody here asked for it, it w",
    "nobody here asked for it, it w",
    "the district's sign-in did not"
  ])
  expect(refusals.join()).not.toMatch(/Tomas|Marta/i)
})

it.each(["//evil.example", "/\\evil.example", "https://evil.example"])("leads nowhere else: %s", async (to) => {
  const browser = openBrowser()
  const answer = await browser.get(await wayBack(browser, "Marta", `/sign-in?to=${encodeURIComponent(to)}`))
  expect(answer.headers.get("location")).toBe("/")
})

/** Signs Marta in; gives how her next request is answered. */
const signedIn = async (): Promise<() => Promise<number>> => {
  const browser = openBrowser()
  await browser.get(await wayBack(browser, "Marta"))
  const headers = { cookie: browser.cookies(tool) }
  return async () => (await fetch(`${tool}/api/session`, { headers })).status
}

it("asks for the groups again, for as long as the provider lets it, and ends the session of who has other rights by now", async () => {
  noted.length = 0
  const asksByToken = await signedIn()
  Object.assign(says, { seconds: 1 })
  const asksNoMore = await signedIn()
  Object.assign(says, { refreshes: true })
  const asksByRefresh = await signedIn()
  const ends = "marta | session ended: the district's sign-in gives other rights by now"
  const kept = readdirSync(join(folder, "sessions")).map((file) => readFileSync(join(folder, "sessions", file), "utf8"))
  expect(kept.filter((text) => text.includes('"voucher":"'))).not.toEqual([])
  expect(kept.join()).not.toMatch(/accessToken|refreshToken/)
  // The second one comes by what the first one was given.
  expect([await asksByToken(), await asksByRefresh(), await asksByRefresh()]).toEqual([200, 200, 200])
  expect(noted).not.toContain(ends)
  says.groups = ["staff"]
  expect([await asksByToken(), await asksNoMore()]).toEqual([401, 200])
  says.groups = ["staff", "LMS-Admins"]
  says.knowsMarta = false
  expect([await asksByToken(), await asksByRefresh()]).toEqual([401, 401])
  expect(noted.filter((one) => one === ends)).toHaveLength(2)
})

it("asks about whoever asked for what has waited, when its turn comes, and lets nothing begin that cannot be confirmed", async () => {
  Object.assign(says, { groups: ["staff", "LMS-Admins"], knowsMarta: true, seconds: 3_600, refreshes: false })
  const asks = await signedIn()
  expect(await asks()).toBe(200)
  const now = Date.now()
  const [session] = await Effect.runPromise(access.sessions.list(now))
  if (session === undefined) throw new Error("nobody is signed in")
  const may = (by = access) => Effect.runPromise(stillMay(by)(askerOf(session), "approve holds", null, now))
  expect(await may()).toBeNull()
  // A service that has just been started cannot ask before she comes again.
  const sessions = sessionsIn(join(folder, "sessions"))
  const anew = { ...access, sessions, standings: standingsOf({ ...access, sessions }) }
  expect(await may(anew)).toBe("silent")
  says.groups = ["staff"]
  expect(await may()).toBe("lost")
  expect(await may()).toBe("gone")
})
