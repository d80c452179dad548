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
import { type AskedRun, type AskedRuns, wordsOf } from "./asked.ts"
import { dueAfter } from "./due.ts"

/** What the loop needs of its surroundings. */
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
  /** Runs that people ask for, which go beside those of the schedule: who came first goes first. */
  readonly asked: AskedRuns
}

export interface Scheduler {
  /** Looks, begins what is due, and sleeps; does not end by itself. */
  readonly loop: Effect.Effect<never>
  /** Looks at once: something was asked for. */
  readonly wake: Effect.Effect<void>
  /** Begins nothing further and lets the run at work come to an orderly end. True where something of it is left. */
  readonly stop: Effect.Effect<boolean>
}

/** The loop that carries out the schedule of a workspace: one run at a time, as the state has one owner. */
export const makeScheduler = (options: SchedulerOptions): Effect.Effect<Scheduler, never, Runner> =>
  Effect.gen(function* () {
    const runner = yield* Runner
    const wake = yield* Queue.sliding<void>(1)
    let agenda = options.agenda
    let jobs = yield* options.jobs
    let atWork: Fiber.RuntimeFiber<void> | null = null
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
        const ended = yield* runner.run({
          pipeline: asked.pipeline,
          due: new Date(asked.askedAt).toISOString(),
          words: wordsOf(asked)
        })
        yield* options.asked.end(asked.id, ended, isStopping)
      })

    /** Nothing that ends the loop ends a run: `stop` asks it to. */
    const start = (work: Effect.Effect<void>): Effect.Effect<void> =>
      Effect.map(
        Effect.forkDaemon(
          Effect.ensuring(
            work,
            Effect.suspend(() => {
              atWork = null
              return Queue.offer(wake, undefined)
            })
          )
        ),
        (fiber) => {
          atWork = fiber
        }
      )

    const look = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      jobs = yield* options.jobs
      const seen = observe(agenda, jobs, now)
      if (seen.remarks.length > 0 || Object.keys(seen.agenda).length !== Object.keys(agenda).length) yield* take(seen)
      const next = isStopping || atWork !== null ? null : pick(agenda, jobs, now)
      const asked = isStopping || atWork !== null ? null : options.asked.next(now)
      if (asked !== null && (next === null || asked.askedAt < (agenda[next.pipeline]?.waiting?.due ?? Infinity))) {
        yield* start(carryOutAsked(asked))
      } else if (next !== null) {
        yield* take({ agenda: begin(agenda, next.pipeline, now), remarks: [] })
        yield* start(carryOut(next))
      }
      for (const remark of waitingFor(agenda, jobs)) {
        const once = `${remark.pipeline} ${agenda[remark.pipeline]?.waiting?.due} ${remark.say}`
        if (!said.has(once)) yield* options.say(remark)
        said.add(once)
      }
      yield* options.onBeat(agenda, jobs)
      // Who waits for a run at work is woken by its end.
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
        const running = atWork
        if (running !== null) {
          yield* runner.stop
          yield* Fiber.join(running)
        }
        return Object.values(agenda).some((entry) => entry.begun !== null)
      })
    }
  })
