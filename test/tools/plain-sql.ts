import * as Schema from "effect/Schema"
import type { Cell } from "../../src/core/ports/warehouse.ts"
import { Sql } from "../../src/core/sql.ts"

/** A statement that a test writes as text; the product has the tag alone. */
export const plain = (statement: string | Sql): Sql => (typeof statement === "string" ? Sql.of(statement) : statement)

/** A row as the engine gives it, lists and structs too, for a test that looks at all of it. */
export const anyRow: Schema.Schema<Readonly<Record<string, Cell>>> = Schema.Record({
  key: Schema.String,
  value: Schema.Any
})
