import { Ajv } from "ajv"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { expect, it } from "vitest"
import { published } from "../tools/published.ts"

const schemas = new URL("../../schemas/", import.meta.url)
const pipelines = new URL("../../pipelines/", import.meta.url)

it.each([...published()])("%s is what the definition's schema says (`npm run schemas` renews it)", (name, text) => {
  expect(readFileSync(new URL(name, schemas), "utf8")).toBe(text)
})

it.each([
  ["roster.yaml", "pipeline.schema.json"],
  ["connections.yaml", "connections.schema.json"]
])("the shipped %s is valid by the published %s, to which its first line points", (file, schema) => {
  const text = readFileSync(new URL(file, pipelines), "utf8")
  expect(text.split("\n", 1)[0]).toBe(`# yaml-language-server: $schema=../schemas/${schema}`)
  const check = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(new URL(schema, schemas), "utf8")) as object)
  check(parse(text))
  expect(check.errors).toBeNull()
})

type Property = Readonly<Record<string, unknown>>

/** Keys of the published schemas of what people write, and of plans, of which something is so. */
const keysThat = (isSo: (property: Property, name: string) => boolean): ReadonlyArray<string> => {
  const found: Array<string> = []
  const visit = (node: unknown, path: string): void => {
    if (node === null || typeof node !== "object") return
    for (const [key, member] of Object.entries(node)) {
      if (key === "properties") {
        for (const [name, property] of Object.entries(member as Record<string, Property>))
          if (isSo(property, name)) found.push(`${path}.${name}`)
      }
      visit(member, key === "properties" || /^\d+$/.test(key) ? path : `${path}.${key}`)
    }
  }
  for (const [name, text] of published()) if (name.endsWith(".schema.json")) visit(JSON.parse(text), name)
  return found
}

it("describes every key", () => {
  expect(keysThat((property) => typeof property["description"] !== "string")).toEqual([])
})

it("bounds every span of time: no date of it has more than four digits for the year, and no timer runs over", () => {
  const unit = /(?:^|_)(?:seconds|minutes|hours|days)(?:_|$)/
  const spans = keysThat((property, name) => property["type"] === "number" && unit.test(name))
  const unbounded = keysThat((property, name) => unit.test(name) && property["maximum"] === undefined)
  expect(spans.length).toBeGreaterThan(10)
  // A plan tells what the connection said.
  expect(spans.filter((key) => unbounded.includes(key) && !key.startsWith("plan.schema.json"))).toEqual([])
})
