import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { dirname } from "node:path"
import { wholePlan } from "../core/plan-part.ts"
import { tell } from "../core/told.ts"
import { Journal } from "../core/ports/journal.ts"
import {
  type ApprovalAsked,
  type CourseAsked,
  nothingDone,
  type RunEnded,
  stepsAsEnded,
  type RunLine,
  type TakingIn
} from "../core/ports/runner.ts"
import { approvalsSocket } from "../core/ports/own-socket.ts"
import { type Sharing, Warehouse } from "../core/ports/warehouse.ts"
import { admitPerson, ExportUnavailable } from "../gradebook/on-demand.ts"
import type { Definition } from "../pipeline/definition.ts"
import { isExport } from "../pipeline/serving.ts"
import { Adapters } from "./adapters.ts"
import { approveAsked } from "./approve-asked.ts"
import { carryOutRun } from "./carry-out-run.ts"
import { exitCodes } from "../core/exit-codes.ts"
import { exitCodeOf, messageOf } from "./exit.ts"
import { exitCodeOfApply } from "./flow.ts"
import { plainProgress } from "./progress.ts"
import { clockFor, loadPipeline, type Workspace } from "./workspace.ts"

/**
 * Does the work of a run and takes in, meanwhile, the exports of single sections and the approvals that the service asks for; where
 * none runs, the approvals that are given at a terminal.
 * Each has the state in its turn, as `Sharing` says: never while something is in flight that is not in the ledger yet.
 */
export const takingIn = <A, E, R>(
  workspace: Workspace,
  definition: Definition,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Warehouse | Journal | Adapters> =>
  Effect.gen(function* () {
    const warehouse = yield* Warehouse
    const adapters = yield* Adapters
    const journal = yield* Journal
    const open = warehouse.sharing.takeIn
    if (open === null) return yield* work
    return yield* untilTakenInEnds(
      warehouse.sharing,
      adapters.takeIn(
        {
          export: (asked, say) =>
            inTurn(open, carryOutBeside(workspace, definition, asked, say)).pipe(
              Effect.provideService(Journal, journal),
              Effect.provideService(Adapters, adapters),
              Effect.exit,
              Effect.map((exit) => endOf(exit, say))
            ),
          approval: (asked) =>
            inTurn(open, approveBeside(workspace, asked)).pipe(
              Effect.provideService(Adapters, adapters),
              // Whoever asked tries it again once the run has ended, and then tells what stands in the way.
              Effect.orElseSucceed(() => null)
            )
        },
        approvalsSocket(dirname(workspace.stateFile))
      ),
      work
    )
  })

/**
 * Does work while others are taken in. They come to their end after it, or, where it is asked to end, are asked so too. Either
 * needs its turn for that, whenever it is: one who waits for a turn that nobody gives can be ended by nobody.
 */
export const untilTakenInEnds = <A, E, R>(
  { away }: Sharing,
  takeIn: Effect.Effect<TakingIn | null, never, Scope.Scope>,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Scope.make(),
    (scope) =>
      Effect.flatMap(Scope.extend(takeIn, scope), (taking) =>
        taking === null
          ? work
          : Effect.onExit(work, (exit) =>
              Exit.isInterrupted(exit)
                ? Effect.void
                : Effect.interruptible(away(Effect.onInterrupt(taking.close, () => taking.cutOff)))
            )
      ),
    (scope, exit) => away(Scope.close(scope, exit))
  )

/** Work that has the state in its turn, on a connection of its own. */
const inTurn = <A, E, R>(open: NonNullable<Sharing["takeIn"]>, work: Effect.Effect<A, E, R | Warehouse>) =>
  Effect.scoped(Effect.flatMap(open, (own) => Effect.provideService(work, Warehouse, own)))

/** One approval of what an earlier plan holds, or that which is being carried out. */
const approveBeside = (workspace: Workspace, asked: ApprovalAsked) =>
  Effect.flatMap(loadPipeline(workspace, asked.pipeline), ({ definition }) => approveAsked(definition, asked))

/** One export of single sections, as a run of its own. */
const carryOutBeside = (
  workspace: Workspace,
  host: Definition,
  { by, pipeline, sections, sessions }: CourseAsked,
  say: (line: RunLine) => void
) =>
  Effect.gen(function* () {
    const loaded = yield* loadPipeline(workspace, pipeline)
    const { definition } = loaded
    // The two would read and write different things: it goes when the run has ended, as a run by itself.
    if (definition.name === host.name && definition.hash !== host.hash) return null
    // A run lets others have their turn while it plans, trusting that they are exports: `isComputedAlone`.
    if (!isExport(definition)) return null
    yield* admitPerson(definition, by)
    const clock = yield* clockFor(definition, null)
    const { applied } = yield* carryOutRun({
      workspace,
      pipeline: loaded,
      clock,
      part: { ...wholePlan, sections, sessions },
      askedBy: by,
      progress: () => plainProgress((fields, message) => say({ level: "info", message, fields })),
      say: (message) => Effect.sync(() => say({ level: "info", message, fields: {} }))
    })
    return applied
  })

const endOf = (
  exit: Exit.Exit<Effect.Effect.Success<ReturnType<typeof carryOutBeside>>, unknown>,
  say: (line: RunLine) => void
): RunEnded | null => {
  if (Exit.isSuccess(exit)) {
    const applied = exit.value
    if (applied === null) return null
    const { execution, held, plan, run } = applied
    return {
      code: exitCodeOfApply(applied),
      run,
      plan: plan.plan_id,
      steps: stepsAsEnded({ ...execution, held }),
      switchedOff: false
    }
  }
  if (Cause.isInterruptedOnly(exit.cause)) return nothingDone(exitCodes.interrupted)
  const error = Cause.squash(exit.cause)
  if (error instanceof ExportUnavailable) {
    const refused = error.reason === "SwitchedOff" ? tell("refused.export-off", {}) : error.detail
    return { ...nothingDone(exitCodeOf(error)), refused }
  }
  say({ level: "error", message: messageOf(error), fields: {} })
  return nothingDone(exitCodeOf(error))
}
