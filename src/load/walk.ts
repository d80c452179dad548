import * as Effect from "effect/Effect"
import type { OpenJournal, StepOutcome } from "../core/ports/journal.ts"
import type { RowWriter } from "../core/ports/bulk.ts"
import type { TargetError, TargetWriterService, WriteResult } from "../core/ports/target.ts"
import { makeReadBack, notWritten, type ReadBack } from "./read-back.ts"
import type { Work } from "./work.ts"
import { removalActions } from "../state/actions.ts"
import { makeHanded, type Handed } from "./handed.ts"
import { tellingInstants } from "../core/clock.ts"
import { tell } from "../core/told.ts"

/** So many failures in a row of the kind that would befall every further step end the walk. */
const failuresBeforeStopping = 5

/** The record stands at the target as wanted, under the id that the ledger knows: nothing is sent. */
const asItStands = (work: Work, at: string): StepOutcome => ({
  sequence: work.step.sequence,
  outcome: "done",
  remoteId: work.step.remoteId,
  wrote: false,
  reason: null,
  detail: null,
  said: null,
  isDoubtful: false,
  missing: null,
  madeAnew: false,
  at
})

/** The walk through the steps of one apply: what it has sent and counted, and whether it goes on. */
export interface Walk {
  readonly counts: { done: number; doneBefore: number; failed: number; alreadySo: number; stopped: number }
  readonly stoppedBy: () => string | null
  /** The present moment as an ISO instant. */
  readonly instant: () => string
  readonly send: (work: Work) => Effect.Effect<StepOutcome | null>
  readonly readBack: ReadBack
  readonly handed: Handed
  /** Whether a step is not sent yet, since it refers to what may stand once rows that were handed over are worked off. */
  readonly waits: (work: Work) => boolean
  /** Whether any of a few rows that were awaited shows by now, so that it is worth while to look for all. */
  readonly showsAny: Effect.Effect<boolean>
  /** Ends the walk, for a reason in words. */
  readonly stop: (why: string) => void
  /** A step that was noted as done and does not stand after all: its outcome now. */
  readonly takeBack: (outcome: StepOutcome) => StepOutcome
  readonly known: OpenJournal["content"]
  readonly note: (outcome: StepOutcome) => void
  /** Whether an earlier walk may have carried the step out, though no answer says so. */
  readonly isUnsure: (work: Work) => boolean
  /** The record's id at the target, where it is known before any answer; else null. */
  readonly idOf: (work: Work) => string | null
}

export const makeWalk = (writer: TargetWriterService, journal: OpenJournal): Effect.Effect<Walk> =>
  Effect.map(tellingInstants, (instant) => {
    const counts = { done: 0, doneBefore: 0, failed: 0, alreadySo: 0, stopped: 0 }
    const readBack = makeReadBack(writer)
    const handed = makeHanded(journal.content.handedOver)
    let inARow = 0
    let stopped: string | null = null
    const note = (outcome: StepOutcome): void => {
      if (outcome.outcome === "failed") counts.failed++
      else {
        counts.done++
        if (!outcome.wrote) counts.alreadySo++
      }
    }
    const isUnsure = ({ step: { sequence } }: Work): boolean =>
      journal.content.unsure.has(sequence) ||
      journal.content.outcomes.get(sequence)?.isDoubtful === true ||
      // A line that cannot be read may have been of any step: the target is asked before each.
      (journal.content.unreadableLines.length > 0 && !journal.content.outcomes.has(sequence))
    const idOf = ({ step }: Work): string | null => step.remoteId ?? writer.idOf(step)
    const failed = ({
      work,
      reason,
      detail,
      isDoubtful,
      error = {}
    }: {
      readonly work: Work
      readonly reason: string
      readonly detail: string
      readonly isDoubtful: boolean
      readonly error?: Pick<TargetError, "missing" | "said">
    }): StepOutcome => ({
      sequence: work.step.sequence,
      outcome: "failed",
      remoteId: isDoubtful ? idOf(work) : work.step.remoteId,
      wrote: false,
      reason,
      detail,
      said: error.said ?? null,
      isDoubtful,
      missing: error.missing ?? null,
      madeAnew: false,
      at: instant()
    })
    /** Nothing of the row is to be seen: it may still come, until its time is over. */
    const notShown = (work: Work, settleSeconds: number): StepOutcome | null => {
      const at = handed.at(work.step.sequence)
      if (Date.parse(instant()) - Date.parse(at) < settleSeconds * 1000) {
        handed.await(work)
        return null
      }
      const detail = tell(removalActions.has(work.step.action) ? "failure.row-not-gone" : "failure.row-not-shown", {
        t: at
      })
      return failed({ work, reason: "NotShown", detail, isDoubtful: true })
    }
    const lookFor = (work: Work, { format, look }: RowWriter): Effect.Effect<StepOutcome | null> =>
      Effect.flatMap(format, ({ settleSeconds }) =>
        work.unresolved !== null || handed.isOfThisPass(work.step.sequence)
          ? Effect.succeed(notShown(work, settleSeconds))
          : Effect.map(look(work.step), (result) => {
              inARow = 0
              return result === null ? notShown(work, settleSeconds) : doneBy(work, result)
            })
      ).pipe(
        // A row that cannot be looked for stays unknown.
        Effect.catchAll((error) =>
          Effect.sync(() => {
            handed.await(work)
            if (++inARow >= failuresBeforeStopping) stopped = error.message
            return null
          })
        )
      )
    const doneBy = (work: Work, result: WriteResult): StepOutcome => ({
      sequence: work.step.sequence,
      outcome: "done",
      remoteId: result.remoteId,
      wrote: result.wrote,
      reason: result.leftAlone.length === 0 ? null : "LeftAlone",
      detail: result.leftAlone.length === 0 ? null : result.leftAlone.join(", "),
      said: null,
      isDoubtful: false,
      missing: null,
      madeAnew: result.madeAnew === true,
      at: instant()
    })
    const send = (work: Work): Effect.Effect<StepOutcome | null> => {
      if (stopped !== null) return Effect.succeed(null)
      if (handed.has(work.step.sequence)) {
        if (writer.rows !== undefined) return lookFor(work, writer.rows)
        handed.await(work)
        stopped = `${writer.connection}: rows were handed over, and the connection no longer says how to look for them. Put its settings for rows back until it is known how they ended`
        return Effect.succeed(null)
      }
      if (!work.sends) return Effect.succeed(asItStands(work, instant()))
      if (work.unresolved !== null) {
        return Effect.succeed(
          failed({
            work,
            reason: "DependsOn",
            detail: tell("failure.upstream", { what: work.unresolved }),
            isDoubtful: isUnsure(work)
          })
        )
      }
      if (work.editedSince !== null) {
        return Effect.succeed(
          failed({ work, reason: "EditedSince", detail: work.editedSince, isDoubtful: isUnsure(work) })
        )
      }
      let mayBeDone = isUnsure(work)
      const answered = (mayBeDone ? writer.reconcile(work.step) : writer.perform(work.step)).pipe(
        // Whether it was done is asked at once, while the step is at hand; only what cannot be found out stays unsure.
        Effect.catchIf(
          (error) => error.reason === "AnswerLost",
          () => {
            mayBeDone = true
            return writer.reconcile(work.step)
          }
        )
      )
      return Effect.matchEffect(answered, {
        onSuccess: (result): Effect.Effect<StepOutcome> => {
          inARow = 0
          return readBack.believe(work.step, result, doneBy(work, result))
        },
        onFailure: (error): Effect.Effect<StepOutcome | null> => {
          if (befallsAll(error)) {
            inARow++
            if (inARow >= failuresBeforeStopping) stopped = error.message
            // An answer that was lost leaves the step unsure: no outcome is recorded, so that resume asks the target.
            if (error.reason === "AnswerLost") return Effect.succeed(null)
          } else inARow = 0
          // A refusal of a second sending says nothing about the first.
          return Effect.succeed(
            failed({
              work,
              reason: error.reason,
              detail: error.message,
              isDoubtful: mayBeDone || leavesOpen(error),
              error
            })
          )
        }
      })
    }
    const takeBack = (outcome: StepOutcome): StepOutcome => {
      counts.done--
      counts.failed++
      return notWritten(outcome)
    }
    return {
      counts,
      stoppedBy: () => stopped,
      instant,
      send,
      readBack,
      handed,
      waits: (work) => work.unresolved !== null && handed.awaited() > 0 && !handed.has(work.step.sequence),
      showsAny: Effect.suspend(() => {
        const { rows } = writer
        if (rows === undefined || handed.few().length === 0) return Effect.succeed(true)
        return Effect.map(
          Effect.forEach(handed.few(), ({ step }) => Effect.either(rows.look(step))),
          (looked) => looked.some((one) => one._tag === "Right" && one.right !== null)
        )
      }),
      stop: (why) => {
        stopped = why
      },
      takeBack,
      known: journal.content,
      note,
      isUnsure,
      idOf
    }
  })

/** Failures that say nothing about the step and everything about the connection. */
export const befallsAll = (error: TargetError): boolean => {
  switch (error.reason) {
    case "Unauthorized":
    case "Unreachable":
    case "AnswerLost":
    case "Misconfigured":
    case "Throttled":
      return true
    case "Forbidden":
    case "NotFound":
    case "Invalid":
    case "Conflict":
    case "Malformed":
    case "Unsupported":
    case "Unknown":
      return false
  }
}

/** Whether the step may have been carried out all the same: what answered was not the target's own refusal of it. */
const leavesOpen = (error: TargetError): boolean => {
  switch (error.reason) {
    case "AnswerLost":
    case "Malformed":
    case "Unknown":
    case "Unreachable":
      return true
    case "Conflict":
    case "Forbidden":
    case "Invalid":
    case "Misconfigured":
    case "NotFound":
    case "Throttled":
    case "Unauthorized":
    case "Unsupported":
      return false
  }
}
