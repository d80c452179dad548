import * as Effect from "effect/Effect"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { askHolder } from "../../../src/adapters/duckdb/ask-holder.ts"
import { openWarehouse } from "../../../src/adapters/duckdb/warehouse.ts"
import { WarehouseError, type WarehouseService } from "../../../src/core/ports/warehouse.ts"
import { oneThread } from "../../tools/one-thread.ts"
import { anyRow, plain } from "../../tools/plain-sql.ts"

const folders: Array<string> = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const newHome = (name = "home"): string => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-reads-"))
  folders.push(folder)
  mkdirSync(join(folder, name))
  return join(folder, name)
}

const socketOf = (home: string): string =>
  (JSON.parse(readFileSync(join(home, "holder.json"), "utf8")) as { readonly socket: string }).socket

/** Work with a state as the process that holds it has it, and as another one that asks that process. */
const together = <A>(
  home: string,
  work: (holding: WarehouseService, asking: WarehouseService) => Effect.Effect<A, unknown>
): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const holding = yield* openWarehouse({ stateFile: join(home, "state.duckdb"), ...oneThread })
        return yield* Effect.scoped(Effect.flatMap(askHolder(home), (asking) => work(holding, asking)))
      })
    )
  )

it("reads what is committed, of the run at work, in tables of its own", () =>
  together(newHome(), (holding, asking) =>
    Effect.gen(function* () {
      yield* holding.execute(plain("CREATE TABLE runs (run INTEGER); INSERT INTO runs VALUES (1)"))
      yield* holding.execute(plain("CREATE TEMP TABLE step AS SELECT 'held' AS name"))
      holding.begun.add(7)
      yield* asking.execute(
        plain("CREATE OR REPLACE TEMP TABLE step AS SELECT run, chr(8232) || 'x' AS name FROM runs")
      )
      yield* asking.append("step", [[2, "line\nfeed"]])
      expect(yield* asking.rows(plain("SELECT * FROM step ORDER BY run"), anyRow)).toEqual([
        { run: 1, name: "\u2028x" },
        { run: 2, name: "line\nfeed" }
      ])
      expect([...asking.begun]).toEqual([7])
      expect(asking.isReadOnly).toBe(true)
      expect([asking.engineVersion, asking.folders]).toEqual([holding.engineVersion, holding.folders])
      expect(yield* holding.rows(plain("SELECT name FROM step"), anyRow)).toEqual([{ name: "held" }])
    })
  ))

const writes: ReadonlyArray<string> = [
  "INSERT INTO runs VALUES (2)",
  "-- close a run\nUPDATE runs SET run = 2",
  "DELETE FROM runs",
  "DROP TABLE runs",
  "CREATE TABLE other AS SELECT 1 AS one",
  "ALTER TABLE runs ADD COLUMN IF NOT EXISTS asked_by VARCHAR",
  "SELECT 1; COMMIT; DELETE FROM runs",
  "CHECKPOINT",
  "SET threads = 1"
]

it.each(writes)("refuses %j, and answers on", (sql) =>
  together(newHome(), (holding, asking) =>
    Effect.gen(function* () {
      yield* holding.execute(plain("CREATE TABLE runs (run INTEGER); INSERT INTO runs VALUES (1)"))
      const error = yield* Effect.flip(asking.execute(plain(sql)))
      expect(error.reason).toBe("Held")
      expect(error.message).toContain(`process ${process.pid}`)
      expect((yield* Effect.flip(asking.transaction([plain(sql)]))).reason).toBe("Held")
      expect(yield* asking.rows(plain("SELECT * FROM runs"), anyRow)).toEqual([{ run: 1 }])
      expect(yield* holding.rows(plain("SELECT table_name AS name FROM duckdb_tables()"), anyRow)).toEqual([
        { name: "runs" }
      ])
    })
  )
)

it("appends to no durable table", () =>
  together(newHome(), (holding, asking) =>
    Effect.gen(function* () {
      yield* holding.execute(plain("CREATE TABLE runs (run INTEGER)"))
      expect(yield* Effect.flip(asking.append("runs", [[1]]))).toBeInstanceOf(WarehouseError)
      expect(yield* holding.rows(plain("SELECT * FROM runs"), anyRow)).toEqual([])
    })
  ))

it("takes a durable table that is not there yet for an empty one, and leaves one that is there as it is", () =>
  together(newHome(), (holding, asking) =>
    Effect.gen(function* () {
      const prepare = `CREATE TABLE IF NOT EXISTS "fate_my-roster" (run INTEGER,
  name VARCHAR);
ALTER TABLE "fate_my-roster" ADD COLUMN IF NOT EXISTS said VARCHAR;
CREATE TABLE IF NOT EXISTS meta (name VARCHAR);
ALTER TABLE meta ADD COLUMN IF NOT EXISTS name VARCHAR;
CREATE OR REPLACE TEMP TABLE answered (seq BIGINT)`
      yield* holding.execute(plain("CREATE TABLE meta (name VARCHAR); INSERT INTO meta VALUES ('one')"))
      for (let time = 0; time < 2; time++) yield* asking.execute(plain(prepare))
      yield* asking.execute(
        plain("CREATE TABLE IF NOT EXISTS meta (name VARCHAR);\nALTER TABLE meta ADD COLUMN name VARCHAR")
      )
      expect(yield* asking.rows(plain('SELECT run, name, said FROM "fate_my-roster"'), anyRow)).toEqual([])
      expect(
        yield* asking.rows(plain("SELECT * FROM meta, (SELECT count(*)::INTEGER AS many FROM answered)"), anyRow)
      ).toEqual([{ name: "one", many: 0 }])
      expect(yield* holding.rows(plain("SELECT table_name AS name FROM duckdb_tables()"), anyRow)).toEqual([
        { name: "meta" }
      ])
      // The run makes it in the meantime: neither is in the other's way.
      yield* holding.execute(plain(prepare))
    })
  ))

it("tells what the engine refuses as the engine's process would, without a value", () =>
  together(newHome(), (_, asking) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        asking.rows(plain("-- counts of people\nSELECT CAST('Brown' AS INTEGER)"), anyRow)
      )
      expect([error.reason, error.statement]).toEqual(["Conversion", "counts of people"])
      expect(error.message).not.toContain("Brown")
      expect(error.said).toContain("Brown")
    })
  ))

it("keeps the asked process free: many ask at once, and it goes on", () =>
  together(newHome(), (holding, asking) =>
    Effect.gen(function* () {
      yield* holding.execute(plain("CREATE TABLE runs (run INTEGER)"))
      const reads = Effect.forEach(
        Array.from({ length: 20 }, (_, at) => at),
        (at) => asking.rows(plain(`SELECT ${at} AS at`), anyRow),
        { concurrency: "unbounded" }
      )
      const run = Effect.forEach(Array.from({ length: 20 }), () =>
        holding.execute(plain("INSERT INTO runs VALUES (1)"))
      )
      const [rows] = yield* Effect.all([reads, run], { concurrency: "unbounded" })
      expect(rows.flat().map((row) => row["at"])).toEqual(Array.from({ length: 20 }, (_, at) => at))
    })
  ))

it.each([
  ["beside the state", "home"],
  ["in a folder of its own where that path is too long", "a-district-with-a-long-name".repeat(5)]
])("listens %s, for its owner alone, until it ends", async (_, name) => {
  const home = newHome(name)
  const socket = await together(home, () =>
    Effect.sync(() => {
      const path = socketOf(home)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100)
      return path
    })
  )
  expect(dirname(socket) === home).toBe(name === "home")
  for (const path of [socket, join(home, "holder.json")]) expect(existsSync(path)).toBe(false)
  if (name !== "home") expect(existsSync(dirname(socket))).toBe(false)
})

it("is not hindered by what a killed process left, nor by a note that is none", async () => {
  const home = newHome()
  const left = mkdtempSync(join(tmpdir(), "rollbook-holder-"))
  writeFileSync(join(home, "holder.sock"), "")
  writeFileSync(
    join(home, "holder.json"),
    JSON.stringify({ pid: 1, host: "elsewhere", since: "2026-10-01", socket: join(left, "holder.sock") })
  )
  expect(await together(home, (_, asking) => asking.rows(plain("SELECT 1 AS one"), anyRow))).toEqual([{ one: 1 }])
  expect(existsSync(left)).toBe(false)
  writeFileSync(join(home, "holder.json"), "no note")
  expect(await together(home, (_, asking) => asking.rows(plain("SELECT 1 AS one"), anyRow))).toEqual([{ one: 1 }])
})

it("tells who is said to hold it where nothing answers, and that it ended where the answer broke off", async () => {
  const home = newHome()
  writeFileSync(
    join(home, "holder.json"),
    JSON.stringify({ pid: 1, host: "elsewhere", since: "2026-10-01", socket: join(home, "holder.sock") })
  )
  const error = await Effect.runPromise(Effect.flip(Effect.scoped(askHolder(home))))
  expect([error.reason, error.message]).toEqual(["Held", expect.stringContaining("process 1 on elsewhere")])
  const broken = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const asking = yield* Effect.scoped(
          Effect.zipRight(openWarehouse({ stateFile: join(home, "state.duckdb"), ...oneThread }), askHolder(home))
        )
        return yield* Effect.flip(asking.rows(plain("SELECT 1"), anyRow))
      })
    )
  )
  expect([broken.reason, broken.message]).toEqual(["Held", expect.stringContaining("ask again")])
})
