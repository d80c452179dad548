import * as Effect from "effect/Effect"
import { existsSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { noteReveal } from "../history/audit-trail.ts"
import { readPlan } from "../run/apply.ts"
import type { ViewService } from "../service/http/view.ts"
import { listRuns, type RunRecord } from "../state/runs.ts"
import { Adapters } from "./adapters.ts"
import { discreetRun } from "./run-report.ts"
import type { Live } from "./service.ts"
import type { Workspace } from "./workspace.ts"
import type { EngineLimits } from "../core/ports/warehouse.ts"

/** More than any workspace has in years of nights. */
const everyRun = 100_000

/** What the HTTP API tells of a workspace. */
export const viewOf = (workspace: Workspace, live: Live): Effect.Effect<ViewService, never, Adapters> =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const turn = Effect.unsafeMakeSemaphore(1)
    let known: { readonly stamp: string; readonly runs: ReadonlyArray<RunRecord> } | null = null
    // Whoever reads the state holds it for that moment, or asks who does: it is read where it has changed, and no more often.
    const runs = turn.withPermits(1)(
      Effect.gen(function* () {
        if (!existsSync(workspace.stateFile)) return []
        // Taken before it is read: what is written meanwhile is asked for the next time.
        const stamp = stampOf(workspace.stateFile)
        if (known?.stamp === stamp) return known.runs
        const read = yield* listRuns(everyRun).pipe(
          Effect.provide(adapters.warehouseToRead(workspace.stateFile, limitsToRead))
        )
        // A run that is killed leaves the state as it was, and its note: until that is gone it is asked for again.
        const isQuiet = !existsSync(join(dirname(workspace.stateFile), "holder.json"))
        known = isQuiet ? { stamp, runs: read } : null
        return read
      })
    )
    return {
      agenda: () => live.agenda,
      jobs: () => live.jobs,
      lastLook: () => live.lastLook,
      definitions: () => live.definitions,
      runs,
      // What is no plan's name is looked for nowhere.
      plan: (id) =>
        /^[\w-]+$/.test(id)
          ? readPlan(workspace.plansFolder, id).pipe(
              Effect.map(({ plan }) => plan),
              Effect.orElseSucceed(() => null)
            )
          : Effect.succeed(null),
      discreet: discreetRun,
      noteReveal: (by, run) => noteReveal(workspace.auditFile, `serve for ${by}`, [`run ${run}`])
    }
  })

/** Enough for a list of runs; the process shall be a small one. */
const limitsToRead: EngineLimits = { memoryLimit: "128MB", threads: 1 }

/** Changes with every change of the state. */
const stampOf = (stateFile: string): string =>
  [stateFile, `${stateFile}.wal`]
    .map((file) => {
      const { mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 }
      return `${mtimeMs} ${size}`
    })
    .join(" ")
