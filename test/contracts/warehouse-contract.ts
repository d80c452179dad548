import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Warehouse, WarehouseError } from "../../src/core/ports/warehouse.ts"
import { inFolder } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

/** What every room relies on that asks the engine; `make` opens a state file. */
export const warehouseContract = (
  name: string,
  make: (stateFile: string) => Layer.Layer<Warehouse, WarehouseError>
): void => {
  const using = <A, E>(use: (one: Warehouse["Type"]) => Effect.Effect<A, E>) =>
    inFolder((folder) =>
      Effect.runPromise(Effect.flatMap(Warehouse, use).pipe(Effect.provide(make(join(folder, "state.duckdb")))))
    )

  describe(`the warehouse ${name}`, () => {
    it("gives cells as the port has them: 64-bit integers, dates and decimals as text", () =>
      using((one) =>
        Effect.gen(function* () {
          const [row] = yield* one.rows(
            plain(
              "SELECT 'Ana' AS text, 9007199254740993::BIGINT AS long, 7 AS small, true AS truth, DATE '2026-10-01' AS day, 1.50::DECIMAL(4,2) AS money, NULL AS nothing"
            ),
            anyRow
          )
          expect(row).toEqual({
            text: "Ana",
            long: "9007199254740993",
            small: 7,
            truth: true,
            day: "2026-10-01",
            money: "1.50",
            nothing: null
          })
        })
      ))

    it("appends rows in the order of the columns, and does all of a transaction or none of it", () =>
      using((one) =>
        Effect.gen(function* () {
          yield* one.execute(plain("CREATE TEMP TABLE pupil (id VARCHAR, name VARCHAR)"))
          yield* one.append("pupil", [
            ["1", "Ana"],
            ["2", null]
          ])
          const failed = yield* Effect.flip(
            one.transaction([plain("DELETE FROM pupil"), plain("-- what cannot be\nSELECT 1 / 'x'")])
          )
          expect(failed).toBeInstanceOf(WarehouseError)
          expect(failed.detail).not.toContain("Ana")
          expect(yield* one.rows(plain("SELECT * FROM pupil ORDER BY id"), anyRow)).toEqual([
            { id: "1", name: "Ana" },
            { id: "2", name: null }
          ])
        })
      ))

    it("reaches no file outside its folders", () =>
      using((one) =>
        Effect.gen(function* () {
          const failed = yield* Effect.flip(one.rows(plain("SELECT * FROM read_text('/etc/hostname')"), anyRow))
          expect(failed).toBeInstanceOf(WarehouseError)
        })
      ))

    it("goes on after a statement that failed, which is told by its heading, its reason and no value", () =>
      using((one) =>
        Effect.gen(function* () {
          const failed = yield* Effect.flip(one.execute(plain("-- days of people\nSELECT CAST('Ana' AS DATE)")))
          expect(failed).toMatchObject({ reason: "Conversion", statement: "days of people" })
          expect(failed.message).not.toContain("Ana")
          const unknown = yield* Effect.flip(one.rows(plain("SELECT * FROM nowhere"), anyRow))
          expect(unknown.reason).toBe("Statement")
          expect(yield* one.rows(plain("SELECT 1 AS one"), anyRow)).toEqual([{ one: 1 }])
        })
      ))

    it("refuses a row that is not of the form that is expected of it, by its columns", () =>
      using((one) =>
        Effect.gen(function* () {
          const failed = yield* Effect.flip(
            one.rows(plain("-- people\nSELECT 'Ana' AS name"), Schema.Struct({ name: Schema.Number }))
          )
          expect(failed).toMatchObject({ reason: "Malformed", statement: "people" })
          expect(failed.message).toContain("name")
          expect(failed.message).not.toContain("Ana")
        })
      ))

    it("appends nothing where there are no rows, and to no table that there is not", () =>
      using((one) =>
        Effect.gen(function* () {
          yield* one.execute(plain("CREATE TEMP TABLE pupil (id VARCHAR, born DATE)"))
          yield* one.append("pupil", [])
          expect(yield* Effect.flip(one.append("no_such_table", [["1"]]))).toBeInstanceOf(WarehouseError)
          expect(yield* one.rows(plain("SELECT count(*)::INTEGER AS rows FROM pupil"), anyRow)).toEqual([{ rows: 0 }])
        })
      ))

    it("answers in turn those who ask at once", () =>
      using((one) =>
        Effect.gen(function* () {
          const asked = Array.from({ length: 20 }, (_, index) => index)
          const answers = yield* Effect.forEach(
            asked,
            (index) => one.rows(plain(`SELECT ${index} AS one FROM range(1000) LIMIT 1`), anyRow),
            { concurrency: "unbounded" }
          )
          expect(answers.flat()).toEqual(asked.map((index) => ({ one: index })))
        })
      ))
  })
}
