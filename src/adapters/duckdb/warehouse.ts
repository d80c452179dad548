import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { hostname, totalmem } from "node:os"
import { dirname, join } from "node:path"
import { loadEngine } from "../../core/engine.ts"
import { list, literal } from "../../core/sql.ts"
import { type Row, Warehouse, WarehouseError, type WarehouseService } from "../../ports/warehouse.ts"

export interface WarehouseOptions {
  /** State file; its folder also holds pages, plans, kept reads and the note of who holds it. */
  readonly stateFile: string
  /** E.g. `1500MB`; null: 3 GB, or half of a smaller machine. Beyond it the engine works on disk. */
  readonly memoryLimit: string | null
}

/**
 * Opens the workspace's state and shuts the engine in: no file but pages, plans and kept reads, no network, no settings.
 * Fails with `Held` when another process has the state open, saying which and since when.
 */
export const openWarehouse: (
  options: WarehouseOptions
) => Effect.Effect<WarehouseService, WarehouseError, Scope.Scope> = Effect.fn("warehouse.open")(function* (
  options: WarehouseOptions
) {
  // State, plans and page files hold people's names: whatever is made from now on is its owner's alone to read, wherever
  // it lies. The engine makes files itself, so that no mode could be given with each.
  process.umask(0o077)
  const home = dirname(options.stateFile)
  const folders = { pages: join(home, "pages"), plans: join(home, "plans"), reads: join(home, "reads") }
  yield* file("create the workspace's folders", async () => {
    for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 })
  })
  const duckdb = loadEngine()
  const holderFile = join(home, "holder.json")
  const instance = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => duckdb.DuckDBInstance.create(options.stateFile),
      catch: (error) => error
    }).pipe(Effect.catchAll((error) => failedToOpen(error, holderFile))),
    (open: DuckDBInstance) =>
      Effect.promise(async () => {
        await rm(holderFile, { force: true })
        open.closeSync()
      })
  )
  yield* file("note who holds the state", () =>
    writeFile(holderFile, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }), {
      mode: 0o600
    })
  )
  const connection = yield* Effect.acquireRelease(
    Effect.promise(() => instance.connect()),
    (open) => Effect.sync(() => open.closeSync())
  )
  const settings = [
    "SET preserve_insertion_order = false",
    "SET TimeZone = 'UTC'",
    // A small log is replayed in an instant after a kill; a full one takes seconds.
    "SET checkpoint_threshold = '16MB'",
    `SET temp_directory = ${literal(join(home, "spill"))}`,
    `SET memory_limit = ${literal(options.memoryLimit ?? defaultMemoryLimit())}`,
    `SET allowed_directories = ${list(Object.values(folders).map((folder) => `${folder}/`))}`,
    "SET enable_external_access = false",
    "SET lock_configuration = true"
  ]
  for (const setting of settings) yield* Effect.promise(() => connection.run(setting))
  return service(connection, duckdb.version(), folders)
})

/**
 * The engine's own default, most of the machine, starves what runs beside it, and is no faster: a district of a million
 * students is compared within this. A container's limit counts as its machine's memory.
 */
const defaultMemoryLimit = (): string =>
  `${Math.floor(Math.min(3_000, Math.min(totalmem(), process.constrainedMemory() || Infinity) / 2e6))}MB`

export const layer = (options: WarehouseOptions): Layer.Layer<Warehouse, WarehouseError> =>
  Layer.scoped(Warehouse, openWarehouse(options))

const service = (
  connection: DuckDBConnection,
  engineVersion: string,
  folders: WarehouseService["folders"]
): WarehouseService => {
  // The engine runs one statement of a connection at a time; a second one would wait inside it without being interruptible.
  const turn = Effect.unsafeMakeSemaphore(1)
  const attempt = <A>(sql: string, run: () => Promise<A>): Effect.Effect<A, WarehouseError> =>
    Effect.tryPromise({ try: run, catch: (error) => statementError(sql, error) })
  const run = (sql: string): Effect.Effect<void, WarehouseError> =>
    Effect.asVoid(attempt(sql, () => connection.run(sql)))
  return {
    engineVersion,
    folders,
    execute: (sql) => turn.withPermits(1)(run(sql)),
    rows: (sql) =>
      turn.withPermits(1)(
        Effect.map(
          attempt(sql, () => connection.runAndReadAll(sql)),
          (reader) => reader.getRowObjectsJson() as ReadonlyArray<Row>
        )
      ),
    transaction: (statements) =>
      turn.withPermits(1)(
        Effect.gen(function* () {
          yield* run("BEGIN TRANSACTION")
          yield* Effect.forEach(statements, run, { discard: true }).pipe(
            Effect.tapErrorCause(() => Effect.ignore(run("ROLLBACK")))
          )
          yield* run("COMMIT")
        }).pipe(Effect.uninterruptible)
      ),
    append: (table, rows) =>
      rows.length === 0
        ? Effect.void
        : turn.withPermits(1)(
            attempt(`append to ${table}`, async () => {
              const appender = await connection.createAppender(table)
              for (const row of rows) {
                for (const cell of row) {
                  if (cell === null) appender.appendNull()
                  else if (typeof cell === "string") appender.appendVarchar(cell)
                  else if (typeof cell === "boolean") appender.appendBoolean(cell)
                  else appender.appendBigInt(BigInt(cell))
                }
                appender.endRow()
              }
              appender.closeSync()
            })
          )
  }
}

const statementError = (sql: string, error: unknown): WarehouseError => {
  const detail = error instanceof Error ? error.message : String(error)
  const header = (sql.split("\n", 1)[0] ?? "").replace(/^--\s*/, "")
  return new WarehouseError({
    reason: /^Conversion Error|Could not convert|Malformed JSON.*cast/i.test(detail)
      ? "Conversion"
      : /Malformed JSON|Invalid unicode|not valid UTF|unexpected (character|end)/i.test(detail)
        ? "Malformed"
        : /Out of Memory/i.test(detail)
          ? "OutOfMemory"
          : "Statement",
    statement: header.slice(0, 120),
    detail: detail.split("\n", 1)[0] ?? detail
  })
}

const failedToOpen = (error: unknown, holderFile: string): Effect.Effect<never, WarehouseError> =>
  Effect.gen(function* () {
    const detail = error instanceof Error ? error.message : String(error)
    if (!/lock/i.test(detail)) {
      return yield* new WarehouseError({
        reason: "Missing",
        statement: "open the state file",
        detail: detail.split("\n", 1)[0] ?? detail
      })
    }
    const note = yield* Effect.promise(() => readFile(holderFile, "utf8").catch(() => ""))
    const holder = /"pid":(\d+).*"host":"([^"]*)".*"since":"([^"]*)"/.exec(note)
    const who = holder === null ? "another process" : `process ${holder[1]} on ${holder[2]}, since ${holder[3]}`
    return yield* new WarehouseError({
      reason: "Held",
      statement: "",
      detail: `the workspace is held by ${who}. Wait until it ends, or stop it; nothing was changed`
    })
  })

const file = (what: string, run: () => Promise<unknown>): Effect.Effect<void, WarehouseError> =>
  Effect.asVoid(
    Effect.tryPromise({
      try: run,
      catch: (error) =>
        new WarehouseError({
          reason: "Missing",
          statement: what,
          detail: error instanceof Error ? error.message : String(error)
        })
    })
  )
