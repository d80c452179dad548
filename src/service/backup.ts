import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { dirname, join } from "node:path"
import { create } from "tar"
import {
  ifThere,
  isOnDisk,
  makeOwnFolder,
  namesIn,
  onDisk,
  removeAll,
  sha256OfFile,
  type StoreError,
  unfinished,
  writeOwnFile
} from "../core/ports/disk.ts"
import { restoreNote } from "../core/holder-note.ts"
import { beginFolder, makerName } from "./cut-off.ts"

/** Description of a backup, in its own file `backup.json`. */
export interface BackupManifest {
  readonly format: 1
  /** Version of rollbook that made it. */
  readonly version: string
  /** ISO instant. */
  readonly made_at: string
  /** The last run that it knows; null where there was none. */
  readonly last_run: number | null
  /** Plans whose apply was under way. */
  readonly under_way: ReadonlyArray<string>
  readonly state_sha256: string | null
}

/** No backup was made, or none was restored; nothing was changed. */
export class BackupProblem extends Data.TaggedError("BackupProblem")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

/** A workspace as a backup sees it. */
export interface BackupPlaces {
  readonly directory: string
  readonly stateFile: string
}

/** Folders beside the state whose files never change once they are there: these are linked, not copied. */
const unchanging = ["plans", "reads"]
/** Files that may change: small ones, which are copied. */
const changing = ["audit.ndjson", "service", "logs"]

/**
 * Parts of the service's folder that are left out: those of this process, those that let somebody in who may have been shut
 * out since, and the exports that people asked for: restored, they would be sent in a name whose owner asks for nothing any
 * more.
 */
const ofTheMoment = ["heartbeat.json", "commands.sock", "asked.json", "approvals.json", "sessions", "links"]

/** Everything of a workspace's own beside its state. */
export const beside = ["journal", ...unchanging, ...changing]

export const stateName = "state.duckdb"
export const definitionsFolder = "definitions"

/**
 * Gathers a workspace in a folder, as it was at one moment, whether or not a run is at work: the state is copied while
 * nothing writes to it, and with it the journals, which is what a sudden end of the machine at that moment would have left.
 * A run pauses from write to write; where it does not for `patienceSeconds`, there is no backup. Whatever fails leaves nothing;
 * of one that is killed the next one finds what is left by the folder, which names `file`, into which it is to be packed.
 */
export const gather = (
  places: BackupPlaces,
  patienceSeconds: number,
  file: string | null = null
): Effect.Effect<string, BackupProblem | StoreError> =>
  Effect.gen(function* () {
    const home = dirname(places.stateFile)
    if (yield* isOnDisk(restoreNote(home))) {
      return yield* new BackupProblem({
        detail: `what lies in ${home} is half of a backup that is being restored, or whose restore was cut off: \`rollbook restore FILE\` goes on with it. No backup was made`
      })
    }
    const folder = yield* onDisk("begin the backup", home, (disk) => beginFolder(disk, home, "backup", file))
    yield* gatherIn(folder, places, patienceSeconds).pipe(Effect.onError(() => discard(folder)))
    return folder
  })

/** Fills the folder of a backup. */
const gatherIn = (
  folder: string,
  places: BackupPlaces,
  patienceSeconds: number
): Effect.Effect<void, BackupProblem | StoreError> =>
  Effect.gen(function* () {
    const home = dirname(places.stateFile)
    const isStill = yield* onDisk("copy the state", places.stateFile, (disk) =>
      copyStill(disk, places.stateFile, folder, patienceSeconds)
    )
    if (!isStill) {
      return yield* new BackupProblem({
        detail: `the state was written to without a pause for ${patienceSeconds} seconds: make the backup a little later`
      })
    }
    yield* onDisk("gather what lies beside the state", home, (disk) =>
      Effect.gen(function* () {
        for (const name of unchanging) yield* linkAll(disk, join(home, name), join(folder, name))
        for (const name of changing) {
          const from = join(home, name)
          if (name !== "service") yield* copyIfThere(disk, from, join(folder, name))
          else {
            yield* makeOwnFolder(disk, join(folder, name))
            for (const note of yield* namesIn(disk, from)) {
              if (!ofTheMoment.includes(note)) yield* copyIfThere(disk, join(from, note), join(folder, name, note))
            }
          }
        }
        const definitions = join(folder, definitionsFolder)
        yield* makeOwnFolder(disk, definitions)
        for (const name of ["pipelines", "service.yaml"]) {
          yield* copyIfThere(disk, join(places.directory, name), join(definitions, name))
        }
      })
    )
  })

/** Writes the gathered folder as one file, readable by its owner alone, and takes the folder away. */
export const pack = (
  folder: string,
  file: string,
  about: Pick<BackupManifest, "version" | "made_at" | "last_run">
): Effect.Effect<BackupManifest, StoreError> =>
  onDisk("write the backup", file, (disk) =>
    Effect.gen(function* () {
      const journals = yield* namesIn(disk, join(folder, "journal"))
      const manifest: BackupManifest = {
        format: 1,
        ...about,
        under_way: journals
          .filter((name) => name.endsWith(".journal"))
          .map((name) => name.slice(0, -".journal".length)),
        state_sha256: yield* ifThere(sha256OfFile(disk, join(folder, stateName)))
      }
      yield* writeOwnFile(disk, join(folder, "backup.json"), `${JSON.stringify(manifest, null, 2)}\n`)
      const beingMade = unfinished(file)
      const names = (yield* namesIn(disk, folder)).filter((name) => name !== "backup.json" && name !== makerName)
      yield* Effect.try({
        try: () =>
          // In one go: without `sync` this version of the library comes to no end over the folders of kept reads.
          create(
            {
              file: beingMade,
              cwd: folder,
              gzip: true,
              portable: true,
              sync: true,
              mode: 0o600,
              linkCache: new NoLinks()
            },
            ["backup.json", ...names]
          ),
        catch: (error) => error
      })
      yield* disk.chmod(beingMade, 0o600)
      yield* disk.rename(beingMade, file)
      return manifest
    })
  ).pipe(
    Effect.onError(() => discard(unfinished(file))),
    Effect.ensuring(discard(folder))
  )

/** Takes away what was made of a backup that is none. */
export const discard = (path: string): Effect.Effect<void> =>
  Effect.ignore(onDisk("take it away", path, (disk) => removeAll(disk, path)))

const copyIfThere = (disk: FileSystem.FileSystem, from: string, to: string): Effect.Effect<void, PlatformError> =>
  Effect.whenEffect(disk.copy(from, to, { overwrite: true }), disk.exists(from))

/** Files of one content stand in the archive as often as they lie in the folder: nothing in it points elsewhere. */
class NoLinks extends Map<`${number}:${number}`, string> {
  override set(): this {
    return this
  }
}

/** For so long nothing must have been written before: times of files are no finer on some systems. */
const quietMilliseconds = 60

/** Copies state and journals while nothing is written to the state; false where it is written to all the time. */
const copyStill = Effect.fnUntraced(function* (
  disk: FileSystem.FileSystem,
  stateFile: string,
  folder: string,
  patienceSeconds: number
) {
  const journals = join(dirname(stateFile), "journal")
  const suffixes = ["", ".wal"]
  const stamp = Effect.gen(function* () {
    const states = yield* Effect.forEach(suffixes, (suffix) =>
      Effect.map(ifThere(disk.stat(stateFile + suffix)), (found) =>
        found === null
          ? "none"
          : `${Option.getOrElse(found.ino, () => 0)} ${Option.match(found.mtime, { onNone: () => 0, onSome: Number })} ${found.size}`
      )
    )
    return [...states, ...(yield* namesIn(disk, journals))].join("|")
  })
  // Whoever gives up waiting need not wait.
  const wait = Effect.interruptible(Effect.sleep(quietMilliseconds))
  const until = (yield* Clock.currentTimeMillis) + patienceSeconds * 1000
  for (;;) {
    const before = yield* stamp
    yield* wait
    if ((yield* stamp) === before) {
      for (const suffix of suffixes) {
        yield* removeAll(disk, join(folder, stateName + suffix))
        yield* ifThere(disk.copyFile(stateFile + suffix, join(folder, stateName + suffix)))
      }
      yield* removeAll(disk, join(folder, "journal"))
      yield* copyIfThere(disk, journals, join(folder, "journal"))
      if ((yield* stamp) === before) return true
    }
    if ((yield* Clock.currentTimeMillis) > until) return false
    yield* wait
  }
})

/** The same files under another name; what is taken away meanwhile, as the rows of an older read, is not there then. */
const linkAll = (disk: FileSystem.FileSystem, from: string, to: string): Effect.Effect<void, PlatformError> =>
  Effect.gen(function* () {
    if (!(yield* disk.exists(from))) return
    yield* makeOwnFolder(disk, to)
    for (const entry of yield* disk.readDirectory(from)) {
      const [source, target] = [join(from, entry), join(to, entry)]
      const found = yield* ifThere(disk.stat(source))
      if (found === null) continue
      if (found.type === "Directory") yield* linkAll(disk, source, target)
      // There are file systems without links.
      else yield* ifThere(Effect.catchAll(disk.link(source, target), () => disk.copyFile(source, target)))
    }
  })
