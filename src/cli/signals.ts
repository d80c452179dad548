import * as Effect from "effect/Effect"
import { exitCodes } from "../core/exit-codes.ts"

/**
 * Waits until somebody asks this process to end, by SIGTERM or Ctrl-C, in place of what is done about that otherwise:
 * a service has to put things in order first. Ctrl-C once more ends it at once.
 */
export const untilStopped: Effect.Effect<void> = Effect.async((resume) => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    let isAsked = false
    process.removeAllListeners(signal)
    process.on(signal, () => {
      if (isAsked && signal === "SIGINT") process.exit(exitCodes.interrupted)
      isAsked = true
      resume(Effect.void)
    })
  }
})
