import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { Runner } from "../core/ports/runner.ts"
import {
  type Agenda,
  begin,
  type Changed,
  end,
  type Job,
  type LastRun,
  observe,
  pick,
  type Remark,
  takeUp,
  waitingFor
} from "./agenda.ts"
import { type AskedRun, type AskedRuns, isOfCourse, wordsOf } from "./asked.ts"
import { dueAfter } from "./due.ts"

/** Surroundings of the loop. */
export interface SchedulerOptions {
  /** The pipelines that run by themselves, as their files say now. */
  readonly jobs: Effect.Effect<ReadonlyArray<Job>>
  readonly agenda: Agenda
  /** Keeps the agenda; a disk that takes none is told by whoever keeps it, and stops no run. */
  readonly keep: (agenda: Agenda) => Effect.Effect<void>
  readonly say: (remark: Remark) => Effect.Effect<void>
  /** Called with each run that came to its end and is not tried again. */
  readonly onEnded: (job: Job, last: LastRun) => Effect.Effect<void>
  /** Called at each look, at most so many seconds apart. */
  readonly onBeat: (agenda: Agenda, jobs: ReadonlyArray<Job>) => Effect.Effect<void>
  readonly beatSeconds: number
  /** Runs that people ask for: who came first goes first, and who exports single sections goes beside what is at work. */
  readonly asked: AskedRuns
  /** Why a run that somebody asked for may not begin any more; null where it may. Asked when its turn comes. */
  readonly refusal: (asked: AskedRun) => Effect.Effect<string | null>
}

export interface Scheduler {
  /** Looks, begins what is due, and sleeps; does not end by itself. */
  readonly loop: Effect.Effect<never>
  /** Looks at once: something was asked for. */
  readonly wake: Effect.Effect<void>
  /** Begins nothing further and lets what is at work come to an orderly end. True where something of it is left. */
  readonly stop: Effect.Effect<boolean>
}

/** Exports that are begun at once; the run that takes them in lets so many in. */
const mostBeside = 4

/**
 * The loop that carries out the schedule of a workspace: one whole run at a time, and exports of single sections beside it, or
 * with each other. A course is exported by one at a time.
 */
export const makeScheduler = (options: SchedulerOptions): Effect.Effect<Scheduler, never, Runner> =>
  Effect.gen(function* () {
    const runner = yield* Runner
    const wake = yield* Queue.sliding<void>(1)
    let agenda = options.agenda
    let jobs = yield* options.jobs
    let atWork: Fiber.RuntimeFiber<void> | null = null
    const beside = new Map<AskedRun, Fiber.RuntimeFiber<void>>()
    let isStopping = false
    const said = new Set<string>()

    const take = ({ agenda: changed, remarks }: Changed): Effect.Effect<void> =>
      Effect.gen(function* () {
        const isSame = changed === agenda
        agenda = changed
        if (!isSame) yield* options.keep(agenda)
        yield* Effect.forEach(remarks, options.say, { discard: true })
      })

    const carryOut = (job: Job): Effect.Effect<void> =>
      Effect.gen(function* () {
        const begun = agenda[job.pipeline]?.begun
        if (begun == null) return
        const ended = yield* runner.run({ pipeline: job.pipeline, due: new Date(begun.due).toISOString() })
        yield* take(end({ agenda, job, ended, now: yield* Clock.currentTimeMillis, isStopping }))
        const last = agenda[job.pipeline]?.last
        if (last != null && last.startedAt === begun.at) yield* options.onEnded(job, last)
      })

    const carryOutAsked = (asked: AskedRun): Effect.Effect<void> =>
      Effect.gen(function* () {
        yield* options.asked.begin(asked.id)
        const { by, id, pipeline, sections, sessions } = asked
        let refused: string | null = null
        const ended = yield* runner.run({
          pipeline,
          due: new Date(asked.askedAt).toISOString(),
          words: wordsOf(asked),
          id,
          mayBegin: Effect.map(options.refusal(asked), (why) => {
            refused = why
            return why === null
          }),
          ...(isOfCourse(asked) && { course: { pipeline, by, sections, sessions } })
        })
        yield* refused === null
          ? options.asked.end(asked.id, ended, isStopping)
          : options.asked.refuse(asked.id, refused)
      })

    /** Nothing that ends the loop ends a run: `stop` asks it to. */
    const start = (work: Effect.Effect<void>, onEnd: () => void): Effect.Effect<Fiber.RuntimeFiber<void>> =>
      Effect.forkDaemon(
        Effect.ensuring(
          work,
          Effect.suspend(() => {
            onEnd()
            return Queue.offer(wake, undefined)
          })
        )
      )

    const startAlone = (work: Effect.Effect<void>): Effect.Effect<void> =>
      Effect.map(
        start(work, () => {
          atWork = null
        }),
        (fiber) => {
          atWork = fiber
        }
      )

    /** Begins the exports that may go beside what is at work: none that came after a whole run which waits. */
    const startBeside = (exports: ReadonlyArray<AskedRun>, until: number): Effect.Effect<void> =>
      Effect.gen(function* () {
        for (const asked of exports) {
          if (beside.size >= mostBeside || (atWork === null && asked.askedAt >= until)) return
          const isTaken = [...beside.keys()].some((one) => one.id === asked.id || sharesCourse(one, asked))
          if (!isTaken) beside.set(asked, yield* start(carryOutAsked(asked), () => void beside.delete(asked)))
        }
      })

    const look = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      jobs = yield* options.jobs
      const seen = observe(agenda, jobs, now)
      if (seen.remarks.length > 0 || Object.keys(seen.agenda).length !== Object.keys(agenda).length) yield* take(seen)
      if (!isStopping) {
        const next = atWork === null ? pick(agenda, jobs, now) : null
        const due = next === null ? Infinity : (agenda[next.pipeline]?.waiting?.due ?? Infinity)
        const ready = options.asked.ready(now)
        const whole = atWork === null ? (ready.find((one) => !isOfCourse(one)) ?? null) : null
        yield* startBeside(ready.filter(isOfCourse), Math.min(due, whole?.askedAt ?? Infinity))
        if (beside.size === 0 && whole !== null && whole.askedAt < due) {
          yield* startAlone(carryOutAsked(whole))
        } else if (beside.size === 0 && next !== null) {
          yield* take({ agenda: begin(agenda, next.pipeline, now), remarks: [] })
          yield* startAlone(carryOut(next))
        }
        if (atWork !== null) yield* startBeside(ready.filter(isOfCourse), Infinity)
      }
      for (const remark of waitingFor(agenda, jobs)) {
        const once = `${remark.pipeline} ${agenda[remark.pipeline]?.waiting?.due} ${remark.say}`
        if (!said.has(once)) yield* options.say(remark)
        said.add(once)
      }
      yield* options.onBeat(agenda, jobs)
      // A pipeline that waits for a run at work is woken by its end.
      const events = jobs
        .flatMap((job) => [
          dueAfter(job.pattern, now) ?? Infinity,
          agenda[job.pipeline]?.waiting?.notBefore ?? Infinity
        ])
        .filter((at) => at > now)
      const held = options.asked
        .all()
        .flatMap((run) => (run.ended === null && run.begunAt === null ? [run.notBefore] : []))
      const pause = Math.min(
        options.beatSeconds * 1000,
        ...[...events, ...held.filter((at) => at > now)].map((at) => at - now)
      )
      yield* Effect.timeoutOption(Queue.take(wake), Math.max(pause, 10))
    })

    yield* take(takeUp(agenda, jobs))
    return {
      loop: Effect.forever(look),
      wake: Effect.asVoid(Queue.offer(wake, undefined)),
      stop: Effect.gen(function* () {
        isStopping = true
        const begun = options.asked.all().filter((run) => run.begunAt !== null && run.ended === null)
        const running = [...(atWork === null ? [] : [atWork]), ...beside.values()]
        if (running.length > 0) {
          yield* runner.stop
          yield* Effect.forEach(running, Fiber.join, { discard: true })
        }
        const isAskedLeft = options.asked
          .all()
          .some((run) => run.ended === null && begun.some((one) => one.id === run.id))
        return isAskedLeft || Object.values(agenda).some((entry) => entry.begun !== null)
      })
    }
  })

const sharesCourse = (one: AskedRun, other: AskedRun): boolean =>
  one.sections.some((section) => other.sections.includes(section))
