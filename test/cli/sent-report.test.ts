import { expect, it } from "vitest"
import { sentTable } from "../../src/cli/sent-report.ts"
import type { SentStep } from "../../src/history/sent.ts"

const step = (over: Partial<SentStep>): SentStep => ({
  entity: "enrollment",
  key: "c1/s21",
  action: "create",
  section: "c1",
  label: "1200 1 English 9",
  of: null,
  person: null,
  personName: null,
  fields: null,
  outcome: "failed",
  wrote: false,
  reason: "NotFound",
  detail: "no such role",
  said: null,
  ...over
})

it("tells records apart that have one label", () => {
  const [, first, second] = sentTable([step({}), step({ key: "c1/s22" })])
  expect(first).toContain("c1/s21 (1200 1 English 9)")
  expect(second).toContain("c1/s22 (1200 1 English 9)")
})

it("names a record without a label by its key, and a score by its assignment", () => {
  const [, plain, score] = sentTable([
    step({ label: null }),
    step({ entity: "result", key: "***", person: "***", label: null, of: { entity: "line_item", label: "Essay" } })
  ])
  expect(plain).toContain("c1/s21 ")
  expect(score).toMatch(/create result +Essay +\*\*\*/)
})
