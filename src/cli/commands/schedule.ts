import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { loaded } from "../../core/lazily.ts"
import { toldSchedules } from "../jobs.ts"
import { chooseServiceFormat } from "../log.ts"
import { serviceLogFormat, workspaceOptions } from "../options.ts"
import { printJson } from "../output.ts"
import { carryOutSchedule } from "../service.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const { json: _, ...place } = workspaceOptions

const next = Options.boolean("next").pipe(
  Options.withDescription("only print as JSON when each pipeline would be due, with its zone, and end")
)

const waiting = Options.boolean("waiting").pipe(
  Options.withDescription("only print as JSON what waits for a decision, as the mail of the night tells it, and end")
)

export const schedule = Command.make("schedule", { ...place, logFormat: serviceLogFormat, next, waiting }, (given) =>
  Effect.gen(function* () {
    chooseServiceFormat(given.logFormat)
    const workspace = openWorkspace(given)
    if (given.next) return yield* printJson(yield* toldSchedules(workspace))
    if (given.waiting) {
      const { waitingIn } = yield* loaded(() => import("../console/waiting.ts"))
      return yield* printJson(yield* waitingIn(workspace))
    }
    yield* carryOutSchedule(workspace, "schedule", () => Effect.succeed(null))
  })
).pipe(
  described(
    "Run the pipelines at their times, until stopped. One run at a time, each a process of its own: between two of them every other command works, and while one works whatever only reads. Each run that ended is a line of JSON on stdout. SIGTERM lets the run at work answer what it has sent, and ends.",
    ["rollbook schedule", "rollbook schedule --workspace /srv/district --log-format json", "rollbook schedule --next"]
  )
)
