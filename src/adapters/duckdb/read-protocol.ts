import type { Row, WarehouseReason, WarehouseService } from "../../core/ports/warehouse.ts"
import type { Rows } from "./append.ts"

/** Raised with every change of what follows: who speaks otherwise is not answered. */
export const protocol = 2

/** The first thing that the process which holds the state says on a connection. */
export interface Greeting extends Pick<WarehouseService, "engineVersion" | "folders"> {
  readonly protocol: number
}

/** A question, one at a time: a statement, or rows for a temporary table. */
export type Question = { readonly sql: string } | { readonly append: string; readonly rows: Rows }

/** An answer, with the runs that the process has begun by then. */
export type Answer = { readonly begun: ReadonlyArray<number> } & (
  | { readonly rows: ReadonlyArray<Row> }
  /** It would have written to a durable table. */
  | { readonly refused: true }
  | {
      readonly error: {
        readonly reason: WarehouseReason
        readonly statement: string
        readonly detail: string
        readonly said: string | null
      }
    }
)
