import * as fc from "fast-check"
import { expect, it } from "vitest"
import { loadEngine } from "../../src/core/engine.ts"
import { sql } from "../../src/core/sql.ts"
import { normalisedText } from "../../src/core/text.ts"
import { normalised } from "../../src/core/kept-text.ts"

it("normalises any text as the engine does", async () => {
  const instance = await loadEngine().DuckDBInstance.create(":memory:")
  const connection = await instance.connect()
  const unit = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
    fc.constantFrom(..." \t\r\n\u00a0\u3000\u2028\u200b\ufeff\u0007\u0085\u200e\u3164\u0301e\u115f")
  )
  await fc.assert(
    fc.asyncProperty(fc.array(unit, { maxLength: 8 }), async (units) => {
      const text = units.join("").replaceAll("\0", "")
      const reader = await connection.runAndReadAll(
        sql`SELECT ${normalised(sql`text`)} FROM (SELECT ${text} AS text)`.text
      )
      expect(reader.getRows()[0]?.[0]).toBe(normalisedText(text))
    }),
    { numRuns: 300 }
  )
  connection.closeSync()
  instance.closeSync()
})
