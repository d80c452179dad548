import * as Effect from "effect/Effect"
import { makeAskedRuns } from "../../service/asked.ts"
import type { Waiting } from "../../service/night.ts"
import { knownRuns } from "../known-runs.ts"
import { makeStateReads } from "../state-reads.ts"
import type { Workspace } from "../workspace.ts"
import { dashboardOf } from "./dashboard.ts"
import { makeRoom } from "./room.ts"
import { viewOf } from "./view.ts"

/** Decisions that are waited for in a workspace, as its dashboard tells them, for a process that only asks for that. */
export const waitingIn = (workspace: Workspace) =>
  Effect.gen(function* () {
    const reads = yield* makeStateReads(workspace)
    const live = {
      agenda: {},
      jobs: [],
      lastLook: null,
      definitions: "not checked yet" as const,
      progress: new Map(),
      asked: makeAskedRuns([], () => Effect.void),
      reads,
      runs: knownRuns(reads),
      undelivered: () => [],
      wake: Effect.void
    }
    const room = yield* makeRoom(workspace, live, null)
    const { pipelines } = yield* dashboardOf(room, viewOf(room))
    return pipelines.flatMap(({ decision }): ReadonlyArray<Waiting> =>
      decision === null
        ? []
        : [
            {
              ...decision,
              canBeApproved: decision.can_be_approved
            }
          ]
    )
  })
