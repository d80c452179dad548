import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { rowDigest, setDigest } from "../../src/core/digest.ts"
import { literal } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

const columns = [
  { name: "a", isList: false },
  { name: "b", isList: false },
  { name: "c", isList: true },
  { name: "d", isList: true }
]

type Values = readonly [
  string | null,
  string | null,
  ReadonlyArray<string | null> | null,
  ReadonlyArray<string | null> | null
]

const sql = (value: string | null | ReadonlyArray<string | null>): string =>
  value === null || typeof value === "string" ? literal(value) : `[${value.map(literal).join(", ")}]::VARCHAR[]`
const row = (values: Values): string => `(${values.map(sql).join(", ")})`

const text = fc.constantFrom("a", "b", "ab", "", "a twelve-byte", null)
const texts = fc.option(fc.array(text, { maxLength: 2 }))
const rows = fc.array(fc.tuple(text, text, texts, texts), { minLength: 1, maxLength: 5 })

it("tells every row from every other, wherever a value stands and a list ends", () =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const few = ["a", "b", "", null]
      const lists = [null, [], [null], ["a"], ["a", "b"], ["b", "a"], ["a", null], [null, "a"], [""]]
      const all = few.flatMap((a) => few.flatMap((b) => lists.flatMap((c) => lists.map((d): Values => [a, b, c, d]))))
      const [counted] = yield* warehouse.rows(
        plain(
          `SELECT count(*) AS rows, count(DISTINCT ${rowDigest(columns).text}) AS digests FROM (VALUES ${all.map(row).join(", ")}) AS one(a, b, c, d)`
        ),
        anyRow
      )
      expect(counted).toEqual({ rows: String(all.length), digests: String(all.length) })
    })
  ))

it("tells every set of rows from every other, and not by their order", () =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const digestOf = (values: ReadonlyArray<Values>) =>
        warehouse.rows(
          plain(
            `SELECT ${setDigest(rowDigest(columns)).text} AS digest FROM (VALUES ${values.map(row).join(", ")}) AS one(a, b, c, d)`
          ),
          anyRow
        )
      const asSet = (values: ReadonlyArray<Values>): string =>
        JSON.stringify(values.map((one) => JSON.stringify(one)).toSorted())
      const runtime = yield* Effect.runtime<Warehouse>()
      const digest = (values: ReadonlyArray<Values>) => Effect.runPromise(Effect.provide(digestOf(values), runtime))
      // Columns of the same rows in another order are what a fold by xor cannot tell from the rows themselves.
      const pairs = rows.chain((before) =>
        fc.tuple(
          fc.constant(before),
          fc.oneof(
            rows,
            fc
              .tuple(fc.constantFrom(0, 1, 2, 3), fc.shuffledSubarray(before, { minLength: before.length }))
              .map(([column, other]) =>
                before.map((one, index) => one.with(column, other[index]?.[column] ?? null) as unknown as Values)
              )
          )
        )
      )
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(pairs, async ([before, after]) => {
            const same = JSON.stringify(await digest(before)) === JSON.stringify(await digest(after))
            expect(same).toBe(asSet(before) === asSet(after))
          }),
          { numRuns: 300 }
        )
      )
    })
  ))
