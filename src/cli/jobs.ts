import * as Effect from "effect/Effect"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { readSchedules } from "../pipeline/schedule.ts"
import type { Job } from "../service/agenda.ts"
import { parsePattern } from "../service/due.ts"
import type { Workspace } from "./workspace.ts"

/**
 * The pipelines of a workspace that run by themselves, read again where a file of theirs has changed: an edit counts from
 * the next look on. What is switched off by `gates.nightly: false` runs not by itself.
 */
export const scheduledJobs = (workspace: Workspace): Effect.Effect<ReadonlyArray<Job>> => {
  const folder = join(workspace.directory, "pipelines")
  let known: { readonly stamp: string; readonly jobs: ReadonlyArray<Job> } | null = null
  return Effect.suspend(() => {
    const stamp = stampOf(folder)
    if (known?.stamp === stamp) return Effect.succeed(known.jobs)
    return Effect.map(readSchedules(folder, workspace.environment), (schedules) => {
      const jobs = schedules.flatMap(({ name, nightly, schedule }): ReadonlyArray<Job> => {
        const pattern = parsePattern(schedule.cron, schedule.timezone)
        if (pattern === null || !nightly) return []
        const { after, missed, retry } = schedule
        return [{ pipeline: name, pattern, missed, after, retry }]
      })
      known = { stamp, jobs }
      return jobs
    })
  })
}

/** Changes with every change of a file in a folder. */
const stampOf = (folder: string): string =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.ya?ml$/.test(name))
        .map((name) => {
          const { mtimeMs, size } = statSync(join(folder, name))
          return `${name} ${mtimeMs} ${size}`
        })
        .join("\n")
    : ""
