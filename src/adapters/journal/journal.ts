import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import { join } from "node:path"
import { ifThere, makeOwnFolder, namesIn, onDisk, openFile, removeAll } from "../../core/ports/disk.ts"
import {
  Journal,
  type JournalContent,
  JournalError,
  type JournalService,
  type OpenJournal,
  type StepOutcome
} from "../../core/ports/journal.ts"

/** One that is there and cannot be read is not taken for one that is not: its steps would be sent again. */
const contentIn = (disk: FileSystem.FileSystem, path: string): Effect.Effect<JournalContent, PlatformError> =>
  Effect.map(ifThere(disk.readFileString(path)), (text) => parseJournal(text ?? ""))

/** Outcomes wait at most this long before they are on disk. */
const flushEveryMilliseconds = 20

const suffix = ".journal"

/**
 * A journal of lines in the workspace, one file per apply: `{"i":[sequence…]}` before sending and `{"o":outcome}` after;
 * `{"h":instant,"i":[sequence…]}` before rows are handed over, and `{"w":[sequence…]}` where nothing was sent after all.
 * Many outcomes share one `fsync`, so that the journal costs a push next to nothing.
 */
export const layer = (folder: string): Layer.Layer<Journal> => Layer.succeed(Journal, makeJournal(folder))

export const makeJournal = (folder: string): JournalService => {
  // Journals that are at work here are not interrupted.
  const open = new Set<string>()
  // A journal that was read when it was opened need not be read once more: all lines since then were written here.
  const unreadable = new Map<string, boolean>()
  return {
    open: (plan) =>
      Effect.zipRight(
        Effect.acquireRelease(
          Effect.sync(() => open.add(`${plan}${suffix}`)),
          () => Effect.sync(() => open.delete(`${plan}${suffix}`))
        ),
        Effect.tap(
          openJournal(join(folder, `${plan}${suffix}`), folder),
          ({ content }) => void unreadable.set(plan, content.unreadableLines.length > 0)
        )
      ),
    unfinished: attempt(folder, (disk) =>
      Effect.gen(function* () {
        yield* makeOwnFolder(disk, folder)
        const names = (yield* namesIn(disk, folder)).filter((name) => name.endsWith(suffix) && !open.has(name))
        const dated = yield* Effect.forEach(names, (name) =>
          Effect.map(disk.stat(join(folder, name)), ({ birthtime }) => ({
            name,
            at: Option.match(birthtime, { onNone: () => 0, onSome: Number })
          }))
        )
        return dated.sort((a, b) => a.at - b.at).map(({ name }) => name.slice(0, -suffix.length))
      })
    ),
    close: (plan) => {
      const path = join(folder, `${plan}${suffix}`)
      return attempt(path, (disk) =>
        Effect.gen(function* () {
          const isUnreadable = unreadable.get(plan) ?? (yield* contentIn(disk, path)).unreadableLines.length > 0
          unreadable.delete(plan)
          // Lines that nobody could read are kept for whoever can.
          yield* isUnreadable ? disk.rename(path, `${path}.unreadable`) : removeAll(disk, path)
        })
      )
    }
  }
}

const openJournal = Effect.fn("journal.open")(function* (path: string, folder: string) {
  const content = yield* attempt(path, (disk) => Effect.zipRight(makeOwnFolder(disk, folder), contentIn(disk, path)))
  const file = yield* attempt(path, (disk) => openFile(disk, path, "a"))
  // A torn last line stays torn: what follows begins on a line of its own.
  yield* attempt(path, () => file.writeAll(Buffer.from("\n")))
  let pending: Array<string> = []
  let isFailing = false
  const writeOut = attempt(path, () => {
    const lines = pending
    pending = []
    return lines.length === 0
      ? Effect.void
      : Effect.zipRight(file.writeAll(Buffer.from(lines.join(""))), file.sync).pipe(
          Effect.tap(() => void (isFailing = false)),
          // A full disk took a part of them, or nothing: they are written once more, from the beginning of a line.
          Effect.tapError(() =>
            Effect.sync(() => {
              isFailing = true
              pending = ["\n", ...lines, ...pending]
            })
          )
        )
  })
  const turn = Effect.unsafeMakeSemaphore(1)
  const flush = turn.withPermits(1)(Effect.uninterruptible(writeOut))
  yield* Effect.acquireRelease(
    // An acquisition cannot be interrupted, and neither can the fibers that it forks, unless it is said.
    Effect.forkDaemon(
      Effect.interruptible(Effect.forever(Effect.zipRight(Effect.sleep(flushEveryMilliseconds), Effect.ignore(flush))))
    ),
    (fiber) => Effect.zipRight(fiber.interruptAsFork(fiber.id()), Effect.ignore(flush))
  )
  const writeNow = (entry: object): Effect.Effect<void, JournalError> =>
    Effect.suspend(() => {
      const line = `${JSON.stringify(entry)}\n`
      pending.push(line)
      // Whoever is told that it is not on the disk does not do what it says.
      return Effect.tapError(flush, () => Effect.sync(() => (pending = pending.filter((one) => one !== line))))
    })
  const journal: OpenJournal = {
    path,
    content,
    intend: (i) => writeNow({ i }),
    intendRows: (i, h) => writeNow({ h, i }),
    withdraw: (w) =>
      Effect.zipRight(
        Effect.sync(() => void pending.push(`${JSON.stringify({ w })}\n`)),
        flush
      ),
    record: (outcome) => Effect.sync(() => void pending.push(`${JSON.stringify({ o: outcome })}\n`)),
    flush,
    isFailing: () => isFailing
  }
  return journal
})

/** Members that the journals of earlier versions do not have. */
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
  const handedOver = new Map<number, string>()
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
      if (entry.h === undefined) handedOver.delete(sequence)
      else handedOver.set(sequence, entry.h)
    }
    for (const sequence of entry.w ?? []) {
      intended.delete(sequence)
      handedOver.delete(sequence)
    }
    if (entry.o !== undefined) {
      intended.delete(entry.o.sequence)
      handedOver.delete(entry.o.sequence)
      outcomes.set(entry.o.sequence, { ...unsaid, ...entry.o })
    }
  }
  return { outcomes, unsure: intended, handedOver, unreadableLines }
}

interface Entry {
  readonly i?: ReadonlyArray<number>
  readonly h?: string
  readonly w?: ReadonlyArray<number>
  readonly o?: StepOutcome
}

/** The entry of a line; `torn` where it is the beginning of one; null where it is none. */
const entryIn = (line: string): Entry | "torn" | null => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return isTorn(line) ? "torn" : null
  }
  if (typeof value !== "object" || value === null) return null
  const { h, i, o, w } = value as { readonly [K in keyof Entry]?: unknown }
  const isInstant = h === undefined || (typeof h === "string" && !Number.isNaN(Date.parse(h)))
  if (areSequences(i) && isInstant) return h === undefined ? { i } : { h, i }
  if (areSequences(w)) return { w }
  const outcome = (o ?? {}) as { readonly sequence?: unknown; readonly outcome?: unknown }
  const isOutcome =
    Number.isSafeInteger(outcome.sequence) && (outcome.outcome === "done" || outcome.outcome === "failed")
  return isOutcome ? { o: o as StepOutcome } : null
}

const areSequences = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) && value.every((sequence) => Number.isSafeInteger(sequence))

/** Whether a line is the beginning of an entry. */
const isTorn = (line: string): boolean =>
  /^\{("([iw]("(:(\[[\d,]*\]?)?)?)?|o("(:(\{[^\0]*)?)?)?)?)?$/.test(line) ||
  /^\{"h("(:("[-\dT:.Z]*("(,("(i("(:(\[[\d,]*\]?)?)?)?)?)?)?)?)?)?)?$/.test(line)

const attempt = <A, E, R>(
  path: string,
  work: (disk: FileSystem.FileSystem) => Effect.Effect<A, E, R>
): Effect.Effect<A, JournalError, R> =>
  Effect.mapError(
    onDisk("the journal", path, work),
    // Words that come of anything but a call to the system are not told: they may quote a line.
    ({ reason, words }) =>
      new JournalError(
        reason === "Damaged"
          ? { detail: `it cannot be read or written (${path})` }
          : { detail: `${words} (${path})`, reason }
      )
  )
