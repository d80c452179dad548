import { describe, expect, it } from "vitest"
import { call, campusGet, campusToken, rehearse, type Reply } from "./rehearsal.ts"

const sandbox = rehearse()

const get = (path: string, query: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Reply> =>
  campusGet(sandbox(), path, query, headers)
const rowsOf = (reply: Reply, key: string): ReadonlyArray<Record<string, unknown>> =>
  (reply.body as Record<string, ReadonlyArray<Record<string, unknown>>>)[key] ?? []
const minorOf = (reply: Reply): unknown =>
  (reply.body as { statusInfoSet?: ReadonlyArray<Record<string, unknown>> }).statusInfoSet?.[0]?.["imsx_codeMinor"]
const vendor = (): Record<string, string> => ({
  "x-vendor-authorization": `${sandbox().environment["CAMPUS_VENDOR_KEY"]}:${sandbox().environment["CAMPUS_VENDOR_SECRET"]}`
})

describe("tokens", () => {
  const ask = (form: Record<string, string>, url = sandbox().environment["CAMPUS_TOKEN_URL"] ?? "", basic?: string) =>
    call(url, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` }
    })
  const client = () => ({
    client_id: sandbox().environment["CAMPUS_CLIENT_ID"] ?? "",
    client_secret: sandbox().environment["CAMPUS_CLIENT_SECRET"] ?? ""
  })

  it("takes the client from the Basic header and from the form", async () => {
    const { client_id: id, client_secret: secret } = client()
    const grant = { grant_type: "client_credentials" }
    const basic = await ask(grant, undefined, `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)
    expect(basic).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 1800 } })
    expect(await ask({ ...grant, ...client() })).toMatchObject({ status: 200 })
  })

  it("refuses a wrong secret, another grant, a body that is no form, and a request without an application", async () => {
    const grant = { grant_type: "client_credentials", ...client() }
    expect(await ask({ ...grant, client_secret: "x" })).toMatchObject({
      status: 401,
      body: { error: "invalid_client" }
    })
    expect(await ask({ ...grant, grant_type: "password" })).toMatchObject({
      status: 400,
      body: { error: "unsupported_grant_type" }
    })
    expect(await call(sandbox().environment["CAMPUS_TOKEN_URL"] ?? "", { method: "POST", body: grant })).toMatchObject({
      status: 400,
      body: { error: "invalid_request" }
    })
    expect(await ask(grant, `${sandbox().campusUrl}/campus/oauth2/token`)).toMatchObject({
      status: 400,
      body: { error_description: "No Campus Application selected" }
    })
  })

  it("refuses requests without a token, with a foreign one, and with one that has expired", async () => {
    const orgs = `${sandbox().environment["CAMPUS_BASE_URL"]}/orgs`
    const bare = await call(orgs)
    expect(bare.status).toBe(401)
    expect(minorOf(bare)).toBe("unauthorized")
    expect((await call(orgs, { headers: { authorization: "Bearer x.y.z" } })).status).toBe(401)
    await call(`${sandbox().campusUrl}/sandbox/settings`, { method: "PUT", body: { tokenSeconds: 0 } })
    const token = await campusToken(sandbox())
    expect((await call(orgs, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
  })
})

describe("collections", () => {
  it.each([
    ["/orgs", "orgs", 3],
    ["/schools", "orgs", 2],
    ["/districts", "orgs", 1],
    ["/academicSessions", "academicSessions", 9],
    ["/terms", "academicSessions", 3],
    ["/gradingPeriods", "academicSessions", 4],
    ["/courses", "courses", 11],
    ["/classes", "classes", 25],
    ["/users", "users", 225],
    ["/students", "users", 120],
    ["/teachers", "users", 14],
    ["/administrators", "users", 3],
    ["/guardians", "users", 80],
    ["/relatives", "users", 5],
    ["/enrollments", "enrollments", 620],
    ["/demographics", "demographics", 0],
    ["/resources", "resources", 0]
  ])("%s answers under %s", async (path, key, count) => {
    const reply = await get(path, { limit: "1000" })
    expect(reply.status).toBe(200)
    expect(Object.keys(reply.body as object)).toEqual([key])
    expect(rowsOf(reply, key)).toHaveLength(count)
    expect(reply.headers.get("x-total-count")).toBe(String(count))
  })

  it("writes records as the standard does", async () => {
    const base = sandbox().environment["CAMPUS_BASE_URL"]
    expect((await get("/users/s41094")).body).toEqual({
      user: {
        sourcedId: "s41094",
        status: "active",
        dateLastModified: "2026-07-20T06:00:00.000Z",
        username: "pavel.okafor",
        userIds: [{ type: "stateID", identifier: "881209" }],
        enabledUser: "true",
        givenName: "Pavel",
        familyName: "Okafor",
        role: "student",
        identifier: "0041094",
        email: "pavel.okafor@cedarhollow.example",
        agents: [{ href: `${base}/users/g5009`, sourcedId: "g5009", type: "user" }],
        orgs: ["CE9C02E4-AAFB-4062-97FF-BBAAECA05990", "5BB7FB0F-D8D9-415B-8725-460B8CE504DB"].map((sourcedId) => ({
          href: `${base}/orgs/${sourcedId}`,
          sourcedId,
          type: "org"
        })),
        grades: ["07"]
      }
    })
    expect((await get("/academicSessions/26")).body).toMatchObject({
      academicSession: { schoolYear: "2027", children: [{ sourcedId: "301" }, { sourcedId: "302" }] }
    })
  })

  it("knows single records by collection and kind", async () => {
    expect((await get("/students/s41001")).status).toBe(200)
    const stranger = await get("/teachers/s41001")
    expect(stranger.status).toBe(404)
    expect(minorOf(stranger)).toBe("unknown object")
    expect((await get("/pupils")).status).toBe(404)
  })
})

describe("paging", () => {
  it("gives 100 rows and says where the others are", async () => {
    const reply = await get("/users")
    expect(rowsOf(reply, "users")).toHaveLength(100)
    const base = `${sandbox().environment["CAMPUS_BASE_URL"]}/users`
    expect(reply.headers.get("link")).toBe(
      [
        `<${base}?limit=100&offset=0>; rel="first"`,
        `<${base}?limit=100&offset=100>; rel="next"`,
        `<${base}?limit=100&offset=200>; rel="last"`
      ].join(", ")
    )
    const last = await get("/users", { offset: "200" })
    expect(rowsOf(last, "users")).toHaveLength(25)
    expect(last.headers.get("link")).not.toContain('rel="next"')
    expect(last.headers.get("link")).toContain('rel="prev"')
    expect(rowsOf(await get("/users", { offset: "225" }), "users")).toEqual([])
  })

  it("gives no more than its limit, and refuses numbers that are none", async () => {
    await call(`${sandbox().campusUrl}/sandbox/settings`, { method: "PUT", body: { maxLimit: 7 } })
    expect(rowsOf(await get("/users", { limit: "1000" }), "users")).toHaveLength(7)
    for (const query of [{ limit: "0" }, { limit: "ten" }, { offset: "-1" }]) {
      expect((await get("/users", query as Record<string, string>)).status).toBe(400)
    }
  })

  it("sorts, and warns of a field that it cannot sort by", async () => {
    const ids = rowsOf(await get("/courses", { sort: "courseCode", orderBy: "desc", limit: "2" }), "courses")
    expect(ids.map((row) => row["courseCode"])).toEqual(["BIO&LAB", "ART#1"])
    const unknown = await get("/courses", { sort: "colour" })
    expect(unknown.status).toBe(200)
    expect(minorOf(unknown)).toBe("invalid_sort_field")
    expect((await get("/courses", { sort: "title", orderBy: "down" })).status).toBe(400)
  })

  it("picks fields", async () => {
    const picked = rowsOf(await get("/orgs", { fields: "sourcedId,name", limit: "1" }), "orgs")
    expect(Object.keys(picked[0] ?? {})).toEqual(["sourcedId", "name"])
    const unknown = await get("/orgs", { fields: "sourcedId,colour" })
    expect([unknown.status, minorOf(unknown)]).toEqual([200, "invalid_selection_field"])
    expect(rowsOf(unknown, "orgs")[0]).toHaveProperty("type")
    const blank = await get("/orgs", { fields: "" })
    expect([blank.status, minorOf(blank)]).toEqual([400, "invalid_blank_selection_field"])
  })
})

describe("filters", () => {
  it.each([
    ["/users", "role='student'", 120],
    ["/users", "role!='student'", 105],
    ["/users", "familyName='O''Neil'", 1],
    ["/users", "familyName~'neil'", 1],
    ["/users", "status='active' AND role='aide'", 3],
    ["/users", "role='aide' OR role='teacher'", 17],
    ["/users", "orgs.sourcedId='B1CB1816-7D85-457C-9F32-2A1422D00E17'", 88],
    ["/users", "dateLastModified>'2026-07-20T05:59:59Z'", 225],
    ["/users", "dateLastModified>'2026-07-20T06:00:00.000Z'", 0],
    ["/users", "dateLastModified='2026-07-20T08:00:00+02:00'", 225],
    ["/users", "dateLastModified>='2026-07-20T06:00:00.000Z'", 225],
    ["/classes", "school.sourcedId='CE9C02E4-AAFB-4062-97FF-BBAAECA05990'", 10],
    ["/academicSessions", "startDate<='2026-10-01' AND endDate>='2026-10-01' AND status='active'", 3],
    ["/enrollments", "status='tobedeleted'", 2],
    ["/courses", "grades='08'", 4]
  ])("%s where %s", async (path, filter, count) => {
    const reply = await get(path, { filter, limit: "1000" })
    expect([reply.status, reply.headers.get("x-total-count")]).toEqual([200, String(count)])
  })

  it.each([
    ["colour='red'", "invalid_filter_field"],
    ["school.name='x'", "invalid_filter_field"],
    ["role=student", "invalid data"],
    ["role='student", "invalid data"],
    ["role='student' and status='active'", "invalid data"],
    ["role='a' OR role='b' OR role='c'", "invalid data"],
    ["role='a' AND role='b' OR role='c'", "invalid data"],
    ["role='a' AND role='a' AND role='a' AND role='a'", "invalid data"]
  ])("refuses %s", async (filter, minor) => {
    const reply = await get("/users", { filter })
    expect([reply.status, minorOf(reply)]).toEqual([400, minor])
    expect(reply.body).not.toHaveProperty("users")
  })
})

describe("the vendor header", () => {
  it("is demanded by every path of the grade book", async () => {
    for (const path of ["/lineItems", "/results", "/categories", "/classes/5001/lineItems", "/lineItems/x"]) {
      expect((await get(path)).status, path).toBe(401)
      expect((await get(path, {}, { "x-vendor-authorization": "a:b" })).status, path).toBe(401)
    }
    expect((await get("/lineItems", {}, vendor())).body).toEqual({ lineItems: [] })
  })

  it("is counted where it does not belong", async () => {
    expect((await get("/orgs", {}, vendor())).status).toBe(200)
    await get("/lineItems", {}, vendor())
    expect((await call(`${sandbox().campusUrl}/sandbox/requests`)).body).toMatchObject({ vendorHeaderLeaks: 1 })
  })
})

describe("changes for a rehearsal", () => {
  const record = (path: string): string => `${sandbox().campusUrl}/sandbox/records${path}`

  it("merges a patch, completes references and moves the date", async () => {
    await call(record("/users/t1001"), {
      method: "PUT",
      body: { familyName: "Moreau", email: null, orgs: [{ sourcedId: "x" }] }
    })
    const { user } = (await get("/users/t1001")).body as { user: Record<string, unknown> }
    expect(user).toMatchObject({ familyName: "Moreau", givenName: "Olivia", orgs: [{ sourcedId: "x", type: "org" }] })
    expect(user).not.toHaveProperty("email")
    expect(user["dateLastModified"]).not.toBe("2026-07-20T06:00:00.000Z")
  })

  it("creates, removes without a trace, and goes back", async () => {
    const body = { role: "student", user: { sourcedId: "s41001" }, class: { sourcedId: "5002" } }
    await call(record("/enrollments/s99"), { method: "PUT", body })
    expect((await get("/enrollments/s99")).body).toMatchObject({
      enrollment: { status: "active", class: { type: "class" } }
    })
    expect((await call(record("/users/t1001"), { method: "DELETE" })).status).toBe(204)
    expect((await call(record("/users/t1001"), { method: "DELETE" })).status).toBe(404)
    expect((await get("/users", { filter: "sourcedId='t1001'" })).headers.get("x-total-count")).toBe("0")
    await call(`${sandbox().campusUrl}/sandbox/reset`, { method: "POST" })
    expect((await get("/users/t1001")).status).toBe(200)
    expect((await get("/enrollments/s99")).status).toBe(404)
  })

  it("takes times of modification as providers do, and need not count", async () => {
    const settings = (body: object) => call(`${sandbox().campusUrl}/sandbox/settings`, { method: "PUT", body })
    const found = async (filter: string) => {
      const { body, headers } = await get("/users", { filter, limit: "1" })
      return [(body as { users: ReadonlyArray<unknown> }).users.length, headers.get("x-total-count")]
    }
    const noon = "dateLastModified>='2026-07-20T12:00:00.000Z'"
    expect(await found(noon)).toEqual([0, "0"])
    await settings({ modifiedFilter: "days" })
    expect(await found(noon)).toEqual([1, "225"])
    await settings({ modifiedFilter: "nothing" })
    expect(await found("dateLastModified>='2026-01-01T00:00:00.000Z'")).toEqual([0, "0"])
    await settings({ modifiedFilter: "ignored", totals: false, modifiedTimes: "days" })
    expect(await found(noon)).toEqual([1, null])
    await call(record("/users/t1001"), { method: "PUT", body: { familyName: "Moreau" } })
    const { user } = (await get("/users/t1001")).body as { user: Record<string, unknown> }
    expect(user["dateLastModified"]).toMatch(/T00:00:00\.000Z$/)
    await call(`${sandbox().campusUrl}/sandbox/reset`, { method: "POST" })
  })

  it("names its pages by what they hold where it is told to, and sends none that is asked for by its name", async () => {
    const settings = (body: object) => call(`${sandbox().campusUrl}/sandbox/settings`, { method: "PUT", body })
    const named = async (...headers: ReadonlyArray<string>) => {
      const [etag = ""] = headers
      const answer = await get("/users", { limit: "1" }, etag === "" ? {} : { "if-none-match": etag })
      return [answer.status, answer.headers.get("etag"), answer.headers.get("x-total-count")] as const
    }
    const [first] = rowsOf(await get("/users", { limit: "1" }), "users")
    expect((await named())[1]).toBeNull()
    await settings({ etags: "honest" })
    const [, etag] = await named()
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/)
    expect(await named(etag ?? "")).toEqual([304, etag, (await named())[2]])
    await call(record(`/users/${String(first?.["sourcedId"])}`), { method: "PUT", body: { familyName: "Moreau" } })
    const [status, other] = await named(etag ?? "")
    expect([status, other === etag]).toEqual([200, false])
    await settings({ etags: "stuck" })
    expect((await named('"stuck"'))[0]).toBe(304)
    await call(`${sandbox().campusUrl}/sandbox/reset`, { method: "POST" })
  })

  it("refuses an unknown collection and settings that do not exist", async () => {
    expect((await call(record("/pupils/1"), { method: "PUT", body: {} })).status).toBe(404)
    const settings = await call(`${sandbox().campusUrl}/sandbox/settings`, { method: "PUT", body: { maxlimit: 1 } })
    expect(settings.status).toBe(400)
    expect(settings.text).toContain("maxlimit")
  })
})
