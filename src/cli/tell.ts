import * as Effect from "effect/Effect"
import type { StoreError } from "../core/ports/disk.ts"
import { messageOf } from "./exit.ts"
import { log } from "./log.ts"
import { isTalkative } from "./output.ts"

/** One line, for whoever watches; notes are left away where that was asked for. */
export const tell = (
  level: "info" | "warn" | "error",
  message: string,
  fields: Readonly<Record<string, string | number>> = {}
): void => {
  if (level !== "info" || isTalkative()) log(level, message, fields)
}

/** A disk that takes no note must not stop the runs: it is said each time. */
export const sayTrouble = (work: Effect.Effect<void, StoreError>): Effect.Effect<void> =>
  Effect.catchAll(work, (error) => Effect.sync(() => tell("error", messageOf(error))))
