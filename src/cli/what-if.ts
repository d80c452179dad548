import * as Effect from "effect/Effect"
import type { PlanPart } from "../core/plan-part.ts"
import type { Definition } from "../pipeline/definition.ts"
import { refuseWhileInterrupted } from "../run/apply.ts"
import { keptRead } from "../extract/kept-reads.ts"
import { makeWhatIf } from "../run/make-plan.ts"
import { Adapters } from "./adapters.ts"
import { UsageError } from "./exit.ts"
import type { Progress } from "./progress.ts"
import { writeReports } from "./reports.ts"
import { clockFor, loadWorkspaceConnections, type Workspace, workspaceConnection } from "./workspace.ts"

/** Reads `--from-run N`: the number of a run, or `last` for the newest whose rows are kept. */
export const parseFromRun = (text: string): Effect.Effect<number | "last", UsageError> =>
  text === "last"
    ? Effect.succeed(text)
    : /^\d+$/.test(text)
      ? Effect.succeed(Number(text))
      : Effect.fail(new UsageError({ detail: `--from-run ${text} is no run`, hint: "give its number, or last" }))

/**
 * Plans over the rows of an earlier run, as of that run's date unless another one is given. The source is not asked;
 * the target is, for its roles and for what it holds.
 */
export const planWhatIf = ({
  workspace,
  definition,
  asOf,
  fromRun,
  part,
  progress
}: {
  readonly workspace: Workspace
  readonly definition: Definition
  readonly asOf: string | null
  readonly fromRun: number | "last"
  readonly part: PlanPart
  readonly progress: Progress
}) =>
  Effect.gen(function* () {
    yield* refuseWhileInterrupted
    const adapters = yield* Adapters
    const kept = yield* keptRead(definition.name, fromRun)
    const clock = yield* clockFor(definition, asOf ?? kept.asOf)
    const connections = yield* loadWorkspaceConnections(workspace)
    const target = yield* workspaceConnection(connections, definition.load.connection)
    const made = yield* makeWhatIf({
      definition,
      collections: definition.collections,
      kept,
      clock,
      part,
      progress
    }).pipe(Effect.provide(adapters.targetReader(target, definition.timezone)))
    yield* writeReports(made)
    return made
  }).pipe(Effect.ensuring(Effect.sync(progress.end)))
