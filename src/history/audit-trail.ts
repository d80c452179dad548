import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { userInfo } from "node:os"
import { dirname } from "node:path"
import { ifThere, lineFeed, makeOwnFolder, onDisk, openFile, type StoreError, textOnDisk } from "../core/ports/disk.ts"
import { instantNow } from "../core/clock.ts"
import type { Doing } from "../core/doing.ts"
import { tell } from "../core/told.ts"

/** Before what was done through the service. */
const throughService = "serve: "

/** The deed of an entry, where it was done through the service; null of a command. */
export const doneThroughService = ({ what }: Pick<AuditEntry, "what">): string | null =>
  what.startsWith(throughService) ? what.slice(throughService.length) : null

/** Somebody was shown what is hidden otherwise, changed something, or was refused. */
export interface AuditEntry {
  /** ISO instant. */
  readonly at: string
  /** Name of the account on the machine, or of whoever is signed in to the service. */
  readonly who: string
  /** The command, or what was done or refused. */
  readonly what: string
  /** Names of records, plans or runs; never what was searched for, which may be somebody's name. */
  readonly of: ReadonlyArray<string>
}

/** Notes that personal data was shown, before it is. Where it cannot be written nothing is shown. */
export const noteReveal = (file: string, what: string, of: ReadonlyArray<string>): Effect.Effect<void, StoreError> =>
  noteInTrail(file, userName(), what, of)

/**
 * Notes what somebody did, before it is done. The trail is a file of lines that is only ever added to, so that it can be
 * written while another process holds the state. Where it cannot be written nothing may be done.
 */
export const noteInTrail = Effect.fn("history.note-in-trail")(function* (
  file: string,
  who: string,
  what: string,
  of: ReadonlyArray<string>
): Doing<void, StoreError> {
  const entry: AuditEntry = { at: yield* instantNow, who, what, of }
  yield* onDisk(tell("refused.no-audit", {}), file, (disk) =>
    Effect.gen(function* () {
      yield* makeOwnFolder(disk, dirname(file))
      const trail = yield* openFile(disk, file, "a+")
      // A disk that was full may have taken a part of the last line: the next one would be lost with it.
      const begin = (yield* endsWithinLine(trail)) ? "\n" : ""
      yield* trail.writeAll(Buffer.from(`${begin}${JSON.stringify(entry)}\n`))
    }).pipe(Effect.scoped)
  )
})

/** Whether a file ends in the middle of a line. */
const endsWithinLine = Effect.fnUntraced(function* (file: FileSystem.File) {
  const { size } = yield* file.stat
  if (size === FileSystem.Size(0)) return false
  yield* file.seek(size - FileSystem.Size(1), "start")
  const last = new Uint8Array(1)
  yield* file.read(last)
  return last[0] !== lineFeed
})

/** The same of what was done through the service, by whoever is signed in to it. */
export const noteThroughService = (
  file: string,
  who: string,
  what: string,
  of: ReadonlyArray<string>
): Effect.Effect<void, StoreError> => noteInTrail(file, who, `${throughService}${what}`, of)

/** The entries of the trail, oldest first. A torn line is left out. */
export const readAuditTrail = Effect.fn("history.audit-trail")(function* (
  file: string
): Doing<ReadonlyArray<AuditEntry>, StoreError> {
  return entriesIn((yield* textOnDisk("read the audit trail", file)) ?? "")
})

/** So much of a trail of years is read for a page: some thousands of entries. */
const lastBytes = 1 << 20

/** The last entries of the trail, oldest first; `isWhole`: there are no others. */
export const lastOfAuditTrail = (
  file: string
): Effect.Effect<{ readonly entries: ReadonlyArray<AuditEntry>; readonly isWhole: boolean }, StoreError> =>
  onDisk("read the audit trail", file, (disk) =>
    Effect.gen(function* () {
      const found = yield* ifThere(disk.stat(file))
      const size = Number(found?.size ?? 0)
      if (size === 0) return { entries: [], isWhole: true }
      const offset = Math.max(0, size - lastBytes)
      const text = yield* Stream.mkString(Stream.decodeText(disk.stream(file, { offset })))
      // The first line may have lost its beginning.
      return { entries: entriesIn(offset === 0 ? text : text.slice(text.indexOf("\n") + 1)), isWhole: offset === 0 }
    })
  )

const entriesIn = (text: string): ReadonlyArray<AuditEntry> =>
  text.split("\n").flatMap((line): ReadonlyArray<AuditEntry> => {
    try {
      return line === "" ? [] : [JSON.parse(line) as AuditEntry]
    } catch {
      return []
    }
  })

/** A container may run under a number that has no name. */
const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`
  }
}
