import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

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

/** Whether a statement failed by what it met, and not by what the engine stands on. */
export const isOfValues = ({ reason }: WarehouseError): boolean =>
  reason === "Conversion" || reason === "Malformed" || reason === "Statement"

/** A cell as it leaves the engine: 64-bit integers, dates and decimals are text. Lists and structs are asked for as JSON text. */
export type Cell = string | number | boolean | null
export type Row = Readonly<Record<string, Cell>>

/** Values of a record by field name, as text. */
export type FieldValues = Readonly<Record<string, string | null>>

/** A cell as text; null where it is empty. */
export const textOf = (cell: Cell | undefined): string | null =>
  cell === null || cell === undefined ? null : String(cell)

/** The fields of a record in a cell of JSON; null where it is empty. */
export const fieldsOf = (cell: Cell | undefined): FieldValues | null =>
  cell === null || cell === undefined ? null : (JSON.parse(String(cell)) as FieldValues)

/**
 * The engine that holds rows: landed pages, entities, snapshots, ledger. One statement at a time.
 * It can reach the files of its workspace's `pages`, `plans` and `reads` folders and nothing else.
 */
export interface WarehouseService {
  readonly execute: (sql: string) => Effect.Effect<void, WarehouseError>
  readonly rows: (sql: string) => Effect.Effect<ReadonlyArray<Row>, WarehouseError>
  /** All statements or none. */
  readonly transaction: (statements: ReadonlyArray<string>) => Effect.Effect<void, WarehouseError>
  /** Appends rows of text, in the table's column order. */
  readonly append: (
    table: string,
    rows: ReadonlyArray<ReadonlyArray<string | number | boolean | null>>
  ) => Effect.Effect<void, WarehouseError>
  /** Version of the engine, kept beside what depends on it. */
  readonly engineVersion: string
  /** Folders into which page files, plans and the rows of earlier reads may be written, and out of which they may be read. */
  readonly folders: { readonly pages: string; readonly plans: string; readonly reads: string }
  /** Where true another process holds the state, and is asked: what would write to a durable table fails with `Held`. */
  readonly isReadOnly: boolean
  /** The run that the process which holds the state works on, or worked on last; null before its first. */
  readonly atWork: { run: number | null }
}

export class Warehouse extends Context.Tag("rollbook/Warehouse")<Warehouse, WarehouseService>() {}
