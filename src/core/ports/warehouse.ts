import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { sql, type Sql } from "../sql.ts"

/**
 * `Held`: another process has the state open. `Damaged`: the state file, or one beside it, cannot be read as what it is.
 * `DiskFull` and `Closed` are the system's, `Missing` whatever else it says of a file. `Conversion` and `Malformed` are of
 * values, `Statement` of the statement itself.
 */
export type WarehouseReason =
  "Held" | "Damaged" | "DiskFull" | "Closed" | "Missing" | "Conversion" | "Malformed" | "OutOfMemory" | "Statement"

/** The engine refused a statement or lost its file. `statement` is the header of the statement, never its values. */
export class WarehouseError extends Data.TaggedError("WarehouseError")<{
  readonly reason: WarehouseReason
  readonly statement: string
  /** In words of ours, without any value. */
  readonly detail: string
  /** The engine's own words, which quote the values that it does not like: for reports that were asked for by `--reveal`. */
  readonly said?: string
}> {
  override get message(): string {
    return this.statement === "" ? this.detail : `${this.statement}: ${this.detail}`
  }
}

/** How much of the machine the engine may take. */
export interface EngineLimits {
  /** E.g. `1500MB`; null: 600 MB and the size of the state, 2 GB at most, or half of a smaller machine. Beyond it the engine works on disk. */
  readonly memoryLimit: string | null
  /** Threads, the calling one included; null: one for each core. */
  readonly threads: number | null
}

/** Whether it failed because another process holds the state. */
export const isHeld = (error: unknown): boolean => error instanceof WarehouseError && error.reason === "Held"

/** Whether a statement failed by what it met, and not by what the engine stands on. */
export const isOfValues = ({ reason }: WarehouseError): boolean =>
  reason === "Conversion" || reason === "Malformed" || reason === "Statement"

/** A cell as it leaves the engine: 64-bit integers, dates and decimals are text. Lists and structs are asked for as JSON text. */
export type Cell = string | number | boolean | null
export type Row = Readonly<Record<string, Cell>>

/** Values of a record by field name, as text. */
export type FieldValues = Readonly<Record<string, string | null>>

/**
 * Asks for rows, each decoded by a schema; that is for sums and for what people are told, and never for what is as large as
 * a district: that stays in the engine. A row that does not fit is `Malformed`, and named by its columns.
 */
export type AskRows = <A, I extends Row>(
  query: Sql,
  row: Schema.Schema<A, I>
) => Effect.Effect<ReadonlyArray<A>, WarehouseError>

/** Asks for rows by what brings those of a query, as text. */
export const askingRows =
  (ask: (query: string) => Effect.Effect<ReadonlyArray<Row>, WarehouseError>): AskRows =>
  (query, row) =>
    Effect.flatMap(ask(query.text), decoderOf(query.text, row))

const decoderOf = <A, I extends Row>(query: string, row: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(row)
  return (rows: ReadonlyArray<Row>): Effect.Effect<ReadonlyArray<A>, WarehouseError> =>
    Effect.forEach(rows, (one) =>
      Effect.mapError(
        decode(one),
        () =>
          new WarehouseError({
            reason: "Malformed",
            statement: /^-- (.*)/.exec(query)?.[1] ?? "a query",
            detail: `a row is not of the form that is expected of it (columns: ${Object.keys(one).join(", ")})`
          })
      )
    )
}

/** A count or another whole number as the engine gives it: a number, or digits where it has 64 bits or more. */
export const Count = Schema.transform(Schema.Union(Schema.Number, Schema.NumberFromString), Schema.Number, {
  strict: true,
  decode: (count) => count,
  encode: (count) => count
})

/** A text, and one that may be missing. */
export const Text = Schema.String
export const TextOrNull = Schema.NullOr(Schema.String)

/** A column that the engine gives as JSON text. */
export const Json = <A, I>(content: Schema.Schema<A, I>) => Schema.parseJson(content)

/** The fields of a record, as JSON text; null where it has none. */
export const FieldsOrNull = Schema.NullOr(
  Json(Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) }))
)

/** The row of a query that only counts, as `count`. */
export const Counted = Schema.Struct({ count: Count })

/** How many rows a query has; `from` begins at its FROM. `heading` names it in errors. */
export const countRows = (from: Sql, heading: Sql = sql``): Effect.Effect<number, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(warehouse.rows(sql`${heading}SELECT count(*) AS count ${from}`, Counted), ([one]) => one?.count ?? 0)
  )

/**
 * The engine that holds rows: landed pages, entities, snapshots, ledger. One statement at a time.
 * It can reach the files of its workspace's `pages`, `plans` and `reads` folders and nothing else.
 */
export interface WarehouseService {
  readonly execute: (statement: Sql) => Effect.Effect<void, WarehouseError>
  readonly rows: AskRows
  /** All statements or none. */
  readonly transaction: (statements: ReadonlyArray<Sql>) => Effect.Effect<void, WarehouseError>
  /** Appends rows of text, in the table's column order. */
  readonly append: (
    table: string,
    rows: ReadonlyArray<ReadonlyArray<string | number | boolean | null>>
  ) => Effect.Effect<void, WarehouseError>
  /** Version of the engine, kept beside what depends on it. */
  readonly engineVersion: string
  /** Folders into which page files, plans and the rows of earlier reads may be written, and out of which they may be read. */
  readonly folders: { readonly pages: string; readonly plans: string; readonly reads: string }
  /** True if another process holds the state and answers for it: writing to a durable table then fails with `Held`. */
  readonly isReadOnly: boolean
  /** The runs that the process which holds the state has begun: of those alone one may be open. */
  readonly begun: Set<number>
  readonly sharing: Sharing
}

/** How several works of one process share the state that it holds: one at a time writes, each on a connection of its own. */
export interface Sharing {
  /** Lets others have their turn while work goes on that asks nothing of the state. */
  readonly away: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Whether somebody waits for their turn; asked at moments at which it would be given them. */
  readonly isAwaited: () => boolean
  /** Longest time, in milliseconds, between two moments at which others had their turn, or would have had it. */
  readonly longestTurn: () => number
  /** The state for one who is taken in, whose turn it is until the scope ends; null where nobody can be. */
  readonly takeIn: Effect.Effect<WarehouseService, WarehouseError, Scope.Scope> | null
  /** Whether it is the state of one who was taken in. */
  readonly isGuest: boolean
}

/** Nobody else is there. */
export const unshared: Sharing = {
  away: (work) => work,
  isAwaited: () => false,
  longestTurn: () => 0,
  takeIn: null,
  isGuest: false
}

export class Warehouse extends Context.Tag("rollbook/Warehouse")<Warehouse, WarehouseService>() {}
