import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { sql } from "../../src/core/sql.ts"
import { Json, Warehouse } from "../../src/core/ports/warehouse.ts"
import { type ClockUse, clockUse } from "../../src/transform/clock-use.ts"
import { withWarehouse } from "../tools/definitions.ts"
import { plain } from "../tools/plain-sql.ts"

const Tree = Schema.Struct({
  statements: Schema.Array(Schema.Struct({ node: Schema.Struct({ select_list: Schema.Array(Schema.Unknown) }) }))
})

/** What an expression does with the clock, by the engine's own tree of it. */
const useOf = (expression: string): Promise<ClockUse> =>
  withWarehouse(
    Effect.gen(function* () {
      const [row] = yield* (yield* Warehouse).rows(
        sql`SELECT json_serialize_sql(${plain(`SELECT ${expression}`).text}) AS tree`,
        Schema.Struct({ tree: Json(Tree) })
      )
      return clockUse(row?.tree.statements[0]?.node.select_list[0], false)
    })
  )

const nothing = { asksNow: false, isKnown: true, columns: [], asksMembers: false }
const unknown = { isKnown: false }

it.each([
  ["t.name = 'x'", nothing],
  ["t.ends >= run.as_of", { ...nothing, columns: [["t", "ends"]] }],
  [
    "run.as_of BETWEEN t.begins AND coalesce(t.ends, u.ends)",
    {
      ...nothing,
      columns: [
        ["t", "begins"],
        ["t", "ends"],
        ["u", "ends"]
      ]
    }
  ],
  ["len(list_filter(t.roles, lambda r: r.endDate >= run.as_of))", { ...nothing, asksMembers: true }],
  ["list_filter(t.days, lambda d: d < run.as_of)", { ...nothing, asksMembers: true }],
  [
    "list_filter(t.terms, lambda p: list_bool_or(list_transform(p.days, lambda d: d >= run.as_of)))",
    { ...nothing, asksMembers: true }
  ],
  ["t.ends + 7 >= run.as_of", unknown],
  ["run.as_of", unknown],
  ["year(run.as_of) = 2026", unknown],
  ["t.at > run.now", { asksNow: true }],
  // Members of a list that is made of other days: these are no members of anything that stands in a row.
  ["list_min(list_filter([t.begins, t.ends], lambda d: d >= run.as_of))", unknown],
  ["list_filter(list_transform(t.periods, lambda p: p.endDate + 14), lambda d: d >= run.as_of)", unknown],
  ["list_filter(list_transform(t.periods, lambda p: p.endDate + 14), lambda t: t.ends >= run.as_of)", unknown],
  ["list_reduce(t.days, lambda a, b: CASE WHEN a + 7 <= b AND a < run.as_of THEN b ELSE a END)", unknown]
])("%s", async (expression, use) => {
  expect(await useOf(expression)).toMatchObject(use)
})
