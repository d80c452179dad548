import type * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { dirname } from "node:path"
import { onDisk, openFile } from "../../core/ports/disk.ts"
import { TargetError } from "../../core/ports/target.ts"
import { isRunning } from "../../core/running.ts"

/**
 * Result of an exchange of a refresh token: the next token, null where the server keeps the old one, and the value
 * obtained.
 */
export interface Exchange<A> {
  readonly next: Redacted.Redacted | null
  readonly value: A
}

/** How long one process waits for another to be done. */
const waitMilliseconds = 30_000

/** An exchange takes two minutes at the very most; a lock older than this was left by a process that died. */
const staleMilliseconds = 300_000

/**
 * Exchanges the refresh token kept in a file. Every exchange makes the token before it useless, so: one process at a
 * time, under a lock file; the new token is on the disk, whole, before its access token is given to anyone; and whether
 * the folder can be written is found out before the old token is spent. The file is JSON with `refresh_token`, or the
 * bare token, and stays what it was.
 */
export const exchangeRefreshToken = <A>(
  connection: string,
  file: string,
  exchange: (refreshToken: Redacted.Redacted) => Effect.Effect<Exchange<A>, TargetError>
): Effect.Effect<A, TargetError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.acquireUseRelease(
      acquireLock(connection, file, restore),
      () =>
        Effect.gen(function* () {
          yield* attempt(connection, file, "renew", (disk) => recoverNext(disk, file))
          const replace = yield* openNext(connection, file)
          const kept = yield* readToken(connection, file)
          const { next, value } = yield* exchange(kept.token)
          if (next !== null) yield* replace(kept.withToken(next))
          return value
        }).pipe(Effect.scoped),
      (lock) => Effect.ignore(attempt(connection, lock, "remove", (disk) => disk.remove(lock)))
    )
  )

interface KeptToken {
  readonly token: Redacted.Redacted
  readonly withToken: (token: Redacted.Redacted) => string
}

const readToken = Effect.fn("brightspace.read-token-file")(function* (connection: string, file: string) {
  const text = yield* attempt(connection, file, "read", (disk) => disk.readFileString(file))
  const kept = parseToken(text)
  return kept ?? (yield* fileError(connection, file, "it holds no refresh token"))
})

const parseToken = (text: string): KeptToken | null => {
  const bare = text.trim()
  if (!bare.startsWith("{")) {
    return bare === "" ? null : { token: Redacted.make(bare), withToken: (token) => `${Redacted.value(token)}\n` }
  }
  try {
    const json = JSON.parse(bare) as Record<string, unknown>
    const token = json["refresh_token"]
    return typeof token !== "string" || token === ""
      ? null
      : {
          token: Redacted.make(token),
          withToken: (next) => `${JSON.stringify({ ...json, refresh_token: Redacted.value(next) }, null, 2)}\n`
        }
  } catch {
    return null
  }
}

/** Opens the file of the next token, until the scope ends, and gives what puts a text in the place of the token's file. */
const openNext = Effect.fnUntraced(function* (connection: string, file: string) {
  const path = nextFile(file)
  yield* Effect.addFinalizer(() => Effect.ignore(attempt(connection, path, "remove", (disk) => disk.remove(path))))
  const next = yield* attempt(connection, path, "write", (disk) => openFile(disk, path, "w"))
  return (text: string): Effect.Effect<void, TargetError> =>
    attempt(connection, path, "write", (disk) =>
      Effect.gen(function* () {
        yield* next.writeAll(Buffer.from(text))
        yield* next.sync
        yield* disk.rename(path, file)
        yield* syncFolder(disk, dirname(file))
      })
    )
})

const nextFile = (file: string): string => `${file}.next`

/** A process that died between the server's answer and the rename left the good token beside the spent one. */
const recoverNext = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, file: string) {
  const path = nextFile(file)
  const text = yield* Effect.orElseSucceed(disk.readFileString(path), () => null)
  // Without its last line break it was not written to the end.
  if (text === null || !text.endsWith("\n") || parseToken(text) === null) return
  const left = yield* disk.stat(path)
  const kept = yield* Effect.orElseSucceed(disk.stat(file), () => null)
  // A file that is newer was put there by a person who logged in again.
  if (kept === null || writtenAt(left) >= writtenAt(kept)) yield* disk.rename(path, file)
})

/** Milliseconds since 1970. */
const writtenAt = ({ mtime }: FileSystem.File.Info): number => Option.match(mtime, { onNone: () => 0, onSome: Number })

/** A rename is durable when its folder is; not every file system lets a folder be opened. */
const syncFolder = (disk: FileSystem.FileSystem, folder: string): Effect.Effect<void> =>
  openFile(disk, folder, "r").pipe(
    Effect.flatMap((opened) => opened.sync),
    Effect.scoped,
    Effect.ignore
  )

const acquireLock = (
  connection: string,
  file: string,
  restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
): Effect.Effect<string, TargetError> => {
  const lock = `${file}.lock`
  const takeUntil = (until: number): Effect.Effect<string, TargetError> =>
    Effect.gen(function* () {
      const holder = yield* attempt(connection, lock, "lock", (disk) => takeLock(disk, lock))
      if (holder === null) return lock
      if ((yield* Clock.currentTimeMillis) >= until) {
        return yield* fileError(
          connection,
          file,
          `${holder} has been renewing the token for long; if that is over, delete ${lock}`
        )
      }
      yield* restore(Effect.sleep(100))
      return yield* takeUntil(until)
    })
  return Effect.flatMap(Clock.currentTimeMillis, (now) => takeUntil(now + waitMilliseconds))
}

interface Holder {
  readonly pid: number
  readonly host: string
}

/** Null when the lock is ours now, else who holds it. */
const takeLock = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, lock: string) {
  const mine: Holder = { pid: process.pid, host: hostname() }
  const isMine = yield* disk.writeFileString(lock, JSON.stringify(mine), { flag: "wx", mode: 0o600 }).pipe(
    Effect.as(true),
    Effect.catchIf(
      (error) => error._tag === "SystemError" && error.reason === "AlreadyExists",
      () => Effect.succeed(false)
    )
  )
  if (isMine) return null
  const text = yield* Effect.orElseSucceed(disk.readFileString(lock), () => null)
  if (text === null) return "another process"
  const holder = parseHolder(text)
  const now = yield* Clock.currentTimeMillis
  const age = yield* disk.stat(lock).pipe(
    Effect.map((found) => now - writtenAt(found)),
    Effect.orElseSucceed(() => 0)
  )
  if (age > staleMilliseconds || (holder !== null && holder.host === mine.host && !isRunning(holder.pid))) {
    yield* dropStale(disk, lock, text)
  }
  return holder === null ? "another process" : `process ${holder.pid} on ${holder.host}`
})

/** Takes a dead process's lock away; what turns out to be the lock of somebody quicker is put back. */
const dropStale = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, lock: string, stale: string) {
  const aside = `${lock}.${randomBytes(6).toString("hex")}`
  // If that fails, somebody else was quicker: the next try sees what they left.
  yield* Effect.ignore(
    Effect.gen(function* () {
      yield* disk.rename(lock, aside)
      if ((yield* disk.readFileString(aside)) !== stale) yield* disk.link(aside, lock)
    })
  )
  yield* Effect.ignore(disk.remove(aside))
})

const parseHolder = (text: string): Holder | null => {
  try {
    const holder = JSON.parse(text) as Partial<Holder>
    return typeof holder.pid === "number" && typeof holder.host === "string"
      ? { pid: holder.pid, host: holder.host }
      : null
  } catch {
    return null
  }
}

/** Work on the token's file, or on one beside it. The error names the path, what the system says of it, and what to do. */
const attempt = <A, E, R>(
  connection: string,
  path: string,
  does: "read" | "write" | "renew" | "lock" | "remove",
  work: (disk: FileSystem.FileSystem) => Effect.Effect<A, E, R>
): Effect.Effect<A, TargetError, R> =>
  onDisk(`could not ${does} it`, path, work).pipe(
    Effect.mapError((error) => fileError(connection, path, error.message))
  )

const fileError = (connection: string, file: string, detail: string): TargetError =>
  new TargetError({ reason: "Misconfigured", connection, request: `token file ${file}`, detail })
