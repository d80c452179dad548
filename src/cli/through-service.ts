import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { hostname } from "node:os"
import { dirname } from "node:path"
import { readHeartbeat } from "../service/heartbeat.ts"
import { Adapters } from "./adapters.ts"
import { EndedWith, type UsageError } from "./exit.ts"
import { type ExitCode, exitCodes } from "../core/exit-codes.ts"
import { asTyped, isTalkative, wordsTyped } from "./output.ts"
import { log } from "./log.ts"
import type { Workspace } from "./workspace.ts"
import { withinService } from "../core/command-environment.ts"

/** The service of a workspace, where one runs on this machine; null within a command that it carries out itself. */
export const serviceHere = (workspace: Workspace) =>
  Effect.gen(function* () {
    if (process.env[withinService] !== undefined) return null
    const service = yield* readHeartbeat(dirname(workspace.stateFile), yield* Clock.currentTimeMillis)
    return service?.host === hostname() ? service : null
  })

/**
 * Lets a service that runs on this machine carry the command out: its words are passed on here, and the command ends with
 * its exit code. Does nothing where there is none, or it cannot be asked, so that the command is carried out here.
 */
export const throughService = (workspace: Workspace): Effect.Effect<void, EndedWith | UsageError, Adapters> =>
  Effect.gen(function* () {
    // A service of an earlier build says nothing of commands.
    const socket = (yield* serviceHere(workspace))?.commands ?? null
    if (socket === null) return
    const { handOver } = yield* Adapters
    const asked = { words: wordsTyped(), directory: process.cwd(), environment: typedWith(workspace) }
    const code = yield* handOver(socket, asked, (said) => {
      if ("out" in said) process.stdout.write(said.out)
      else if ("err" in said) process.stderr.write(said.err)
      else if (isTalkative()) log("info", "Another run or command is at work: this one waits for its turn.")
    })
    if (code === null) return
    if (code !== "gone") return yield* new EndedWith({ code: code as ExitCode })
    log(
      "error",
      asTyped(
        "The service ended before it had said how this command ended, which may go on. `rollbook history` tells of it; where it was an apply that was interrupted, `rollbook resume` goes on with it."
      )
    )
    return yield* new EndedWith({ code: exitCodes.interrupted })
  })

/** How the output is to look, and what else of the surroundings changes what the command means. */
const typedWith = ({ stateFile }: Workspace): Readonly<Record<string, string>> => {
  const passed = ["NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LANG", "ROLLBOOK_MEMORY_LIMIT", "ROLLBOOK_THREADS"]
  const colours = process.stdout.isTTY && process.env["NO_COLOR"] === undefined ? { FORCE_COLOR: "1" } : {}
  return {
    ...colours,
    ...Object.fromEntries(
      passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
    ),
    ROLLBOOK_STATE: stateFile
  }
}
