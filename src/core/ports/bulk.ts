import type * as Effect from "effect/Effect"
import type { StepAction, TargetError, WriteResult, WriteStep } from "./target.ts"

/**
 * Another way to write: many steps at once as rows of files, which the target takes and works off by itself. It answers
 * nothing about a row. How each ended, and the ids of what was made, are found out afterwards by looking.
 */

/** A cell of a row, by what it holds. */
export type RowCell =
  /** The same text in every row; empty where it holds nothing. */
  | { readonly text: string }
  | {
      /** A field of the record, or, with `of`, of the record to which that ref points. A row without it cannot be written. */
      readonly field: string
      readonly of?: string
      /** Empty where the record has no value. */
      readonly isOptional?: true
      /** `flag`: 1 or 0, and 1 where the record says nothing. `role`: the name of the role as the target itself spells it. */
      readonly as?: "flag" | "role"
      /** Characters, at most. */
      readonly maxLength?: number
    }

/** Steps on records of one resource that can be written as rows. */
export interface RowKind {
  readonly resource: string
  /** The type in lower case, of a resource with types; else null. */
  readonly type: string | null
  /** Records are created so; those that stand are changed so only by actions of `changes`, and in its fields alone. */
  readonly changes: { readonly actions: ReadonlyArray<StepAction>; readonly fields: ReadonlyArray<string> }
  /** The action by which rows of this kind take records away, and then do nothing else; absent of those that make them. */
  readonly ends?: StepAction
  /** Fields that rows have no cell for: a record with a value there is written one by one. */
  readonly lacks: ReadonlyArray<string>
  readonly file: string
  readonly header: ReadonlyArray<string>
  readonly cells: ReadonlyArray<RowCell>
}

/** How a target takes rows; plain data, so that a plan can say what will go this way. */
export interface RowFormat {
  /** The format as people call it. */
  readonly name: string
  /** Steps of these kinds from which they go as rows; with fewer, all are sent one by one. */
  readonly at: number
  /** Rows of one upload, at most. */
  readonly rowsAtOnce: number
  /** Seconds for which an apply waits for what it handed over to show. */
  readonly waitSeconds: number
  /** Seconds after which a row that does not show has failed. */
  readonly settleSeconds: number
  readonly kinds: ReadonlyArray<RowKind>
  /** Fields by which rows name records: no two of these resources may have the same. */
  readonly names: ReadonlyArray<{ readonly field: string; readonly resources: ReadonlyArray<string> }>
  /** Roles of the target: a name or code, in lower case, to the name as it spells it. */
  readonly roles: ReadonlyMap<string, string>
}

/** The way by rows, as a walk uses it. */
export interface RowWriter {
  readonly format: Effect.Effect<RowFormat, TargetError>
  /**
   * Hands over files, which are worked off in the order of their names. `AnswerLost`: they may have been taken. Any other
   * failure says that they were not.
   */
  readonly handOver: (
    files: ReadonlyArray<{ readonly name: string; readonly path: string }>
  ) => Effect.Effect<void, TargetError>
  /**
   * Whether a row may take the record of a step away: it is seen to stand as it was last written, rollbook made it, and the
   * cells of the row, by column, name it and no other record of the target. Asked before the row is handed over; where the
   * answer is no, the step goes by itself.
   */
  readonly mayEnd: (step: WriteStep, row: Readonly<Record<string, string>>) => Effect.Effect<boolean, TargetError>
  /**
   * Ids of the records of the target that a row would name by a value of one of the format's `names`. Asked before rows are
   * handed over that make what has such a name, or refer to it.
   */
  readonly named: (field: string, value: string) => Effect.Effect<ReadonlyArray<string>, TargetError>
  /**
   * The record of a step that was handed over, where it stands as wanted, or is seen to be gone where that was wanted; null
   * where it is not so, or not yet, or cannot be told.
   */
  readonly look: (step: WriteStep) => Effect.Effect<WriteResult | null, TargetError>
  /** Forgets what was seen before: the next look asks anew. */
  readonly lookAnew: Effect.Effect<void>
}
