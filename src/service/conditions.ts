import type { Agenda, Job } from "./agenda.ts"
import { dueAfter } from "./due.ts"

/** Kinds of trouble with a pipeline or a connection. */
export type Trouble = "held" | "failing" | "partial" | "overdue" | "credentials"

/** Something that is wrong now, in words without anybody's name. */
export interface Condition {
  readonly trouble: Trouble
  /** The pipeline or connection. */
  readonly of: string
  readonly say: string
}

export interface Limits {
  readonly noGoodRunForHours: number
  readonly credentialsEndWithinDays: number
}

const hour = 3_600_000
const day = 24 * hour

/**
 * Troubles at a moment, by the last runs of the schedule and by the ends of credentials that are declared. A run
 * that is to be tried again has not ended yet: a second try that succeeds is no trouble of anybody.
 *
 * `ends` are days, `YYYY-MM-DD`, on which credentials of connections stop to work.
 */
export const conditionsAt = ({
  agenda,
  jobs,
  ends,
  limits,
  now
}: {
  readonly agenda: Agenda
  readonly jobs: ReadonlyArray<Job>
  readonly ends: ReadonlyMap<string, string>
  readonly limits: Limits
  readonly now: number
}): ReadonlyArray<Condition> => [
  ...jobs.flatMap((job) => [...ofLastRun(agenda, job.pipeline), ...overdue(agenda, job, limits, now)]),
  ...[...ends].flatMap(([connection, end]) => ending(connection, end, limits, now))
]

const ofLastRun = (agenda: Agenda, pipeline: string): ReadonlyArray<Condition> => {
  const last = agenda[pipeline]?.last
  if (last == null) return []
  const { code, plan, run, steps, verdict } = last
  const which = run === null ? `the run of ${pipeline}` : `run ${run} of ${pipeline}`
  const held = steps?.held ?? 0
  const awaited =
    steps?.awaited === undefined ? "" : `, ${steps.awaited} handed over as rows, of which nothing shows yet`
  const more = held > 0 && verdict !== "held" ? `; ${inSteps(held)} held` : ""
  switch (verdict) {
    case "held":
      return [
        {
          trouble: "held",
          of: pipeline,
          say: `${which} holds ${inSteps(held)} for approval; the rest was carried out. rollbook show ${plan ?? pipeline} says what and why`
        }
      ]
    case "partial":
      return [
        {
          trouble: "partial",
          of: pipeline,
          say: `${which} was carried out in part: ${steps?.done ?? 0} done, ${steps?.failed ?? 0} failed, ${steps?.notReached ?? 0} not reached${awaited}${more}. rollbook show ${run ?? ""} --outcome failed lists them`
        }
      ]
    case "failing":
    case "interrupted":
      return [
        { trouble: "failing", of: pipeline, say: `${which} failed: ${causeOf(code)}. rollbook history says more` }
      ]
    case "good":
    case "not begun":
      return []
  }
}

/** By the exit code: causes in their own words may quote what a system said. */
const causeOf = (code: number): string => {
  switch (code) {
    case 2:
      return "a definition is not valid"
    case 4:
      return "the source could not be read"
    case 5:
      return "the target could not be reached, or refused"
    case 6:
      return "it was interrupted"
    default:
      return `by what is neither the source's nor the target's (exit code ${code})`
  }
}

/** A run that was due so long ago has not ended well, or none has come of it. */
const overdueAfter = 4 * hour

const overdue = (agenda: Agenda, { pattern, pipeline }: Job, limits: Limits, now: number): ReadonlyArray<Condition> => {
  const entry = agenda[pipeline]
  if (entry === undefined) return []
  const good = entry.lastGoodAt
  const since = good ?? entry.firstSeenAt
  // A pipeline of once a week is not overdue on Tuesday.
  const due = dueAfter(pattern, since)
  if (now - since < limits.noGoodRunForHours * hour || due === null || now < due + overdueAfter) return []
  const say =
    good === null
      ? `no run of ${pipeline} has ended well since its schedule is carried out, for ${limits.noGoodRunForHours} hours`
      : `no run of ${pipeline} has ended well for ${limits.noGoodRunForHours} hours, since ${new Date(good).toISOString()}`
  return [{ trouble: "overdue", of: pipeline, say }]
}

const ending = (connection: string, end: string, limits: Limits, now: number): ReadonlyArray<Condition> => {
  const left = Math.ceil((Date.parse(`${end}T00:00:00Z`) - now) / day)
  if (left > limits.credentialsEndWithinDays) return []
  const say =
    left > 0
      ? `credentials of the connection ${connection} end on ${end}`
      : `credentials of the connection ${connection} ended on ${end}`
  return [{ trouble: "credentials", of: connection, say }]
}

const inSteps = (count: number): string => `${count} ${count === 1 ? "step" : "steps"}`
