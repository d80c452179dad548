import { DuckDBInstance } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { expect, it } from "vitest"
import { migrations } from "../../src/state/migrations.ts"
import { listRuns } from "../../src/state/runs.ts"
import { inFolder } from "../tools/definitions.ts"
import { changed, district, nightsIn } from "../run/nights.ts"

/**
 * `earlier/first-night.duckdb.gz` is the state of the district's first night by the build before the durable tables were
 * declared. It stays as it is: what a later build does to it is what it does to the state of a district.
 */
const earlier = new URL("earlier/first-night.duckdb.gz", import.meta.url)

/** The night after, on a state that stands in a folder already: a student has another name. */
const nightAfter = (home: string) =>
  nightsIn(
    home,
    ({ apply, plan, stepsOf }) =>
      Effect.gen(function* () {
        const made = yield* plan(changed(district, "users", "s21", { familyName: "Okafor" }))
        const steps = yield* stepsOf(made)
        const { execution } = yield* apply(made.plan.plan_id)
        const again = yield* plan(changed(district, "users", "s21", { familyName: "Okafor" }))
        return {
          steps: steps.map(({ action, changed, entity, key }) => `${action} ${entity} ${key}: ${changed.join(", ")}`),
          execution,
          left: again.plan.steps.count,
          runs: (yield* listRuns(10)).map(({ askedBy, kind, outcome, run }) => ({ askedBy, kind, outcome, run }))
        }
      }),
    {}
  )

const opened = {
  execution: { failed: 0, notReached: 0 },
  left: 0,
  runs: [
    { run: 5, kind: "plan", outcome: "done", askedBy: null },
    { run: 4, kind: "apply", outcome: "done", askedBy: null },
    { run: 3, kind: "plan", outcome: "done", askedBy: null },
    { run: 2, kind: "apply", outcome: "done", askedBy: null },
    { run: 1, kind: "plan", outcome: "done", askedBy: null }
  ]
}

it("opens a state that an earlier build made, plans from it and carries the plan out", () =>
  inFolder(async (home) => {
    writeFileSync(join(home, "state.duckdb"), gunzipSync(readFileSync(earlier)))
    const night = await nightAfter(home)
    expect(night.steps).toContain("update user s21: last_name")
    expect(night).toMatchObject(opened)
  }))

it("opens one that lacks every column that a durable table has gained since it was first made", () =>
  inFolder(async (home) => {
    const file = join(home, "state.duckdb")
    writeFileSync(file, gunzipSync(readFileSync(earlier)))
    const instance = await DuckDBInstance.create(file)
    const connection = await instance.connect()
    const tables = (await connection.runAndReadAll("SELECT table_name FROM duckdb_tables()")).getRowsJson().map(String)
    for (const { column, table } of migrations)
      for (const name of tables.filter((one) => one === table || (table.endsWith("_") && one.startsWith(table))))
        await connection.run(`ALTER TABLE ${name} DROP COLUMN ${column}`)
    connection.closeSync()
    instance.closeSync()
    expect(await nightAfter(home)).toMatchObject(opened)
  }))

it("numbers what changed without a gap, so that nothing is put between", () => {
  expect(migrations.map((one) => one.number)).toEqual(migrations.map((_, index) => index + 1))
})
