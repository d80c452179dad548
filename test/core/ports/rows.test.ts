import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { about, sql } from "../../../src/core/sql.ts"
import { askingRows, Count, FieldsOrNull, type Row, Text } from "../../../src/core/ports/warehouse.ts"

const Person = Schema.Struct({ name: Text, courses: Count, fields: FieldsOrNull })
const ask = (row: Row) =>
  Effect.runSync(
    Effect.either(askingRows(() => Effect.succeed([row]))(sql`${about("people of a school")}SELECT 1`, Person))
  )

it("decodes rows as the engine gives them: counts of 64 bits as digits, fields as JSON", () => {
  expect(ask({ name: "Kim", courses: "12", fields: '{"a":null}', more: 1 })).toMatchObject({
    right: [{ name: "Kim", courses: 12, fields: { a: null } }]
  })
  expect(ask({ name: "Kim", courses: 12, fields: null })).toMatchObject({ right: [{ courses: 12, fields: null }] })
})

it("says of a row of another form which statement gave it, and nothing that is in it", () => {
  const failed = ask({ name: "Kim Okafor", courses: "many", fields: null })
  expect(failed).toMatchObject({ left: { reason: "Malformed", statement: "people of a school" } })
  expect(JSON.stringify(failed)).not.toMatch(/Okafor|many/)
})
