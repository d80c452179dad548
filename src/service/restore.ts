import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, readFile, rename } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { extract } from "tar"
import { sha256File } from "../core/hash.ts"
import type { WarehouseError } from "../core/ports/warehouse.ts"
import { onDisk } from "../state/on-disk.ts"
import {
  type BackupManifest,
  type BackupPlaces,
  BackupProblem,
  beside,
  definitionsFolder,
  discard,
  stateName
} from "./backup.ts"

export interface Restored {
  readonly manifest: BackupManifest
  /** Where what stood there before lies now; null where nothing did. */
  readonly before: string | null
  /** Definitions of the backup that are kept as they stand in the workspace. */
  readonly kept: ReadonlyArray<string>
}

/** Unpacks a backup beside the state and proves that it is one and whole. Gives its folder. */
export const unpack = (
  file: string,
  home: string
): Effect.Effect<{ readonly folder: string; readonly manifest: BackupManifest }, BackupProblem | WarehouseError> =>
  Effect.gen(function* () {
    const folder = yield* onDisk("begin to restore", home, async () => {
      await mkdir(home, { recursive: true, mode: 0o700 })
      return mkdtemp(join(home, "restore-"))
    })
    const refuse = (why: string) =>
      Effect.zipRight(
        discard(folder),
        Effect.fail(
          new BackupProblem({ detail: `${file} is no backup that can be restored: ${why}. Nothing was changed` })
        )
      )
    const isUnpacked = yield* Effect.promise(() =>
      extract({
        file,
        cwd: folder,
        strict: true,
        // Files and folders alone: nothing in it points elsewhere.
        filter: (_, entry) => "type" in entry && (entry.type === "File" || entry.type === "Directory")
      }).then(
        () => true,
        () => false
      )
    )
    if (!isUnpacked) return yield* refuse("it cannot be unpacked")
    const manifest = yield* Effect.promise(() => manifestIn(folder))
    if (manifest === null) return yield* refuse("it was made by nothing that this version knows")
    const state = join(folder, stateName)
    const sha = existsSync(state) ? yield* Effect.promise(() => sha256File(state)) : null
    if (sha !== manifest.state_sha256) return yield* refuse("its state is not the one that was put in")
    return { folder, manifest }
  })

const manifestIn = async (folder: string): Promise<BackupManifest | null> => {
  try {
    const read = JSON.parse(await readFile(join(folder, "backup.json"), "utf8")) as { readonly format?: unknown }
    return read.format === 1 ? (read as BackupManifest) : null
  } catch {
    return null
  }
}

/**
 * Puts an unpacked backup in the place of what stands there, which is moved aside and not removed. Tokens stay as they
 * are now: one that was revoked since must not come back. Definitions are put where there are none.
 */
export const putInPlace = (
  folder: string,
  manifest: BackupManifest,
  places: BackupPlaces,
  now: string
): Effect.Effect<Restored, WarehouseError> =>
  onDisk("restore", dirname(places.stateFile), async () => {
    const home = dirname(places.stateFile)
    const name = basename(places.stateFile)
    const aside = join(home, `before-restore-${now.replaceAll(/[:.]/g, "-")}`)
    const standing = [name, `${name}.wal`, ...beside].filter((one) => existsSync(join(home, one)))
    if (standing.length > 0) await mkdir(aside, { mode: 0o700 })
    for (const one of standing) await rename(join(home, one), join(aside, one))
    for (const one of [stateName, `${stateName}.wal`, ...beside]) {
      if (existsSync(join(folder, one))) await rename(join(folder, one), join(home, one.replace(stateName, name)))
    }
    const tokens = join("service", "tokens.json")
    if (existsSync(join(aside, tokens))) {
      await mkdir(join(home, "service"), { recursive: true, mode: 0o700 })
      await cp(join(aside, tokens), join(home, tokens))
    }
    const kept = await putDefinitions(join(folder, definitionsFolder), places.directory)
    return { manifest, before: standing.length > 0 ? aside : null, kept }
  }).pipe(Effect.ensuring(discard(folder)))

const putDefinitions = async (from: string, to: string): Promise<ReadonlyArray<string>> => {
  if (!existsSync(from)) return []
  const kept: Array<string> = []
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const target = join(to, path.slice(from.length + 1))
    if (!existsSync(target)) {
      await mkdir(dirname(target), { recursive: true })
      await cp(path, target)
    } else if ((await readFile(target, "utf8")) !== (await readFile(path, "utf8")))
      kept.push(path.slice(from.length + 1))
  }
  return kept
}
