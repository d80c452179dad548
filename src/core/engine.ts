import type * as DuckDB from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import { createRequire } from "node:module"

/**
 * DuckDB's package, loaded when it is first asked for: what needs no engine must not pay for it. By `require`, since
 * Node searches a CommonJS package for its exports before it imports one, and that takes as long as loading it.
 */
export const loadEngine = (): typeof DuckDB => {
  // Read once, when the engine is loaded. It gives freed memory back within a second otherwise, and a night asks for it again
  // in the next statement: a seventh of the night's time, for a twentieth more of memory.
  process.env["DUCKDB_JE_MALLOC_CONF"] ??= "dirty_decay_ms:10000,muzzy_decay_ms:10000"
  return createRequire(import.meta.url)("@duckdb/node-api") as typeof DuckDB
}

/**
 * Work of a connection of the engine, which fails with what the engine says. Whoever interrupts it has it broken off, and waits
 * until the engine has let the connection go: closed under a statement, it may be taken down by that statement's own thread under
 * a lock that this thread holds, and neither the thread nor the process ever ends.
 */
export const askEngine = <A>(connection: DuckDB.DuckDBConnection, ask: () => Promise<A>): Effect.Effect<A, unknown> =>
  Effect.async((resume) => {
    const asked = ask()
    asked.then(
      (answer) => resume(Effect.succeed(answer)),
      (error: unknown) => resume(Effect.fail(error))
    )
    return Effect.ignore(Effect.tryPromise(() => breakOff(connection, asked)))
  })

/** Breaks off what a connection is at, and ends when it has. */
export const breakOff = async (connection: DuckDB.DuckDBConnection, asked: Promise<unknown>): Promise<void> => {
  // The engine forgets an interruption that comes right before a statement begins, and there may be several statements.
  const again = setInterval(() => connection.interrupt(), 20)
  connection.interrupt()
  try {
    await asked
  } catch {
    // How it ended is no matter any more.
  } finally {
    clearInterval(again)
  }
}
