import * as Effect from "effect/Effect"
import { dirname, join } from "node:path"
import type { ServiceSettings } from "../pipeline/load-service.ts"
import { Messenger } from "../core/ports/messenger.ts"
import type { Agenda, Job } from "../service/agenda.ts"
import { makeAlerting } from "../service/alerting.ts"
import { type AlertState, noAlerts } from "../service/alerts.ts"
import { conditionsAt } from "../service/conditions.ts"
import { serviceFolder } from "../service/heartbeat.ts"
import { readNote, writeNote } from "../service/note-file.ts"
import { isGood, type Verdict } from "../service/verdict.ts"
import { Adapters } from "./adapters.ts"
import { sayTrouble, tell } from "./tell.ts"
import { credentialEnds, type Workspace } from "./workspace.ts"

/** Watches over the runs of a workspace, and tells people what `service.yaml` says they want to know. */
export const watchOver = (workspace: Workspace, { alerts }: ServiceSettings) =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const file = join(serviceFolder(dirname(workspace.stateFile)), "alerts.json")
    const messenger = adapters.messenger(alerts)
    const alerting = yield* makeAlerting({
      state: (yield* readNote<AlertState>("the state of the alerts", file)) ?? noAlerts,
      keep: (state) => sayTrouble(writeNote("the state of the alerts", file, state)),
      say: (level, message) => Effect.sync(() => tell(level, message))
    }).pipe(Effect.provide(messenger))
    const ends = yield* credentialEnds(workspace)
    return {
      /** Tells what has changed for the worse or the better. Nobody's run waits for whoever is told. */
      look: (agenda: Agenda, jobs: ReadonlyArray<Job>, now: number) =>
        Effect.asVoid(Effect.forkDaemon(alerting.look(conditionsAt({ agenda, jobs, ends, limits: alerts, now }), now))),
      /** Tells the watcher outside that the night took place. */
      ended: (verdict: Verdict) =>
        isGood(verdict)
          ? Effect.flatMap(Messenger, ({ ping }) => ping).pipe(
              Effect.provide(messenger),
              Effect.catchAll((error) => Effect.sync(() => tell("error", error.message)))
            )
          : Effect.void
    }
  })
