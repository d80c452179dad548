import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdir, open as openFile, readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import {
  Journal,
  type JournalContent,
  JournalError,
  type JournalService,
  type OpenJournal,
  type StepOutcome
} from "../../core/ports/journal.ts"

/** One that is there and cannot be read is not taken for one that is not: its steps would be sent again. */
const textIn = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ""
    throw error
  })

/** Outcomes wait at most this long before they are on disk. */
const flushEveryMilliseconds = 20

const suffix = ".journal"

/**
 * A journal of lines in the workspace, one file per apply: `{"i":[sequence…]}` before sending and `{"o":outcome}` after.
 * Many outcomes share one `fdatasync`, so that the journal costs a push next to nothing.
 */
export const layer = (folder: string): Layer.Layer<Journal> => Layer.succeed(Journal, makeJournal(folder))

export const makeJournal = (folder: string): JournalService => ({
  open: (plan) => openJournal(join(folder, `${plan}${suffix}`), folder),
  unfinished: attempt(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const names = (await readdir(folder)).filter((name) => name.endsWith(suffix))
    const dated = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(join(folder, name))).birthtimeMs }))
    )
    return dated.sort((a, b) => a.at - b.at).map(({ name }) => name.slice(0, -suffix.length))
  }),
  close: (plan) =>
    attempt(async () => {
      const path = join(folder, `${plan}${suffix}`)
      const { unreadableLines } = parseJournal(await textIn(path))
      // What nobody could read is kept for whoever can.
      if (unreadableLines.length > 0) await rename(path, `${path}.unreadable`)
      else await rm(path, { force: true })
    })
})

const openJournal = Effect.fn("journal.open")(function* (path: string, folder: string) {
  const content = yield* attempt(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return parseJournal(await textIn(path))
  })
  const file = yield* Effect.acquireRelease(
    attempt(() => openFile(path, "a", 0o600)),
    (handle) => Effect.promise(() => handle.close())
  )
  // A torn last line stays torn: what follows begins on a line of its own.
  yield* attempt(() => file.write("\n"))
  let pending: Array<string> = []
  const writeOut = attempt(async () => {
    const lines = pending
    pending = []
    if (lines.length === 0) return
    await file.write(lines.join(""))
    await file.datasync()
  })
  const turn = Effect.unsafeMakeSemaphore(1)
  const flush = turn.withPermits(1)(Effect.uninterruptible(writeOut))
  yield* Effect.acquireRelease(
    // What acquires cannot be interrupted, and what it forks neither, unless it is said.
    Effect.forkDaemon(
      Effect.interruptible(Effect.forever(Effect.zipRight(Effect.sleep(flushEveryMilliseconds), Effect.ignore(flush))))
    ),
    (fiber) => Effect.zipRight(fiber.interruptAsFork(fiber.id()), Effect.ignore(flush))
  )
  const journal: OpenJournal = {
    path,
    content,
    intend: (sequences) =>
      Effect.zipRight(
        Effect.sync(() => pending.push(`${JSON.stringify({ i: sequences })}\n`)),
        flush
      ),
    record: (outcome) => Effect.sync(() => void pending.push(`${JSON.stringify({ o: outcome })}\n`)),
    flush
  }
  return journal
})

/** What the journals of earlier versions do not say. */
const unsaid = { isDoubtful: false, missing: null, madeAnew: false, said: null }

/**
 * Reads the lines of a journal. A line that was torn by a crash holds nothing: an intention is on disk before anything is
 * sent, and a step whose outcome is torn counts as unsure. A line that is anything else than an entry has been damaged
 * since; what it said is lost, so that its number is given. Later lines overrule earlier ones: a step that failed and was
 * then sent again without an answer is unsure.
 */
export const parseJournal = (text: string): JournalContent => {
  const outcomes = new Map<number, StepOutcome>()
  const intended = new Set<number>()
  const unreadableLines: Array<number> = []
  for (const [index, line] of text.split("\n").entries()) {
    // A block that was never written comes back from a crash as zeros.
    if (/^\0*$/.test(line)) continue
    const entry = entryIn(line)
    if (entry === "torn") continue
    if (entry === null) {
      unreadableLines.push(index + 1)
      continue
    }
    for (const sequence of entry.i ?? []) {
      intended.add(sequence)
      outcomes.delete(sequence)
    }
    if (entry.o !== undefined) {
      intended.delete(entry.o.sequence)
      outcomes.set(entry.o.sequence, { ...unsaid, ...entry.o })
    }
  }
  return { outcomes, unsure: intended, unreadableLines }
}

interface Entry {
  readonly i?: ReadonlyArray<number>
  readonly o?: StepOutcome
}

/** The entry of a line; `torn` where it is the beginning of one; null where it is none. */
const entryIn = (line: string): Entry | "torn" | null => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return /^\{("(i("(:(\[[\d,]*)?)?)?|o("(:(\{[^\0]*)?)?)?)?)?$/.test(line) ? "torn" : null
  }
  if (typeof value !== "object" || value === null) return null
  const { i, o } = value as { readonly i?: unknown; readonly o?: unknown }
  if (Array.isArray(i) && i.every((sequence) => Number.isSafeInteger(sequence))) return { i }
  const outcome = (o ?? {}) as { readonly sequence?: unknown; readonly outcome?: unknown }
  const isOutcome =
    Number.isSafeInteger(outcome.sequence) && (outcome.outcome === "done" || outcome.outcome === "failed")
  return isOutcome ? { o: o as StepOutcome } : null
}

const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, JournalError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => {
      const { code, message } = error as NodeJS.ErrnoException
      // Of anything but a call to the system the words are not told: they may quote a line.
      return new JournalError(
        code === undefined ? { detail: "it cannot be read or written" } : { detail: message, code }
      )
    }
  })
