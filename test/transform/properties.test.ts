import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { identifier, list, literal } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { columnType } from "../../src/core/ports/contracts.ts"
import { type Row, Warehouse } from "../../src/core/ports/warehouse.ts"
import { transform, type Transformed } from "../../src/transform/transform.ts"
import { emptyEnvironment, offer, withWarehouse } from "../tools/definitions.ts"
import { entityView } from "../../src/pipeline/relations.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { datasetOf } from "../../src/extract/tables.ts"
import { emptied } from "../../src/core/table.ts"

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>
type District = Readonly<Record<string, Rows>>

const oneOf = <A>(...values: ReadonlyArray<A>) => fc.constantFrom(...values)
/** Few ids and names, so that records collide, dangle and share codes. */
const name = oneOf("Hernandez", "hernandez", "O'Neil", "a:b", "a,b", "  ", "Ærøskøbing", null)
const rowsOf = (columns: Readonly<Record<string, fc.Arbitrary<unknown>>>, maxLength: number): fc.Arbitrary<Rows> => {
  const row: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record({
    status: oneOf("active", "active", "active", "tobedeleted"),
    ...columns
  })
  return fc.uniqueArray(row, { maxLength, selector: (one) => one["sourcedId"] })
}
const id = (...letters: ReadonlyArray<string>) => oneOf(...letters)
const year = { type: "schoolYear", title: "Year", startDate: "2026-08-01", endDate: "2026-12-31", schoolYear: "2027" }

const district: fc.Arbitrary<District> = fc.record({
  orgs: rowsOf(
    {
      sourcedId: id("N", "S", "W", "L"),
      type: oneOf("school", "school", "local", "department"),
      name,
      identifier: oneOf("1", "2", null),
      parent: oneOf("D", null)
    },
    4
  ).map((rows) => [{ sourcedId: "D", status: "active", type: "district", name: "District" }, ...rows]),
  academic_sessions: rowsOf(
    {
      sourcedId: id("T1", "T2", "T3", "G1"),
      type: oneOf("term", "semester", "gradingPeriod", "schoolYear"),
      title: oneOf("Fall", "Spring"),
      startDate: oneOf("2026-08-01", "2027-01-05"),
      endDate: oneOf("2026-12-31", "2027-05-28"),
      parent: id("Y", "T1", "X"),
      schoolYear: oneOf("2027", "2026", null)
    },
    4
  ).map((rows) => [{ sourcedId: "Y", status: "active", ...year }, ...rows]),
  courses: rowsOf(
    {
      sourcedId: id("C1", "C2", "C3"),
      title: name,
      courseCode: oneOf("1200", "1300", null),
      org: id("N", "S", "D", "X")
    },
    3
  ),
  classes: rowsOf(
    {
      sourcedId: id("1", "2", "3", "4", "5", "6"),
      title: name,
      classCode: oneOf("1", "2", null),
      course: id("C1", "C2", "C3", "X"),
      school: id("N", "S", "X"),
      terms: fc.uniqueArray(id("T1", "T2", "T3", "G1", "Y", "X"), { maxLength: 3 }),
      periods: oneOf(["1"], ["1", "2"], [])
    },
    6
  ),
  users: rowsOf(
    {
      sourcedId: id("u1", "u2", "u3", "u4", "u5", "u6"),
      role: oneOf("student", "teacher", "guardian", "parent", "relative", "administrator", "proctor"),
      givenName: name,
      familyName: name,
      username: oneOf("a", "A", "b", "c", null),
      enabledUser: oneOf(true, true, false, null),
      identifier: oneOf("7", "007", null),
      orgs: fc.uniqueArray(id("D", "N", "S", "X"), { maxLength: 3 }),
      agents: fc.uniqueArray(id("u1", "u2", "u3", "X"), { maxLength: 3 })
    },
    6
  ),
  enrollments: rowsOf(
    {
      sourcedId: id("e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8"),
      class: id("1", "2", "3", "4", "X"),
      user: id("u1", "u2", "u3", "u4", "X"),
      role: oneOf("student", "teacher", "teacher", "aide", "administrator"),
      primary: oneOf(true, false, null),
      beginDate: oneOf("2026-08-01", "2027-01-05", null),
      endDate: oneOf("2026-09-01", "2026-12-31", "2027-05-28", null)
    },
    8
  )
})

interface Outcome {
  readonly transformed: Transformed
  readonly rows: Readonly<Record<string, ReadonlyArray<Row>>>
}

const contracts = (definition: Definition) => new Map([...oneRosterCollections, ...definition.used])

const outcomeOf = Effect.fn("test.outcome")(function* (definition: Definition, given: District) {
  const warehouse = yield* Warehouse
  for (const dataset of definition.datasets) {
    const contract = contracts(definition).get(dataset.endpoint)
    if (contract === undefined) continue
    yield* warehouse.execute(emptied(datasetOf(dataset.name, contract)))
    const tuples = (given[dataset.name] ?? []).map(
      (row) =>
        `(${contract.columns
          .map((column) => {
            const value = row[column.name] ?? null
            const sql = Array.isArray(value)
              ? list(value as ReadonlyArray<string>)
              : literal(value === null || typeof value === "string" ? value : JSON.stringify(value))
            return `CAST(${sql} AS ${columnType(column).text})`
          })
          .join(", ")}, NULL)`
    )
    if (tuples.length > 0)
      yield* warehouse.execute(
        plain(`INSERT INTO ${identifier(`dataset_${dataset.name}`)} VALUES ${tuples.join(", ")}`)
      )
  }
  const transformed = yield* transform(definition, contracts(definition), {
    asOf: "2026-10-01",
    now: "2026-10-01T07:00:00Z"
  })
  const rows: Record<string, ReadonlyArray<Row>> = {}
  for (const { name } of definition.entities)
    rows[name] = yield* warehouse.rows(plain(`SELECT * FROM ${identifier(entityView(name))} ORDER BY key`), anyRow)
  rows["quarantine"] = yield* warehouse.rows(plain("SELECT * FROM quarantine ORDER BY ALL"), anyRow)
  return { transformed, rows } satisfies Outcome
})

const roster = () =>
  Effect.runPromise(
    loadDefinition(
      new URL("../../pipelines/roster.yaml", import.meta.url).pathname,
      "roster.yaml",
      offer,
      emptyEnvironment
    )
  )

it("gives the same rows in whatever order the records come, accounts for each, and keeps codes apart", async () => {
  const { definition } = await roster()
  await withWarehouse(
    Effect.gen(function* () {
      const context = yield* Effect.context<Warehouse>()
      const outcome = (given: District): Promise<Outcome> =>
        Effect.runPromise(Effect.provide(outcomeOf(definition, given), context))
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(district, async (given) => {
            const first = await outcome(given)
            const turned = Object.fromEntries(
              Object.entries(given).map(([dataset, rows]) => [dataset, [...rows].reverse()])
            )
            expect(await outcome(turned)).toEqual(first)
            for (const account of first.transformed.accounts) {
              expect(account.became + account.quarantined + account.unwanted).toBe(account.rows)
              expect(account.unwanted).toBeGreaterThanOrEqual(0)
            }
            for (const entity of ["district", "school", "semester", "course_template", "course_offering", "section"]) {
              const codes = (first.rows[entity] ?? []).map((row) => String(row["code"]))
              expect(new Set(codes.map((code) => code.toLowerCase())).size).toBe(codes.length)
              for (const code of codes) expect(code).toMatch(/^[^\\:*?"<>|'#,%&]{1,50}$/)
            }
            expect(first.rows["section"]?.map((row) => [row["key"], row["code"]])).toEqual(
              first.rows["course_offering"]?.map((row) => [row["key"], row["code"]])
            )
            const usernames = (first.rows["user"] ?? []).map((row) => String(row["username"]).toLowerCase())
            expect(new Set(usernames).size).toBe(usernames.length)
          }),
          { numRuns: 12 }
        )
      )
    })
  )
})
