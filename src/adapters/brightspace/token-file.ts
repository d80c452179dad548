import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type FileHandle, link, open, readFile, rename, stat, unlink } from "node:fs/promises"
import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { dirname } from "node:path"
import { TargetError } from "../../core/ports/target.ts"

/** What an exchange of a refresh token gave: the next one, null where the server keeps the old one, and its yield. */
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
        Effect.acquireUseRelease(
          Effect.zipRight(
            attempt(connection, file, () => recoverNext(file)),
            openNext(connection, file)
          ),
          (next) =>
            Effect.gen(function* () {
              const kept = yield* readToken(connection, file)
              const { next: token, value } = yield* exchange(kept.token)
              if (token !== null) yield* attempt(connection, file, () => next.replace(kept.withToken(token)))
              return value
            }),
          (next) => Effect.promise(() => next.discard())
        ),
      (lock) => Effect.promise(() => unlink(lock).catch(() => undefined))
    )
  )

interface KeptToken {
  readonly token: Redacted.Redacted
  readonly withToken: (token: Redacted.Redacted) => string
}

const readToken = Effect.fn("brightspace.read-token-file")(function* (connection: string, file: string) {
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: () => fileError(connection, file, "there is no such file, or it may not be read")
  })
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

interface NextFile {
  readonly replace: (text: string) => Promise<void>
  readonly discard: () => Promise<void>
}

const openNext = (connection: string, file: string): Effect.Effect<NextFile, TargetError> =>
  attempt(connection, file, async () => {
    const path = nextFile(file)
    const handle = await open(path, "w", 0o600)
    return {
      replace: async (text) => {
        await handle.writeFile(text)
        await handle.sync()
        await rename(path, file)
        await syncFolder(dirname(file))
      },
      discard: async () => {
        await handle.close().catch(() => undefined)
        await unlink(path).catch(() => undefined)
      }
    }
  })

const nextFile = (file: string): string => `${file}.next`

/** A process that died between the server's answer and the rename left the good token beside the spent one. */
const recoverNext = async (file: string): Promise<void> => {
  const path = nextFile(file)
  const text = await readFile(path, "utf8").catch(() => null)
  // Without its last line break it was not written to the end.
  if (text === null || !text.endsWith("\n") || parseToken(text) === null) return
  const [left, kept] = await Promise.all([stat(path), stat(file).catch(() => null)])
  // A file that is newer was put there by a person who logged in again.
  if (kept === null || left.mtimeMs >= kept.mtimeMs) await rename(path, file)
}

/** A rename is durable when its folder is; not every file system lets a folder be opened. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle: FileHandle | null = await open(folder, "r").catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

const acquireLock = (
  connection: string,
  file: string,
  restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
): Effect.Effect<string, TargetError> => {
  const lock = `${file}.lock`
  const until = Date.now() + waitMilliseconds
  const take: Effect.Effect<string, TargetError> = Effect.flatMap(
    attempt(connection, file, () => takeLock(lock)),
    (holder) => {
      if (holder === null) return Effect.succeed(lock)
      if (Date.now() < until) return Effect.zipRight(restore(Effect.sleep(100)), take)
      return Effect.fail(
        fileError(connection, file, `${holder} has been renewing the token for long; if that is over, delete ${lock}`)
      )
    }
  )
  return take
}

interface Holder {
  readonly pid: number
  readonly host: string
}

/** Null when the lock is ours now, else who holds it. */
const takeLock = async (lock: string): Promise<string | null> => {
  const mine: Holder = { pid: process.pid, host: hostname() }
  try {
    const handle = await open(lock, "wx", 0o600)
    await handle.writeFile(JSON.stringify(mine))
    await handle.close()
    return null
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "EEXIST") throw error
  }
  const text = await readFile(lock, "utf8").catch(() => null)
  if (text === null) return "another process"
  const holder = parseHolder(text)
  const age =
    Date.now() -
    (await stat(lock)
      .then((file) => file.mtimeMs)
      .catch(() => Date.now()))
  if (age > staleMilliseconds || (holder !== null && holder.host === mine.host && !isAlive(holder.pid))) {
    await dropStale(lock, text)
  }
  return holder === null ? "another process" : `process ${holder.pid} on ${holder.host}`
}

/** Takes a dead process's lock away; what turns out to be the lock of somebody quicker is put back. */
const dropStale = async (lock: string, stale: string): Promise<void> => {
  const aside = `${lock}.${randomBytes(6).toString("hex")}`
  try {
    await rename(lock, aside)
    if ((await readFile(aside, "utf8")) !== stale) await link(aside, lock)
  } catch {
    // Somebody else was quicker: the next try sees what they left.
  }
  await unlink(aside).catch(() => undefined)
}

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

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "EPERM"
  }
}

const attempt = <A>(connection: string, file: string, run: () => Promise<A>): Effect.Effect<A, TargetError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => {
      const code = (error as { readonly code?: unknown }).code
      return fileError(connection, file, `it cannot be written${typeof code === "string" ? ` (${code})` : ""}`)
    }
  })

const fileError = (connection: string, file: string, detail: string): TargetError =>
  new TargetError({ reason: "Misconfigured", connection, request: `token file ${file}`, detail })
