import * as Effect from "effect/Effect"
import { noteInTrail } from "../history/audit-trail.ts"
import { readPlan } from "../run/apply.ts"
import type { ViewService } from "../service/http/view.ts"
import { discreetRun } from "./run-report.ts"
import type { Live } from "./service.ts"
import type { Workspace } from "./workspace.ts"

/** A workspace as the HTTP API shows it. */
export const viewOf = (workspace: Workspace, live: Live): ViewService => ({
  agenda: () => live.agenda,
  jobs: () => live.jobs,
  lastLook: () => live.lastLook,
  definitions: () => live.definitions,
  runs: live.runs,
  // What is no plan's name is looked for nowhere.
  plan: (id) =>
    /^[\w-]+$/.test(id)
      ? readPlan(workspace.plansFolder, id).pipe(
          Effect.map(({ plan }) => plan),
          Effect.orElseSucceed(() => null)
        )
      : Effect.succeed(null),
  discreet: discreetRun,
  noteReveal: (by, run) => noteInTrail(workspace.auditFile, by, "serve: reveal a run", [`run ${run}`])
})
