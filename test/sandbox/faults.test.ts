import { describe, expect, it } from "vitest"
import { brightspaceToken, call, campusGet, campusToken, person, rehearse, type Reply, tenantOf } from "./rehearsal.ts"

const sandbox = rehearse()

const arm = async (fault: unknown, at: "campusUrl" | "brightspaceUrl" = "campusUrl"): Promise<void> => {
  const reply = await call(`${sandbox()[at]}/sandbox/faults`, { method: "POST", body: fault })
  expect(reply.status, reply.text).toBe(200)
}
const orgs = (query: Record<string, string> = {}): Promise<Reply> => campusGet(sandbox(), "/orgs", query)
const users = (query: Record<string, string> = {}): Promise<Reply> => campusGet(sandbox(), "/users", query)
const statuses = async (count: number): Promise<ReadonlyArray<number>> => {
  const seen: Array<number> = []
  for (let time = 0; time < count; time++) seen.push((await orgs()).status)
  return seen
}
const idsOf = (reply: Reply): ReadonlyArray<unknown> =>
  (reply.body as { users: ReadonlyArray<Record<string, unknown>> }).users.map((user) => user["sourcedId"])
const route = { route: "/orgs" }

describe("which requests a fault befalls", () => {
  it.each([
    ["the nth", { match: { ...route, nth: 2 } }, [200, 503, 200, 200]],
    ["each so-manieth", { match: { ...route, every: 2 } }, [200, 503, 200, 503]],
    ["those after so many", { match: { ...route, after: 2 } }, [200, 200, 503, 503]],
    ["so many at most", { match: route, times: 1 }, [503, 200, 200, 200]],
    ["those of a pattern", { match: { pattern: "/org.$" } }, [503, 503, 503, 503]],
    ["those of a method", { match: { ...route, method: "PUT" } }, [200, 200, 200, 200]],
    ["those of another route", { match: { route: "/users" } }, [200, 200, 200, 200]],
    ["none by chance", { match: { ...route, probability: 0 } }, [200, 200, 200, 200]],
    ["all by chance", { match: { ...route, probability: 1 } }, [503, 503, 503, 503]]
  ])("%s", async (_, fault, expected) => {
    await arm({ ...fault, do: "status", status: 503 })
    expect(await statuses(4)).toEqual(expected)
  })

  it("are the same again where chance decides", async () => {
    const draw = async (): Promise<ReadonlyArray<number>> => {
      await call(`${sandbox().campusUrl}/sandbox/faults`, { method: "DELETE" })
      await arm({ match: { ...route, probability: 0.5 }, do: "status", status: 503 })
      return statuses(12)
    }
    const first = await draw()
    expect(new Set(first)).toEqual(new Set([200, 503]))
    expect(await draw()).toEqual(first)
  })

  it("are listed with how often they fired, and cleared", async () => {
    await arm({ match: { ...route, nth: 1 }, do: "status", status: 500 })
    await statuses(2)
    const url = `${sandbox().campusUrl}/sandbox/faults`
    expect((await call(url)).body).toMatchObject([{ do: "status", status: 500, seen: 2, fired: 1 }])
    await call(url, { method: "DELETE" })
    expect((await call(url)).body).toEqual([])
  })
})

describe("what a fault does", () => {
  it("answers with a status, and when to come back", async () => {
    await arm({ do: "status", status: 429, retry_after: "7", match: route })
    const reply = await orgs()
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, "7"])
    expect(reply.body).toMatchObject({ statusInfoSet: [{ imsx_codeMinor: "server_busy" }] })
  })

  it("hangs", async () => {
    await arm({ do: "hang", match: route })
    const token = await campusToken(sandbox())
    const hanging = fetch(`${sandbox().environment["CAMPUS_BASE_URL"]}/orgs`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(150)
    })
    await expect(hanging).rejects.toThrow("timeout")
  })

  it("cuts the connection before the work, or loses the answer after it", async () => {
    const tenant = await tenantOf(sandbox())
    const standing = async (): Promise<number> => (await tenant.get("/lp/1.59/users/?userName=ada")).status
    await arm({ do: "cut", match: { method: "POST" }, times: 1 }, "brightspaceUrl")
    await expect(tenant.post("/lp/1.59/users/", person("ada"))).rejects.toThrow("fetch failed")
    expect(await standing()).toBe(404)
    await arm({ do: "answer_lost", match: { method: "POST" }, times: 1 }, "brightspaceUrl")
    await expect(tenant.post("/lp/1.59/users/", person("ada"))).rejects.toThrow("fetch failed")
    expect(await standing()).toBe(200)
    expect((await call(`${sandbox().brightspaceUrl}/sandbox/requests`)).body).toMatchObject({
      routes: expect.arrayContaining([
        { method: "POST", route: "/d2l/api/lp/:version/users/", outcome: "cut", count: 1 },
        { method: "POST", route: "/d2l/api/lp/:version/users/", outcome: "answer lost", count: 1 }
      ])
    })
  })

  it("gives nothing, a web page, or half of it", async () => {
    const whole = (await orgs()).text
    await arm({ do: "empty_body", match: { ...route, nth: 1 } })
    await arm({ do: "html", match: { ...route, nth: 2 } })
    await arm({ do: "truncate", match: { ...route, nth: 3 } })
    expect(await orgs()).toMatchObject({ status: 200, text: "" })
    const page = await orgs()
    expect([page.status, page.headers.get("content-type"), page.text.startsWith("<!DOCTYPE html>")]).toEqual([
      200,
      "text/html; charset=utf-8",
      true
    ])
    const half = await orgs()
    expect([half.status, half.body]).toEqual([200, null])
    expect(whole.startsWith(half.text)).toBe(true)
  })

  it("gives fewer rows than asked for, in pages that still join", async () => {
    await arm({ do: "clamp_limit", limit: 40, match: { route: "/users" } })
    const first = await users({ limit: "150" })
    expect(idsOf(first)).toHaveLength(40)
    expect(first.headers.get("link")).toContain('limit=40&offset=40>; rel="next"')
  })

  it("lies about the total, or keeps silent", async () => {
    await arm({ do: "lie_total", add: 5, match: { ...route, nth: 1 } })
    await arm({ do: "lie_total", match: { ...route, nth: 2 } })
    expect((await orgs()).headers.get("x-total-count")).toBe("8")
    expect((await orgs()).headers.get("x-total-count")).toBeNull()
  })

  it("names this page, or another host, as the next", async () => {
    await arm({ do: "loop_link", match: { route: "/users", nth: 1 } })
    await arm({ do: "foreign_link", match: { route: "/users", nth: 2 } })
    const next = (reply: Reply): string | undefined =>
      /<([^>]*)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1]
    expect(next(await users({ limit: "10", offset: "20" }))).toBe(
      `${sandbox().environment["CAMPUS_BASE_URL"]}/users?limit=10&offset=20`
    )
    expect(next(await users({ limit: "10" }))).toMatch(/^http:\/\/elsewhere\.invalid\//)
  })

  it("moves rows between pages", async () => {
    const all = idsOf(await users({ limit: "300" }))
    await arm({ do: "shift", row: "delete", match: { route: "/users", nth: 2 } })
    const first = idsOf(await users({ limit: "100" }))
    const second = idsOf(await users({ limit: "100", offset: "100" }))
    expect([...first, ...second]).not.toContain(all[100])
    await call(`${sandbox().campusUrl}/sandbox/reset`, { method: "POST" })
    await arm({ do: "shift", row: "insert", match: { route: "/users", nth: 2 } })
    const before = idsOf(await users({ limit: "100" }))
    const after = idsOf(await users({ limit: "100", offset: "100" }))
    expect(after[0]).toBe(before[99])
  })

  it("gives the first page whatever was asked for", async () => {
    await arm({ do: "ignore_offset", match: { route: "/users" } })
    expect(idsOf(await users({ offset: "100" }))).toEqual(idsOf(await users()))
  })

  it("repeats a bookmark of Brightspace", async () => {
    await arm({ do: "loop_link", match: { route: "/orgstructure/" } }, "brightspaceUrl")
    const tenant = await tenantOf(sandbox())
    expect((await tenant.get("/lp/1.59/orgstructure/?bookmark=1")).body).toMatchObject({
      PagingInfo: { Bookmark: "1", HasMoreItems: true }
    })
  })

  it("refuses a token for good, once", async () => {
    await arm({ do: "unauthorized_once", match: route })
    await arm({ do: "unauthorized_once", match: { route: "/roles" } }, "brightspaceUrl")
    for (const [url, token] of [
      [`${sandbox().environment["CAMPUS_BASE_URL"]}/orgs`, () => campusToken(sandbox())],
      [`${sandbox().brightspaceUrl}/d2l/api/lp/1.59/roles/`, () => brightspaceToken(sandbox())]
    ] as const) {
      const old = { authorization: `Bearer ${await token()}` }
      expect([(await call(url, { headers: old })).status, (await call(url, { headers: old })).status]).toEqual([
        401, 401
      ])
      expect((await call(url, { headers: { authorization: `Bearer ${await token()}` } })).status).toBe(200)
    }
  })

  it("is slow, and answers", async () => {
    await arm({ do: "slow", milliseconds: 5, match: route })
    expect((await orgs()).status).toBe(200)
  })
})

describe("a fault that is none", () => {
  it.each([
    [{ do: "explode" }, "fault 0"],
    [{ do: "status" }, "status"],
    [{ do: "status", status: 200 }, "status"],
    [{ do: "hang", match: { rout: "/x" } }, "rout"],
    [{ do: "hang", match: { pattern: "(" } }, "pattern"]
  ])("%j is refused", async (fault, named) => {
    const reply = await call(`${sandbox().campusUrl}/sandbox/faults`, { method: "POST", body: fault })
    expect([reply.status, (reply.body as { error: string }).error]).toEqual([400, expect.stringContaining(named)])
  })

  it("is refused where it makes no sense", async () => {
    const reply = await call(`${sandbox().brightspaceUrl}/sandbox/faults`, {
      method: "POST",
      body: { do: "lie_total", add: 1 }
    })
    expect(reply).toMatchObject({ status: 400, body: { error: "brightspace has no fault lie_total" } })
  })
})
