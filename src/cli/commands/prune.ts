import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isOnDisk } from "../../core/ports/disk.ts"
import { prune as pruneState } from "../../service/prune.ts"
import { stateLayer } from "../flow.ts"
import { workspaceOptions } from "../options.ts"
import { note, printJson } from "../output.ts"
import { loadServiceSettings, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const dryRun = Options.boolean("dry-run").pipe(Options.withDescription("only say what would go"))

export const prune = Command.make("prune", { ...workspaceOptions, dryRun }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const { keep } = yield* loadServiceSettings(workspace)
    if (Object.values(keep).every((days) => days === null)) {
      return yield* note("Everything is kept: service.yaml names no days under service.keep.")
    }
    if (!(yield* isOnDisk(workspace.stateFile))) return yield* note("There is no state yet.")
    const now = yield* Clock.currentTimeMillis
    const pruned = yield* pruneState(keep, now, given.dryRun).pipe(Effect.provide(stateLayer(workspace)))
    if (given.json) yield* printJson(pruned)
    const { history, logs, plans, quarantine, reads, runs } = pruned
    yield* note(
      `${given.dryRun ? "Would go" : "Gone"}: ${plans} plans, ${reads} kept reads, ${runs} runs, ${history} rows of history, ${quarantine} rows of quarantine, ${logs} logs.`
    )
  })
).pipe(
  described(
    "Take away what is older than service.keep in service.yaml says, as the schedule does once a day. What stands at a target now, who made it and how the last sending of each record ended always stay.",
    ["rollbook prune --dry-run", "rollbook prune"]
  )
)
