import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { basename, dirname, join } from "node:path"
import { extract } from "tar"
import {
  ifThere,
  isOnDisk,
  isUnfinished,
  makeOwnFolder,
  onDisk,
  reasonOfSystem,
  removeAll,
  replaceFile,
  sha256OfFile,
  storeError,
  type StoreError,
  systemCode,
  unfinished
} from "../core/ports/disk.ts"
import { restoreNote } from "../core/holder-note.ts"
import {
  type BackupManifest,
  type BackupPlaces,
  BackupProblem,
  beside,
  definitionsFolder,
  discard,
  stateName
} from "./backup.ts"
import { beginFolder } from "./cut-off.ts"

export interface Restored {
  readonly manifest: BackupManifest
  /** Place to which the earlier state was moved; null where there was none. */
  readonly before: string | null
  /** Place to which was moved what an earlier restore had put here that was cut off; null where there was none. */
  readonly cutOff: string | null
  /** Definitions of the backup that are kept as they stand in the workspace. */
  readonly kept: ReadonlyArray<string>
}

/** Unpacks a backup beside the state and proves that it is one and whole. Gives its folder. */
export const unpack = (
  file: string,
  home: string
): Effect.Effect<{ readonly folder: string; readonly manifest: BackupManifest }, BackupProblem | StoreError> =>
  Effect.gen(function* () {
    const folder = yield* onDisk("begin to restore", home, (disk) =>
      Effect.zipRight(makeOwnFolder(disk, home), beginFolder(disk, home, "restore", null))
    )
    const manifest = yield* unpackIn(folder, file).pipe(Effect.onError(() => discard(folder)))
    return { folder, manifest }
  })

const unpackIn = (folder: string, file: string): Effect.Effect<BackupManifest, BackupProblem | StoreError> =>
  Effect.gen(function* () {
    const refuse = (why: string) => noBackup(file, why)
    if (!(yield* isOnDisk(file))) return yield* refuse("there is no such file")
    if (isUnfinished(file)) return yield* refuse("it is still being written, or whoever wrote it was cut off")
    yield* Effect.try({
      try: () =>
        extract({
          file,
          cwd: folder,
          strict: true,
          // In one go: otherwise files are still written once it has failed, and the folder is taken away.
          sync: true,
          // Files and folders alone: nothing in it points elsewhere.
          filter: (_, entry) => "type" in entry && (entry.type === "File" || entry.type === "Directory")
        }),
      catch: (error) => notUnpacked(file, folder, error)
    })
    const manifest = yield* manifestIn(folder)
    if (manifest === null) return yield* refuse("it was made by nothing that this version knows")
    const state = join(folder, stateName)
    const sha = yield* onDisk("read the state of the backup", state, (disk) => ifThere(sha256OfFile(disk, state)))
    if (sha !== manifest.state_sha256) return yield* refuse("its state is not the one that was put in")
    return manifest
  })

const noBackup = (file: string, why: string): BackupProblem =>
  new BackupProblem({ detail: `${file} is no backup that can be restored: ${why}. Nothing was changed` })

/** Why a file could not be unpacked into a folder: a disk that takes no more says nothing against the file. */
export const notUnpacked = (file: string, folder: string, error: unknown): BackupProblem | StoreError => {
  const reason = reasonOfSystem(systemCode(error))
  return reason === "Full" || reason === "Closed"
    ? storeError(`unpack ${file}`, folder, error)
    : noBackup(file, "it cannot be unpacked")
}

/** The description in a backup; null where it is none, or one of another format. */
const manifestIn = (folder: string): Effect.Effect<BackupManifest | null> =>
  onDisk("read what the backup says of itself", folder, (disk) =>
    Effect.flatMap(disk.readFileString(join(folder, "backup.json")), (text) =>
      Effect.try(() => {
        const read = JSON.parse(text) as { readonly format?: unknown }
        return read.format === 1 ? (read as BackupManifest) : null
      })
    )
  ).pipe(Effect.orElseSucceed(() => null))

/**
 * Puts an unpacked backup in the place of what stands there, which is moved aside and not removed. Tokens stay as they
 * are now: one that was revoked since must not come back. Definitions are put where there are none.
 *
 * A note lies there meanwhile, by which nobody opens what is half of each. One that is found was left by a restore that was cut off,
 * and is gone on from: once everything was moved aside, what stands here is what that one had put here by then.
 */
export const putInPlace = (
  folder: string,
  manifest: BackupManifest,
  places: BackupPlaces,
  now: string
): Effect.Effect<Restored, StoreError> =>
  onDisk("restore", dirname(places.stateFile), (disk) =>
    Effect.gen(function* () {
      const home = dirname(places.stateFile)
      const name = basename(places.stateFile)
      const own = `before-restore-${now.replaceAll(/[:.]/g, "-")}`
      const { before, isMoved } = (yield* noteOf(disk, home)) ?? { before: own, isMoved: false }
      const aside = join(home, isMoved ? own : before)
      yield* writeNote(disk, home, { before, isMoved })
      for (const one of [name, `${name}.wal`, ...beside]) {
        if (!(yield* disk.exists(join(home, one)))) continue
        yield* makeOwnFolder(disk, aside)
        yield* disk.rename(join(home, one), join(aside, one))
      }
      yield* writeNote(disk, home, { before, isMoved: true })
      for (const one of [stateName, `${stateName}.wal`, ...beside]) {
        yield* ifThere(disk.rename(join(folder, one), join(home, one.replace(stateName, name))))
      }
      const tokens = join("service", "tokens.json")
      if (yield* disk.exists(join(home, before, tokens))) {
        yield* makeOwnFolder(disk, join(home, "service"))
        yield* disk.copyFile(join(home, before, tokens), join(home, tokens))
      }
      const kept = yield* putDefinitions(disk, join(folder, definitionsFolder), places.directory)
      yield* removeAll(disk, restoreNote(home))
      const there = (path: string) => Effect.map(disk.exists(path), (isThere) => (isThere ? path : null))
      return { manifest, before: yield* there(join(home, before)), cutOff: isMoved ? yield* there(aside) : null, kept }
    })
  ).pipe(Effect.ensuring(discard(folder)))

/** How far a restore has come: the name of the folder for what stood here, and whether all of it was moved there. */
interface RestoreNote {
  readonly before: string
  readonly isMoved: boolean
}

const writeNote = (disk: FileSystem.FileSystem, home: string, note: RestoreNote) =>
  replaceFile(disk, restoreNote(home), unfinished(restoreNote(home)), JSON.stringify(note))

const noteOf = (disk: FileSystem.FileSystem, home: string) =>
  Effect.map(ifThere(disk.readFileString(restoreNote(home))), (text) =>
    text === null ? null : (JSON.parse(text) as RestoreNote)
  )

const putDefinitions = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, from: string, to: string) {
  if (!(yield* disk.exists(from))) return []
  const kept: Array<string> = []
  for (const entry of yield* disk.readDirectory(from, { recursive: true })) {
    const [path, target] = [join(from, entry), join(to, entry)]
    if ((yield* disk.stat(path)).type !== "File") continue
    if (!(yield* disk.exists(target))) {
      yield* disk.makeDirectory(dirname(target), { recursive: true })
      yield* disk.copyFile(path, target)
    } else if ((yield* disk.readFileString(target)) !== (yield* disk.readFileString(path))) kept.push(entry)
  }
  return kept
})
