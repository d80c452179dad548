import * as Effect from "effect/Effect"
import { zipSync } from "fflate"
import { onDisk, type StoreError } from "../../../core/ports/disk.ts"

/** The name that D2L recommends for a batch: `D2LStdCSV-YYYYmmddHHMMSS.zip`, in UTC. */
export const batchName = (milliseconds: number): string =>
  `D2LStdCSV-${new Date(milliseconds).toISOString().replaceAll(/\D/g, "").slice(0, 14)}.zip`

/** A batch: the CSV files by name, and the manifest that says of which version they are. */
export const zipOf = (
  files: ReadonlyArray<{ readonly name: string; readonly path: string }>,
  version: string,
  milliseconds: number
): Effect.Effect<Buffer, StoreError> =>
  Effect.map(
    Effect.forEach(files, ({ name, path }) =>
      Effect.map(
        onDisk("read the rows", path, (disk) => disk.readFile(path)),
        (content) => [name, content] as const
      )
    ),
    (entries) =>
      Buffer.from(
        zipSync(
          { ...Object.fromEntries(entries), "manifest.json": Buffer.from(JSON.stringify({ version })) },
          { mtime: milliseconds }
        )
      )
  )
