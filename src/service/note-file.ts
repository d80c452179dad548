import * as Effect from "effect/Effect"
import { mkdir, open, rename } from "node:fs/promises"
import { dirname } from "node:path"
import { WarehouseError } from "../core/ports/warehouse.ts"
import { onDisk, textOnDisk } from "../state/on-disk.ts"

/** What is kept in a file of JSON; null where there is none. A file that is not what it should be is not taken for one that is not there. */
export const readNote = <A>(what: string, path: string): Effect.Effect<A | null, WarehouseError> =>
  Effect.flatMap(textOnDisk(`read ${what}`, path), (text) =>
    text === null
      ? Effect.succeed(null)
      : Effect.try({
          try: () => JSON.parse(text) as A,
          catch: () =>
            new WarehouseError({
              reason: "Damaged",
              statement: `read ${what}`,
              detail: `${path} is not whole: put its copy from a backup in its place, or move it away`
            })
        })
  )

/** Keeps it so that a kill at any moment leaves the former or the new one, whole; readable by its owner alone. */
export const writeNote = (what: string, path: string, note: unknown): Effect.Effect<void, WarehouseError> =>
  onDisk(`keep ${what}`, path, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const unfinished = `${path}.${process.pid}.unfinished`
    const file = await open(unfinished, "w", 0o600)
    try {
      await file.writeFile(`${JSON.stringify(note)}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
    // Whoever interrupts the writer waits for that.
  }).pipe(Effect.uninterruptible)
