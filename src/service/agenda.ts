import type { RunEnded } from "../core/ports/runner.ts"
import { type Pattern, lastDueWithin } from "./due.ts"
import { isGood, type Verdict, verdictOf } from "./verdict.ts"

/** A pipeline that runs by itself. */
export interface Job {
  readonly pipeline: string
  readonly pattern: Pattern
  readonly missed: "run_once" | "skip"
  readonly after: ReadonlyArray<string>
  readonly retry: { readonly times: number; readonly minutes: number }
}

/** A run that waits to be begun. Instants are milliseconds since the epoch, here and below. */
export interface Waiting {
  readonly due: number
  /** Tries that could not reach a system. */
  readonly tries: number
  readonly notBefore: number
}

/** The last run of a pipeline that came to its end. */
export interface LastRun extends RunEnded {
  readonly due: number
  readonly startedAt: number
  readonly endedAt: number
  readonly verdict: Verdict
}

/** The times and runs of one pipeline, as far as they are accounted for. */
export interface Entry {
  /** Times up to this instant are accounted for. */
  readonly seenUntil: number
  readonly waiting: Waiting | null
  /** The run at work; after a kill, the one that was. */
  readonly begun: (Waiting & { readonly at: number }) | null
  readonly last: LastRun | null
  readonly lastGoodAt: number | null
  /** When its schedule was looked after first. */
  readonly firstSeenAt: number
}

/** The state of a pipeline, in one word. */
export const standingOf = (entry: Entry | undefined): "idle" | "waiting" | "at work" =>
  entry?.begun != null ? "at work" : entry?.waiting != null ? "waiting" : "idle"

/** By pipeline; kept on disk, so that a restart neither forgets a run nor makes one twice. */
export type Agenda = Readonly<Record<string, Entry>>

/** A remark on a change of the agenda, for the log. */
export interface Remark {
  readonly pipeline: string
  readonly level: "info" | "warn"
  readonly say: string
}

export interface Changed {
  readonly agenda: Agenda
  readonly remarks: ReadonlyArray<Remark>
}

const minute = 60_000

/** A time that nothing came to for so long was missed, and a clock that is so much behind was set back; less is that of a busy machine. */
const missedAfter = 2 * minute

/** Milliseconds until a workspace that another process holds is asked for again. */
const heldPause = 20_000

const iso = (instant: number): string => new Date(instant).toISOString()

/** After a start: what an earlier process had begun and did not end is due again, or left out, by the pipeline's policy. */
export const takeUp = (agenda: Agenda, jobs: ReadonlyArray<Job>): Changed =>
  change(agenda, jobs, (entry, job) => {
    const { begun } = entry
    if (begun === null) return null
    const what = `the run that was due at ${iso(begun.due)} had begun at ${iso(begun.at)} and was cut off`
    return job.missed === "skip"
      ? { entry: { ...entry, begun: null }, say: `${what}; it is left out, as missed: skip says`, level: "warn" }
      : {
          entry: {
            ...entry,
            begun: null,
            waiting: entry.waiting ?? { due: begun.due, tries: begun.tries, notBefore: 0 }
          },
          say: `${what}; it is made again`,
          level: "warn"
        }
  })

/** Adds the times that have become due since the last look. A pipeline that is new is due from now on. */
export const observe = (agenda: Agenda, jobs: ReadonlyArray<Job>, now: number): Changed => {
  const known = Object.fromEntries(
    jobs.map(({ pipeline }) => [pipeline, agenda[pipeline] ?? { ...nothing, seenUntil: now, firstSeenAt: now }])
  )
  return change({ ...agenda, ...known }, jobs, (entry, job) => {
    const ahead = aheadOf(entry, job, now)
    if (ahead !== null) {
      const say = `what is noted of it is of ${iso(ahead)}, as the clock of this machine was set back since: times from ${iso(now)} on are due`
      return { entry: asOfNow(entry, now), say, level: "warn" }
    }
    const found = lastDueWithin(job.pattern, entry.seenUntil, now)
    if (found === null) return null
    const { due, times } = found
    const seen = { ...entry, seenUntil: due }
    const isMissed = now - due > missedAfter
    if (isMissed && job.missed === "skip") {
      return {
        entry: seen,
        say: `${inTimes(times)} up to ${iso(due)} missed; left out, as missed: skip says`,
        level: "warn"
      }
    }
    const waiting = { due, tries: 0, notBefore: 0 }
    if (entry.waiting !== null) {
      return {
        entry: { ...seen, waiting },
        say: `due at ${iso(due)}, while its run of ${iso(entry.waiting.due)} waits still: one run for both`,
        level: "warn"
      }
    }
    return isMissed || times > 1
      ? {
          entry: { ...seen, waiting },
          say: `${inTimes(times)} up to ${iso(due)} missed; one run for all of them`,
          level: "warn"
        }
      : { entry: { ...seen, waiting }, say: `due at ${iso(due)}`, level: "info" }
  })
}

/**
 * The latest instant in an entry that cannot have come yet: it was noted by a clock that was ahead, and until the clock came to it
 * nothing would be due, nor missed by anybody. Null where there is none.
 */
const aheadOf = (entry: Entry, { retry }: Job, now: number): number | null => {
  const longestPause = Math.max(retry.times === 0 ? 0 : retry.minutes * minute, heldPause)
  const latest = Math.max(
    entry.seenUntil,
    entry.firstSeenAt,
    entry.lastGoodAt ?? 0,
    (entry.waiting?.notBefore ?? 0) - longestPause
  )
  return latest > now + missedAfter ? latest : null
}

const asOfNow = (entry: Entry, now: number): Entry => ({
  ...entry,
  seenUntil: Math.min(entry.seenUntil, now),
  firstSeenAt: Math.min(entry.firstSeenAt, now),
  lastGoodAt: entry.lastGoodAt === null ? null : Math.min(entry.lastGoodAt, now),
  waiting: entry.waiting === null ? null : { ...entry.waiting, notBefore: Math.min(entry.waiting.notBefore, now) }
})

/** The run to begin now; null where none waits, or one is at work. Who runs after another goes when that one has gone. */
export const pick = (agenda: Agenda, jobs: ReadonlyArray<Job>, now: number): Job | null => {
  if (jobs.some((job) => agenda[job.pipeline]?.begun != null)) return null
  const waiting = jobs
    .filter((job) => agenda[job.pipeline]?.waiting != null)
    .sort((one, other) => dueOf(agenda, one) - dueOf(agenda, other))
  const isAhead = (job: Job): boolean => waiting.some((other) => job.after.includes(other.pipeline))
  // Pipelines that wait for each other would wait for ever: then the oldest goes.
  const free = waiting.filter((job) => !isAhead(job))
  const ready = (free.length > 0 ? free : waiting).filter(
    (job) => (agenda[job.pipeline]?.waiting?.notBefore ?? 0) <= now
  )
  return ready[0] ?? null
}

const dueOf = (agenda: Agenda, job: Job): number => agenda[job.pipeline]?.waiting?.due ?? 0

/** Notes that a run is begun, before it is. */
export const begin = (agenda: Agenda, pipeline: string, now: number): Agenda => {
  const entry = agenda[pipeline]
  if (entry?.waiting == null) return agenda
  return { ...agenda, [pipeline]: { ...entry, waiting: null, begun: { ...entry.waiting, at: now } } }
}

/** Notes how a run ended. One that could not reach a system is tried again; one that found the workspace held, too. */
export const end = ({
  agenda,
  job,
  ended,
  now,
  isStopping
}: {
  readonly agenda: Agenda
  readonly job: Job
  readonly ended: RunEnded
  readonly now: number
  readonly isStopping: boolean
}): Changed => {
  const entry = agenda[job.pipeline]
  const begun = entry?.begun
  if (entry === undefined || begun == null) return { agenda, remarks: [] }
  const withEntry = (changed: Partial<Entry>, level: Remark["level"], say: string): Changed => ({
    agenda: { ...agenda, [job.pipeline]: { ...entry, begun: null, ...changed } },
    remarks: say === "" ? [] : [{ pipeline: job.pipeline, level, say }]
  })
  const again = (tries: number, notBefore: number): Waiting =>
    // Times that have become due meanwhile are met by the same run.
    ({ due: entry.waiting?.due ?? begun.due, tries, notBefore })
  const verdict = verdictOf(ended)
  if (verdict === "not begun") {
    return withEntry(
      { waiting: again(begun.tries, now + heldPause) },
      "info",
      "waits: another process holds the workspace"
    )
  }
  if (verdict === "interrupted" && isStopping) {
    return withEntry({ begun }, "warn", "the run was stopped before its end; the next start takes it up")
  }
  if (mayPass(ended) && begun.tries < job.retry.times) {
    return withEntry(
      { waiting: again(begun.tries + 1, now + job.retry.minutes * minute) },
      "warn",
      `could not be carried out; try ${begun.tries + 2} of ${job.retry.times + 1} follows in ${job.retry.minutes} minutes`
    )
  }
  const last = { ...ended, due: begun.due, startedAt: begun.at, endedAt: now, verdict }
  return withEntry({ last, lastGoodAt: isGood(verdict) ? now : entry.lastGoodAt }, "info", "")
}

/** Whether a run ended for a reason that may have passed a little later: a system that did not answer. */
const mayPass = ({ code, steps }: RunEnded): boolean =>
  code === 4 || (code === 5 && (steps === null || steps.notReached + (steps.awaited ?? 0) > 0))

/** The pipelines that wait, with what they wait for: the one at work, or the time of the next try. */
export const waitingFor = (agenda: Agenda, jobs: ReadonlyArray<Job>): ReadonlyArray<Remark> => {
  const atWork = jobs.find((job) => agenda[job.pipeline]?.begun != null)
  return jobs.flatMap((job): ReadonlyArray<Remark> => {
    if (agenda[job.pipeline]?.waiting == null) return []
    const ahead = job.after.filter((other) => agenda[other]?.waiting != null)
    const say =
      atWork !== undefined
        ? `waits: the run of ${atWork.pipeline} is at work`
        : ahead.length > 0
          ? `waits: ${ahead.join(" and ")} goes first`
          : ""
    return say === "" ? [] : [{ pipeline: job.pipeline, level: "info", say }]
  })
}

const nothing: Omit<Entry, "seenUntil" | "firstSeenAt"> = { waiting: null, begun: null, last: null, lastGoodAt: null }

const inTimes = (times: number): string => (times === 1 ? "a time" : `${times} times`)

const change = (
  agenda: Agenda,
  jobs: ReadonlyArray<Job>,
  of: (
    entry: Entry,
    job: Job
  ) => { readonly entry: Entry; readonly say: string; readonly level: Remark["level"] } | null
): Changed => {
  const changed: Record<string, Entry> = { ...agenda }
  const remarks: Array<Remark> = []
  for (const job of jobs) {
    const entry = changed[job.pipeline]
    const next = entry === undefined ? null : of(entry, job)
    if (next === null) continue
    changed[job.pipeline] = next.entry
    remarks.push({ pipeline: job.pipeline, level: next.level, say: next.say })
  }
  return { agenda: changed, remarks }
}
