import * as Redacted from "effect/Redacted"
import { beforeEach, expect, it } from "vitest"
import { remoteIdOf } from "../../../../src/adapters/oneroster/gradebook/remote-id.ts"
import type { StepAction } from "../../../../src/core/ports/target.ts"
import {
  allRefused,
  type FakeGradebook,
  lineItem,
  refused,
  result,
  said,
  startGradebook,
  write
} from "./fake-gradebook.ts"

let fake: FakeGradebook
let essay: string
beforeEach(async () => {
  fake = await startGradebook()
  essay = remoteIdOf(fake.campus.baseUrl, "line_item", "7001/101")
})

const never = { readBack: "never" } as const
const sent = () => fake.campus.asked.map(({ method, url }) => `${method} ${url.pathname.split("/v1p1/")[1]}`)

/** Bodies of what was written, in order. */
const written = () => fake.campus.asked.flatMap(({ body, method }) => (method === "PUT" ? [body] : []))

it("sends an assignment and a score as the SIS's own tester does, and meets the same ones again", async () => {
  const steps = [lineItem(), result({}, { line_item: essay, comment: "Well argued" })]
  const first = await write(fake, steps)
  expect(first).toEqual([
    { remoteId: essay, wrote: true, leftAlone: [], isProven: true },
    { remoteId: remoteIdOf(fake.campus.baseUrl, "result", "7001/101/301"), wrote: true, leftAlone: [] }
  ])
  expect(JSON.parse(written()[0] ?? "")).toEqual({
    lineItem: {
      title: "Essay",
      description: "Two pages",
      assignDate: "2026-10-01T14:30:00.000Z",
      dueDate: "2026-10-01T14:30:00.000Z",
      resultValueMin: 0,
      resultValueMax: 20,
      class: { sourcedId: "C1" }
    }
  })
  expect(JSON.parse(written()[1] ?? "")).toEqual({
    result: {
      score: 17.5,
      scoreStatus: "fully graded",
      scoreDate: "2026-10-02T14:00:00.000Z",
      comment: "Well argued",
      lineItem: { sourcedId: essay },
      student: { sourcedId: "s1" }
    }
  })
  // Answered with 201 at first and with 200 now: both are good.
  expect(await write(fake, steps)).toEqual(first)
  expect(fake.held.size).toBe(2)
})

it("sends a restored item to the assignment it was before, and an update to the remote id of the ledger", async () => {
  await write(fake, [
    lineItem({ action: "restore", remoteId: "kept-1" }),
    lineItem({ action: "update", remoteId: "kept-1" }, { title: "Essay, revised", grading_period: "T1" })
  ])
  expect(sent()).toEqual(["PUT lineItems/kept-1", "PUT lineItems/kept-1"])
  expect(fake.held.get("lineItem/kept-1")).toMatchObject({
    title: "Essay, revised",
    gradingPeriod: { sourcedId: "T1" }
  })
})

it("says which assignments were made anew, with nothing that belonged to them", async () => {
  const answers = await write(
    fake,
    [
      lineItem(),
      lineItem({ action: "update", remoteId: essay }),
      // Somebody took it away in the SIS: the update makes it.
      lineItem({ action: "update", remoteId: "taken-away" }),
      lineItem({ action: "restore", remoteId: "taken-away-too" }),
      // A class that came back under another id has its assignments, or has none.
      lineItem({ action: "update", remoteId: essay, changed: ["class"] }, { class: "C2" }),
      result({ action: "update", remoteId: "r1" }, { line_item: essay })
    ],
    never
  )
  expect(answers.map((one) => one.madeAnew === true)).toEqual([false, false, true, true, true, false])
  // The answer of the first sending was lost: the second is told that the record stands.
  const again = [lineItem({ action: "update", remoteId: essay }), lineItem({ action: "create" })]
  expect((await write(fake, again, never, {}, "reconcile")).map((one) => one.madeAnew === true)).toEqual([true, false])
})

it.each<[string, Record<string, string | null>, Record<string, unknown>]>([
  ["zero is a score", { score: "0" }, { score: 0 }],
  ["more than the maximum is sent as it is", { score: "300" }, { score: 300 }],
  ["a computed score is rounded", { score: "6.666666666666667" }, { score: 6.6667 }],
  ["a tiny score has no exponent", { score: "1e-9" }, { score: 0 }],
  ["no negative zero", { score: "-0.00001" }, { score: 0 }],
  ["an empty comment is none", { comment: "" }, {}]
])("%s", async (_, fields, expected) => {
  await write(fake, [lineItem(), result({}, { line_item: essay, ...fields })], never)
  const body = written()[1] ?? ""
  const { result: record } = JSON.parse(body) as { result: Record<string, unknown> }
  expect(record).toMatchObject(expected)
  expect(record).not.toHaveProperty("comment")
  expect(body).toMatch(/"score":\d+(\.\d{1,4})?,/)
})

it("sends an exempt student without a score, and with one that is there", async () => {
  await write(
    fake,
    [
      lineItem(),
      result({}, { line_item: essay, score: null, score_status: "exempt" }),
      result({ key: "2" }, { line_item: essay, score: "3", score_status: "exempt" })
    ],
    never
  )
  const records = [...fake.held.values()].slice(1)
  expect(records[0]).not.toHaveProperty("score")
  expect(records.map(({ score, scoreStatus }) => [score, scoreStatus])).toEqual([
    [undefined, "exempt"],
    [3, "exempt"]
  ])
})

it.each<[string, Record<string, string | null>, string]>([
  ["no score", { score: null }, "a graded result needs a score"],
  ["a score that is text", { score: "A+" }, "score is no number"],
  ["a score that is not a number", { score: "NaN" }, "score is no number"],
  ["a score without end", { score: "Infinity" }, "score is no number"],
  ["a status of its own", { score_status: "late" }, "score_status is none of OneRoster's"],
  ["no date", { score_date: null }, "score_date is missing"],
  ["a date that is none", { score_date: "30/10/2026" }, "score_date is no date"],
  ["no student", { student: "" }, "student is missing"]
])("refuses %s without sending it", async (_, fields, message) => {
  const error = await refused(fake, result({}, { line_item: essay, ...fields }))
  expect(error).toMatchObject({ reason: "Invalid", detail: expect.stringContaining(message) as string })
  expect(error.message).not.toMatch(/A\+|30\/10/)
  expect(fake.campus.asked).toEqual([])
})

it.each<StepAction>(["delete", "deactivate", "unenroll", "adopt"])("never does %s", async (action) => {
  const error = await refused(fake, lineItem({ action, remoteId: "x" }))
  expect(error.reason).toBe("Unsupported")
  expect(fake.campus.asked).toEqual([])
})

it("sends the vendor's header to the gradebook and not where tokens are", async () => {
  await write(fake, [lineItem()])
  expect(fake.campus.asked.map(({ headers }) => headers["x-vendor-authorization"])).toEqual([
    "vendor:key",
    "vendor:key",
    "vendor:key"
  ])
  expect(fake.campus.asked[0]?.headers.authorization).toBe("Bearer token-1")
  expect(fake.campus.tokensAsked.map(({ headers }) => headers["x-vendor-authorization"])).toEqual([undefined])
})

it("follows no redirect, neither with the vendor's header nor without", async () => {
  const elsewhere = await startGradebook()
  fake.instead = () => ({ status: 307, headers: { location: `${elsewhere.campus.baseUrl}/lineItems/x?session=5` } })
  const error = await refused(fake, lineItem())
  expect(error.reason).toBe("Misconfigured")
  expect(error.message).toContain(`redirect to ${elsewhere.campus.origin}.`)
  expect(error.message).not.toContain("session")
  expect(elsewhere.campus.asked).toEqual([])
})

it("says that vendor headers are missing, where two unset variables left a colon", async () => {
  const changes = { gradebookHeaders: { "x-vendor-authorization": Redacted.make(":") } }
  const error = await refused(fake, lineItem(), undefined, changes)
  expect(error).toMatchObject({ reason: "Unauthorized", status: 401 })
  expect(error.hint).toMatch(/has no gradebook_headers.*expire after one year/)
  expect(fake.campus.asked[0]?.headers["x-vendor-authorization"]).toBeUndefined()
})

it("leaves an assignment alone that stands at its id in another class, as one of another learning platform does", async () => {
  const other = { title: "Essay of the north", class: { sourcedId: "C2" } }
  fake.held.set(`lineItem/${essay}`, other)
  const error = await refused(fake, lineItem())
  expect(error).toMatchObject({ reason: "Conflict", detail: expect.stringContaining("another class, C2") as string })
  expect(fake.held.get(`lineItem/${essay}`)).toEqual(other)
  expect(sent()).toEqual([`GET lineItems/${essay}`])
})

it("sends no new assignment while the server does not say what stands at its id", async () => {
  fake.instead = ({ method }) => (method === "GET" ? { status: 429, headers: { "retry-after": "0" } } : null)
  expect((await refused(fake, lineItem())).reason).toBe("Throttled")
  expect(written()).toEqual([])
})

it("reads new assignments back until one was found as sent", async () => {
  await write(fake, [lineItem(), lineItem({ key: "2" }), lineItem({ key: "3" })])
  expect(sent().map((one) => one.split(" ")[0])).toEqual(["GET", "PUT", "GET", "GET", "PUT", "GET", "PUT"])
})

it.each<[string, "never" | "always", ReadonlyArray<string>]>([
  ["always", "always", ["GET", "PUT", "GET", "GET", "PUT", "GET"]],
  ["never", "never", ["GET", "PUT", "GET", "PUT"]]
])("reads new assignments back %s", async (_, readBack, expected) => {
  await write(fake, [lineItem(), lineItem({ key: "2" })], { readBack })
  expect(sent().map((one) => one.split(" ")[0])).toEqual(expected)
})

it("notices a server that answers and changes nothing", async () => {
  fake.isForgetful = true
  const error = await refused(fake, lineItem())
  expect(error.reason).toBe("Unknown")
  expect(error.message).toMatch(/read back it is not there.*change nothing/)
})

it("notices that an assignment kept its old title", async () => {
  await write(fake, [lineItem({}, { title: "Poem" })], never)
  fake.isForgetful = true
  expect((await refused(fake, lineItem())).message).toMatch(/another title/)
})

it("takes a write for done where reading is not allowed", async () => {
  fake.instead = ({ method }) => (method === "GET" ? { status: 403 } : null)
  expect((await write(fake, [lineItem()]))[0]?.wrote).toBe(true)
})

it("leaves an edit in the SIS alone where the policy says so, and says which", async () => {
  await write(fake, [lineItem(), result({}, { line_item: essay })], never)
  const id = remoteIdOf(fake.campus.baseUrl, "result", "7001/101/301")
  fake.held.set(`result/${id}`, { ...fake.held.get(`result/${id}`), score: 11 })
  const update = result(
    { action: "update", remoteId: id, before: { score: "17.50" }, overwrite: { score: "if_ours" } },
    { line_item: essay, score: "19", comment: "Better" }
  )
  expect(await write(fake, [update])).toEqual([{ remoteId: id, wrote: true, leftAlone: ["score"] }])
  expect(fake.held.get(`result/${id}`)).toMatchObject({ score: 11, comment: "Better" })
  // As rollbook left it, it is overwritten; with nothing left to say, nothing is sent.
  expect((await write(fake, [{ ...update, before: { score: "11.0" } }]))[0]?.leftAlone).toEqual([])
  expect(fake.held.get(`result/${id}`)).toMatchObject({ score: 19 })
  expect((await write(fake, [{ ...update, overwrite: { score: "never" } }]))[0]?.wrote).toBe(false)
})

it("repeats a write whose answer was lost, at the same id", async () => {
  let lost = 0
  fake.instead = ({ method }) => (method === "PUT" && lost++ === 0 ? { raw: "{}  ", cut: true } : null)
  expect((await write(fake, [lineItem()]))[0]?.wrote).toBe(true)
  expect([...fake.held.keys()]).toEqual([`lineItem/${essay}`])
})

it("writes nothing over OneRoster 1.2, which wants categories", async () => {
  const changes = { baseUrl: `${fake.campus.origin}/campus/api/ims/oneroster/gradebook/v1p2` }
  await expect(write(fake, [lineItem()], never, changes)).rejects.toThrow(/OneRoster 1.1, and this is .* 1.2/)
  expect(fake.campus.asked).toEqual([])
})

it("says of a score whose assignment somebody took away that it is missing, and asks for each once", async () => {
  fake.instead = (asked) =>
    asked.method === "PUT" && asked.body.includes('"taken"') ? said(422, "unknown object", "no such assignment") : null
  const scores = ["301", "302"].map((user) => result({ key: `7001/101/${user}` }, { line_item: "taken" }))
  const errors = await allRefused(fake, scores)
  for (const error of errors) {
    expect(error).toMatchObject({ reason: "NotFound", missing: "line_item", status: 422, said: "no such assignment" })
    expect(error.message).toContain("the next run makes it again")
  }
  expect(sent().filter((one) => one.startsWith("GET"))).toEqual(["GET lineItems/taken"])
})

it("does not say so where the assignment stands, or nobody can tell", async () => {
  await write(fake, [lineItem()], never)
  fake.instead = (asked) => (asked.url.pathname.includes("/results/") ? said(404, "unknown object", "who?") : null)
  const unknown = await refused(fake, result({}, { line_item: essay }))
  expect(unknown).toMatchObject({ reason: "NotFound", said: "who?" })
  expect(unknown.missing).toBeUndefined()
  fake.instead = (asked) => (asked.method === "GET" ? { status: 403, raw: "" } : said(404, "unknown object", "who?"))
  expect((await refused(fake, result({}, { line_item: "taken" }))).missing).toBeUndefined()
})
