import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { RowFormat, RowWriter } from "./bulk.ts"
import { errorSentence, type FailedRequest } from "./error-sentence.ts"

export type TargetErrorReason =
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "Invalid"
  | "Conflict"
  | "Throttled"
  | "Unreachable"
  /** The request may have been carried out, but its answer was lost. */
  | "AnswerLost"
  | "Malformed"
  | "Unsupported"
  | "Misconfigured"
  | "Unknown"

/** A target refused or could not be reached. */
export class TargetError extends Data.TaggedError("TargetError")<
  FailedRequest & {
    readonly reason: TargetErrorReason
    /** For a refused step: the ref to a record that was removed at the target, which was asked to make sure. */
    readonly missing?: string
  }
> {
  override get message(): string {
    return errorSentence(this)
  }
}

export interface TargetRole {
  readonly id: string
  readonly name: string
  readonly code: string | null
  readonly isCascading: boolean
}

/** The description of a tenant, asked for once at the start of a plan or an apply. */
export interface TargetDescription {
  readonly versions: Readonly<Record<string, string>>
  readonly rootOrgUnitId: string
  readonly timezone: string | null
  readonly roles: ReadonlyArray<TargetRole>
  readonly orgUnitTypes: ReadonlyArray<{ readonly id: string; readonly code: string; readonly name: string }>
  /** Resources that the connection is set not to write, and why, in words for people. */
  readonly switchedOff: Readonly<Record<string, string>>
  /** How many steps at once are written as rows; absent where all are sent one by one. */
  readonly rows?: RowFormat
}

/** One record that stands in the target already. Field names are those of the resource contract. */
export interface ExistingRecord {
  readonly remoteId: string
  readonly fields: Readonly<Record<string, string | null>>
}

/** In `FindRequest.matchBy`: records are known by their own ids, given as the field of this name. */
export const byRemoteId = "remote_id"

export interface FindRequest {
  readonly resource: string
  /** Org unit type by name or code, where the resource has types. */
  readonly type: string | null
  /** Only these fields are looked at, in this order. */
  readonly matchBy: ReadonlyArray<string>
  /** Refs that are asked for too, none where left out: a record found has them as remote ids, null where it points to nothing. */
  readonly within?: ReadonlyArray<string>
  /**
   * The wanted records, with the values of the matchable fields; refs as remote ids, null where what they point to does
   * not stand yet. Empty where there are too many to name.
   */
  readonly wanted: ReadonlyArray<Readonly<Record<string, string | null>>>
}

/** The read side: the only part of a target that planning has. */
export interface TargetReaderService {
  readonly connection: string
  readonly describe: Effect.Effect<TargetDescription, TargetError>
  /** Every existing record that could match one of the wanted ones; the caller matches. Few wanted records are looked up one by one, many by listing. */
  readonly find: (request: FindRequest) => Effect.Effect<ReadonlyArray<ExistingRecord>, TargetError>
  /** The value of a field as `find` spells it, so that what was sent and what stands there can be compared. */
  readonly asHeld: (field: string, value: string | null) => string | null
  /** The id at which a record is made, where it follows from its entity and key; absent where the target chooses ids. */
  readonly idOf?: (entity: string, key: string) => string
}

export class TargetReader extends Context.Tag("rollbook/TargetReader")<TargetReader, TargetReaderService>() {}

export type StepAction = "create" | "adopt" | "update" | "restore" | "deactivate" | "unenroll" | "delete"

/** One step, ready to be sent: refs are remote ids of the target, roles are names. */
export interface WriteStep {
  readonly sequence: number
  readonly entity: string
  readonly key: string
  readonly resource: string
  readonly type: string | null
  readonly action: StepAction
  /** Null only for `create`. */
  readonly remoteId: string | null
  /** Every field of the resource as it should stand; for removals as it last stood. */
  readonly fields: Readonly<Record<string, string | null>>
  /** Fields as rollbook last wrote them; empty for creates and adoptions. */
  readonly before: Readonly<Record<string, string | null>>
  /** Names of the fields that this step changes. */
  readonly changed: ReadonlyArray<string>
  /** Per field, what to do when the target holds another value; absent = always. */
  readonly overwrite: Readonly<Record<string, "always" | "never" | "if_ours">>
}

export interface WriteResult {
  readonly remoteId: string
  /** False where the target stood as wanted already and nothing was sent. */
  readonly wrote: boolean
  /** Fields left alone because of an overwrite policy, for the report. */
  readonly leftAlone: ReadonlyArray<string>
  /**
   * For a step that was to change a record: true where it may have made it instead, or moved it, so that nobody knows what
   * belongs to it there.
   */
  readonly madeAnew?: boolean
  /** True where the answer named what was written, as the target's documents say that it does. */
  readonly isProven?: boolean
}

/** The write side. Only `load` may ask for it. */
export interface TargetWriterService {
  readonly connection: string
  /** Requests in flight at once. */
  readonly concurrency: number
  readonly perform: (step: WriteStep) => Effect.Effect<WriteResult, TargetError>
  /**
   * Carries out a step of which it is not known whether it was sent before: looks first, repeats only what is idempotent.
   */
  readonly reconcile: (step: WriteStep) => Effect.Effect<WriteResult, TargetError>
  /**
   * Whether a step that was answered well, and whose answer proves nothing, stands at the target: false where nothing of
   * it does, null where that cannot be told. Absent where nothing can be read back.
   */
  readonly stands?: (step: WriteStep, remoteId: string) => Effect.Effect<boolean | null>
  /** The id that a record to be created will have, where it follows from the step; null where the target chooses it. */
  readonly idOf: (step: WriteStep) => string | null
  /** The way by which many steps go at once; absent where there is none. */
  readonly rows?: RowWriter
  /** Requests sent so far, tries and tokens included. */
  readonly requestsSent: () => number
}

export class TargetWriter extends Context.Tag("rollbook/TargetWriter")<TargetWriter, TargetWriterService>() {}
