import { beforeEach, expect, it } from "vitest"
import type { TargetErrorReason } from "../../../../src/core/ports/target.ts"
import { type Reply } from "../fake-campus.ts"
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
beforeEach(async () => {
  fake = await startGradebook()
})

const closed = "Due date is outside an open grading window"

it.each<[string, unknown]>([
  [
    "a set of status infos",
    { statusInfoSet: [{ imsx_severity: "error", imsx_codeMinor: "invalid data", imsx_description: closed }] }
  ],
  [
    "a bare status info",
    { imsx_codeMajor: "failure", imsx_severity: "error", imsx_codeMinor: "invalid_data", imsx_description: closed }
  ],
  [
    "a nested code minor",
    { imsx_StatusInfo: { imsx_description: closed, imsx_CodeMinor: { imsx_codeMinorField: [] } } }
  ],
  [
    "a list of errors",
    { errors: [{ codeMajor: "failure", severity: "error", codeMinor: "invalid data", description: closed }] }
  ],
  ["camel case", { codeMajor: "failure", severity: "error", description: closed }],
  ["Pascal case", { CodeMajor: "failure", Severity: "error", Description: closed }],
  ["OAuth's form", { error: "invalid", error_description: closed }],
  ["a message", { message: closed }]
])("gives the SIS's own words out of %s", async (_, body) => {
  fake.instead = () => ({ status: 422, body })
  expect(await refused(fake, lineItem())).toMatchObject({ reason: "Invalid", status: 422, said: closed })
})

it.each<[number, TargetErrorReason, RegExp | null]>([
  [400, "Invalid", /Likely causes: a date outside the grading period/],
  [422, "Invalid", /Likely causes/],
  [401, "Unauthorized", /vendor's key or secret.*expire after one year/],
  [403, "Forbidden", /rosters alone.*Grade Book Sync/],
  [404, "NotFound", /class is not known/],
  [405, "Unsupported", null],
  [409, "Conflict", null],
  [500, "Unknown", /Likely causes/]
])("reads a bare %i as %s", async (status, reason, hint) => {
  fake.instead = () => ({ status, raw: "" })
  const error = await refused(fake, lineItem())
  expect(error).toMatchObject({ reason, status })
  expect(error.message).toMatch(/PUT \/campus\/oneroster\/rollbook\/ims\/oneroster\/v1p1\/lineItems\//)
  if (hint !== null) expect(error.hint).toMatch(hint)
  else expect(error.hint).toBeUndefined()
})

it("lists the likely causes for a score that is refused without words", async () => {
  fake.instead = () => ({
    status: 400,
    body: { statusInfoSet: [{ imsx_codeMajor: "failure", imsx_severity: "error" }] }
  })
  const error = await refused(fake, result({}, { line_item: "x" }))
  expect(error.said).toBeUndefined()
  expect(error.hint).toMatch(/student is not enrolled.*score date lies before.*entered by hand/)
})

it("names what is unknown of a score", async () => {
  fake.instead = (asked) =>
    asked.method === "PUT" ? said(404, "unknown object", "") : { body: { lineItem: { sourcedId: "x" } } }
  expect((await refused(fake, result({}, { line_item: "x" }))).hint).toMatch(/student or the assignment is not known/)
})

it.each<[string, Reply, TargetErrorReason, RegExp]>([
  ["an error report", said(200, "invalid data", closed), "Invalid", /outside an open grading window/],
  ["a web page", { raw: "<html>Sign in</html>" }, "Malformed", /web page/]
])("takes a 200 with %s for none", async (_, reply, reason, message) => {
  fake.instead = () => reply
  const error = await refused(fake, lineItem())
  expect(error.reason).toBe(reason)
  expect(error.said ?? error.message).toMatch(message)
})

it("takes a 200 with a warning for what it is", async () => {
  fake.instead = () => ({ body: { statusInfoSet: [{ imsx_severity: "warning", imsx_description: "slow today" }] } })
  expect((await write(fake, [lineItem()], { readBack: "never" }))[0]?.wrote).toBe(true)
})

it.each([429, 503])("tries again after %i, when it is told to", async (status) => {
  let refusals = 0
  fake.instead = ({ method }) =>
    method === "PUT" && refusals++ < 2 ? { status, headers: { "retry-after": "0" } } : null
  expect((await write(fake, [lineItem()]))[0]?.wrote).toBe(true)
})

it("repeats nothing of what a student's score says, though the SIS quotes it", async () => {
  fake.instead = () => said(422, "invalid data", "score 17.5 of s1: 'Ask Iris Hart why' by t@example.org is too long")
  const error = await refused(fake, result({}, { line_item: "x", comment: "Ask Iris Hart why" }))
  expect(error.said).toContain("is too long")
  expect(`${error.message} ${error.said}`).not.toMatch(/17\.5|Iris|example\.org/)
})

it("asks for a new token once when 403 comes again and again", async () => {
  fake.instead = () => ({ status: 403 })
  const errors = await allRefused(
    fake,
    ["1", "2", "3"].map((key) => lineItem({ key }))
  )
  expect(errors.map(({ reason }) => reason)).toEqual(["Forbidden", "Forbidden", "Forbidden"])
  expect(fake.campus.tokensAsked).toHaveLength(2)
})
