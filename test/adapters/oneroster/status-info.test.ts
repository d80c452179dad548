import { expect, it } from "vitest"
import { readStatusInfo } from "../../../src/adapters/oneroster/status-info.ts"

const minor = {
  imsx_codeMinorField: [
    { imsx_codeMinorFieldName: "TargetEndSystem", imsx_codeMinorFieldValue: "invalid_filter_field" }
  ]
}

it.each([
  [
    "a set",
    { statusInfoSet: [{ imsx_severity: "error", imsx_codeMinor: "invalid filter field", imsx_description: "no" }] }
  ],
  ["a bare info", { imsx_severity: "error", imsx_codeMinor: "invalid_filter_field", imsx_description: "no" }],
  ["a nested minor code", { imsx_severity: "error", imsx_CodeMinor: minor, imsx_description: "no" }],
  ["an object of 1.2", { imsx_StatusInfo: { imsx_severity: "error", imsx_CodeMinor: minor, imsx_description: "no" } }],
  ["a list of errors", { errors: [{ severity: "error", codeMinor: "invalid_filter_field", description: "no" }] }],
  ["names without prefix", { severity: "error", codeMinor: "invalid_filter_field", description: "no" }],
  ["names with capitals", { Severity: "Error", CodeMinor: "invalid_filter_field", Description: "no" }]
])("reads %s", (_, body) => {
  expect(readStatusInfo(Buffer.from(JSON.stringify(body)))).toMatchObject([
    { codeMinor: "invalidfilterfield", severity: "error", description: "no" }
  ])
})

it("reads what OAuth and plain servers say", () => {
  expect(readStatusInfo(Buffer.from('{"error":"invalid_scope","error_description":"none such"}'))).toMatchObject([
    { codeMinor: "invalidscope", severity: "", description: "none such" }
  ])
  expect(readStatusInfo(Buffer.from('{"message":"gone fishing"}'))[0]?.description).toBe("gone fishing")
})

it.each(["", "<html></html>", "null", "[]", '{"orgs":[]}', "{}"])("finds nothing in %j", (text) => {
  expect(readStatusInfo(Buffer.from(text))).toEqual([])
})
