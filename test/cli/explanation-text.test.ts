import { expect, it } from "vitest"
import { renderAudit, renderExplanation } from "../../src/cli/explanation-text.ts"
import type { Explanation, Standing } from "../../src/history/explain-records.ts"

const course: Standing = {
  entity: "course",
  key: "101",
  source: null,
  read: null,
  previousKeys: [],
  presence: "present",
  remoteId: "6705",
  origin: "created",
  since: 2,
  lastWritten: 4,
  label: "English\n9",
  fields: { name: "English\n9" }
}

const told: Explanation = {
  pipeline: "roster",
  records: [course],
  sources: [{ run: 5, dataset: "courses", key: "101", columns: { title: "English\r\n9" } }],
  related: [],
  relatedLeftOut: false,
  events: [
    {
      what: "wanted",
      run: 3,
      entity: "course",
      key: "101",
      itself: true,
      before: { name: "A\nB" },
      after: { name: "English\n9" },
      changed: ["name"]
    }
  ],
  runs: { 3: "2026-10-01T07:00:00.000Z" }
}

it("a value with a line feed begins no line of its own: of a record, of its source row, of what was wanted", () => {
  const lines = renderExplanation(told, true).split("\n")
  expect(lines[0]).toBe(String.raw`course 101 (English\u000a9), remote id 6705`)
  expect(lines).toContain(String.raw`    name: English\u000a9`)
  expect(lines).toContain(String.raw`    title: English\u000d\u000a9`)
  expect(lines).toContain(String.raw`      name: A\u000aB -> English\u000a9`)
  expect(renderAudit(course, told).split("\n")[0]).toContain(String.raw`101 (English\u000a9)`)
})
