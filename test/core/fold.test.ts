import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { loadEngine } from "../../src/core/engine.ts"
import { alikeName } from "../../src/core/fold.ts"
import { alike, foldsWhole } from "../../src/core/kept-text.ts"
import { sql } from "../../src/core/sql.ts"

const Rows = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.String)))

it("the engine folds a name with any character as rollbook does, or says that it does not", async () => {
  const instance = await loadEngine().DuckDBInstance.create(":memory:")
  const connection = await instance.connect()
  const read = await connection.runAndReadAll(
    sql`SELECT text, ${alike(sql`text`)} FROM (
  SELECT 'a' || chr(point::INTEGER) || 'b' AS text FROM range(1, ${0x110000}) AS every (point) WHERE point NOT BETWEEN ${0xd800} AND ${0xdfff}
) WHERE ${foldsWhole(sql`text`)}`.text
  )
  connection.closeSync()
  instance.closeSync()
  const rows = Rows(read.getRows())
  const composed = (text: string): string => text.normalize("NFC")
  const other = rows.flatMap(([text, folded]) => (composed(alikeName(text)) === composed(folded) ? [] : [text]))
  expect(other).toEqual([])
  // What people write is among what it folds.
  const folded = new Set(rows.map(([text]) => text))
  const written = [..."éÅñßŁĐøĞİŞαΣжЙשسहक가漢～Ａｚ-'’ "].filter((character) => !folded.has(`a${character}b`))
  expect(written).toEqual([])
  expect([..."²ﬁ™Ⅳｶ"].filter((character) => folded.has(`a${character}b`))).toEqual([])
})
