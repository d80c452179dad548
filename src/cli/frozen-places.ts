import * as Effect from "effect/Effect"
import type { Diagnostic } from "../core/diagnostics.ts"
import type { Definition } from "../pipeline/definition.ts"
import { unknownInFreezes } from "../gradebook/freeze-places.ts"
import { isOnDisk, textOnDisk } from "../core/ports/disk.ts"
import { readingLayer } from "./flow.ts"
import { note } from "./output.ts"
import type { Workspace } from "./workspace.ts"

/**
 * The schools and sessions of freezes that the last read did not hold, as mistakes at their place. Nothing where no run has
 * read any, or where another process has the state and answers nothing: the plan says it then.
 */
export const checkFrozenPlaces = (workspace: Workspace, definition: Definition, path: string) =>
  Effect.gen(function* () {
    const isAboutPlaces = definition.load.gates.freezes.some((one) => one.schools.length + one.sessions.length > 0)
    if (!isAboutPlaces || !(yield* isOnDisk(workspace.stateFile))) return []
    const unknown = yield* Effect.provide(unknownInFreezes(definition), readingLayer(workspace))
    const lines = ((yield* textOnDisk("read the pipeline", path)) ?? "").split("\n")
    return unknown
      .filter((one) => one.isMistake)
      .map(({ at, hint, say }): Diagnostic => ({
        severity: "error",
        file: at.file,
        line: at.line,
        column: at.column,
        length: at.length,
        message: say,
        hint,
        text: lines[at.line - 1] ?? ""
      }))
  }).pipe(
    Effect.catchAll((error) =>
      Effect.as(
        note(
          `Whether the freezes of ${definition.name} name schools and sessions that there are was not looked up: ${error.message}`
        ),
        new Array<Diagnostic>()
      )
    )
  )
