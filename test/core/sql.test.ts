import { DuckDBInstance } from "@duckdb/node-api"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { identifier, literal } from "../../src/core/sql.ts"

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
