import * as Effect from "effect/Effect"
import { tell } from "../../core/told.ts"
import { noteThroughService } from "../../history/audit-trail.ts"
import type { ViewService } from "../../service/http/view.ts"
import { discreetRun } from "../run-report.ts"
import { openPlanOf } from "./opened-plans.ts"
import type { Room } from "./room.ts"

/** A workspace as the HTTP API shows it. */
export const viewOf = (room: Pick<Room, "live" | "plans" | "workspace">): ViewService => ({
  agenda: () => room.live.agenda,
  jobs: () => room.live.jobs,
  lastLook: () => room.live.lastLook,
  definitions: () => room.live.definitions,
  runs: room.live.runs,
  plan: (id) =>
    openPlanOf(room, id).pipe(
      Effect.map(({ plan }) => plan),
      Effect.orElseSucceed(() => null)
    ),
  discreet: discreetRun,
  noteReveal: (by, run) =>
    noteThroughService(room.workspace.auditFile, by, tell("trail.reveal-run", {}), [`run ${run}`])
})
