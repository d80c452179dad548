import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { isPlatformError, type PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { createHash } from "node:crypto"

/**
 * The disk. As the clock, it is there without being asked for: that of the machine, unless a test puts another in its
 * place by `Effect.provideService`.
 */
export class Disk extends Context.Reference<Disk>()("rollbook/Disk", {
  defaultValue: (): FileSystem.FileSystem => Effect.runSync(Effect.provide(FileSystem.FileSystem, NodeFileSystem.layer))
}) {}

/**
 * `Full`, `Closed`: to this user, or altogether. `Absent`: there is no such thing. `Standing`: there is one already.
 * `InTheWay`: a file where a folder should lie, or the other way about. `Damaged`: it can be read, and is not what should
 * lie there. `Unknown`: whatever else the system says.
 */
export type StoreReason = "Full" | "Closed" | "Absent" | "Standing" | "InTheWay" | "Damaged" | "Unknown"

/** A file or folder could not be read or written. Names what was to be done, the path, and what to do. */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly reason: StoreReason
  /** The intended work, as a verb with its object. */
  readonly what: string
  readonly path: string
  /** In the system's words, or in ours; never what was read. */
  readonly words: string
  /** The remedy, if the reason alone does not tell it. */
  readonly remedy?: string
}> {
  override get message(): string {
    return `${beginning(this.reason)}${this.what}: ${this.detail}`
  }
  /** The same without what was to be done. */
  get detail(): string {
    const remedy = this.remedy ?? (this.reason === "Absent" ? absent : undefined)
    return `${this.path}: ${this.words}${remedy === undefined ? "" : `; ${remedy}`}`
  }
}

/**
 * The remedy for a full or closed disk, said before the system's own words: any step may meet either. `then`: what is to be
 * done once there is space.
 */
export const beginning = (reason: StoreReason, then = "run it again"): string => {
  switch (reason) {
    case "Full":
      return `the disk is full: free space there, and ${then}. `
    case "Closed":
      return "a file or folder is closed to this user: let the user that runs rollbook read and write there. "
    default:
      return ""
  }
}

const absent = "it is not there, or the folder in which it should lie is not"

const ofSystem: Readonly<Record<string, { readonly reason: StoreReason; readonly remedy?: string }>> = {
  ENOSPC: { reason: "Full" },
  EDQUOT: { reason: "Full" },
  // A file may grow no more, by a limit of the process or of the file system.
  EFBIG: { reason: "Full" },
  EACCES: { reason: "Closed" },
  EPERM: { reason: "Closed" },
  EROFS: { reason: "Closed" },
  ENOENT: { reason: "Absent" },
  EEXIST: { reason: "Standing" },
  ENOTDIR: { reason: "InTheWay", remedy: "a file lies where a folder should: move it away" },
  EISDIR: { reason: "InTheWay", remedy: "a folder lies where a file should: move it away" }
}

/** The system's code of an error, as `ENOSPC`; null if it is not an error of the system. */
export const systemCode = (error: unknown): string | null => {
  const { cause, code } = (error ?? {}) as Readonly<Record<"cause" | "code", unknown>>
  if (typeof code === "string") return code
  return isPlatformError(error) && cause !== undefined ? systemCode(cause) : null
}

/** The reason of an error that the system calls so; null where it is none of the disk. */
export const reasonOfSystem = (code: string | null): StoreReason | null =>
  code === null ? null : (ofSystem[code]?.reason ?? null)

/** Any error of the disk as one that says what was to be done, and where. What is none of the system's may quote what was read. */
export const storeError = (what: string, path: string, error: unknown): StoreError => {
  if (error instanceof StoreError) return error
  const code = systemCode(error)
  if (code === null) {
    const words = `it is not what was expected there (${nameOf(error)})`
    return new StoreError({ reason: "Damaged", what, path, words })
  }
  const words = isPlatformError(error) ? (error.description ?? code) : error instanceof Error ? error.message : code
  return new StoreError({ ...(ofSystem[code] ?? { reason: "Unknown" }), what, path, words })
}

const nameOf = (error: unknown): string => {
  const inner = (error as { readonly _tag?: unknown; readonly error?: unknown } | null) ?? {}
  if (inner._tag === "UnknownException") return nameOf(inner.error)
  return error instanceof Error ? error.name : typeof error
}

/**
 * Work on a file or folder. Fails with what was to be done, the path, and what the system says of it: some of its errors,
 * of a disk that is full, name none. Whoever interrupts it waits until it is done, so that no folder is left half changed.
 */
export const onDisk = <A, E, R>(
  what: string,
  path: string,
  work: (disk: FileSystem.FileSystem) => Effect.Effect<A, E, R>
): Effect.Effect<A, StoreError, R> =>
  Effect.flatMap(Disk, work).pipe(
    Effect.mapError((error) => storeError(what, path, error)),
    Effect.uninterruptible
  )

/** The result of work on what may not be there; null where it is not. What is there and cannot be read is an error still. */
export const ifThere = <A, R>(work: Effect.Effect<A, PlatformError, R>): Effect.Effect<A | null, PlatformError, R> =>
  Effect.catchIf(
    work,
    (error) => error._tag === "SystemError" && error.reason === "NotFound",
    () => Effect.succeed(null)
  )

/** Text of a file; null where there is none. One that is there and cannot be read is not taken for one that is not. */
export const textOnDisk = (what: string, path: string): Effect.Effect<string | null, StoreError> =>
  onDisk(what, path, (disk) => ifThere(disk.readFileString(path)))

/** Whether something lies there. */
export const isOnDisk = (path: string): Effect.Effect<boolean, StoreError> =>
  onDisk("look for it", path, (disk) => disk.exists(path))

/** Changes with every change of a file: when it was written last, and its length. Empty where there is none. */
export const stampOfFile = (path: string): Effect.Effect<string, StoreError> =>
  onDisk("look whether it has changed", path, (disk) =>
    Effect.map(ifThere(disk.stat(path)), (found) =>
      found === null ? "" : `${Option.match(found.mtime, { onNone: () => 0, onSome: Number })} ${found.size}`
    )
  )

/** Changes with every change of some files of a folder. */
export const stampOfFiles = (folder: string, names: ReadonlyArray<string>): Effect.Effect<string, StoreError> =>
  Effect.map(
    Effect.forEach(names, (name) => Effect.map(stampOfFile(join(folder, name)), (stamp) => `${name} ${stamp}`), {
      concurrency: 16
    }),
    (stamps) => stamps.join("\n")
  )

/** Names of what lies in a folder, in order; none where there is no folder. */
export const namesIn = (
  disk: FileSystem.FileSystem,
  folder: string
): Effect.Effect<ReadonlyArray<string>, PlatformError> =>
  Effect.map(ifThere(disk.readDirectory(folder)), (names) => (names ?? []).toSorted())

interface Span {
  readonly from: number
  readonly to: number
}

const whole: Span = { from: 0, to: Infinity }

/**
 * Calls `look` with the bytes of a file, or of a span of it, piece by piece. Each is good until the next one takes its place, so that a
 * file of any length takes the memory of one piece.
 */
export const eachPieceOfFile = <E>(
  disk: FileSystem.FileSystem,
  path: string,
  look: (piece: Uint8Array) => Effect.Effect<void, E>,
  { from, to }: Span = whole
): Effect.Effect<void, PlatformError | E> =>
  Effect.gen(function* () {
    const file = yield* openFile(disk, path, "r")
    yield* file.seek(from, "start")
    const room = new Uint8Array(Math.min(pieceBytes, to - from))
    let left = to - from
    while (left > 0) {
      const read = Number(yield* file.read(left < room.length ? room.subarray(0, left) : room))
      if (read === 0) return
      yield* look(room.subarray(0, read))
      left -= read
    }
  }).pipe(Effect.scoped)

/** sha256 of a file, in hexadecimal, read piece by piece. */
export const sha256OfFile = (disk: FileSystem.FileSystem, path: string): Effect.Effect<string, PlatformError> =>
  Effect.suspend(() => {
    const hash = createHash("sha256")
    const add = (piece: Uint8Array) => Effect.sync(() => void hash.update(piece))
    return Effect.map(eachPieceOfFile(disk, path, add), () => hash.digest("hex"))
  })

/**
 * Calls `look` with each line of a file, or of a span of its bytes, and the byte at which the line begins. A line ends by a line
 * feed alone, as in newline-delimited JSON, whose texts may hold what else counts as the end of a line: U+2028 in a name. What
 * `look` throws is the failure. Empty lines are left out.
 */
export const eachLineOfFile = (
  disk: FileSystem.FileSystem,
  path: string,
  look: (line: string, begins: number) => void,
  span: Span = whole
): Effect.Effect<void, PlatformError | Cause.UnknownException> =>
  Effect.suspend(() => {
    let rest: Array<Uint8Array> = []
    let begins = span.from
    const end = (piece: Uint8Array): void => {
      const line =
        rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([...rest, piece])
      rest = []
      if (line.length > 0) look(line.toString(), begins)
      begins += line.length + 1
    }
    const take = (piece: Uint8Array): void => {
      let at = 0
      for (let feed = piece.indexOf(lineFeed); feed >= 0; feed = piece.indexOf(lineFeed, at)) {
        end(piece.subarray(at, feed))
        at = feed + 1
      }
      if (at < piece.length) rest.push(piece.slice(at))
    }
    return Effect.zipRight(
      eachPieceOfFile(disk, path, (piece) => Effect.try(() => take(piece)), span),
      Effect.try(() => (rest.length > 0 ? end(new Uint8Array()) : undefined))
    )
  })

/** The byte that ends a line. */
export const lineFeed = 10

const pieceBytes = 1_048_576

/**
 * Opens a file until the scope ends. Whether it could be closed then is not told: what was to be on the disk was synced.
 */
export const openFile = (
  disk: FileSystem.FileSystem,
  path: string,
  flag: FileSystem.OpenFlag
): Effect.Effect<FileSystem.File, PlatformError, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (made, exit) =>
      Effect.catchAllCause(Scope.close(made, exit), () => Effect.void)
    )
    return yield* Scope.extend(disk.open(path, { flag, mode: 0o600 }), scope)
  })

/** Makes a folder that only its owner may look into, and those above it. */
export const makeOwnFolder = (disk: FileSystem.FileSystem, path: string): Effect.Effect<void, PlatformError> =>
  disk.makeDirectory(path, { recursive: true, mode: 0o700 })

/** Writes a text that only its owner may read. */
export const writeOwnFile = (
  disk: FileSystem.FileSystem,
  path: string,
  text: string
): Effect.Effect<void, PlatformError> => disk.writeFileString(path, text, { mode: 0o600 })

/**
 * Puts a text in the place of a file, by way of an unfinished one beside it, so that a kill at any moment leaves the previous
 * or the new one, whole and on the disk. Only its owner may read it.
 */
export const replaceFile = (
  disk: FileSystem.FileSystem,
  path: string,
  unfinished: string,
  text: string
): Effect.Effect<void, PlatformError> =>
  Effect.gen(function* () {
    const file = yield* openFile(disk, unfinished, "w")
    yield* file.writeAll(Buffer.from(text))
    yield* file.sync
  }).pipe(Effect.scoped, Effect.zipRight(disk.rename(unfinished, path)))

/** Removes a file or a folder with all that lies in it; nothing where it is not there. */
export const removeAll = (disk: FileSystem.FileSystem, path: string): Effect.Effect<void, PlatformError> =>
  disk.remove(path, { recursive: true, force: true })

/** The name of a file or folder while it is not whole: it is being made, or taken away. */
export const unfinished = (path: string): string => `${path}.unfinished`

/** Whether something is being made or taken away, or was when whoever did so was killed: nobody reads it. */
export const isUnfinished = (path: string): boolean => path.endsWith(unfinished(""))

/**
 * Takes a folder away, or a file: whole, for a kill at any moment leaves all of it where it was, or what is left of it under a name
 * by which nobody takes it for what it was (`isUnfinished`). Nothing where it is not there.
 */
export const removeWhole = (disk: FileSystem.FileSystem, path: string): Effect.Effect<void, PlatformError> =>
  isUnfinished(path)
    ? removeAll(disk, path)
    : Effect.gen(function* () {
        const gone = unfinished(path)
        yield* removeAll(disk, gone)
        yield* ifThere(disk.rename(path, gone))
        yield* removeAll(disk, gone)
      })
