import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { StoreReason } from "./disk.ts"

/** The journal of an apply could not be written or read; nothing is sent without it. */
export class JournalError extends Data.TaggedError("JournalError")<{
  readonly detail: string
  /** The reason, if it is the disk's. */
  readonly reason?: StoreReason
}> {
  override get message(): string {
    return `the journal of the apply: ${this.detail}`
  }
}

/** How one step ended. Holds ids and reasons only; what the target said may name anybody. */
export interface StepOutcome {
  readonly sequence: number
  readonly outcome: "done" | "failed"
  readonly remoteId: string | null
  /** False where the target stood as wanted already. */
  readonly wrote: boolean
  /** The target's reason for a failure; null otherwise. */
  readonly reason: string | null
  readonly detail: string | null
  /** The target's own words about a failure, without credentials, for reports asked for with `--reveal`; null otherwise. */
  readonly said: string | null
  /** True for a failure after which the step may have been carried out all the same. */
  readonly isDoubtful: boolean
  /** For a failure: the step's ref to a record that was found missing at the target; null otherwise. */
  readonly missing: string | null
  /** True for an update that may have created its record instead. */
  readonly madeAnew: boolean
  /** ISO instant. */
  readonly at: string
}

/** The content of a journal when it was opened; lines that a crash tore are ignored. */
export interface JournalContent {
  readonly outcomes: ReadonlyMap<number, StepOutcome>
  /** Steps that were about to be sent and of which no answer is known. */
  readonly unsure: ReadonlySet<number>
  /** Those of them that went as rows, with the ISO instant before which they were handed over. */
  readonly handedOver: ReadonlyMap<number, string>
  /** Numbers of lines, from 1, that are no entries and were not torn by a crash: what they said of a step is not known. */
  readonly unreadableLines: ReadonlyArray<number>
}

export interface OpenJournal {
  /** The path, for messages. */
  readonly path: string
  readonly content: JournalContent
  /** Durable when it returns; only then may the steps be sent. */
  readonly intend: (sequences: ReadonlyArray<number>) => Effect.Effect<void, JournalError>
  /** The same of steps that go as rows from an ISO instant on, of which nobody will say how they ended. */
  readonly intendRows: (sequences: ReadonlyArray<number>, at: string) => Effect.Effect<void, JournalError>
  /** Takes back what was intended and is known not to have been sent. Durable when it returns. */
  readonly withdraw: (sequences: ReadonlyArray<number>) => Effect.Effect<void, JournalError>
  /** Durable within tens of milliseconds. */
  readonly record: (outcome: StepOutcome) => Effect.Effect<void>
  /** Durable when it returns. */
  readonly flush: Effect.Effect<void, JournalError>
  /** Whether what was last to be written could not be: an answer that comes now may not be kept. */
  readonly isFailing: () => boolean
}

export interface JournalService {
  /** Opens the journal of a plan, new or left by an interrupted apply. */
  readonly open: (plan: string) => Effect.Effect<OpenJournal, JournalError, Scope.Scope>
  /** Plans whose apply was interrupted, oldest first; none that is open here is among them. */
  readonly unfinished: Effect.Effect<ReadonlyArray<string>, JournalError>
  /** Forgets the journal of a plan whose outcomes are all in the ledger; one that could not be read whole is kept under another name. */
  readonly close: (plan: string) => Effect.Effect<void, JournalError>
}

export class Journal extends Context.Tag("rollbook/Journal")<Journal, JournalService>() {}
