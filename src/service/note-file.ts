import * as Effect from "effect/Effect"
import { dirname } from "node:path"
import { makeOwnFolder, onDisk, replaceFile, StoreError, textOnDisk, unfinished } from "../core/ports/disk.ts"

/**
 * Reads a file of JSON; null where there is none. A file that is not what it should be is not taken for one that is not
 * there.
 */
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

/**
 * Keeps it so that a kill at any moment leaves the previous one or the new one, whole; readable by its owner alone. Of several
 * that are kept at once each waits for the one before, and the one that was given last stands at the end.
 */
export const writeNote = (what: string, path: string, note: unknown): Effect.Effect<void, StoreError> => {
  const number = ++given
  const text = `${JSON.stringify(note)}\n`
  return inLine(path, (line) =>
    Effect.suspend(() => {
      if (number < line.written) return Effect.void
      return onDisk(`keep ${what}`, path, (disk) =>
        Effect.gen(function* () {
          yield* makeOwnFolder(disk, dirname(path))
          yield* replaceFile(disk, path, unfinished(`${path}.${process.pid}`), text)
          line.written = number
        })
      )
    })
  )
}

/** Those who write one file: the unfinished one beside it is one at a time's. */
interface Line {
  readonly turn: Effect.Semaphore
  members: number
  /** Number of the note that stands in the file. */
  written: number
}

let given = 0
const lines = new Map<string, Line>()

const inLine = <A, E>(path: string, write: (line: Line) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const line = lines.get(path) ?? { turn: Effect.unsafeMakeSemaphore(1), members: 0, written: 0 }
      lines.set(path, line)
      line.members++
      return line
    }),
    (line) => line.turn.withPermits(1)(write(line)),
    (line) =>
      Effect.sync(() => {
        if (--line.members === 0) lines.delete(path)
      })
  )
