import { type ExitCode, exitCodes } from "../core/exit-codes.ts"
import * as Data from "effect/Data"
import { beginning, reasonOfSystem, type StoreReason, systemCode } from "../core/ports/disk.ts"
import { JournalError } from "../core/ports/journal.ts"
import { WarehouseError } from "../core/ports/warehouse.ts"
import { ApplyCutOff } from "../core/ports/cut-off.ts"

/** The request makes no sense; nothing was done. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly detail: string; readonly hint: string }> {
  override get message(): string {
    return this.hint === "" ? this.detail : `${this.detail}: ${this.hint}`
  }
}

/** A command came to its end, but not to the end wished for; what it had to say is said. */
export class EndedWith extends Data.TaggedError("EndedWith")<{ readonly code: ExitCode }> {}

/**
 * The message of an error, for people. Where the disk is full or may not be written to, which any step may meet, with what to
 * do: the system itself only names the call. An error that is none of ours is told by its kind and place, since what it says
 * may quote a value: a name out of a page that is not JSON.
 */
export const messageOf = (error: unknown): string => {
  const said = isOurs(error) || isOfSystem(error) ? error.message : strange(error)
  const reason = reasonOfDisk(error)
  if (reason === null) return said
  return `${error instanceof ApplyCutOff ? beginning(reason, "`rollbook resume`") : beginning(reason)}${said}`
}

/** The reason of a disk error, if the error does not tell it in its own words. */
const reasonOfDisk = (error: unknown): StoreReason | null => {
  if (error instanceof ApplyCutOff) return reasonOfDisk(error.by)
  if (error instanceof WarehouseError)
    return error.reason === "DiskFull" ? "Full" : error.reason === "Closed" ? "Closed" : null
  if (error instanceof JournalError) return error.reason ?? null
  return isOurs(error) ? null : reasonOfSystem(systemCode(error))
}

const isOurs = (error: unknown): error is Error => error instanceof Error && "_tag" in error

/** An error of a call to the operating system: it names the call and the path. */
const isOfSystem = (error: unknown): error is Error =>
  error instanceof Error && "syscall" in error && typeof (error as NodeJS.ErrnoException).code === "string"

const strange = (error: unknown): string => {
  const name = error instanceof Error ? error.name : typeof error
  const frame =
    error instanceof Error ? /\n\s+at (.*)/.exec((error.stack ?? "").replace(error.message, ""))?.[1] : undefined
  return `an error that rollbook does not know (${name}${frame === undefined ? "" : ` at ${frame}`}): report it with this line`
}

/** The exit code of an error, by its tag; what is not in the table is unexpected. */
export const exitCodeOf = (error: unknown): ExitCode => {
  const tagged = error as { readonly _tag?: unknown; readonly reason?: unknown; readonly code?: unknown }
  switch (tagged._tag) {
    case "EndedWith":
      return tagged.code as ExitCode
    case "DefinitionInvalid":
    case "TablesTaken":
      return exitCodes.invalidDefinition
    case "SourceError":
      // The disk on which its pages are kept is not the source's.
      return tagged.reason === "Disk" ? exitCodes.unexpected : exitCodes.sourceFailed
    case "ExpectationFailed":
      return exitCodes.sourceFailed
    case "TargetError":
    case "TargetMismatch":
      return exitCodes.targetFailed
    case "ApplyCutOff":
    case "JournalError":
    case "RunInterrupted":
      return exitCodes.interrupted
    case "AlreadyScheduled":
      return exitCodes.workspaceHeld
    case "WarehouseError":
      return tagged.reason === "Held" ? exitCodes.workspaceHeld : exitCodes.unexpected
    default:
      return exitCodes.unexpected
  }
}
