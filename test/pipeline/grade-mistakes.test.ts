import * as Effect from "effect/Effect"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { expect, it } from "vitest"
import { renderDiagnostics } from "../../src/core/diagnostics.ts"
import { emptyEnvironment, gradeOffer, inFolder, proving } from "../tools/definitions.ts"

const shipped = new URL("../../pipelines", import.meta.url).pathname

/** The first complaint about the shipped grades pipeline with some of its text replaced, as a user sees it. */
const complaint = (
  from: string,
  to: string,
  others: Readonly<Record<string, string>> = {},
  offer = gradeOffer
): Promise<string> =>
  inFolder((folder) => {
    cpSync(shipped, folder, { recursive: true })
    for (const [name, content] of Object.entries(others)) writeFileSync(join(folder, name), content)
    const path = join(folder, "grades.yaml")
    const text = readFileSync(path, "utf8")
    expect(text).toContain(from)
    writeFileSync(path, text.replace(from, to))
    return Effect.runPromise(
      Effect.match(proving(path, "grades.yaml", offer, emptyEnvironment), {
        onSuccess: () => "no complaint",
        onFailure: (invalid) => stripVTControlCharacters(renderDiagnostics(invalid.diagnostics.slice(0, 1)))
      })
    )
  })

/** What a user gets wrong about what grades alone have, with what is said of it and the text under the caret. */
const mistakes: ReadonlyArray<readonly [name: string, from: string, to: string, say: RegExp]> = [
  [
    "a pipeline that there is not",
    "  roster: [course_offering",
    "  rooster: [course_offering",
    /no pipeline rooster beside this one/
  ],
  [
    "an entity that the other does not write",
    "roster: [course_offering,",
    "roster: [course_ofering,",
    /writes no course_ofering.*\n?[\s\S]*course_offering/
  ],
  [
    "parts of a dataset that comes later",
    "parts: { of: courses AS course, id: course.OrgUnitId } }\n    categories",
    "parts: { of: values AS course, id: course.OrgUnitId } }\n    categories",
    /no dataset values before this one/
  ],
  ["a column that the parts have not", "id: offering.remote_id", "id: offering.remoteid", /remoteid/],
  [
    "no parts where they must be",
    "    activities: { endpoint: /gradebook/activities, parts: { of: courses AS course, id: course.OrgUnitId } }",
    "    activities: { endpoint: /gradebook/activities }",
    /is read part by part: say which/
  ],
  [
    "again_with of a dataset that is not read by parts",
    "again_with: { values AS value:",
    "again_with: { valuess AS value:",
    /no dataset valuess before this one/
  ],
  [
    "whole_with of a dataset that comes later",
    "whole_with: { items AS item: item.OrgUnitId }",
    "whole_with: { exemptions AS item: item.OrgUnitId }",
    /no dataset exemptions before this one/
  ],
  [
    "whole_with of a column that there is not",
    "whole_with: { items AS item: item.OrgUnitId }",
    "whole_with: { items AS item: item.OrgUnit }",
    /OrgUnit/
  ],
  [
    "a condition of skip that cannot be computed",
    "when: item.CategoryId IS NULL, say: it has no category",
    "when: item.CategoryID2 IS NULL, say: it has no category",
    /CategoryID2/
  ],
  [
    "two skip rules of one name",
    "{ id: no-category,",
    "{ id: type-not-sent,",
    /two rules of line_item are called type-not-sent/
  ],
  [
    "a gate over a field that no record has",
    "when: record.course_is_active = 'true'",
    "when: record.course_is_activ = 'true'",
    /course_is_activ/
  ],
  [
    "a freeze that begins on no day",
    "freeze: []",
    'freeze: [{ from: "2026-13-05", say: grades are final }]',
    /2026-13-05/
  ],
  [
    "a freeze that ends before it begins",
    "freeze: []",
    'freeze: [{ from: "2026-10-05", until: "2026-10-04", say: grades are final }]',
    /the freeze ends before it begins/
  ],
  ["removals of grades", "on_gone: keep", "on_gone: unenroll", /cannot unenroll/],
  ["another policy for edits", "on_target_edit: overwrite", "on_target_edit: ask", /on_target_edit|overwrite/]
]

it.each(mistakes)("%s", async (_, from, to, say) => {
  const said = await complaint(from, to)
  expect(said).toMatch(/grades\.yaml:\d+:\d+: error: /)
  expect(said).toMatch(say)
  expect(said).toContain("^")
})

it("classes out of two rosters, of which the second would be unknown to whoever asks about one", async () => {
  const roster = readFileSync(join(shipped, "roster.yaml"), "utf8")
  const north = { "north.yaml": roster.replace("pipeline: roster", "pipeline: north") }
  const used = "  roster: [course_offering, section, semester, user, enrollment]"
  expect(await complaint(used, `${used}\n  north: [school_enrollment, course_offering]`, north)).toMatch(
    /^grades\.yaml:15:30: error: .*one roster, and course_offering is used from roster already[\s\S]*uses: \{ north: /
  )
  // Records of another pipeline that are no classes may be used beside them.
  expect(await complaint(used, `${used}\n  north: [school_enrollment]`, north)).toBe("no complaint")
})

it("grades out of another installation than the one in which the roster writes", async () => {
  const led = (id: string, address: string | null) => ({ id, address, hasPeople: true })
  const [south, north] = ["https://south.example.org", "https://north.example.org"]
  const outOf = (there: ReturnType<typeof led>) =>
    complaint(
      "connection: brightspace",
      "connection: north",
      {},
      {
        ...gradeOffer,
        installations: Effect.succeed(
          new Map([
            ["brightspace", led(south, south)],
            ["north", there]
          ])
        )
      }
    )
  expect(await outOf(led(north, north))).toMatch(
    /^grades\.yaml:18:15: error: north is another installation than brightspace, to which the pipeline roster writes [\s\S]*connection: brightspace/
  )
  // The same one over another connection is none, nor is one of which nothing is known here.
  expect(await outOf(led(south, south))).toBe("no complaint")
  expect(await outOf(led("connection north", null))).toBe("no complaint")
})
