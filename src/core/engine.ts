import type * as DuckDB from "@duckdb/node-api"
import { createRequire } from "node:module"

/**
 * DuckDB's package, loaded when it is first asked for: what needs no engine must not pay for it. By `require`, since
 * Node searches a CommonJS package for its exports before it imports one, and that takes as long as loading it.
 */
export const loadEngine = (): typeof DuckDB => createRequire(import.meta.url)("@duckdb/node-api") as typeof DuckDB
