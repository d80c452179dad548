import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import { buildOf } from "../build.ts"
import { sha256 } from "../hash.ts"
import { onDisk, stampOfFiles } from "./disk.ts"

/**
 * By what the code that runs is known. Bundled, as `buildOf` tells it of the module with this `import.meta.url`. From its
 * sources, as when rollbook itself is worked on: a digest over the name, length and last change of every source file, as they
 * are when it is first asked for. Null where those cannot be looked at: then nothing may rest on what other code computed.
 */
export const loadedBuild = (url: string): Effect.Effect<string | null> => {
  const bundled = buildOf(url)
  return bundled === null ? stampOfSources : Effect.succeed(bundled)
}

/** A digest over the name, length and last change of every source file below a folder; null where they cannot be looked at. */
export const stampOfSourcesIn = (folder: string): Effect.Effect<string | null> =>
  onDisk("look at the sources", folder, (disk) => disk.readDirectory(folder, { recursive: true })).pipe(
    Effect.flatMap((names) => stampOfFiles(folder, names.filter((name) => /\.tsx?$/.test(name)).toSorted())),
    Effect.map((stamp) => `sources ${sha256(stamp)}`),
    Effect.orElseSucceed(() => null)
  )

const stampOfSources = Effect.runSync(Effect.cached(stampOfSourcesIn(fileURLToPath(new URL("../..", import.meta.url)))))
