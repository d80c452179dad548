import { beforeEach, describe, expect, it } from "vitest"
import { lineItem, result } from "./grade-rehearsal.ts"
import {
  call,
  campusGet,
  campusGradebook,
  type CampusGradebook,
  campusToken,
  rehearse,
  type Reply
} from "./rehearsal.ts"

const sandbox = rehearse()
let campus: CampusGradebook
beforeEach(async () => {
  campus = await campusGradebook(sandbox())
})

const settings = async (changed: object): Promise<void> => {
  const reply = await call(`${sandbox().campusUrl}/sandbox/settings`, { method: "PUT", body: changed })
  expect(reply.status, reply.text).toBe(200)
}
const putEssay = async (): Promise<void> => {
  expect((await campus.put("/lineItems/essay", lineItem())).status).toBe(201)
}
describe("what is read", () => {
  beforeEach(async () => {
    await putEssay()
    await campus.put("/lineItems/quiz", lineItem({ title: "Quiz" }))
    await campus.put("/lineItems/elsewhere", lineItem({ class: { sourcedId: "5002" } }))
    await campus.put("/results/r1", result())
    await campus.put("/results/r2", result({ lineItem: { sourcedId: "quiz" }, score: 9 }))
  })

  it.each([
    ["/lineItems", "lineItems", ["elsewhere", "essay", "quiz"]],
    ["/results", "results", ["r1", "r2"]],
    ["/classes/5001/lineItems", "lineItems", ["essay", "quiz"]],
    ["/classes/5001/results", "results", ["r1", "r2"]],
    ["/classes/5002/results", "results", []],
    ["/classes/5001/lineItems/quiz/results", "results", ["r2"]],
    ["/classes/5001/students/s41001/results", "results", ["r1", "r2"]],
    ["/classes/5001/students/s41002/results", "results", []]
  ])("%s", async (path, key, ids) => {
    const reply = await campus.get(path)
    const rows = (reply.body as Record<string, ReadonlyArray<{ sourcedId: string }>>)[key] ?? []
    expect(rows.map((row) => row.sourcedId).sort()).toEqual(ids)
    expect(reply.headers.get("x-total-count")).toBe(String(ids.length))
  })

  it.each(["/classes/9/lineItems", "/classes/5001/lineItems/x/results", "/classes/5001/students/x/results"])(
    "nothing at %s",
    async (path) => {
      expect((await campus.get(path)).status).toBe(404)
    }
  )

  it("goes by pages, filters and fields", async () => {
    const page = await campus.get("/classes/5001/results", { limit: "1", offset: "1", fields: "sourcedId" })
    expect(page.body).toEqual({ results: [{ sourcedId: "r2" }] })
    expect(page.headers.get("link")).toContain('rel="prev"')
    expect((await campus.get("/results", { filter: "score>'10'", fields: "sourcedId" })).body).toEqual({
      results: [{ sourcedId: "r1" }]
    })
    expect((await campus.get("/lineItems", { filter: "class.sourcedId='5002'", fields: "title" })).body).toEqual({
      lineItems: [{ title: "Essay 1" }]
    })
  })

  it("is new after each write", async () => {
    const titles = async (): Promise<unknown> => (await campus.get("/lineItems", { fields: "title" })).body
    const before = await titles()
    await campus.put("/lineItems/quiz", lineItem({ title: "Quiz, again" }))
    expect(await titles()).not.toEqual(before)
  })
})

it("demands the vendor's header for every path and method", async () => {
  const authorization = `Bearer ${await campusToken(sandbox())}`
  const base = sandbox().environment["CAMPUS_BASE_URL"]
  for (const [method, path] of [
    ["PUT", "/lineItems/essay"],
    ["DELETE", "/lineItems/essay"],
    ["PUT", "/results/r1"],
    ["DELETE", "/results/r1"],
    ["GET", "/lineItems/essay"],
    ["GET", "/results/r1"],
    ["GET", "/categories/c1"],
    ["GET", "/classes/5001/results"],
    ["GET", "/classes/5001/lineItems/essay/results"],
    ["GET", "/classes/5001/students/s41001/results"]
  ] as const) {
    const init = { method, headers: { authorization }, ...(method === "PUT" ? { body: lineItem() } : {}) }
    expect((await call(`${base}${path}`, init)).status, `${method} ${path}`).toBe(401)
  }
  expect((await campus.get("/lineItems")).body).toEqual({ lineItems: [] })
})

describe("other ways to refuse", () => {
  const refused = (): Promise<Reply> => campus.put("/lineItems/essay", lineItem({ dueDate: null }))
  const major = { imsx_codeMajor: "failure", imsx_severity: "error" }
  const description = "The assignment has no due date."

  it.each([
    ["undescribed", { statusInfoSet: [major] }],
    [
      "nested",
      {
        ...major,
        imsx_description: description,
        imsx_CodeMinor: {
          imsx_codeMinorField: [{ imsx_codeMinorFieldName: "TargetEndSystem", imsx_codeMinorFieldValue: "invaliddata" }]
        }
      }
    ],
    ["bare", { ...major, imsx_codeMinor: "invalid_data", imsx_description: description }],
    ["errors", { errors: [{ codeMajor: "failure", severity: "error", codeMinor: "invalid data", description }] }],
    ["message", { message: description }]
  ])("%s", async (refusalShape, body) => {
    await settings({ refusalShape, refusalStatus: 400 })
    expect(await refused()).toMatchObject({ status: 400, body })
  })

  it("empty, and as a page", async () => {
    await settings({ refusalShape: "empty" })
    expect(await refused()).toMatchObject({ status: 422, text: "" })
    await settings({ refusalShape: "html" })
    expect((await refused()).text).toContain(`<p>${description}</p>`)
  })

  it("says 200 and changes nothing", async () => {
    await settings({ ignoredWrites: ["lineItems"] })
    expect((await campus.put("/lineItems/essay", lineItem())).status).toBe(200)
    expect((await campus.get("/lineItems/essay")).status).toBe(404)
  })
})

describe("what a teacher does in Campus", () => {
  const record = (path: string): string => `${sandbox().campusUrl}/sandbox/records${path}`

  it("is an edit, a removal, and an assignment that came from nowhere else", async () => {
    await putEssay()
    await campus.put("/results/r1", result())
    await call(record("/results/r1"), { method: "PUT", body: { score: 12 } })
    expect((await campus.get("/results/r1")).body).toMatchObject({ result: { score: 12, scoreStatus: "fully graded" } })
    const own = { title: "Notebook", class: { sourcedId: "5001" }, category: { sourcedId: "77" } }
    await call(record("/lineItems/own"), { method: "PUT", body: own })
    expect((await campus.get("/classes/5001/lineItems", { filter: "title='Notebook'" })).body).toMatchObject({
      lineItems: [{ sourcedId: "own", category: { sourcedId: "77" } }]
    })
    expect((await campus.put("/lineItems/mine", lineItem({ title: "Notebook" }))).status).toBe(422)
    await call(record("/lineItems/essay"), { method: "DELETE" })
    expect((await campus.get("/results/r1")).status).toBe(404)
  })
})

it("shows the grade book, and digests it without instants of writing", async () => {
  const state = async (query = ""): Promise<unknown> =>
    (await call(`${sandbox().campusUrl}/sandbox/state${query}`)).body
  expect(await state("?digest=1")).toEqual({ lineItems: {}, results: {} })
  await putEssay()
  await campus.put("/results/r1", result())
  expect(await state()).toMatchObject({ lineItems: { essay: { class: { sourcedId: "5001" } } } })
  const digest = await state("?digest=1")
  expect(digest).toEqual({
    lineItems: {
      essay: {
        status: "active",
        title: "Essay 1",
        assignDate: "2026-09-15T17:00:00.000Z",
        dueDate: "2026-09-15T17:00:00.000Z",
        class: "5001",
        category: "11111111-1111-1111-1111-111111111111",
        gradingPeriod: "401",
        resultValueMin: 0,
        resultValueMax: 20
      }
    },
    results: {
      r1: {
        status: "active",
        lineItem: "essay",
        student: "s41001",
        scoreStatus: "fully graded",
        score: 17.5,
        scoreDate: "2026-09-16T09:30:00.000Z"
      }
    }
  })
  await campus.put("/results/r1", result())
  expect(await state("?digest=1")).toEqual(digest)
})

it("logs writes by route and status alone", async () => {
  await putEssay()
  await campus.put("/results/r1", result({ score: "x" }))
  const { routes } = (await call(`${sandbox().campusUrl}/sandbox/requests`)).body as {
    routes: ReadonlyArray<{ method: string; route: string; outcome: number }>
  }
  const writes = routes.filter((one) => one.method === "PUT")
  expect(writes.map(({ route, outcome }) => [route.replace(/^.*v1p1/, ""), outcome])).toEqual([
    ["/lineItems/:sourcedId", 201],
    ["/results/:sourcedId", 422]
  ])
  expect((await campusGet(sandbox(), "/classes/5001")).status).toBe(200)
})
