import { DuckDBInstance } from "@duckdb/node-api"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { about, all, identifier, joined, literal, name, oneOf, sql, texts } from "../../src/core/sql.ts"

it("brings any text through the engine unchanged", async () => {
  const instance = await DuckDBInstance.create(":memory:")
  const connection = await instance.connect()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string({ minLength: 1 }), async (text, name) => {
      fc.pre(!text.includes("\u0000") && !name.includes("\u0000"))
      const reader = await connection.runAndReadAll(`SELECT ${literal(text)} AS ${identifier(name)}`)
      expect(reader.getRows()[0]?.[0]).toBe(text)
      expect(reader.columnName(0)).toBe(name)
    }),
    { numRuns: 200 }
  )
  connection.closeSync()
  instance.closeSync()
})

it("quotes whatever stands in a statement, and takes in only what is a statement's own", () => {
  const condition = sql`key = ${"it's; DROP TABLE change"} AND run > ${3} AND ${null} IS NULL AND ${true}`
  expect(sql`SELECT ${name('a"b')} FROM t WHERE ${condition}`.text).toBe(
    `SELECT "a""b" FROM t WHERE key = 'it''s; DROP TABLE change' AND run > 3 AND NULL IS NULL AND true`
  )
  expect(sql`${about("two\nlines; DROP TABLE change")}SELECT 1`.text).toBe("-- two lines; DROP TABLE change\nSELECT 1")
  expect(sql`x IN (${oneOf(["a'", "b"])}) OR list_contains(${texts([])}, x)`.text).toBe(
    "x IN ('a''', 'b') OR list_contains([]::VARCHAR[], x)"
  )
  expect(sql`x IN (${oneOf([])})`.text).toBe("x IN (NULL)")
  expect(all([]).text).toBe("true")
  expect(joined([sql`a`, sql`b`], " OR ").text).toBe("a OR b")
  expect(() => sql`LIMIT ${Number.NaN}`).toThrow("no number")
})
