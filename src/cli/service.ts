import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import { dirname, join } from "node:path"
import { momentWithZone } from "../core/clock.ts"
import { Journal } from "../core/ports/journal.ts"
import { Runner, type RunnerService } from "../core/ports/runner.ts"
import { type Agenda, type Job, type LastRun, standingOf } from "../service/agenda.ts"
import { type AskedRun, type AskedRuns, makeAskedRuns } from "../service/asked.ts"
import type { Undelivered } from "../service/alerts.ts"
import { dueAfter } from "../service/due.ts"
import { beat, beatSeconds, type Heartbeat, endHeartbeat, refuseSecond, serviceFolder } from "../service/heartbeat.ts"
import type { AccessService } from "../service/http/access.ts"
import { readNote, writeNote } from "../service/note-file.ts"
import { withRunsOfPeople } from "../service/runs-of-people.ts"
import { makeScheduler } from "../service/scheduler.ts"
import { accessOf } from "./access.ts"
import { Adapters, type AdaptersService } from "./adapters.ts"
import { makeDailyPrune } from "./daily-prune.ts"
import { EndedWith } from "./exit.ts"
import { exitCodes } from "../core/exit-codes.ts"
import { giveBackUnused } from "./idle-memory.ts"
import { scheduledJobs } from "./jobs.ts"
import { asTyped, printStyled } from "./output.ts"
import { ownCommand, sameWorkspace } from "./own-command.ts"
import { knownRuns, withoutDisturbing } from "./known-runs.ts"
import { follow, type RunProgress } from "./run-progress.ts"
import { refusalsIn } from "./refusals.ts"
import { keepLines } from "./run-logs.ts"
import { makeStateReads, type StateReads } from "./state-reads.ts"
import { sayTrouble, tell } from "./tell.ts"
import { watchOver } from "./watch.ts"
import { untilStopped } from "./signals.ts"
import { installationsOf, loadServiceSettings, type Workspace } from "./workspace.ts"
import type { StoreError } from "../core/ports/disk.ts"
import type { WarehouseError } from "../core/ports/warehouse.ts"
import type { RunRecord } from "../state/runs.ts"
import { instantNow } from "../core/clock.ts"

/** The state of a running service, for everybody who asks it. */
export interface Live {
  agenda: Agenda
  jobs: ReadonlyArray<Job>
  /** Milliseconds since the epoch; null before the first look. */
  lastLook: number | null
  definitions: "valid" | "invalid" | "not checked yet"
  /** Progress of runs, as they said it last: that of the schedule by its pipeline, runs that people asked for by their id. */
  readonly progress: Map<string, RunProgress>
  readonly asked: AskedRuns
  readonly reads: StateReads
  /** Every run of the workspace, newest first. */
  readonly runs: Effect.Effect<ReadonlyArray<RunRecord>, WarehouseError | StoreError>
  /** Messages to people that did not reach them. */
  undelivered: () => ReadonlyArray<Undelivered>
  /** Begins what was asked for and may begin: exports of sections beside a run at work, all else after it. */
  wake: Effect.Effect<void>
}

/**
 * Work beside the schedule, with the runner of runs and how it is known who asks, until the scope ends; gives the address at which
 * it answers, null where it does not.
 */
export type Beside<E, R> = (
  live: Live,
  runner: RunnerService,
  access: AccessService
) => Effect.Effect<string | null, E, R | Scope.Scope>

/**
 * Carries out the schedules of a workspace until the process is asked to end; the run at work then comes to an orderly
 * end first. Ends with the code of an interrupted run where one has to be taken up later.
 */
export const carryOutSchedule = <E, R>(workspace: Workspace, as: Heartbeat["as"], beside: Beside<E, R>) =>
  Effect.gen(function* () {
    // From now on: whoever ends a service that has just been started wants it to end in order, too.
    const stopped = yield* Effect.forkDaemon(untilStopped)
    yield* Effect.yieldNow()
    const adapters = yield* Adapters
    const home = dirname(workspace.stateFile)
    const askedFile = join(serviceFolder(home), "asked.json")
    const asked = makeAskedRuns(
      (yield* readNote<ReadonlyArray<AskedRun>>("the runs asked for", askedFile)) ?? [],
      (runs) => sayTrouble(writeNote("the runs asked for", askedFile, runs))
    )
    const reads = yield* makeStateReads(workspace)
    const live: Live = {
      agenda: {},
      jobs: [],
      lastLook: null,
      definitions: "not checked yet",
      progress: new Map(),
      asked,
      reads,
      runs: knownRuns(reads),
      undelivered: () => [],
      wake: Effect.void
    }
    yield* refuseSecond(home, yield* Clock.currentTimeMillis)
    const since = yield* instantNow
    const runsWatched = withoutDisturbing(
      live.runs,
      () =>
        Object.values(live.agenda).some(({ begun }) => begun !== null) ||
        asked.all().some(({ begunAt, ended }) => begunAt !== null && ended === null)
    )
    yield* giveBackUnused
    const settings = yield* loadServiceSettings(workspace, yield* installationsOf(workspace))
    const access = yield* accessOf(workspace, settings)
    const watch = yield* watchOver(workspace, settings)
    live.undelivered = watch.undelivered
    const file = join(serviceFolder(home), "agenda.json")
    // Known to be here from now on: a second one that starts meanwhile must see it.
    yield* beat(home, { as, address: null, commands: null, since, beat: since, pipelines: [] })
    yield* Effect.addFinalizer(() => endHeartbeat(home))
    const runner = Context.get(
      yield* Layer.build(
        adapters.runner({
          command: ownCommand(),
          words: (pipeline) => ["run", pipeline, "--json", ...sameWorkspace(workspace)],
          environment: () => process.env,
          onLine: follow(live, keepLines(join(home, "logs")))
        })
      ),
      Runner
    )
    const answering = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const commands = yield* Scope.extend(runner.answerCommands(serviceFolder(home)), answering)
    const address = yield* beside(live, runner, access)
    if (address !== null) tell("info", `Answering at ${address}`)
    const [scope, checking] = [yield* Effect.scope, Effect.unsafeMakeSemaphore(1)]
    // After every edit: a file whose schedule can no longer be read has none, and that must not go unsaid.
    const check = checking
      .withPermits(1)(checkDefinitions(workspace, live))
      .pipe(Effect.provideService(Adapters, adapters), Effect.forkIn(scope), Effect.asVoid)
    const pruneDaily = makeDailyPrune(workspace, adapters)
    const jobs = Effect.provideService(scheduledJobs(workspace, check), Adapters, adapters)
    const scheduler = yield* makeScheduler({
      jobs,
      agenda: (yield* readNote<Agenda>("the agenda of the schedule", file)) ?? {},
      keep: (agenda) => sayTrouble(writeNote("the agenda of the schedule", file, agenda)),
      say: ({ level, pipeline, say }) => Effect.sync(() => tell(level, say, { pipeline })),
      onEnded: (job, last) =>
        Effect.all([printStyled(JSON.stringify(resultOf(job, last))), countRun(job, last), watch.ended(last.verdict)], {
          discard: true
        }),
      onBeat: (agenda, known) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const pipelines = known.map((job) => standing(agenda, job, now))
          Object.assign(live, { agenda, jobs: known, lastLook: now } satisfies Partial<Live>)
          yield* sayTrouble(
            beat(home, { as, address, commands, approvals: true, since, beat: new Date(now).toISOString(), pipelines })
          )
          yield* watch.look(withRunsOfPeople(agenda, yield* runsWatched), known, now)
          yield* pruneDaily(agenda, now)
        }),
      beatSeconds,
      asked,
      refusal: yield* refusalsIn(workspace, adapters, access)
    }).pipe(Effect.provideService(Runner, runner))
    live.wake = scheduler.wake
    yield* sayFirst(yield* jobs)
    // Nothing is begun by one that was asked to end while it started.
    if ((yield* Fiber.poll(stopped))._tag === "None") yield* Effect.raceFirst(scheduler.loop, Fiber.join(stopped))
    tell("info", "Asked to end: nothing further is begun, and what is at work ends in order.")
    const isCutOff = yield* scheduler.stop
    // A command that was handed over ends in order, too, before it is known what is left.
    yield* Scope.close(answering, Exit.void)
    const left = isCutOff
      ? "A run was stopped before its end: the next start takes it up, or `rollbook resume`."
      : (yield* isInterrupted(workspace, adapters))
        ? // It may have been cut off long before, or wait for rows to show; nobody begins it anew by starting.
          "An apply is not at its end: `rollbook resume` goes on with it, or the next run finds out how far it came."
        : null
    if (left !== null) {
      tell("warn", asTyped(left))
      return yield* new EndedWith({ code: exitCodes.interrupted })
    }
  }).pipe(Effect.scoped)

/** Whether an apply is not at its end; a journal that cannot be looked for is told by whoever opens it. */
const isInterrupted = ({ journalFolder }: Workspace, { journal }: AdaptersService): Effect.Effect<boolean> =>
  Effect.flatMap(Journal, ({ unfinished }) => unfinished).pipe(
    Effect.provide(journal(journalFolder)),
    Effect.map((plans) => plans.length > 0),
    Effect.orElseSucceed(() => false)
  )

/** Proves the definitions as `validate` does, in a process of its own: a service is small, and what proves them is not. */
const checkDefinitions = (workspace: Workspace, live: Live) =>
  Effect.gen(function* () {
    const { ask } = yield* Adapters
    const { code } = yield* ask(ownCommand(), ["validate", "--json", ...sameWorkspace(workspace)])
    live.definitions = code === exitCodes.done ? "valid" : "invalid"
    if (code !== exitCodes.done) {
      tell(
        "error",
        asTyped("A definition is not valid: its runs will fail. `rollbook validate` says what is wrong where.")
      )
    }
  })

/** Runs of the schedule, for telemetry. */
const runsEnded = Metric.counter("rollbook_runs_ended", {
  description: "Runs of the schedule that ended",
  incremental: true
})

const countRun = ({ pipeline }: Job, { verdict }: LastRun): Effect.Effect<void> =>
  Metric.update(Metric.tagged(Metric.tagged(runsEnded, "pipeline", pipeline), "outcome", verdict), 1)

const sayFirst = (jobs: ReadonlyArray<Job>): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    if (jobs.length === 0)
      tell("warn", "No pipeline of this workspace has a schedule that may write: nothing is due, ever.")
    for (const job of jobs) {
      const due = dueAfter(job.pattern, now)
      tell("info", due === null ? "comes no more" : `next at ${momentWithZone(new Date(due), job.pattern.zone)}`, {
        pipeline: job.pipeline
      })
    }
  })

const standing = (agenda: Agenda, job: Job, now: number) => {
  const due = dueAfter(job.pattern, now)
  return {
    pipeline: job.pipeline,
    next: due === null ? null : new Date(due).toISOString(),
    local: due === null ? null : momentWithZone(new Date(due), job.pattern.zone),
    state: standingOf(agenda[job.pipeline])
  }
}

/** A run of the schedule, for machines: one line on stdout. */
const resultOf = ({ pattern, pipeline }: Job, last: LastRun) => {
  const next = dueAfter(pattern, last.endedAt)
  const at = (instant: number): string => new Date(instant).toISOString()
  return {
    pipeline,
    due: at(last.due),
    started_at: at(last.startedAt),
    ended_at: at(last.endedAt),
    run: last.run,
    plan_id: last.plan,
    outcome: last.verdict,
    exit_code: last.code,
    switched_off: last.switchedOff,
    steps:
      last.steps === null
        ? null
        : {
            done: last.steps.done,
            failed: last.steps.failed,
            not_reached: last.steps.notReached,
            awaited: last.steps.awaited ?? 0,
            held: last.steps.held
          },
    next: next === null ? null : at(next)
  }
}
