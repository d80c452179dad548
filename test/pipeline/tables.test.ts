import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { LoadedDefinition } from "../../src/pipeline/load-definition.ts"
import type { DefinitionInvalid } from "../../src/pipeline/source-file.ts"
import { emptyEnvironment, inFolder, offer, proving, smallPipeline } from "../tools/definitions.ts"

const entity = `  entities:
    listed:
      from: names AS line
      key: line.id
      fields: { name: line.name }
`

/** What is said of a pipeline with a table and, where there is one, the table's file. */
const loaded = (table: string, csv: string | null): Promise<DefinitionInvalid | LoadedDefinition> =>
  inFolder((folder) => {
    if (csv !== null) writeFileSync(join(folder, "names.csv"), csv)
    const path = join(folder, "pipeline.yaml")
    writeFileSync(path, smallPipeline(entity).replace("  datasets:\n", `  tables:\n    names: ${table}\n  datasets:\n`))
    return Effect.runPromise(Effect.merge(proving(path, "pipeline.yaml", offer, emptyEnvironment)))
  })
const complaint = async (table: string, csv: string | null): Promise<string> => {
  const result = await loaded(table, csv)
  return "diagnostics" in result ? result.diagnostics.map((one) => `${one.message} ${one.hint}`).join("\n") : "(none)"
}
const definition = async (csv: string) => {
  const result = await loaded("{ file: names.csv, columns: [id, name] }", csv)
  if ("diagnostics" in result) throw result
  return result.definition
}

it("takes the columns it is told, cells trimmed and empty ones null", async () => {
  const mode = (await definition('name,more,id\r\n" Ada, the first ",x,007\r\n,y,8\r\n')).datasets[0]?.mode
  expect(mode?.kind === "file" ? mode.rows : null).toEqual([
    ["007", "Ada, the first"],
    ["8", null]
  ])
})

it("makes another definition of another content", async () => {
  const [first, same, other] = [
    await definition("id,name\n1,Ada\n"),
    await definition("id,name\n1, Ada\n"),
    await definition("id,name\n1,Bo\n")
  ]
  expect(same.hash).toBe(first.hash)
  expect(other.hash).not.toBe(first.hash)
})

it.each([
  ["{ file: names.csv, columns: [id, name] }", null, "names.csv: there is no such file"],
  ["{ file: names.csv, columns: [id, nam] }", "id,name\n", "it has no column nam did you mean name?"],
  ["{ file: names.csv, columns: [id, name] }", 'id,name\n1,"open\n', "Quote Not Closed"],
  ["{ file: names.csv, columns: [id, name] }", "x".repeat(5_000_001), "larger than 5 MB"],
  ["{ file: names.csv }", "id,name\n", "a table is a file with columns, or state"],
  ["{ file: names.csv, columns: [id], state: choices }", "id\n", "a table is a file with columns, or state"],
  ["{ state: choices, parts_of: users }", null, "a table is a file with columns, or state, or parts_of"],
  ["{ parts_of: users }", null, "there is no dataset users that is read part by part"],
  ["{ file: names.csv, columns: [id] }", "id\n1\n", "line"]
])("refuses %s with its mistake", async (table, csv, message) => {
  expect(await complaint(table, csv)).toContain(message)
})
