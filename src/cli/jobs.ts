import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { loaded } from "../core/lazily.ts"
import { join } from "node:path"
import { changesOf, learnZone, type ZoneChange } from "../core/zone-data.ts"
import { type StoreError, stampOfFiles } from "../core/ports/disk.ts"
import type { BindError } from "../pipeline/bind-engine.ts"
import { yamlFilesIn } from "../pipeline/name-in.ts"
import type { ScheduledPipeline } from "../pipeline/schedule.ts"
import { asSet, nothingSet, type SetBeside } from "../pipeline/switches.ts"
import type { Job } from "../service/agenda.ts"
import { dueAfter, parsePattern } from "../service/due.ts"
import { Adapters } from "./adapters.ts"
import { exitCodes } from "../core/exit-codes.ts"
import { ownCommand, sameWorkspace } from "./own-command.ts"
import { type AllSet, readSwitches, stampOfSwitches } from "./switches.ts"
import { tell } from "./tell.ts"
import type { Workspace } from "./workspace.ts"

/** The schedules of a workspace as one process tells them another, each with what the engine knows of its zone. */
export interface ToldSchedule extends ScheduledPipeline {
  /** ISO instant at which it is due next; null where it comes no more, or is switched off. */
  readonly next: string | null
  readonly zoneChanges: ReadonlyArray<ZoneChange>
}

/** Reads the schedules in this process, which loads the engine for the zones. */
export const toldSchedules = (
  workspace: Workspace
): Effect.Effect<ReadonlyArray<ToldSchedule>, StoreError | BindError> =>
  Effect.gen(function* () {
    const { readSchedules } = yield* loaded(() => import("../pipeline/schedule.ts"))
    const now = yield* Clock.currentTimeMillis
    const written = yield* readSchedules(pipelinesIn(workspace), workspace.environment)
    const set = yield* Effect.orElseSucceed(readSwitches(workspace), (): AllSet => ({}))
    const schedules = written.map((one) => ({ ...one, nightly: isNightly(one, set[one.name]) }))
    return schedules.map((one) => {
      const [job] = jobsOf([one])
      const due = job === undefined ? null : dueAfter(job.pattern, now)
      return {
        ...one,
        next: due === null ? null : new Date(due).toISOString(),
        zoneChanges: changesOf(one.schedule.timezone)
      }
    })
  })

/**
 * The pipelines of a workspace that run by themselves, read again where a file of theirs has changed: an edit counts from
 * the next look on. Another process reads them, and takes the engine away with it: one that only waits shall be small.
 * `onRead` is done each time they are read.
 */
export const scheduledJobs = (
  workspace: Workspace,
  onRead: Effect.Effect<void>
): Effect.Effect<ReadonlyArray<Job>, never, Adapters> => {
  const folder = pipelinesIn(workspace)
  let known: { readonly stamp: string; readonly jobs: ReadonlyArray<Job> } | null = null
  return Effect.gen(function* () {
    const stamp = `${yield* stampOfFolder(folder)}\n${yield* stampOfSwitches(workspace)}`
    if (known?.stamp === stamp) return known.jobs
    yield* onRead
    const { ask } = yield* Adapters
    const { code, stdout } = yield* ask(ownCommand(), ["schedule", "--next", ...sameWorkspace(workspace)])
    if (code !== exitCodes.done) {
      tell("error", `the schedules cannot be read (exit code ${code}); they are as they were read last`)
      return known?.jobs ?? []
    }
    const told = JSON.parse(stdout) as ReadonlyArray<ToldSchedule>
    for (const { schedule, zoneChanges } of told) learnZone(schedule.timezone, zoneChanges)
    known = { stamp, jobs: jobsOf(told) }
    return known.jobs
  }).pipe(
    Effect.catchTag("StoreError", (error) =>
      Effect.sync(() => {
        tell("error", `the schedules cannot be looked at; they are as they were read last: ${error.message}`)
        return known?.jobs ?? []
      })
    )
  )
}

/** Whether the schedule may write, by the file, or by what was set beside it where the file lets that be. */
const isNightly = ({ nightly, switchable }: ScheduledPipeline, set: SetBeside = nothingSet): boolean =>
  asSet(switchable, set, "nightly", nightly)

/** A pipeline with `gates.nightly: false` does not run by itself. */
const jobsOf = (schedules: ReadonlyArray<ScheduledPipeline>): ReadonlyArray<Job> =>
  schedules.flatMap(({ name, nightly, schedule }) => {
    const pattern = parsePattern(schedule.cron, schedule.timezone)
    const { after, missed, retry } = schedule
    return pattern === null || !nightly ? [] : [{ pipeline: name, pattern, missed, after, retry }]
  })

export const pipelinesIn = (workspace: Workspace): string => join(workspace.directory, "pipelines")

/** Changes with every change of a YAML file in a folder. */
export const stampOfFolder = (folder: string): Effect.Effect<string, StoreError> =>
  Effect.flatMap(yamlFilesIn(folder), (names) => stampOfFiles(folder, names))
