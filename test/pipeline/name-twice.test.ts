import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { renderDiagnostics } from "../../src/core/diagnostics.ts"
import { emptyEnvironment, inFolder, offer, proving, smallPipeline } from "../tools/definitions.ts"

const roster = smallPipeline(`  entities:
    person: { from: users AS person, key: person.sourcedId, fields: { name: person.username } }
`)

/** What is said of one file of a folder. */
const complaint = (files: Readonly<Record<string, string>>, of: string): Promise<string> =>
  inFolder((folder) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return Effect.runPromise(
      Effect.match(proving(join(folder, of), of, offer, emptyEnvironment), {
        onSuccess: () => "(none)",
        onFailure: ({ diagnostics }) => renderDiagnostics(diagnostics)
      })
    )
  })

it("refuses each of two files that give one name, and names the other at the place of the name", async () => {
  const files = { "a.yaml": roster, "b.yml": `# a copy\n${roster}`, "c.yaml": roster.replace("small", "other") }
  expect(await complaint(files, "a.yaml")).toMatch(/^a\.yaml:1:11: error: b\.yml beside it is the pipeline small too/)
  expect(await complaint(files, "b.yml")).toMatch(/^b\.yml:2:11: error: a\.yaml beside it is the pipeline small too/)
  expect(await complaint(files, "c.yaml")).toBe("(none)")
})

it("does not choose between two files of the pipeline that another one uses", async () => {
  const user = smallPipeline("  entities: {}\n")
    .replace("small", "user")
    .replace("extract:", "uses: { small: [person] }\nextract:")
  const said = await complaint({ "a.yaml": roster, "b.yaml": roster, "user.yaml": user }, "user.yaml")
  expect(said).toContain("more than one file is the pipeline small: a.yaml, b.yaml")
})

it("refuses two pipelines whose names and entities, or datasets, come to one table of the state", async () => {
  const loading = (name: string, entity: string, dataset: string): string =>
    smallPipeline(
      `  entities:
    ${entity}: { from: ${dataset} AS person, key: person.sourcedId, fields: { username: person.username } }
`,
      `{ ${entity}: { resource: user, on_gone: keep } }`
    )
      .replace("pipeline: small", `pipeline: ${name}`)
      .replace("users: { endpoint: /users }", `${dataset}: { endpoint: /users }`)
  const files = {
    "district.yaml": loading("small", "school_person", "users"),
    "school.yaml": loading("small_school", "person", "users"),
    "other.yaml": loading("small_other", "person", "users"),
    "late.yaml": loading("small_other_late", "person", "late_users"),
    "early.yaml": loading("small_other_late_late", "people", "users")
  }
  const first = await complaint(files, "district.yaml")
  expect(first).toMatch(
    /^district\.yaml:1:11: error: its school_person would be kept in one table with the person of small_school \(school\.yaml\)/
  )
  expect(await complaint(files, "school.yaml")).toContain("with the school_person of small (district.yaml)")
  expect(await complaint(files, "late.yaml")).toContain("its late_users would be kept in one table with the users of")
  expect(await complaint(files, "other.yaml")).not.toContain("in one table")
})
