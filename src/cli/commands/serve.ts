import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { chooseServiceFormat } from "../log.ts"
import { serviceLogFormat, workspaceOptions } from "../options.ts"
import { carryOutSchedule } from "../service.ts"
import { tell } from "../tell.ts"
import { viewOf } from "../view.ts"
import { loadServiceSettings, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const { json: _, ...place } = workspaceOptions

const port = Options.integer("port").pipe(
  Options.withDescription("port to listen on, in place of that in service.yaml; 0 = any free one"),
  Options.optional,
  Options.map(Option.getOrNull)
)

export const serve = Command.make("serve", { ...place, logFormat: serviceLogFormat, port }, (given) =>
  Effect.suspend(() => {
    chooseServiceFormat(given.logFormat)
    const workspace = openWorkspace(given)
    return carryOutSchedule(workspace, "serve", (live) =>
      Effect.gen(function* () {
        const { listen } = yield* loadServiceSettings(workspace)
        const { listen: listenAt } = yield* Effect.promise(() => import("../../service/http/server.ts"))
        const address = yield* listenAt(
          yield* viewOf(workspace, live),
          {
            host: listen.host,
            port: given.port ?? listen.port
          },
          (kind) => tell("error", `a request met what nobody foresaw (${kind}); it was answered with an error`)
        )
        if (!/^(127\.|localhost$|::1$)/.test(listen.host)) {
          tell("warn", `Listening on ${listen.host}, in plain HTTP: a proxy that speaks TLS belongs before it.`)
        }
        return address
      })
    )
  })
).pipe(
  described(
    "What `schedule` does, and an HTTP API beside it, on loopback unless service.yaml says otherwise: health, metrics for Prometheus, pipelines, runs and plans, for whoever has a token with the right.",
    ["rollbook serve", "rollbook serve --port 8080 --workspace /srv/district"]
  )
)
