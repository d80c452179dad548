import { momentIn } from "../core/clock.ts"
import type { Message } from "../core/ports/messenger.ts"
import type { Agenda, Job } from "./agenda.ts"
import { dueAfter, lastDueWithin, parsePattern, type Pattern } from "./due.ts"
import type { SchoolInShort } from "./http/contract/plans.ts"
import type { Told } from "./http/contract/told.ts"
import type { NightSpeech, NightWords } from "./night-words.ts"

/** A plan that waits for people, without anybody's name. */
export interface Waiting {
  readonly pipeline: string
  readonly plan: string
  readonly held: number
  readonly of: number
  /** ISO instant until which it can be decided. */
  readonly until: string
  readonly people: ReadonlyArray<Told>
  readonly schools: ReadonlyArray<SchoolInShort>
  readonly canBeApproved: boolean
}

/** A night that is over: all that was due in it has ended, or its hour has come. */
export interface NightOver {
  /** Milliseconds since the epoch of the hour by which it is told at the latest; the next night begins there. */
  readonly until: number
  /** The day on which it ended, `YYYY-MM-DD`, in the district's zone. */
  readonly day: string
  readonly zone: string
  readonly jobs: ReadonlyArray<Job>
  /** Those of its pipelines that have not ended; none where the night was quick. */
  readonly late: ReadonlyArray<Job>
}

/** A machine that was off tells no night of which the morning is long past. */
const tooLate = 12 * 3_600_000

/** Further back than any night begins, and further ahead than any is told. */
const dayAndMore = 26 * 3_600_000

/** The hour until which nights were told; null where that was noted by a clock that was ahead: it was of nights to come. */
export const toldUntil = (told: number | null, now: number): number | null =>
  told !== null && told - now > dayAndMore ? null : told

/**
 * The night that is over at a moment, `told` being the hour of the last one that was; null where none is, or nothing was due
 * in it. `by` is the hour, `HH:MM`, at which a night is told whatever is still at work. `told: null`: none was ever told.
 */
export const nightOver = ({
  agenda,
  by,
  jobs,
  now,
  told: noted
}: {
  readonly agenda: Agenda
  readonly by: string
  readonly jobs: ReadonlyArray<Job>
  readonly now: number
  readonly told: number | null
}): { readonly told: number | null; readonly over: NightOver | null } => {
  const told = toldUntil(noted, now)
  const zone = jobs[0]?.pattern.zone
  const hour = zone === undefined ? null : hourly(by, zone)
  if (zone === undefined || hour === null) return { told, over: null }
  let from = told ?? lastDueWithin(hour, now - dayAndMore, now)?.due ?? now
  from = lastDueWithin(hour, from, now - tooLate)?.due ?? from
  for (;;) {
    const until = dueAfter(hour, from)
    if (until === null) return { told: from, over: null }
    // A time that was due before a schedule was looked after here belongs to nobody's night.
    const due = jobs.filter(({ pattern, pipeline }) => {
      const since = Math.max(from, agenda[pipeline]?.firstSeenAt ?? until)
      return since < until && lastDueWithin(pattern, since, until) !== null
    })
    const late = due.filter((job) => !hasEnded(agenda, job, from, until))
    if (due.length > 0 && (late.length === 0 || now >= until)) {
      return { told: from, over: { until, day: momentIn(new Date(until), zone).slice(0, 10), zone, jobs: due, late } }
    }
    if (now < until) return { told: from, over: null }
    from = until
  }
}

/** One pattern per hour and zone, which remembers when it is due next. */
const hourly = (by: string, zone: string): Pattern | null => {
  const known = patterns.get(`${by} ${zone}`)
  if (known !== undefined) return known
  const [hours = "", minutes = ""] = by.split(":")
  const made = parsePattern(`${Number(minutes)} ${Number(hours)} * * *`, zone)
  if (made !== null) patterns.set(`${by} ${zone}`, made)
  return made
}

const patterns = new Map<string, Pattern>()

/** Whether all runs of a pipeline that are due in a night are over, be it that they were left out. */
const hasEnded = (agenda: Agenda, { pattern, pipeline }: Job, from: number, until: number): boolean => {
  const entry = agenda[pipeline]
  const last = lastDueWithin(pattern, from, until)
  return (
    last === null ||
    (entry !== undefined && entry.seenUntil >= last.due && entry.waiting === null && entry.begun === null)
  )
}

/** The mail of a night: how each pipeline ended, what waits for whom until when, and what happens if nobody decides. */
export const nightMail = ({
  agenda,
  night: { day, jobs, late, until, zone },
  publicUrl,
  speech,
  waiting
}: {
  readonly night: NightOver
  readonly agenda: Agenda
  /** Null where it could not be read. */
  readonly waiting: ReadonlyArray<Waiting> | null
  readonly publicUrl: string | null
  readonly speech: NightSpeech
}): Message => {
  const { words } = speech
  const endings = jobs.map((job) => endingOf(job, agenda, late.includes(job), words))
  const notWell = endings.filter(({ isWell }) => !isWell).length
  const waits = waiting?.length ?? 0
  const verdict = [
    ...(notWell > 0 ? [words.notWell(notWell, jobs.length)] : []),
    ...(waits > 0 ? [words.decisions(waits)] : []),
    ...(waiting === null ? [words.waitingUnknown] : [])
  ]
  return {
    id: `night-${until}`,
    text: words.subject(speech.day(day), verdict.length === 0 ? [words.allWell] : verdict),
    fields: { what: "night", day },
    body: [
      ...endings.map(({ say }) => say),
      ...(waiting === null
        ? ["", words.waitingUnread]
        : waiting.flatMap((one) => ["", ...inWords(one, zone, publicUrl, speech)]))
    ]
  }
}

const endingOf = (
  { pipeline }: Job,
  agenda: Agenda,
  isLate: boolean,
  words: NightWords
): { readonly say: string; readonly isWell: boolean } => {
  const entry = agenda[pipeline]
  if (isLate) {
    return { say: entry?.begun != null ? words.atWork(pipeline) : words.notBegun(pipeline), isWell: false }
  }
  const last = entry?.last
  if (last == null) return { say: words.leftOut(pipeline), isWell: false }
  if (last.switchedOff) return { say: words.switchedOff(pipeline), isWell: true }
  const steps = last.steps === null ? null : { stopped: 0, awaited: 0, ...last.steps }
  return {
    say: words.ended({ pipeline, verdict: last.verdict, run: last.run, steps }),
    isWell: ["good", "held"].includes(last.verdict)
  }
}

const inWords = (
  { canBeApproved, held, of, people, pipeline, plan, schools, until }: Waiting,
  zone: string,
  publicUrl: string | null,
  { moment, school, tell, words }: NightSpeech
): ReadonlyArray<string> => [
  canBeApproved
    ? words.decide({ pipeline, held, of, until: moment(until, zone) })
    : words.unknown({ pipeline, held, of }),
  ...[...people.map((told) => tell(told, zone)), ...schools.map(school)].map((sentence) => `- ${sentence}`),
  publicUrl === null ? `rollbook show ${plan}` : `${publicUrl}/#/plans/${plan}`
]
