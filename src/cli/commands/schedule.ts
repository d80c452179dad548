import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { serviceLogFormat, workspaceOptions } from "../options.ts"
import { chooseServiceFormat } from "../log.ts"
import { carryOutSchedule } from "../service.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const { json: _, ...place } = workspaceOptions

export const schedule = Command.make("schedule", { ...place, logFormat: serviceLogFormat }, (given) =>
  Effect.suspend(() => {
    chooseServiceFormat(given.logFormat)
    return carryOutSchedule(openWorkspace(given), { as: "schedule", address: null })
  })
).pipe(
  described(
    "Run the pipelines at their times, until stopped. One run at a time, each a process of its own: between two of them every other command works, and while one works whatever only reads. Each run that ended is a line of JSON on stdout. SIGTERM lets the run at work answer what it has sent, and ends.",
    ["rollbook schedule", "rollbook schedule --workspace /srv/district --log-format json"]
  )
)
