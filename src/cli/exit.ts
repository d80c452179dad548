import * as Data from "effect/Data"

/** What was asked for makes no sense; nothing was done. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly detail: string; readonly hint: string }> {
  override get message(): string {
    return this.hint === "" ? this.detail : `${this.detail}: ${this.hint}`
  }
}

/** A command came to its end, but not to the end wished for; what it had to say is said. */
export class EndedWith extends Data.TaggedError("EndedWith")<{ readonly code: ExitCode }> {}

/**
 * What went wrong, for people. Where the disk is full or may not be written to, which any step may meet, with what to do:
 * the system itself only names the call.
 */
export const messageOf = (error: unknown): string => {
  const said = error instanceof Error ? error.message : String(error)
  const { _tag, code } = (error ?? {}) as { readonly _tag?: unknown; readonly code?: unknown }
  // What another system says of its own permissions has its own hint.
  const ofTheDisk = _tag === "WarehouseError" || _tag === "JournalError" ? said : String(code)
  if (/ENOSPC|EDQUOT|no space left on device|disk quota exceeded/i.test(ofTheDisk)) {
    return `the disk is full: free space there, and run it again. ${said}`
  }
  if (/EACCES|EPERM|EROFS|permission denied|read-only file system/i.test(ofTheDisk)) {
    return `a file or folder is closed to this user: let the user that runs rollbook read and write there. ${said}`
  }
  return said
}

/** How a command ended, for whoever called it. The one table of exit codes. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  invalidDefinition: 2,
  held: 3,
  sourceFailed: 4,
  targetFailed: 5,
  interrupted: 6,
  workspaceHeld: 7,
  changesPresent: 10
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The exit code of an error, by its tag; what is not in the table is unexpected. */
export const exitCodeOf = (error: unknown): ExitCode => {
  const tagged = error as { readonly _tag?: unknown; readonly reason?: unknown; readonly code?: unknown }
  switch (tagged._tag) {
    case "EndedWith":
      return tagged.code as ExitCode
    case "DefinitionInvalid":
      return exitCodes.invalidDefinition
    case "SourceError":
    case "ExpectationFailed":
      return exitCodes.sourceFailed
    case "TargetError":
    case "TargetMismatch":
      return exitCodes.targetFailed
    case "JournalError":
    case "RunInterrupted":
      return exitCodes.interrupted
    case "WarehouseError":
      return tagged.reason === "Held" ? exitCodes.workspaceHeld : exitCodes.unexpected
    default:
      return exitCodes.unexpected
  }
}
