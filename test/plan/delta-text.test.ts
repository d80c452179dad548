import { expect, it } from "vitest"
import { completeSays, deltaSentences } from "../../src/plan/delta-text.ts"
import type { PlanFile } from "../../src/plan/plan.ts"

const read: PlanFile["source"][number] = {
  dataset: "users",
  proven: true,
  doubts: [],
  rows: 3,
  pages: 1,
  requests: 1,
  totalAtStart: 3,
  totalAtEnd: 3,
  endRecognisedBy: "total_reached",
  duplicates: 0,
  warnings: [],
  became: 3,
  quarantined: 0,
  unwanted: 0
}
const delta = { since: "2026-09-01T02:00:00.000Z", changed: 1234, whole_at: "2026-08-30T02:00:00.000Z" }

it("says of what was read by delta what cannot be seen, and until when; and why the rest was read whole", () => {
  const source = [
    { ...read, dataset: "orgs" },
    { ...read, delta: { ...delta, whole_by: "2026-09-06T02:00:00.000Z" } },
    { ...read, dataset: "classes", delta: { ...delta, changed: 0, whole_by: "2026-09-05T02:00:00.000Z" } },
    { ...read, dataset: "enrollments", read_whole: "its last whole read is 7 days old" },
    { ...read, dataset: "courses", proven: false, delta: { ...delta, whole_by: "2026-09-07T02:00:00.000Z" } }
  ]
  expect(deltaSentences({ source: source.slice(0, 4) })).toEqual([
    "Read by what changed: users (1,234 changed), classes (0 changed). A record that was deleted without a mark, and a change that left its time of modification as it was, are not seen before the next whole read, by 2026-09-05 02:00 UTC at the latest; nothing is removed because it did not come.",
    "enrollments was read whole: its last whole read is 7 days old."
  ])
  expect(
    deltaSentences({
      source: [
        { ...read, not_modified: true },
        { ...read, dataset: "orgs", not_modified: true }
      ]
    })
  ).toEqual([
    "Not sent again, since by their ETags no page is another: users, orgs. A page that is another under the ETag of the one before is not seen before the next night on which everything is read."
  ])
  expect(source.map(completeSays)).toEqual(["proven", "by delta", "by delta", "proven", "NOT PROVEN"])
  expect(deltaSentences({ source: source.slice(0, 1) })).toEqual([])
})

it("says how old the files are by which parts are known, and whether what is newer waits", () => {
  const listed = { as_of: "2026-09-06T05:00:00.000Z", parts: 1204, is_asked: true }
  const source = [
    { ...read, dataset: "values", listed },
    { ...read, dataset: "others", listed: { ...listed, parts: 1, is_asked: false } }
  ]
  expect(deltaSentences({ source })).toEqual([
    "values of 1,204 parts by the files that the source makes of all it has, as of 2026-09-06 05:00 UTC; what changed since was asked for.",
    "others of 1 part by the files that the source makes of all it has, as of 2026-09-06 05:00 UTC; what changed since waits for the next files."
  ])
})
