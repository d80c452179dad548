import type { DuckDBConnection, DuckDBInstance, DuckDBMaterializedResult } from "@duckdb/node-api"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Schedule from "effect/Schedule"
import { totalmem } from "node:os"
import { dirname, join } from "node:path"
import { askEngine, loadEngine } from "../../core/engine.ts"
import { list, literal, type Sql, sql } from "../../core/sql.ts"
import { makeOwnFolder, onDisk, removeAll, type StoreError } from "../../core/ports/disk.ts"
import {
  askingRows,
  type EngineLimits,
  type Row,
  type Sharing,
  Warehouse,
  WarehouseError,
  type WarehouseService
} from "../../core/ports/warehouse.ts"
import { appendRows } from "./append.ts"
import { askHolder } from "./ask-holder.ts"
import { type AboutState, answerReads } from "./answer-reads.ts"
import { readEngineError, reasonToOpen, wordsFor } from "./engine-error.ts"
import { forgetHolder, heldBy, noteHolder, readHolder, refuseWhileRestored } from "./holder.ts"
import { mostSaid, statementError } from "./statement-error.ts"
import { makeTurn, type Turn } from "./turn.ts"
import type { Doing } from "../../core/doing.ts"

type Engine = ReturnType<typeof loadEngine>

export interface WarehouseOptions extends EngineLimits {
  /** State file; its folder also holds pages, plans, kept reads and the note of who holds it. */
  readonly stateFile: string
}

/**
 * Opens the workspace's state and shuts the engine in: no file but pages, plans and kept reads, no network, no settings.
 * Fails with `Held` when another process has the state open, saying which and since when; with `Damaged` when it is no
 * state, or half of one.
 */
export const openWarehouse = Effect.fn("duckdb.open")(function* (
  options: WarehouseOptions
): Doing<WarehouseService, WarehouseError, Scope.Scope> {
  // State, plans and page files hold people's names: whatever is made from now on is its owner's alone to read, wherever
  // it lies. The engine makes files itself, so that no mode could be given with each.
  process.umask(0o077)
  const home = dirname(options.stateFile)
  yield* Effect.mapError(refuseWhileRestored(home), (error) => (error._tag === "StoreError" ? asOfState(error) : error))
  const folders = { pages: join(home, "pages"), plans: join(home, "plans"), reads: join(home, "reads") }
  for (const folder of Object.values(folders)) {
    const made = onDisk("create the workspace's folders", folder, (disk) => makeOwnFolder(disk, folder))
    yield* Effect.mapError(made, asOfState)
  }
  const duckdb = loadEngine()
  const instance = yield* Effect.acquireRelease(open(duckdb, options, home), (opened: DuckDBInstance) =>
    Effect.zipRight(
      forgetHolder(home),
      Effect.sync(() => opened.closeSync())
    )
  )
  const connection = yield* connected(instance)
  const memoryLimit = options.memoryLimit ?? (yield* defaultMemoryLimit(options.stateFile))
  const settings = [
    // Set for every connection: each has its own otherwise, and none may choose any more below.
    "SET GLOBAL errors_as_json = true",
    "SET preserve_insertion_order = false",
    "SET GLOBAL TimeZone = 'UTC'",
    // A small log is replayed in an instant after a kill; a full one takes seconds.
    "SET checkpoint_threshold = '16MB'",
    `SET temp_directory = ${literal(join(home, "spill"))}`,
    `SET memory_limit = ${literal(memoryLimit)}`,
    ...(options.threads === null ? [] : [`SET threads = ${String(options.threads)}`]),
    `SET allowed_directories = ${list(Object.values(folders).map((folder) => `${folder}/`))}`,
    "SET enable_external_access = false",
    "SET lock_configuration = true"
  ]
  for (const setting of settings) {
    yield* Effect.mapError(
      askEngine(connection, () => connection.run(setting)),
      (error) => statementError(`-- ${setting.split(" = ", 1)[0] ?? ""} of the engine`, error)
    )
  }
  const about = { engineVersion: duckdb.version(), folders, begun: new Set<number>() }
  // A process that was killed leaves its note and its socket.
  yield* forgetHolder(home)
  const socket = yield* answerReads(instance, about, home)
  yield* Effect.mapError(noteHolder(home, socket), asOfState)
  return yield* sharing(instance, connection, about)
})

const connected = (instance: DuckDBInstance) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => instance.connect(),
      catch: (error) => statementError("-- connect to the state", error)
    }),
    (opened) => Effect.sync(() => opened.closeSync())
  )

/** The state for whoever opened it, with which others of this process can be taken in. */
const sharing = Effect.fnUntraced(function* (
  instance: DuckDBInstance,
  connection: DuckDBConnection,
  about: AboutState
) {
  const clock = yield* Effect.clock
  const turn = makeTurn(() => Number(clock.unsafeCurrentTimeNanos()) / 1e6)
  yield* turn.take
  let taken = 0
  const takeIn = Effect.gen(function* () {
    yield* Effect.acquireRelease(turn.take, () => turn.give)
    const own = yield* connected(instance)
    // Page files are one's own: two may read the same dataset at once.
    const pages = join(about.folders.pages, `beside-${++taken}`)
    const folders = { ...about.folders, pages }
    yield* Effect.addFinalizer(() =>
      Effect.ignore(onDisk("remove what was read", pages, (disk) => removeAll(disk, pages)))
    )
    return service(own, { ...about, folders, sharing: { ...takingTurns(turn), takeIn: null, isGuest: true } })
  })
  return service(connection, { ...about, sharing: { ...takingTurns(turn), takeIn, isGuest: false } })
})

const takingTurns = (turn: Turn): Pick<Sharing, "away" | "isAwaited" | "longestTurn"> => ({
  away: (work) =>
    Effect.acquireUseRelease(
      turn.give,
      () => work,
      () => turn.take
    ),
  isAwaited: turn.isAwaited,
  longestTurn: turn.longest
})

/**
 * Opens the state, or, while another process holds it, asks that process, which answers whatever only reads. Fails with
 * `Held` where it does not answer.
 */
const openToRead = Effect.fn("duckdb.open-to-read")(
  (options: WarehouseOptions): Effect.Effect<WarehouseService, WarehouseError, Scope.Scope> =>
    openWarehouse(options).pipe(
      Effect.catchIf(
        (error) => error.reason === "Held",
        () => askHolder(dirname(options.stateFile))
      ),
      // It may have just begun to hold it, or just have ended.
      Effect.retry({ while: (error) => error.reason === "Held", times: 3, schedule: Schedule.spaced("150 millis") })
    )
)

/**
 * The engine's own default, most of the machine, starves what runs beside it, and is no faster: what it frees and takes
 * again costs more than what it puts aside on disk. The more bytes are remembered, the more is compared, and the more it may
 * take. A container's limit counts as its machine's memory.
 */
const defaultMemoryLimit = (stateFile: string): Effect.Effect<string, WarehouseError> =>
  onDisk("look at the size of the state", stateFile, (disk) => disk.stat(stateFile)).pipe(
    Effect.map(({ size }) => {
      const machine = Math.min(totalmem(), process.constrainedMemory() || Infinity)
      return `${Math.floor(Math.min(2_000, 600 + Number(size) / 1e6, machine / 2e6))}MB`
    }),
    Effect.mapError(asOfState)
  )

/**
 * Opens the state for oneself. Who only reads holds it for less than a second: that is waited for, also where one such
 * command follows another. Whoever has held it for longer is at work.
 */
export const layer = (options: WarehouseOptions): Layer.Layer<Warehouse, WarehouseError> => {
  const isForAMoment = Effect.gen(function* () {
    const holder = yield* readHolder(dirname(options.stateFile))
    return holder === null || (yield* Clock.currentTimeMillis) - Date.parse(holder.since) < longestMoment
  })
  return Layer.scoped(
    Warehouse,
    openWarehouse(options).pipe(
      Effect.retry({
        while: (error) => (error.reason === "Held" ? isForAMoment : Effect.succeed(false)),
        times: 40,
        schedule: Schedule.jittered(Schedule.spaced("250 millis"))
      })
    )
  )
}

/** Milliseconds. */
const longestMoment = 3_000

export const layerToRead = (options: WarehouseOptions): Layer.Layer<Warehouse, WarehouseError> =>
  Layer.scoped(Warehouse, openToRead(options))

const service = (
  connection: DuckDBConnection,
  about: AboutState & Pick<WarehouseService, "sharing">
): WarehouseService => {
  // The engine runs one statement of a connection at a time; a second one would wait inside it without being interruptible.
  const turn = Effect.unsafeMakeSemaphore(1)
  const home = dirname(about.folders.plans)
  const attempt = <A>(text: string, run: () => Promise<A>): Effect.Effect<A, WarehouseError> =>
    Effect.mapError(askEngine(connection, run), (error) => statementError(text, error, home))
  const run = ({ text }: Sql): Effect.Effect<void, WarehouseError> =>
    Effect.asVoid(attempt(text, () => connection.run(text)))
  return {
    ...about,
    isReadOnly: false,
    execute: (statement) => turn.withPermits(1)(run(statement)),
    rows: askingRows((query) =>
      turn.withPermits(1)(
        Effect.map(
          attempt(query, () => connection.run(query)),
          rowsIn
        )
      )
    ),
    transaction: (statements) =>
      turn.withPermits(1)(
        Effect.gen(function* () {
          yield* run(sql`BEGIN TRANSACTION`)
          yield* Effect.forEach(statements, run, { discard: true }).pipe(
            Effect.tapErrorCause(() => Effect.ignore(run(sql`ROLLBACK`)))
          )
          yield* run(sql`COMMIT`)
        }).pipe(Effect.uninterruptible)
      ),
    append: (table, rows) =>
      rows.length === 0
        ? Effect.void
        : turn.withPermits(1)(
            attempt(`append to ${table}`, async () => appendRows(await connection.createAppender(table), rows))
          )
  }
}

/** The rows of a result, which lies in memory as a whole: to ask for them in turn costs a thread's attention for each piece. */
const rowsIn = (result: DuckDBMaterializedResult): ReadonlyArray<Row> => {
  const names = result.deduplicatedColumnNames()
  const { JsonDuckDBValueConverter: toJson } = loadEngine()
  const rows: Array<Row> = []
  for (let at = 0; at < result.chunkCount; at++) {
    for (const values of result.getChunk(at).convertRows(toJson)) {
      rows.push(Object.fromEntries(values.map((value, column) => [names[column] ?? "", value])) as Row)
    }
  }
  return rows
}

/** So often a state is tried again which could be opened a moment ago: others may open and leave it in between. */
const tries = 5

/**
 * Opens the state; what stands in the way is asked of the engine once more, in the form that gives the system's number.
 * If nothing stands there by then, whoever had the state has just let it go, and it is opened after all.
 */
const open = (duckdb: Engine, { stateFile }: WarehouseOptions, home: string) => {
  const opened = Effect.tryPromise(() => duckdb.DuckDBInstance.create(stateFile))
  const refusal = Effect.tryPromise({ try: () => refuseUnlessOpened(duckdb, stateFile), catch: readEngineError })
  // The engine says here in words alone why it opens nothing; why is asked for apart, and by then nothing may stand in the way.
  const tried = Effect.retry(
    Effect.catchAll(opened, () => Effect.zipRight(refusal, Effect.fail("taken" as const))),
    { times: tries, while: (failed) => failed === "taken" }
  )
  return tried.pipe(
    Effect.catchAll((read) =>
      Effect.gen(function* () {
        if (read === "taken" || reasonToOpen(read) === "Held") return yield* heldBy(yield* readHolder(home))
        const reason = reasonToOpen(read)
        const detail = `${stateFile}: ${wordsFor(reason, read)}`
        return yield* new WarehouseError({
          reason,
          statement: "open the state file",
          detail:
            reason === "Damaged"
              ? `${detail}, or was made by a newer version. Put its copy from a backup in its place, and nothing else of that name beside it; nothing was changed`
              : detail,
          said: read.words.slice(0, mostSaid)
        })
      })
    )
  )
}

/** Rejects with what stands in the way of opening a state file. */
const refuseUnlessOpened = async (duckdb: Engine, stateFile: string): Promise<void> => {
  const asked = await duckdb.DuckDBInstance.create(":memory:")
  const connection = await asked.connect()
  try {
    await connection.run("SET errors_as_json = true")
    await connection.run(`ATTACH ${literal(stateFile)} AS asked`)
  } finally {
    connection.closeSync()
    asked.closeSync()
  }
}

/** A failure of the disk under the state is one of the state. */
const asOfState = ({ detail, reason, what }: StoreError): WarehouseError =>
  new WarehouseError({
    reason: reason === "Full" ? "DiskFull" : reason === "Closed" ? "Closed" : "Missing",
    statement: what,
    detail
  })
