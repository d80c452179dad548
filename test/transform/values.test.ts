import { DuckDBInstance } from "@duckdb/node-api"
import * as fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { identifier, literal } from "../../src/core/sql.ts"
import type { Definition, Value } from "../../src/pipeline/definition.ts"
import { compileValue } from "../../src/transform/values.ts"
import { definitionOf } from "../tools/definitions.ts"

let instance: DuckDBInstance
let connection: Awaited<ReturnType<DuckDBInstance["connect"]>>

beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:")
  connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

/** The value of field `x`, written in YAML, with the definition around it. */
const valueOf = async (yaml: string): Promise<{ value: Value; definition: Definition }> => {
  const definition = await definitionOf(`  entities:
    one:
      from: orgs AS org
      key: org.sourcedId
      fields:
        x: ${yaml}`)
  const field = definition.entities[0]?.fields[0]
  if (field?.kind !== "value") throw new Error("no value")
  return { value: field.value, definition }
}

/** The value for one org, and the reason for which it is refused, if it is. */
const evaluate = async (
  yaml: string,
  org: Readonly<Record<string, string | null>>
): Promise<{ value: unknown; refused: unknown }> => {
  const { value, definition } = await valueOf(yaml)
  const compiled = compileValue(value, definition)
  const refusals = compiled.refusals.map((one) => `WHEN ${one.when.text} THEN ${one.say.text}`).join(" ")
  const columns = ["name", "identifier", "type"].map(
    (column) => `CAST(${literal(org[column] ?? null)} AS VARCHAR) AS ${identifier(column)}`
  )
  const reader = await connection.runAndReadAll(
    `SELECT CAST(${compiled.sql.text} AS VARCHAR), ${refusals === "" ? "NULL" : `CASE ${refusals} END`} FROM (SELECT ${columns.join(", ")}) AS org`
  )
  const [made, refused] = reader.getRowsJson()[0] ?? []
  return { value: made, refused }
}

const made = async (yaml: string, org: Readonly<Record<string, string | null>>): Promise<unknown> =>
  (await evaluate(yaml, org)).value

it("fills the holes of a template; a null hole makes the whole null, or what null_hole says", async () => {
  const template = '{ template: "{org.identifier} - {org.name} {{x}}" }'
  expect(await made(template, { identifier: "007", name: "North" })).toBe("007 - North {x}")
  expect(await made(template, { name: "North" })).toBeNull()
  expect(await made('{ template: "{org.identifier}{org.name}", null_hole: "?" }', { name: "N" })).toBe("?N")
})

it("takes a brace inside text of an expression as text", async () => {
  expect(await made(`{ template: "{org.name || '}' || '{'}!" }`, { name: "N" })).toBe("N}{!")
})

it("takes the first branch that holds and is not null", async () => {
  const first = `{ first_of: [{ when: "org.type = 'a'", value: org.identifier }, { when: "org.type = 'a'", value: org.name }, { value: "'z'" }] }`
  expect(await made(first, { type: "a", identifier: "1", name: "2" })).toBe("1")
  expect(await made(first, { type: "a", name: "2" })).toBe("2")
  expect(await made(first, { type: "b", identifier: "1" })).toBe("z")
  expect(await made(first, { identifier: "1" })).toBe("z")
})

it("maps, and refuses, keeps or replaces what has no entry", async () => {
  const map = (unmapped: string) => `{ map: { of: org.type, table: { a: "A", "o'b": "O" }${unmapped} } }`
  expect(await evaluate(map(""), { type: "a" })).toEqual({ value: "A", refused: null })
  expect(await evaluate(map(""), { type: "o'b" })).toEqual({ value: "O", refused: null })
  expect(await evaluate(map(""), { type: "c" })).toEqual({ value: null, refused: "the table has no entry for c" })
  expect(await evaluate(map(""), {})).toEqual({ value: null, refused: null })
  expect(await made(map(", unmapped: keep"), { type: "c" })).toBe("c")
  expect(await made(map(", unmapped: default, default: Z"), { type: "c" })).toBe("Z")
})

it("refuses everything by a table without entries", async () => {
  expect(await evaluate("{ map: { of: org.type, table: {} } }", { type: "a" })).toEqual({
    value: null,
    refused: "the table has no entry for a"
  })
})

it("cleans in the order of its steps", async () => {
  const steps =
    "{ clean: { of: org.name, steps: [collapse_spaces, trim, { replace: { characters: 'b-]^', with: '\\1' } }, { shorten: 6 }, upper] } }"
  expect(await made(steps, { name: "  a  \n b-] c " })).toBe("A \\1\\1")
})

it("replaces what Brightspace refuses in a code", async () => {
  const code = "{ clean: { of: org.name, steps: [code_characters] } }"
  expect(await made(code, { name: ` \\a:b*c?d"e<f>g|h'i#j,k%l&m ` })).toBe("_a_b_c_d_e_f_g_h_i_j_k_l_m")
})

it("never lets a code have a forbidden character, more than fifty, or a space at its end", async () => {
  const { value, definition } = await valueOf("{ clean: { of: org.name, steps: [code_characters] } }")
  const sql = compileValue(value, definition).sql
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 120 }), async (text) => {
      fc.pre(!text.includes("\u0000"))
      const reader = await connection.runAndReadAll(`SELECT ${sql.text} FROM (SELECT ${literal(text)} AS name) AS org`)
      const made = reader.getRows()[0]?.[0]
      expect(made === null).toBe(/^[\t\n\f\r \p{Z}]*$/u.test(text))
      const code = typeof made === "string" ? made : ""
      expect([...code].length).toBeLessThanOrEqual(50)
      expect(code).not.toMatch(/[\\:*?"<>|'#,%&]/)
      expect(code).toBe(code.replace(/^ +| +$/g, ""))
    }),
    { numRuns: 300 }
  )
})

it("brings any text through a template and a map unchanged", async () => {
  const { value, definition } = await valueOf(
    '{ map: { of: { template: "<{org.name}>" }, table: {}, unmapped: keep } }'
  )
  const sql = compileValue(value, definition).sql
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
      fc.pre(!text.includes("\u0000"))
      const reader = await connection.runAndReadAll(`SELECT ${sql.text} FROM (SELECT ${literal(text)} AS name) AS org`)
      expect(reader.getRows()[0]?.[0]).toBe(`<${text}>`)
    }),
    { numRuns: 200 }
  )
})

it("takes the calendar day of an instant in the district's zone; a date stays the day it is", async () => {
  expect(await made("{ date: { of: \"TIMESTAMP '2026-03-01 04:30:00'\" } }", {})).toBe("2026-02-28")
  expect(await made("{ date: { of: \"DATE '2026-03-01'\" } }", {})).toBe("2026-03-01")
  expect(await made("{ date: { of: org.name } }", { name: "2026-03-01" })).toBe("2026-03-01")
  expect(await made("{ date: { of: org.name } }", { name: "2026-03-01T04:30:00Z" })).toBe("2026-02-28")
  expect(await made("{ date: { of: org.name, timezone: Asia/Tokyo } }", { name: "2026-03-01T20:00:00Z" })).toBe(
    "2026-03-02"
  )
  expect(await made("{ date: { of: org.name } }", {})).toBeNull()
})

it("turns a row away where a date is none, in place of guessing a day or stopping the run", async () => {
  const date = "{ date: { of: org.name } }"
  expect(await evaluate(date, { name: "7/31/2027" })).toEqual({ value: "2027-07-31", refused: null })
  expect(await evaluate(date, { name: " 2027-07-31\t" })).toEqual({ value: "2027-07-31", refused: null })
  expect(await evaluate(date, { name: " " })).toEqual({ value: null, refused: null })
  for (const name of ["7/31/27", "infinity", "0027-07-31", "2027-02-30", "2027-07-31 or so", "today", "tomorrow"]) {
    const say = "this is no date"
    expect(await evaluate(date, { name })).toEqual({ value: null, refused: say })
    expect(await evaluate("{ date: { of: org.name, as: end_of_day } }", { name })).toEqual({
      value: null,
      refused: say
    })
  }
  expect((await evaluate("{ date: { of: \"TIMESTAMP 'infinity'\" } }", {})).value).toBeNull()
})

it("ends a day one minute before midnight, in winter and in summer", async () => {
  const end = "{ date: { of: org.name, as: end_of_day } }"
  expect(await made(end, { name: "2026-01-15" })).toBe("2026-01-16T05:59:00.000Z")
  expect(await made(end, { name: "2026-07-15" })).toBe("2026-07-16T04:59:00.000Z")
})

it("shortens by UTF-16 units, and never within a letter", async () => {
  const to = (units: number) => `{ clean: { of: org.name, steps: [{ shorten: ${units} }] } }`
  const accent = "a\u0302\u0301"
  expect(await made(to(64), { name: `Zo😀${"x".repeat(63)}` })).toBe(`Zo😀${"x".repeat(60)}`)
  expect(await made(to(3), { name: "Zo😀" })).toBe("Zo")
  expect(await made(to(5), { name: accent.repeat(2) })).toBe(accent)
  expect(await made(to(6), { name: accent.repeat(3) })).toBe(accent.repeat(2))
  expect(await made(to(4), { name: "abc def" })).toBe("abc")
  expect(await made(to(2), { name: "👩\u200d👩\u200d👧" })).toBeNull()
})

it("gives the longest beginning of whole letters that fits, of any text", async () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })
  const letter = fc.oneof(fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }), fc.constantFrom("a\u0301", "😀"))
  const { value, definition } = await valueOf("{ clean: { of: org.name, steps: [{ shorten: 7 }] } }")
  const { sql } = compileValue(value, definition)
  await fc.assert(
    fc.asyncProperty(fc.array(letter, { maxLength: 12 }), async (letters) => {
      const text = letters.join("")
      fc.pre(!/[\0\s]/.test(text))
      const reader = await connection.runAndReadAll(`SELECT ${sql.text} FROM (SELECT ${literal(text)} AS name) AS org`)
      const kept = String(reader.getRows()[0]?.[0] ?? "")
      expect(kept.length).toBeLessThanOrEqual(7)
      expect(text.startsWith(kept)).toBe(true)
      const next = segmenter.segment(text).containing(kept.length)
      if (next !== undefined) expect(kept.length + next.segment.length).toBeGreaterThan(7)
    }),
    { numRuns: 200 }
  )
})

it("trims white space of every sort and what takes no width", async () => {
  const trim = "{ clean: { of: org.name, steps: [trim] } }"
  expect(await made(trim, { name: "\t\u00a0\u200bAda Lee\u200b\u3000\r\n" })).toBe("Ada Lee")
  expect(await made(trim, { name: "\u200b\ufeff\t" })).toBeNull()
})

it("keeps a comment at the end of an expression to itself", async () => {
  expect(await made('"org.name -- the name"', { name: "N" })).toBe("N")
})
