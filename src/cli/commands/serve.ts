import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { loaded } from "../../core/lazily.ts"
import * as Option from "effect/Option"
import { dirname } from "node:path"
import { stillMay } from "../../service/access/asker.ts"
import { readHeartbeat } from "../../service/heartbeat.ts"
import { printAdminLink } from "../admin-link.ts"
import { chooseServiceFormat } from "../log.ts"
import { highestPort, inRange, serviceLogFormat, workspaceOptions } from "../options.ts"
import { carryOutSchedule } from "../service.ts"
import { tell } from "../tell.ts"
import { loadServiceSettings, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const { json: _, ...place } = workspaceOptions

const port = Options.integer("port").pipe(
  inRange("--port", 0, highestPort),
  Options.withDescription("port to listen on, in place of that in service.yaml; 0 = any free one"),
  Options.optional,
  Options.map(Option.getOrNull)
)

const admin = Options.boolean("admin").pipe(
  Options.withDescription(
    "print a link that signs an administrator in, once; where serve runs already, print it for that one and end"
  )
)

export const serve = Command.make("serve", { ...place, logFormat: serviceLogFormat, port, admin }, (given) =>
  Effect.gen(function* () {
    chooseServiceFormat(given.logFormat)
    const workspace = openWorkspace(given)
    const running = yield* readHeartbeat(dirname(workspace.stateFile), yield* Clock.currentTimeMillis)
    if (given.admin && running !== null && running.address !== null) {
      const { publicUrl } = yield* loadServiceSettings(workspace)
      return yield* printAdminLink(workspace, publicUrl ?? running.address)
    }
    yield* carryOutSchedule(workspace, "serve", (live, runner, access) =>
      Effect.gen(function* () {
        const settings = yield* loadServiceSettings(workspace)
        const { listen, publicUrl } = settings
        const { listen: listenAt } = yield* loaded(() => import("../../service/http/server.ts"))
        // A console is of few commands, and every command would load it.
        const { deskOf } = yield* loaded(() => import("../console/desk.ts"))
        const { makeRoom } = yield* loaded(() => import("../console/room.ts"))
        const { viewOf } = yield* loaded(() => import("../console/view.ts"))
        const { makeApprovals } = yield* loaded(() => import("../console/approvals.ts"))
        const room = yield* makeRoom(workspace, live, settings.contact)
        const view = viewOf(room)
        const approvals = yield* makeApprovals(room, runner, stillMay(access))
        const address = yield* listenAt({
          view,
          desk: deskOf(room, view, approvals),
          access,
          at: { host: listen.host, port: given.port ?? listen.port },
          onTrouble: (kind) =>
            tell("error", `a request met what nobody foresaw (${kind}); it was answered with an error`)
        })
        if (!/^(127\.|localhost$|::1$)/.test(listen.host)) {
          tell("warn", `Listening on ${listen.host}, in plain HTTP: a proxy that speaks TLS belongs before it.`)
        }
        if (given.admin) yield* printAdminLink(workspace, publicUrl ?? address)
        return address
      })
    )
  })
).pipe(
  described(
    "What `schedule` does, and the console with its HTTP API beside it, on loopback unless service.yaml says otherwise: dashboard, plans and approvals, audit, configuration, grade exports, health and metrics for Prometheus, for whoever is signed in, or has a token, with the right.",
    ["rollbook serve", "rollbook serve --admin", "rollbook serve --port 8080 --workspace /srv/district"]
  )
)
