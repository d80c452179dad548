import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdir, open as openFile, readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import {
  Journal,
  type JournalContent,
  JournalError,
  type JournalService,
  type OpenJournal,
  type StepOutcome
} from "../../ports/journal.ts"

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
  close: (plan) => attempt(() => rm(join(folder, `${plan}${suffix}`), { force: true }))
})

const openJournal = Effect.fn("journal.open")(function* (path: string, folder: string) {
  const content = yield* attempt(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return parseJournal(await readFile(path, "utf8").catch(() => ""))
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
 * Reads the lines of a journal; a line that does not parse was torn by a crash, and its steps count as not recorded.
 * Later lines overrule earlier ones: a step that failed and was then sent again without an answer is unsure.
 */
export const parseJournal = (text: string): JournalContent => {
  const outcomes = new Map<number, StepOutcome>()
  const intended = new Set<number>()
  for (const line of text.split("\n")) {
    if (line === "") continue
    let entry: { i?: ReadonlyArray<number>; o?: StepOutcome }
    try {
      entry = JSON.parse(line) as typeof entry
    } catch {
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
  return { outcomes, unsure: intended }
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
