import * as Effect from "effect/Effect"
import { appendFile, mkdir } from "node:fs/promises"
import { userInfo } from "node:os"
import { dirname } from "node:path"
import type { WarehouseError } from "../core/ports/warehouse.ts"
import { textOnDisk } from "../state/on-disk.ts"

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
export const noteReveal = (file: string, what: string, of: ReadonlyArray<string>): Effect.Effect<void, Error> =>
  noteInTrail(file, userName(), what, of)

/**
 * Notes what somebody did, before it is done. The trail is a file of lines that is only ever added to, so that it can be
 * written while another process holds the state. Where it cannot be written nothing may be done.
 */
export const noteInTrail: (
  file: string,
  who: string,
  what: string,
  of: ReadonlyArray<string>
) => Effect.Effect<void, Error> = Effect.fn("history.note-in-trail")(function* (
  file: string,
  who: string,
  what: string,
  of: ReadonlyArray<string>
) {
  const entry: AuditEntry = { at: new Date().toISOString(), who, what, of }
  yield* Effect.tryPromise({
    try: async () => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await appendFile(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
    },
    catch: (error) =>
      new Error(
        `the audit trail cannot be written, so nothing is shown or done: ${error instanceof Error ? error.message : String(error)}`
      )
  })
})

/** What stands in the trail, oldest first. A torn line is left out. */
export const readAuditTrail: (file: string) => Effect.Effect<ReadonlyArray<AuditEntry>, WarehouseError> = Effect.fn(
  "run.audit-trail"
)(function* (file: string) {
  const text = (yield* textOnDisk("read the audit trail", file)) ?? ""
  return text.split("\n").flatMap((line): ReadonlyArray<AuditEntry> => {
    try {
      return line === "" ? [] : [JSON.parse(line) as AuditEntry]
    } catch {
      return []
    }
  })
})

/** A container may run under a number that has no name. */
const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`
  }
}
