import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir, totalmem } from "node:os"
import { join } from "node:path"
import { afterEach, expect, it, vi } from "vitest"
import { layer, openWarehouse } from "../../../src/adapters/duckdb/warehouse.ts"
import { exitCodeOf, messageOf } from "../../../src/cli/exit.ts"
import { loadEngine } from "../../../src/core/engine.ts"
import { exitCodes } from "../../../src/core/exit-codes.ts"
import { Warehouse, type WarehouseError, type WarehouseService } from "../../../src/core/ports/warehouse.ts"
import { oneThread } from "../../tools/one-thread.ts"
import { anyRow, plain } from "../../tools/plain-sql.ts"

const folders: Array<string> = []

/** The name is a trap: words of a path must decide nothing. */
const newFolder = (): string => {
  const folder = join(mkdtempSync(join(tmpdir(), "rollbook-")), "blocked-by-No space left on device")
  mkdirSync(folder)
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(join(folder, ".."), { recursive: true, force: true })
})

const use = <A, E>(stateFile: string, work: (warehouse: WarehouseService) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(openWarehouse({ stateFile, ...oneThread }), work)))

const failureOf = (stateFile: string, sql = "SELECT 1"): Promise<WarehouseError> =>
  Effect.runPromise(
    Effect.flip(
      Effect.scoped(
        Effect.flatMap(openWarehouse({ stateFile, ...oneThread }), (warehouse) => warehouse.execute(plain(sql)))
      )
    )
  )

/** A state file with a hundred thousand rows. */
const makeState = async (): Promise<string> => {
  const file = join(newFolder(), "state.duckdb")
  await use(file, (warehouse) =>
    warehouse.execute(plain("CREATE TABLE people AS SELECT range AS id, 'name ' || range AS name FROM range(100000)"))
  )
  return file
}

const damages: ReadonlyArray<readonly [string, (file: string) => void]> = [
  ["cut off", (file) => truncateSync(file, 5000)],
  ["of something else", (file) => writeFileSync(file, "a lock of hair in a block of ice. ".repeat(500))],
  ["empty", (file) => truncateSync(file, 0)],
  ["with other bytes in its head", (file) => writeFileSync(file, Buffer.alloc(8, 0xff), { flag: "r+" })]
]

it.each(damages)("tells a state file that is %s as damaged, and never as held", async (_, damage) => {
  const file = await makeState()
  damage(file)
  const error = await failureOf(file)
  expect(error.reason).toBe("Damaged")
  expect(exitCodeOf(error)).toBe(exitCodes.unexpected)
  expect(messageOf(error)).toContain(file)
  expect(messageOf(error)).toMatch(/damaged.*backup/)
})

/** Another process that opens a state, and keeps it open for so many milliseconds. */
const holder = async (file: string, milliseconds: number): Promise<ChildProcess> => {
  const engine = new URL("../../../node_modules/@duckdb/node-api/lib/index.js", import.meta.url).href
  const other = spawn(process.execPath, [
    "--input-type=module",
    "-e",
    `const { default: d } = await import(${JSON.stringify(engine)}); await d.DuckDBInstance.create(${JSON.stringify(file)}); console.log("open"); setTimeout(() => process.exit(), ${milliseconds})`
  ])
  await new Promise((resolve) => other.stdout.once("data", resolve))
  return other
}

it("tells a state that another process has open as held, and by whom", async () => {
  const file = await makeState()
  const other = await holder(file, 60_000)
  try {
    const error = await failureOf(file)
    expect(error.reason).toBe("Held")
    expect(exitCodeOf(error)).toBe(exitCodes.workspaceHeld)
    expect(messageOf(error)).toMatch(/held by another process.*nothing was changed/)
  } finally {
    other.kill("SIGKILL")
  }
})

/** Carries out work while others take a state so many times, each time that it is about to be opened, and leave it again. */
const takenSoOften = async <A>(file: string, times: number, work: () => Promise<A>) => {
  const { DuckDBInstance } = loadEngine()
  const create = DuckDBInstance.create.bind(DuckDBInstance)
  let left = times
  const creating = vi
    .spyOn(DuckDBInstance, "create")
    .mockImplementation((path, options) =>
      path === file && left-- > 0
        ? Promise.reject(new Error("IO Error: Could not set lock on file: Conflicting lock is held in PID 1"))
        : create(path, options)
    )
  try {
    return { done: await work(), left }
  } finally {
    creating.mockRestore()
  }
}

it("opens a state that others have taken and left again each time that it looked, and never calls it damaged", async () => {
  const file = await makeState()
  const people = plain("SELECT count(*) AS people FROM people")
  const read = await takenSoOften(file, 3, () => use(file, (warehouse) => warehouse.rows(people, anyRow)))
  expect(read).toEqual({ done: [{ people: "100000" }], left: -1 })
  expect(await takenSoOften(file, 6, () => failureOf(file))).toMatchObject({ done: { reason: "Held" }, left: 0 })
})

it("waits for whoever has the state for a moment, as a command that only reads does", async () => {
  const file = await makeState()
  await holder(file, 400)
  const rows = Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.rows(plain("SELECT count(*) AS people FROM people"), anyRow)
  )
  const read = await Effect.runPromise(Effect.provide(rows, layer({ stateFile: file, ...oneThread })))
  expect(read).toEqual([{ people: "100000" }])
})

it("may take more memory the more is remembered, and on a large machine no more than two gigabytes", async () => {
  const limitOf = async (remembered: number): Promise<number> => {
    const file = join(newFolder(), "state.duckdb")
    await use(file, () => Effect.void)
    // The engine does not mind what stands behind its own blocks.
    truncateSync(file, statSync(file).size + remembered)
    const [row] = await use(file, (warehouse) =>
      warehouse.rows(plain("SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'"), anyRow)
    )
    const [, amount, unit] = /^([\d.]+) ([MG])iB$/.exec(String(row?.["value"])) ?? []
    return Number(amount) * (unit === "G" ? 1024 : 1)
  }
  const limits = [await limitOf(0), await limitOf(500e6), await limitOf(50e9)]
  const most = Math.min(totalmem(), process.constrainedMemory() || Infinity) / 2
  const expected = [600e6, 1_100e6, 2_000e6].map((bytes) => Math.min(bytes, most) / 2 ** 20)
  for (const [index, limit] of limits.entries()) expect(limit / (expected[index] ?? 0)).toBeCloseTo(1, 1)
})

it("tells a state file that is a folder, and one in a folder that is a file, as what they are", async () => {
  const folder = newFolder()
  mkdirSync(join(folder, "state.duckdb"))
  expect((await failureOf(join(folder, "state.duckdb"))).reason).toBe("Missing")
  writeFileSync(join(folder, "file"), "")
  const error = await failureOf(join(folder, "file", "state.duckdb"))
  expect([error.reason, exitCodeOf(error)]).toEqual(["Missing", exitCodes.unexpected])
})

/** Statements whose refusal quotes a value, in each of the engine's ways to do so. */
const telltale: ReadonlyArray<readonly [string, WarehouseError["reason"]]> = [
  ["-- counts of people\nSELECT CAST('Brown' AS INTEGER)", "Conversion"],
  ["-- counts of people\nSELECT CAST('Brown' AS DATE)", "Conversion"],
  [`-- counts of people\nSELECT json_transform_strict('{"name":"Brown"}', '["INTEGER"]')`, "Malformed"],
  [`-- counts of people\nSELECT json('{"name": Brown')`, "Malformed"],
  ["-- counts of people\nSELECT error('No space left on device, Brown; lock; Out of Memory')", "Malformed"],
  ["-- counts of people\nSELECT strptime('Brown', '%Y')", "Malformed"],
  [
    "-- counts of people\nCREATE TABLE once (name VARCHAR UNIQUE); INSERT INTO once VALUES ('Brown'), ('Brown')",
    "Statement"
  ],
  ["-- counts of people\nSELECT Brown FROM (SELECT 1 AS one)", "Statement"],
  ["-- counts of people\nSELECT 'Brown' Brown Brown", "Statement"]
]

it.each(telltale)("says no value of what %j refuses", async (sql, reason) => {
  const error = await failureOf(join(newFolder(), "state.duckdb"), sql)
  expect(error.reason).toBe(reason)
  expect(exitCodeOf(error)).toBe(exitCodes.unexpected)
  expect(messageOf(error)).toMatch(/^counts of people: /)
  expect(messageOf(error)).not.toContain("Brown")
  expect(JSON.stringify(Object.values(error).filter((value) => value !== error.said))).not.toContain("Brown")
  expect(error.said).toContain("Brown")
})

it("says no value of a row that cannot be appended", async () => {
  const error = await use(join(newFolder(), "state.duckdb"), (warehouse) =>
    Effect.zipRight(
      warehouse.execute(plain("CREATE TABLE t (a INTEGER)")),
      Effect.flip(warehouse.append("t", [["Brown"]]))
    )
  )
  expect(messageOf(error)).toMatch(/^append to t: /)
  expect(messageOf(error)).not.toContain("Brown")
})
