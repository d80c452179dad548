import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { constants, existsSync } from "node:fs"
import { chmod, copyFile, cp, link, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { create } from "tar"
import { sha256File } from "../core/hash.ts"
import type { WarehouseError } from "../core/ports/warehouse.ts"
import { namesIn, onDisk } from "../state/on-disk.ts"

/** What a backup says of itself. */
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

/** Beside the state, what is never changed once it is there: it is linked, not copied. */
const unchanging = ["plans", "reads"]
/** What is: small files. */
const changing = ["audit.ndjson", "service", "logs"]

/** Everything of a workspace's own beside its state. */
export const beside = ["journal", ...unchanging, ...changing]

export const stateName = "state.duckdb"
export const definitionsFolder = "definitions"

/**
 * Gathers a workspace in a folder, as it was at one moment, whether or not a run is at work: the state is copied while
 * nothing writes to it, and with it the journals, which is what a sudden end of the machine at that moment would have left.
 * A run pauses from write to write; where it does not for `patienceSeconds`, there is no backup.
 */
export const gather = (
  places: BackupPlaces,
  patienceSeconds: number
): Effect.Effect<string, BackupProblem | WarehouseError> =>
  Effect.gen(function* () {
    const home = dirname(places.stateFile)
    const folder = yield* onDisk("begin the backup", home, () => mkdtemp(join(home, "backup-")))
    const isStill = yield* onDisk("copy the state", places.stateFile, () =>
      copyStill(places.stateFile, folder, patienceSeconds)
    )
    if (!isStill) {
      yield* discard(folder)
      return yield* new BackupProblem({
        detail: `the state was written to without a pause for ${patienceSeconds} seconds: make the backup a little later`
      })
    }
    yield* onDisk("gather what lies beside the state", home, async () => {
      for (const name of unchanging) await linkAll(join(home, name), join(folder, name))
      for (const name of changing)
        if (existsSync(join(home, name))) await cp(join(home, name), join(folder, name), { recursive: true })
      await rm(join(folder, "service", "heartbeat.json"), { force: true })
      const definitions = join(folder, definitionsFolder)
      await mkdir(definitions, { mode: 0o700 })
      for (const name of ["pipelines", "service.yaml"]) {
        const path = join(places.directory, name)
        if (existsSync(path)) await cp(path, join(definitions, name), { recursive: true })
      }
    })
    return folder
  })

/** Writes the gathered folder as one file, readable by its owner alone, and takes the folder away. */
export const pack = (
  folder: string,
  file: string,
  about: Pick<BackupManifest, "version" | "made_at" | "last_run">
): Effect.Effect<BackupManifest, WarehouseError> =>
  onDisk("write the backup", file, async () => {
    const state = join(folder, stateName)
    const journals = await namesIn(join(folder, "journal"))
    const manifest: BackupManifest = {
      format: 1,
      ...about,
      under_way: journals.filter((name) => name.endsWith(".journal")).map((name) => name.slice(0, -".journal".length)),
      state_sha256: existsSync(state) ? await sha256File(state) : null
    }
    await writeFile(join(folder, "backup.json"), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    const unfinished = `${file}.unfinished`
    const names = (await namesIn(folder)).filter((name) => name !== "backup.json")
    // In one go: without `sync` this version of the library comes to no end over the folders of kept reads.
    create({ file: unfinished, cwd: folder, gzip: true, portable: true, sync: true, linkCache: new NoLinks() }, [
      "backup.json",
      ...names
    ])
    await chmod(unfinished, 0o600)
    await rename(unfinished, file)
    return manifest
  }).pipe(Effect.ensuring(discard(folder)))

export const discard = (folder: string): Effect.Effect<void> =>
  Effect.promise(() => rm(folder, { recursive: true, force: true }).catch(() => undefined))

/** Files of one content stand in the archive as often as they lie in the folder: nothing in it points elsewhere. */
class NoLinks extends Map<`${number}:${number}`, string> {
  override set(): this {
    return this
  }
}

/** Milliseconds for which nothing must have been written before: times of files are no finer on some systems. */
const quiet = 60

/** Copies state and journals while nothing is written to the state; false where it is written to all the time. */
const copyStill = async (stateFile: string, folder: string, patienceSeconds: number): Promise<boolean> => {
  const journals = join(dirname(stateFile), "journal")
  const parts = ["", ".wal"]
  const stamp = async (): Promise<string> => {
    const states = await Promise.all(
      parts.map((part) =>
        stat(stateFile + part).then(
          ({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`,
          () => "none"
        )
      )
    )
    return [...states, ...(await namesIn(journals))].join("|")
  }
  const until = Date.now() + patienceSeconds * 1000
  for (;;) {
    const before = await stamp()
    await sleep(quiet)
    if ((await stamp()) === before) {
      for (const part of parts) {
        await rm(join(folder, stateName + part), { force: true })
        if (existsSync(stateFile + part))
          await copyFile(stateFile + part, join(folder, stateName + part), constants.COPYFILE_FICLONE)
      }
      await rm(join(folder, "journal"), { recursive: true, force: true })
      if (existsSync(journals)) await cp(journals, join(folder, "journal"), { recursive: true })
      if ((await stamp()) === before) return true
    }
    if (Date.now() > until) return false
    await sleep(quiet)
  }
}

/** The same files under another name; what is taken away meanwhile, as the rows of an older read, is not there then. */
const linkAll = async (from: string, to: string): Promise<void> => {
  if (!existsSync(from)) return
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkAll(source, target)
    else
      await link(source, target).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        // There are file systems without links.
        return copyFile(source, target)
      })
  }
}
