import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Warehouse } from "../core/ports/warehouse.ts"
import { endRun, type RunOutcome } from "./runs.ts"

/** How a run that fails ended, by its error; what is not in the table has failed by itself. */
const outcomes = new Map<unknown, RunOutcome>([
  ["SourceError", "source_failed"],
  ["ExpectationFailed", "source_failed"],
  ["ReadUnavailable", "source_failed"],
  ["TargetError", "target_failed"],
  ["TargetMismatch", "target_failed"],
  ["PartUnknown", "refused"]
])

/**
 * However the work of a run fails, the run is closed with the cause: by an error, by an interruption, and by a defect, such
 * as a disk that takes no more. `byError` is the outcome of errors where the work is one that can be taken up again.
 */
export const endingFailed =
  (run: number | (() => number), plan: string | null, byError: RunOutcome | null = null) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Warehouse> =>
    Effect.tapErrorCause(work, (cause) => {
      // The state itself may be what failed: that must not hide the cause.
      const close = (outcome: RunOutcome, report: Readonly<Record<string, unknown>>) =>
        Effect.ignore(endRun(typeof run === "number" ? run : run(), outcome, plan, report))
      if (Cause.isInterruptedOnly(cause)) return close("interrupted", {})
      const error = Cause.squash(cause)
      return close(byError ?? outcomeOf(error), causeOf(error))
    })

const outcomeOf = (error: unknown): RunOutcome => {
  const { _tag, reason } = (error ?? {}) as { readonly _tag?: unknown; readonly reason?: unknown }
  return reason === "Disk" ? "failed" : (outcomes.get(_tag) ?? "failed")
}

/**
 * The cause of an error as the run keeps it: rollbook's words, and apart those of somebody else. For an error that is
 * not rollbook's, its kind.
 */
const causeOf = (error: unknown): Readonly<Record<string, unknown>> => {
  if (!(error instanceof Error)) return { cause: "an error that rollbook does not know" }
  const { said } = error as { readonly said?: unknown }
  const isTellable = "_tag" in error || "syscall" in error
  return {
    cause: isTellable ? error.message : `an error that rollbook does not know (${error.name})`,
    ...(typeof said === "string" ? { said } : {})
  }
}
