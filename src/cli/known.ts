import * as Effect from "effect/Effect"
import { suggestion } from "../core/nearest.ts"
import { UsageError } from "./exit.ts"

/** Refuses a name that is not known: a list that is empty because of a misspelling would be taken for an answer. */
export const refuseUnknown = (
  what: "connection" | "entity" | "rule",
  written: string | null,
  known: ReadonlyArray<string>
): Effect.Effect<void, UsageError> =>
  written === null || known.includes(written)
    ? Effect.void
    : Effect.fail(
        new UsageError({ detail: `there is no ${what} ${written}`, hint: suggestion(written, new Set(known)) })
      )
