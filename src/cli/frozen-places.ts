import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import type { Diagnostic } from "../core/diagnostics.ts"
import type { Definition } from "../pipeline/definition.ts"
import { unknownInFreezes } from "../gradebook/freeze-places.ts"
import { readingLayer } from "./flow.ts"
import { note } from "./output.ts"
import type { Workspace } from "./workspace.ts"

/**
 * The schools and sessions of freezes that the last read did not hold, as mistakes at their place. Nothing where no run has
 * read any, or where another process has the state and answers nothing: the plan says it then.
 */
export const checkFrozenPlaces = (workspace: Workspace, definition: Definition, path: string) =>
  !existsSync(workspace.stateFile) ||
  !definition.load.gates.freezes.some((one) => one.schools.length + one.sessions.length > 0)
    ? Effect.succeed<ReadonlyArray<Diagnostic>>([])
    : unknownInFreezes(definition).pipe(
        Effect.map((unknown) => {
          const lines = readFileSync(path, "utf8").split("\n")
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
        }),
        Effect.provide(readingLayer(workspace)),
        Effect.catchAll((error) =>
          Effect.as(
            note(
              `Whether the freezes of ${definition.name} name schools and sessions that there are was not looked up: ${error.message}`
            ),
            [] as ReadonlyArray<Diagnostic>
          )
        )
      )
