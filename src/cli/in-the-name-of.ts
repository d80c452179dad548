import * as Effect from "effect/Effect"
import type { StoreError } from "../core/ports/disk.ts"
import { noteInTrail } from "../history/audit-trail.ts"
import { optionsFirst } from "./arguments.ts"
import { accountName } from "./asking.ts"
import { takeLogLevel } from "./global-flags.ts"
import { wordsTyped } from "./output.ts"
import type { Workspace } from "./workspace.ts"
import { signedIn } from "../core/command-environment.ts"

/**
 * Notes who types a command in the name of somebody else: `--as` is believed, for it is the operator's, and who asked may have
 * known nothing of it. What somebody asks for who is signed in to the service is noted there.
 */
export const noteOthersName = (workspace: Workspace): Effect.Effect<void, StoreError> =>
  Effect.suspend(() => {
    const name = nameIn(wordsTyped())
    if (name === null || process.env[signedIn] !== undefined) return Effect.void
    const [command = ""] = optionsFirst(takeLogLevel(wordsTyped()).words)
    return noteInTrail(workspace.auditFile, accountName(), `${command} --as ${name}`, [])
  })

const nameIn = (words: ReadonlyArray<string>): string | null => {
  const at = words.findIndex((word) => word === "--as" || word.startsWith("--as="))
  if (at < 0) return null
  const [, inline] = (words[at] ?? "").split(/=(.*)/s)
  return inline ?? words[at + 1] ?? null
}
