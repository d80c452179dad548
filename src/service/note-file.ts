import * as Effect from "effect/Effect"
import { dirname } from "node:path"
import { makeOwnFolder, onDisk, replaceFile, StoreError, textOnDisk } from "../core/ports/disk.ts"

/** What is kept in a file of JSON; null where there is none. A file that is not what it should be is not taken for one that is not there. */
export const readNote = <A>(what: string, path: string): Effect.Effect<A | null, StoreError> =>
  Effect.flatMap(textOnDisk(`read ${what}`, path), (text) =>
    text === null
      ? Effect.succeed(null)
      : Effect.try({
          try: () => JSON.parse(text) as A,
          catch: () =>
            new StoreError({
              reason: "Damaged",
              what: `read ${what}`,
              path,
              words: "it is not whole",
              remedy: "put its copy from a backup in its place, or move it away"
            })
        })
  )

/** Keeps it so that a kill at any moment leaves the previous one or the new one, whole; readable by its owner alone. */
export const writeNote = (what: string, path: string, note: unknown): Effect.Effect<void, StoreError> =>
  onDisk(`keep ${what}`, path, (disk) =>
    Effect.gen(function* () {
      yield* makeOwnFolder(disk, dirname(path))
      yield* replaceFile(disk, path, `${path}.${process.pid}.unfinished`, `${JSON.stringify(note)}\n`)
    })
  )
