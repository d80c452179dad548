import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import type { Definition } from "../pipeline/definition.ts"
import { Journal, JournalError } from "../core/ports/journal.ts"
import { Source } from "../core/ports/source.ts"
import { TargetWriter } from "../core/ports/target.ts"
import { type Applied, applyPlan, type Extent, readPlan, refuseWhileInterrupted } from "../run/apply.ts"
import { isReadFailed } from "../plan/not-read-text.ts"
import { makePlan } from "../run/make-plan.ts"
import { admitSections } from "../gradebook/on-demand.ts"
import { lostState } from "../state/remains.ts"
import { type PlanPart, wholePlan } from "../core/plan-part.ts"
import { Adapters } from "./adapters.ts"
import { engineLimits } from "./engine-limits.ts"
import { type ExitCode, exitCodes } from "../core/exit-codes.ts"
import { noteOthersName } from "./in-the-name-of.ts"
import { note } from "./output.ts"
import type { Progress } from "./progress.ts"
import { writeReports } from "./reports.ts"
import { type AdmittedBy, gatesAtWork } from "./switches.ts"
import { throughService } from "./through-service.ts"
import {
  clockFor,
  type LoadedPipeline,
  loadPipeline,
  loadWorkspaceConnections,
  shownPath,
  type Workspace,
  workspaceConnection
} from "./workspace.ts"
import { type RunClock } from "../core/run-clock.ts"

/**
 * State and journal of a workspace, held by this process until the layer is let go; where a service runs, the command is
 * carried out by that one instead. A state that is gone is said to be.
 */
export const stateLayer = (workspace: Workspace) =>
  Layer.unwrapEffect(
    Effect.zipRight(throughService(workspace), noteOthersName(workspace)).pipe(
      Effect.map(() => layerOf(workspace, "warehouse"))
    )
  )

/**
 * The same for a command that only reads, which is answered while another process holds the state too: by that process.
 * The command itself, its output and its trail stay here; it is statements that are sent.
 */
export const readingLayer = (workspace: Workspace) => layerOf(workspace, "warehouseToRead")

const layerOf = (workspace: Workspace, access: "warehouse" | "warehouseToRead") =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const adapters = yield* Adapters
      const lost = yield* lostState(workspace.stateFile, shownPath(workspace.stateFile))
      if (lost !== null) yield* note(lost)
      return Layer.merge(
        adapters[access](workspace.stateFile, yield* engineLimits(workspace)),
        adapters.journal(workspace.journalFolder)
      )
    })
  )

/** Plans a pipeline with its connections, and writes the plan's reports. There is no writer among the connections. */
export const planPipeline = ({
  workspace,
  definition,
  clock,
  part,
  progress,
  askedBy = null,
  full = false
}: {
  readonly workspace: Workspace
  readonly definition: Definition
  readonly clock: RunClock
  readonly part: PlanPart
  readonly progress: Progress
  readonly askedBy?: string | null
  readonly full?: boolean
}) =>
  Effect.gen(function* () {
    yield* refuseWhileInterrupted
    yield* admitSections(definition, part)
    const adapters = yield* Adapters
    const connections = yield* loadWorkspaceConnections(workspace)
    const source = yield* workspaceConnection(connections, definition.source)
    const target = yield* workspaceConnection(connections, definition.load.connection)
    const counted = Effect.flatMap(Source, (service) => Effect.sync(() => progress.countRequests(service.requestsSent)))
    const made = yield* Effect.zipRight(counted, makePlan({ definition, clock, part, progress, askedBy, full })).pipe(
      Effect.provide(
        Layer.merge(adapters.source(source, definition.timezone), adapters.targetReader(target, definition.timezone))
      )
    )
    yield* writeReports(made)
    return made
  }).pipe(Effect.ensuring(Effect.sync(progress.end)))

/** Applies a plan of a pipeline with its target, or takes an interrupted apply up again. */
export const applyPipeline = ({
  workspace,
  plan,
  pipeline: { definition, written },
  admittedBy = null,
  clock,
  part,
  extent,
  progress,
  askedBy = null
}: {
  readonly workspace: Workspace
  readonly plan: string
  readonly pipeline: Pick<LoadedPipeline, "definition" | "written">
  readonly admittedBy?: AdmittedBy
  readonly clock: RunClock
  readonly part: PlanPart
  readonly extent: Extent
  readonly progress: Progress
  readonly askedBy?: string | null
}) =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const connections = yield* loadWorkspaceConnections(workspace)
    const target = yield* workspaceConnection(connections, definition.load.connection)
    const counted = Effect.flatMap(TargetWriter, (writer) =>
      Effect.sync(() => progress.countRequests(writer.requestsSent))
    )
    return yield* Effect.zipRight(
      counted,
      applyPlan({
        id: plan,
        definition,
        now: clock.now,
        part,
        extent,
        gates: gatesAtWork(workspace, written, admittedBy),
        onProgress: progress.step,
        askedBy
      })
    ).pipe(
      Effect.provide(
        Layer.merge(
          adapters.targetWriter(target, definition.timezone),
          adapters.targetReader(target, definition.timezone)
        )
      )
    )
  }).pipe(Effect.ensuring(Effect.sync(progress.end)))

/**
 * Takes up the apply that was interrupted, by the pipeline of its plan; null when there is none. `begun`: finds out how
 * the steps that were begun ended, and sends nothing further.
 */
export const takeUpInterrupted = (workspace: Workspace, extent: Extent, progress: Progress) =>
  Effect.gen(function* () {
    const [interrupted] = yield* (yield* Journal).unfinished
    if (interrupted === undefined) return null
    const { plan } = yield* readPlan(workspace.plansFolder, interrupted).pipe(
      Effect.mapError(({ detail }) => {
        const journal = shownPath(join(workspace.journalFolder, `${interrupted}.journal`))
        const folder = shownPath(join(workspace.plansFolder, interrupted))
        return new JournalError({
          detail: `${journal} says that its apply was interrupted, but its plan cannot be read (${detail}). Restore ${folder} from a backup, then \`rollbook resume\`. Without one, move the journal away: what its steps made is not known to rollbook then, and the next plan looks for it in the target`
        })
      })
    )
    const pipeline = yield* loadPipeline(workspace, plan.pipeline)
    const clock = yield* clockFor(pipeline.definition, plan.as_of)
    return yield* applyPipeline({ workspace, plan: interrupted, pipeline, clock, part: wholePlan, extent, progress })
  })

/** How an apply ended, as an exit code. */
export const exitCodeOfApply = ({ execution, held, plan }: Applied): ExitCode => {
  if (execution.failed > 0 || execution.notReached > 0) return exitCodes.targetFailed
  if (isReadFailed(plan)) return exitCodes.sourceFailed
  return held > 0 ? exitCodes.held : exitCodes.done
}
