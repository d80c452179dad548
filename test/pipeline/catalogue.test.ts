import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { parse } from "yaml"
import { literal } from "../../src/core/sql.ts"
import { catalogueOf } from "../../src/pipeline/catalogue.ts"
import { catalogueNames, cataloguePage, catalogueText } from "../../src/pipeline/catalogue-text.ts"
import { cleanUps } from "../../src/pipeline/clean-ups.ts"
import { ValueDecoder } from "../../src/pipeline/decode-values.ts"
import { publishedPipelineSchema } from "../../src/pipeline/published-names.ts"
import { Value } from "../../src/pipeline/schema-values.ts"
import { readSourceFile } from "../../src/pipeline/source-file.ts"
import { codeLimits } from "../../src/core/ports/contracts.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { compileValue } from "../../src/transform/values.ts"
import { complaints, connectors, definitionOf, offer, smallPipeline, withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

const catalogue = catalogueOf(connectors)

it("gives of every clean-up an example that it makes", async () => {
  const definition = await definitionOf(
    "  entities: { school: { from: orgs AS org, key: org.sourcedId, fields: { name: org.name } } }"
  )
  const source = readSourceFile("pipeline.yaml", "")
  const limits = codeLimits([...offer.resources.values()].flatMap(({ fields }) => fields))
  const decoder = new ValueDecoder(source, [], limits)
  const made = cleanUps.map(({ given, name, written }) => {
    const of = { kind: "sql", sql: { sql: literal(given), at: source.at([]) } } as const
    const steps = decoder.clean(parse(written) as string, [])
    return `${compileValue({ kind: "clean", of, steps, at: source.at([]) }, definition).sql.text} AS ${name}`
  })
  const [row] = await withWarehouse(
    Effect.flatMap(Warehouse, (one) => one.rows(plain(`SELECT ${made.join(", ")}`), anyRow))
  )
  expect(row).toEqual(Object.fromEntries(cleanUps.map(({ becomes, name }) => [name, becomes])))
})

it("gives of every form of a value an example that can be written", () => {
  expect(catalogue.values.map(({ form }) => form)).toEqual(
    expect.arrayContaining(["sql", "rule", "template", "first_of", "map", "clean", "unique", "date", "ref"])
  )
  const decode = Schema.decodeUnknownSync(Value, { onExcessProperty: "error" })
  for (const { example } of catalogue.values) expect(() => decode(example)).not.toThrow()
})

it("tells of what is asked for alone, and of nothing that is not there", () => {
  const user = catalogueText(catalogue, "user") ?? ""
  expect(user).toMatch(/username +text +must be there; unique on the tenant; unique, whatever its case; personal/)
  expect(user).toMatch(/first_name +text +must be there; given name, 64 characters at most; personal/)
  expect(user).toContain("match_existing: org_defined_id, username")
  expect(user).not.toContain("resource enrollment")
  const campus = catalogueText(catalogue, "oneroster") ?? ""
  expect(campus).toContain("endpoint /enrollments")
  expect(campus).not.toContain("/gradebook/items")
  expect(catalogueText(catalogue, "usr")).toBeNull()
  expect(new Set(catalogueNames(catalogue)).size).toBe(catalogueNames(catalogue).length)
  expect(cataloguePage(catalogue)).toContain("### endpoint /gradebook/values")
})

it("offers the names of connectors in the published schema", () => {
  const text = JSON.stringify(publishedPipelineSchema(connectors))
  for (const name of ["/gradebook/values", "/enrollments", "course_offering", "line_item", "org_defined_id", "trim"]) {
    expect(text).toMatch(new RegExp(`"enum":\\[[^\\]]*"${name}"`))
  }
})

it("has no code_characters where the target refuses none", async () => {
  const grades = smallPipeline(
    "  entities: { item: { from: orgs AS org, key: org.sourcedId, fields: { title: { clean: { of: org.name, steps: [code_characters] } } } } }"
  )
  expect(await complaints(grades)).toHaveProperty("definition")
  const said = await complaints(grades, { ...offer, resources: new Map() })
  expect("diagnostics" in said ? said.message : "").toContain("the target has no field that refuses characters")
})
