import * as Effect from "effect/Effect"
import type { Agenda } from "../service/agenda.ts"
import type { AdaptersService } from "./adapters.ts"
import { exitCodes } from "../core/exit-codes.ts"
import { ownCommand, sameWorkspace } from "./own-command.ts"
import { tell } from "./tell.ts"
import { loadServiceSettings, type Workspace } from "./workspace.ts"

const day = 86_400_000

/** Takes away what is old, once a day and while no run is at work or waits, in a process of its own. */
export const makeDailyPrune = (workspace: Workspace, { ask }: Pick<AdaptersService, "ask">) => {
  let last = 0
  return (agenda: Agenda, now: number): Effect.Effect<void> =>
    Effect.gen(function* () {
      const isBusy = Object.values(agenda).some((entry) => entry.begun !== null || entry.waiting !== null)
      if (isBusy || (last <= now && now - last < day)) return
      last = now
      const settings = yield* Effect.option(loadServiceSettings(workspace))
      if (settings._tag === "None" || Object.values(settings.value.keep).every((days) => days === null)) return
      const { code } = yield* ask(ownCommand(), ["prune", "--json", ...sameWorkspace(workspace)])
      if (code === exitCodes.done) tell("info", "What is older than service.keep says was taken away.")
      else {
        // Somebody has the workspace: an hour later that is over.
        if (code === exitCodes.workspaceHeld) last = now - day + 3_600_000
        else tell("error", `what is old could not be taken away (exit code ${code}): \`rollbook prune\` says why`)
      }
    })
}
