import { beforeEach, describe, expect, it } from "vitest"
import { lineItem, result } from "./grade-rehearsal.ts"
import { call, campusGradebook, type CampusGradebook, rehearse, type Reply } from "./rehearsal.ts"

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
const refusalOf = (reply: Reply): unknown => {
  const [first] = (reply.body as { statusInfoSet: ReadonlyArray<Record<string, string>> }).statusInfoSet
  return [reply.status, first?.["imsx_codeMinor"], first?.["imsx_description"]]
}

describe("assignments", () => {
  it("are made at the id that the client chose, and replaced there", async () => {
    const made = await campus.put("/lineItems/essay", lineItem({ description: "Two pages" }))
    expect([made.status, made.text]).toEqual([201, ""])
    const base = sandbox().environment["CAMPUS_BASE_URL"]
    const read = (await campus.get("/lineItems/essay")).body as { lineItem: Record<string, unknown> }
    expect(read.lineItem).toEqual({
      sourcedId: "essay",
      status: "active",
      dateLastModified: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      title: "Essay 1",
      description: "Two pages",
      assignDate: "2026-09-15T17:00:00.000Z",
      dueDate: "2026-09-15T17:00:00.000Z",
      class: { href: `${base}/classes/5001`, sourcedId: "5001", type: "class" },
      category: {
        href: `${base}/categories/11111111-1111-1111-1111-111111111111`,
        sourcedId: "11111111-1111-1111-1111-111111111111",
        type: "category"
      },
      gradingPeriod: { href: `${base}/academicSessions/401`, sourcedId: "401", type: "gradingPeriod" },
      resultValueMin: 0,
      resultValueMax: 20
    })
    const replaced = await campus.put("/lineItems/essay", lineItem({ title: "Essay one", sourcedId: "essay" }))
    expect([replaced.status, replaced.text]).toEqual([200, ""])
    const again = (await campus.get("/lineItems/essay")).body as { lineItem: Record<string, unknown> }
    expect(again.lineItem).toMatchObject({ title: "Essay one" })
    expect(again.lineItem).not.toHaveProperty("description")
  })

  it("are shown to whoever opens the stand-in, with their scores", async () => {
    const { campusUrl } = sandbox()
    expect((await call(`${campusUrl}/`)).text).toContain("It has no assignment yet")
    await campus.put("/lineItems/essay", lineItem({ title: "<Essay>" }))
    expect((await call(`${campusUrl}/`)).text).toContain("It has no score yet")
    await campus.put("/results/one", result())
    const page = (await call(`${campusUrl}/`)).text
    expect(page).toMatch(/<h2>[^<]*English 9[^<]* <code>5001<\/code><\/h2><h3>&#?\w+;Essay/)
    expect(page).toMatch(/<td>\w+, \w+<\/td><td>17\.5<\/td>/)
    expect(page).not.toContain("<Essay>")
  })

  it("answer 201 to both when that is set", async () => {
    await settings({ updateStatus: 201 })
    await putEssay()
    await putEssay()
  })

  it("take no category, and keep the grading period that was declared", async () => {
    await campus.put(
      "/lineItems/essay",
      lineItem({ category: { sourcedId: "9" }, gradingPeriod: { sourcedId: "301" } })
    )
    expect((await campus.get("/lineItems/essay")).body).toMatchObject({
      lineItem: {
        category: { sourcedId: "11111111-1111-1111-1111-111111111111" },
        gradingPeriod: { sourcedId: "301" }
      }
    })
  })

  it.each([
    ["without a due date", { dueDate: undefined }, "The assignment has no due date."],
    ["due on a day without a time", { dueDate: "2026-09-15" }, "The due date is not a full date and time."],
    ["without an assign date", { assignDate: undefined }, "The assign date is not a full date and time."],
    ["due outside every term", { dueDate: "2027-09-15T17:00:00.000Z" }, "The due date lies in no term of the section."],
    ["without a title", { title: " " }, "The assignment has no title."],
    ["with a title of 51 characters", { title: "x".repeat(51) }, "The title is longer than 50 characters."],
    ["without a maximum", { resultValueMax: null }, "resultValueMin and resultValueMax are numbers."],
    ["with a maximum below the minimum", { resultValueMax: -1 }, "resultValueMax is less than resultValueMin."],
    ["with a description that is no text", { description: 1 }, "description is not a text."],
    ["of several sections", { class: [{ sourcedId: "5001" }] }, "The class is not one section."],
    ["of a period elsewhere", { gradingPeriod: { sourcedId: "292" } }, "The grading period is not one of the section."],
    [
      "of a period that is none",
      { gradingPeriod: { sourcedId: "x" } },
      "The grading period is not one of the section."
    ],
    ["under another id", { sourcedId: "other" }, "The sourcedId of the body is not that of the path."]
  ])("are refused %s", async (_, more, description) => {
    const refused = await campus.put("/lineItems/essay", lineItem(more))
    expect(refusalOf(refused)).toEqual([422, "invalid data", description])
    expect((await campus.get("/lineItems/essay")).status).toBe(404)
  })

  it("are refused without a body of theirs, and of a section that is unknown", async () => {
    expect(refusalOf(await campus.put("/lineItems/essay", { title: "x" }))).toEqual([
      422,
      "invalid data",
      "The body holds no lineItem."
    ])
    expect(refusalOf(await campus.put("/lineItems/essay", lineItem({ class: { sourcedId: "9" } })))).toEqual([
      422,
      "unknown object",
      "There is no such section."
    ])
  })

  it("are due in a term that is open: the day is the one in UTC", async () => {
    const last = "2026-12-31T23:59:00.000Z"
    await settings({ closedSessions: ["302"] })
    expect((await campus.put("/lineItems/essay", lineItem({ dueDate: last }))).status).toBe(201)
    const closed = await campus.put("/lineItems/essay", lineItem({ dueDate: "2027-01-01T05:59:00.000Z" }))
    expect(refusalOf(closed)).toEqual([422, "forbidden", "The due date lies in a term that is closed."])
    const declared = lineItem({ dueDate: last, gradingPeriod: { sourcedId: "404" } })
    expect(refusalOf(await campus.put("/lineItems/essay", declared))).toEqual([
      422,
      "forbidden",
      "The grading period is closed."
    ])
    await settings({ closedSessions: ["401"] })
    expect((await campus.put("/lineItems/other", lineItem({ title: "Other" }))).status).toBe(422)
    await settings({ closedSessions: ["26"] })
    expect((await campus.put("/lineItems/other", lineItem({ title: "Other", dueDate: last }))).status).toBe(422)
  })

  it("are due in a term of their section", async () => {
    const autumnOnly = { class: { sourcedId: "5009" }, dueDate: "2027-02-01T17:00:00.000Z" }
    expect((await campus.put("/lineItems/essay", lineItem(autumnOnly))).status).toBe(422)
  })

  it("have a title of their own in the section, unless that is switched off", async () => {
    await putEssay()
    expect(refusalOf(await campus.put("/lineItems/twin", lineItem({ title: "essay 1" })))).toEqual([
      422,
      "invalid data",
      "The section has another assignment of this title."
    ])
    expect((await campus.put("/lineItems/twin", lineItem({ class: { sourcedId: "5002" } }))).status).toBe(201)
    await settings({ uniqueTitles: false, titleLimit: null })
    expect((await campus.put("/lineItems/twin", lineItem())).status).toBe(200)
    expect((await campus.put("/lineItems/long", lineItem({ title: "x".repeat(200) }))).status).toBe(201)
  })

  it("go with their scores", async () => {
    await putEssay()
    await campus.put("/results/r1", result())
    const removed = await campus.remove("/lineItems/essay")
    expect([removed.status, removed.text]).toEqual([204, ""])
    expect((await campus.get("/lineItems/essay")).status).toBe(404)
    expect((await campus.remove("/lineItems/essay")).status).toBe(404)
    expect((await campus.get("/results/r1")).status).toBe(404)
    expect((await campus.get("/classes/5001/lineItems")).body).toEqual({ lineItems: [] })
  })
})

describe("scores", () => {
  beforeEach(putEssay)

  it("are made, replaced and removed", async () => {
    expect((await campus.put("/results/r1", result({ comment: "Well argued" }))).status).toBe(201)
    expect((await campus.get("/results/r1")).body).toMatchObject({
      result: {
        score: 17.5,
        scoreStatus: "fully graded",
        scoreDate: "2026-09-16T09:30:00.000Z",
        comment: "Well argued",
        lineItem: { sourcedId: "essay", type: "lineItem" },
        student: { sourcedId: "s41001", type: "user" }
      }
    })
    expect((await campus.put("/results/r1", result({ score: 0 }))).status).toBe(200)
    const read = (await campus.get("/results/r1")).body as { result: Record<string, unknown> }
    expect(read.result).toMatchObject({ score: 0 })
    expect(read.result).not.toHaveProperty("comment")
    expect((await campus.remove("/results/r1")).status).toBe(204)
    expect((await campus.get("/results/r1")).status).toBe(404)
  })

  it("above the maximum come back as they were sent, and so do students who are exempt", async () => {
    await campus.put("/results/r1", result({ score: 300 }))
    await campus.put("/results/r2", result({ score: undefined, scoreStatus: "exempt" }))
    expect((await campus.get("/results/r1")).body).toMatchObject({ result: { score: 300 } })
    const exempt = (await campus.get("/results/r2")).body as { result: Record<string, unknown> }
    expect(exempt.result).toMatchObject({ scoreStatus: "exempt" })
    expect(exempt.result).not.toHaveProperty("score")
  })

  it.each([
    ["for an unknown assignment", { lineItem: { sourcedId: "x" } }, "unknown object", "There is no such assignment."],
    ["for an unknown student", { student: { sourcedId: "x" } }, "unknown object", "There is no such student."],
    ["for a teacher", { student: { sourcedId: "t1001" } }, "unknown object", "There is no such student."],
    [
      "for a student of another section",
      { student: { sourcedId: "s41094" } },
      "invalid data",
      "The student is not on the roster of the section."
    ],
    ["that are text", { score: "17.5" }, "invalid data", "The score is not a number."],
    ["that are missing", { score: null }, "invalid data", "The score is not a number."],
    ["of a status of its own", { scoreStatus: "graded" }, "invalid data", "scoreStatus is not of the vocabulary."],
    [
      "with a day for a date",
      { scoreDate: "2026-09-16" },
      "invalid data",
      "The score date is not a full date and time."
    ],
    ["with a comment that is no text", { comment: {} }, "invalid data", "comment is not a text."]
  ])("are refused %s", async (_, more, minor, description) => {
    expect(refusalOf(await campus.put("/results/r1", result(more)))).toEqual([422, minor, description])
    expect((await campus.get("/results/r1")).status).toBe(404)
  })

  it("are refused for a student who has left the section", async () => {
    await call(`${sandbox().campusUrl}/sandbox/records/enrollments/s90001`, {
      method: "PUT",
      body: { status: "tobedeleted" }
    })
    expect((await campus.put("/results/r1", result())).status).toBe(422)
  })
})
