import * as Effect from "effect/Effect"
import { onDisk } from "../core/ports/disk.ts"
import type { Diagnostic } from "../core/diagnostics.ts"
import { DefinitionInvalid, readSourceFile, type SourceFile } from "./source-file.ts"

/** Reads a YAML file of a workspace. `shownAs` is how messages call it. Fails with every mistake of the YAML itself. */
export const readYamlFile = (path: string, shownAs: string): Effect.Effect<SourceFile, DefinitionInvalid> =>
  Effect.gen(function* () {
    const bytes = yield* onDisk("read the definition", path, (disk) => disk.readFile(path)).pipe(
      Effect.mapError(() =>
        ofWholeFile(
          shownAs,
          "the file cannot be read",
          "`rollbook init` makes a workspace; --workspace names another one"
        )
      )
    )
    const text = yield* Effect.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () =>
        ofWholeFile(
          shownAs,
          "this is not UTF-8 text",
          "save it as UTF-8: Windows editors offer UTF-16 and ANSI beside it"
        )
    })
    const source = readSourceFile(shownAs, text)
    yield* stopOn(source.problems)
    return source
  })

/** A mistake that has no place within its file. */
export const ofWholeFile = (file: string, message: string, hint: string): DefinitionInvalid =>
  new DefinitionInvalid({
    diagnostics: [{ severity: "error", file, line: 1, column: 1, length: 1, message, hint, text: "" }]
  })

/** Fails where there is an error. A warning beside it is most often its consequence. What an alias repeats is one mistake. */
export const stopOn = (problems: ReadonlyArray<Diagnostic>): Effect.Effect<void, DefinitionInvalid> => {
  const errors = new Map(
    problems
      .filter((problem) => problem.severity === "error")
      .map((problem) => [`${problem.line}:${problem.column}:${problem.message}`, problem])
  )
  return errors.size > 0 ? Effect.fail(new DefinitionInvalid({ diagnostics: [...errors.values()] })) : Effect.void
}
