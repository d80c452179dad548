import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { about, joined, name, oneOf, type Sql, sql } from "../core/sql.ts"
import { Count, countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { onDisk, type StoreError } from "../core/ports/disk.ts"
import { takesAway } from "./actions.ts"
import { changes } from "./change-set.ts"
import { stepTypes } from "./step-columns.ts"
import { apart, stepsBehind } from "./steps-in-order.ts"
import type { Doing } from "../core/doing.ts"
import { stepOrderTable, stepTable } from "./temporary.ts"
import { made, named } from "../core/table.ts"

/** How many phases a plan of so many entities has: one to build each up, one to take each down, one for what follows by itself. */
export const phaseCount = (entities: number): number => entities * 2 + 1

/** Steps on disk: how many there are, and the sha256 of their file in hexadecimal. */
export interface WrittenSteps {
  readonly count: number
  readonly sha256: string
}

interface WritingSteps {
  readonly atOnce?: number
  readonly mostPasses?: number
  readonly between?: Effect.Effect<void, never, Warehouse>
}

/**
 * Orders the change set into steps, each with the gate of the table `stopped`, and writes them to a file, one JSON object a
 * line, in the order in which they are carried out: what is referred to is built first and taken down last. `entities` are
 * named in that order. No more than `atOnce` steps are put in order with all their values at a time, so that a first plan of
 * millions needs no more memory for that than one of `atOnce` steps. The engine passes over the change set no more than
 * `mostPasses` times, so that each step of millions costs no more than one of some. `between` is carried out before each pass,
 * with nothing on its way.
 */
export const writeSteps = Effect.fn("state.write-steps")(function* (
  entities: ReadonlyArray<string>,
  file: string,
  { atOnce = 100_000, mostPasses = 30, between = Effect.void }: WritingSteps = {}
): Doing<WrittenSteps, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  const last = 2 * entities.length
  const phases = (of: (index: number) => number): Sql =>
    sql`CASE entity ${joined(
      entities.map((entity, index) => sql`WHEN ${entity} THEN ${of(index)}`),
      " "
    )} END`
  yield* warehouse.execute(sql`${about("the order of the steps; grain: one row per row of the change set")}${made(stepOrderTable)}
SELECT row, phase, row_number() OVER (ORDER BY phase, school, section, key, entity) AS seq
FROM (SELECT rowid AS row, CASE WHEN implied_by IS NOT NULL THEN ${last} WHEN ${takesAway} THEN ${phases((index) => last - 1 - index)}
    ELSE ${phases((index) => index)} END AS phase, school, section, key, entity
  FROM ${changes.table})`)
  const count = yield* countRows(sql`FROM ${named(stepOrderTable)}`)
  const hash = createHash("sha256")
  const putBehind = stepsBehind(hash)
  let toPut: Effect.Effect<void, StoreError> = Effect.void
  const inPass = Math.max(atOnce, Math.ceil(count / mostPasses))
  // While one part is put in order behind those before it, the engine writes the next. Of no steps there is a part as well.
  for (let after = 0; after === 0 || after < count; after += inPass) {
    yield* between
    const part = { path: `${file}.${after}`, after, count: Math.min(inPass, count - after) }
    const span = sql`o.seq > ${after} AND o.seq <= ${after + inPass}`
    const present = yield* warehouse.rows(
      sql`SELECT DISTINCT phase FROM ${named(stepOrderTable)} AS o WHERE ${span}`,
      Schema.Struct({ phase: Count })
    )
    // Rows of an entity lie together: where it is named, the engine passes over those of all others. What follows by
    // itself is of any.
    const busy = present.flatMap(({ phase }) => entities[phase < entities.length ? phase : last - 1 - phase] ?? [])
    const within = busy.length < present.length ? span : sql`${span} AND c.entity IN (${oneOf(busy)})`
    yield* Effect.all([writePart(part.path, within), toPut], { concurrency: 2, discard: true })
    toPut = onDisk("write the steps of the plan", file, (disk) =>
      Effect.flatMap(apart(disk, part, atOnce), (parts) =>
        Effect.forEach(parts, (one) => putBehind(disk, one, file), { discard: true })
      )
    )
  }
  yield* toPut
  return { count, sha256: hash.digest("hex") }
})

/** Writes the steps that meet a condition on the change set `c` and its order `o`, as the engine comes by them. */
const writePart = (to: string, condition: Sql): Effect.Effect<void, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.execute(sql`${about("steps of the plan, in any order; grain: one line per row of the change set")}COPY (
  SELECT ${joined(
    Object.keys(stepTypes).map((column) => name(column)),
    ", "
  )}
  FROM ${changes.table} AS c JOIN ${named(stepOrderTable)} AS o ON o.row = c.rowid LEFT JOIN stopped USING (entity, key)
  WHERE ${condition}) TO ${to} (FORMAT json)`)
  )

/** Reads a steps file into the table of steps. One of an earlier build says `former_key` for `previous_key`. */
export const readSteps = Effect.fn("state.read-steps")(function* (
  file: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${about("the steps of a plan file")}${made(stepTable)}
SELECT * EXCLUDE (former_key) REPLACE (coalesce(previous_key, former_key) AS previous_key)
FROM read_json(${file}, format = 'newline_delimited', columns = {${joined(
    Object.entries({ ...stepTypes, former_key: stepTypes.previous_key }).map(
      ([column, type]) => sql`${name(column)}: ${type}`
    ),
    ", "
  )}})`)
})
