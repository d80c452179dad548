import type * as DuckDB from "@duckdb/node-api"
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
