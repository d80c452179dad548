import { exitCodes } from "../core/exit-codes.ts"
import type { RunEnded } from "../core/ports/runner.ts"

/**
 * How a run ended, in one word. `good`: all was carried out, or its switch is off. `held`: all but what waits for approval.
 * `partial`: the target took a part. `failing`: nothing was carried out. `not begun`: another process has the workspace.
 */
export const verdicts = ["good", "held", "partial", "failing", "interrupted", "not begun"] as const
export type Verdict = (typeof verdicts)[number]

/** By the exit code of the run. */
export const verdictOf = ({ code, steps }: Pick<RunEnded, "code" | "steps">): Verdict => {
  switch (code) {
    case exitCodes.done:
      return "good"
    case exitCodes.held:
      return "held"
    case exitCodes.targetFailed:
      return steps !== null && steps.done + (steps.awaited ?? 0) > 0 ? "partial" : "failing"
    case exitCodes.interrupted:
      return "interrupted"
    case exitCodes.workspaceHeld:
      return "not begun"
    default:
      return "failing"
  }
}

/** Whether the night took place: what is held waits for people, and the rest was carried out. */
export const isGood = (verdict: Verdict): boolean => verdict === "good" || verdict === "held"
