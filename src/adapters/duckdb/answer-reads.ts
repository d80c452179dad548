import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { breakOff, loadEngine } from "../../core/engine.ts"
import { onDisk } from "../../core/ports/disk.ts"
import type { Row, WarehouseService } from "../../core/ports/warehouse.ts"
import { appendRows } from "./append.ts"
import { asRead } from "./as-read.ts"
import { readEngineError } from "./engine-error.ts"
import { farSocket, nearSocket } from "./holder.ts"
import { onMessage, send } from "./lines.ts"
import { listenAt } from "../../core/ports/own-socket.ts"
import { type Answer, type Greeting, protocol, type Question } from "./read-protocol.ts"
import { statementError } from "./statement-error.ts"

/** Facts about the open state that are the same for every connection. */
export type AboutState = Pick<WarehouseService, "engineVersion" | "folders" | "begun">

/** Milliseconds that the end of the process waits for those whom it still answers. */
const grace = 3_000

/**
 * Answers the reads of other processes of the same user until the scope ends, on a socket whose path is given back; null
 * where none can be made. Each has a connection to the engine of its own, and with it
 * temporary tables of its own. One statement at a time is answered, in a transaction in which the engine writes to nothing
 * but those: a read may wait for another, and a run for none.
 */
export const answerReads = (
  instance: DuckDBInstance,
  about: AboutState,
  home: string
): Effect.Effect<string | null, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(nearSocket(home), (path) => listening(instance, about, path)).pipe(
      // There are file systems without sockets.
      Effect.orElse(() => Effect.flatMap(farSocket, (path) => listening(instance, about, path))),
      Effect.orElseSucceed(() => null)
    ),
    (listening) => Effect.ignore(Effect.tryPromise(async () => listening?.end()))
  ).pipe(Effect.map((listening) => listening?.path ?? null))

const listening = (instance: DuckDBInstance, about: AboutState, path: string) =>
  Effect.tap(
    Effect.tryPromise(() => listen(instance, about, path)),
    () => onDisk("close the socket to others", path, (disk) => disk.chmod(path, 0o600))
  )

const listen = async (instance: DuckDBInstance, about: AboutState, path: string) => {
  const open = new Set<Socket>()
  let turn: Promise<unknown> = Promise.resolve()
  const server = createServer((socket) => {
    open.add(socket)
    const asking = instance.connect()
    asking.catch(() => socket.destroy())
    let atWork: Promise<Answered> | null = null
    const next = (work: (connection: DuckDBConnection) => unknown): void => {
      turn = turn.then(async () => work(await asking)).catch(() => socket.destroy())
    }
    // Whoever went away in the middle of an answer is seen by the close that follows.
    socket.on("error", () => undefined)
    socket.once("close", () => {
      open.delete(socket)
      const given = atWork
      if (given !== null) asking.then((connection) => breakOff(connection, given)).catch(() => undefined)
      next((connection) => connection.closeSync())
    })
    onMessage(socket, (question) =>
      next(async (connection) => {
        if (socket.destroyed) return
        atWork = answer(connection, question as Question)
        const answered = await atWork
        atWork = null
        send(socket, { begun: [...about.begun], ...answered } satisfies Answer)
      })
    )
    send(socket, { protocol, engineVersion: about.engineVersion, folders: about.folders } satisfies Greeting)
  })
  await listenAt(server, path)
  // It keeps no process alive that has come to its end otherwise.
  server.unref()
  const end = async (): Promise<void> => {
    server.close()
    for (let waited = 0; open.size > 0 && waited < grace; waited += 20) await sleep(20)
    for (const socket of open) socket.destroy()
    // The close of the last one puts itself at the end of the queue.
    await sleep(0)
    await turn
  }
  return { path, end }
}

type Answered = Answer extends infer One
  ? One extends { readonly begun: ReadonlyArray<number> }
    ? Omit<One, "begun">
    : never
  : never

const answer = async (connection: DuckDBConnection, question: Question): Promise<Answered> => {
  const name = "sql" in question ? question.sql : `append to ${question.append}`
  try {
    if ("append" in question) {
      appendRows(await connection.createAppender(question.append, "main", "temp"), question.rows)
      return { rows: [] }
    }
    const sql = await asRead(connection, question.sql)
    await connection.run("BEGIN TRANSACTION READ ONLY")
    try {
      const rows = await rowsOf(connection, sql)
      await connection.run("COMMIT")
      return rows === null ? { refused: true } : { rows }
    } catch (error) {
      await connection.run("ROLLBACK")
      throw error
    }
  } catch (error) {
    // The engine's word for a write in a transaction that only reads.
    if (readEngineError(error).kind === "TransactionContext") return { refused: true }
    const { detail, reason, said, statement } = statementError(name, error)
    return { error: { reason, statement, detail, said: said ?? null } }
  }
}

/** The rows of the last of some statements; null where one is of a kind that the transaction would not keep from writing. */
const rowsOf = async (connection: DuckDBConnection, sql: string): Promise<ReadonlyArray<Row> | null> => {
  const { StatementType: kind } = loadEngine()
  const harmless = [kind.SELECT, kind.CREATE, kind.INSERT, kind.UPDATE, kind.DELETE, kind.ALTER, kind.DROP]
  if (/^\s*$/.test(sql)) return []
  const statements = await connection.extractStatements(sql)
  let rows: ReadonlyArray<Row> = []
  for (let at = 0; at < statements.count; at++) {
    const statement = await statements.prepare(at)
    try {
      if (!harmless.includes(statement.statementType)) return null
      rows = (await statement.runAndReadAll()).getRowObjectsJson() as ReadonlyArray<Row>
    } finally {
      statement.destroySync()
    }
  }
  return rows
}
