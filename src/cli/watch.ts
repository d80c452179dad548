import * as Effect from "effect/Effect"
import { dirname, join } from "node:path"
import type { ServiceSettings } from "../pipeline/load-service.ts"
import { Messenger, nightWay } from "../core/ports/messenger.ts"
import type { Agenda, Job } from "../service/agenda.ts"
import { makeAlerting } from "../service/alerting.ts"
import { type AlertState, noAlerts } from "../service/alerts.ts"
import { conditionsAt } from "../service/conditions.ts"
import { serviceFolder } from "../service/heartbeat.ts"
import { readNote, writeNote } from "../service/note-file.ts"
import { isGood, type Verdict } from "../service/verdict.ts"
import { nightMail, nightOver, type Waiting } from "../service/night.ts"
import { speechOf } from "./night-speech.ts"
import { Adapters } from "./adapters.ts"
import { exitCodes } from "../core/exit-codes.ts"
import { ownCommand, sameWorkspace } from "./own-command.ts"
import { sayTrouble, tell } from "./tell.ts"
import { credentialEnds, type Workspace } from "./workspace.ts"

/** Watches over the runs of a workspace, and tells people what `service.yaml` says they want to know. */
export const watchOver = (workspace: Workspace, { alerts, publicUrl }: ServiceSettings) =>
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
    const composing = Effect.unsafeMakeSemaphore(1)
    let told = alerting.nightsTold()
    /** Decisions that are waited for, read in a process of its own, which takes the engine away with it. */
    const waiting = Effect.map(
      adapters.ask(ownCommand(), ["schedule", "--waiting", ...sameWorkspace(workspace)]),
      ({ code, stdout }) => (code === exitCodes.done ? (JSON.parse(stdout) as ReadonlyArray<Waiting>) : null)
    )
    const tellNight = (agenda: Agenda, jobs: ReadonlyArray<Job>, now: number): Effect.Effect<void> =>
      Effect.gen(function* () {
        if (alerts.nightBy === null || alerts.nightLanguage === null) return
        const found = nightOver({ agenda, by: alerts.nightBy, jobs, now, told: alerting.nightsTold() ?? told })
        told = found.told
        if (found.over === null) return
        const speech = yield* speechOf(alerts.nightLanguage, adapters.inLanguage)
        const message = nightMail({ night: found.over, agenda, waiting: yield* waiting, publicUrl, speech })
        yield* alerting.tellNight({ until: found.over.until, message, by: nightWay, now })
      }).pipe(composing.withPermitsIfAvailable(1), Effect.asVoid)
    return {
      undelivered: alerting.undelivered,
      /** Tells what has changed for the worse or the better. Nobody's run waits for whoever is told. */
      look: (agenda: Agenda, jobs: ReadonlyArray<Job>, now: number) =>
        alerting
          .look(conditionsAt({ agenda, jobs, ends, limits: alerts, now }), now)
          .pipe(Effect.zipRight(tellNight(agenda, jobs, now)), Effect.forkDaemon, Effect.asVoid),
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
