import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { expect, it } from "vitest"
import { momentWithZone } from "../../src/core/clock.ts"
import { BindEngine } from "../../src/pipeline/bind-engine.ts"
import { askZone } from "../../src/pipeline/bind-zone.ts"
import { Messenger } from "../../src/core/ports/messenger.ts"
import { type RunEnded, Runner } from "../../src/core/ports/runner.ts"
import type { Agenda, Job } from "../../src/service/agenda.ts"
import { makeAlerting } from "../../src/service/alerting.ts"
import { type AlertState, noAlerts } from "../../src/service/alerts.ts"
import { conditionsAt } from "../../src/service/conditions.ts"
import { parsePattern } from "../../src/service/due.ts"
import { makeAskedRuns } from "../../src/service/asked.ts"
import { nightMail, nightOver } from "../../src/service/night.ts"
import { en } from "../../src/service/night-words/en.ts"
import { makeScheduler } from "../../src/service/scheduler.ts"

const zone = "America/Chicago"

const job = (pipeline: string, cron: string, after: ReadonlyArray<string> = []): Job => {
  const pattern = parsePattern(cron, zone)
  if (pattern === null) throw new Error(cron)
  return { pipeline, pattern, missed: "run_once", after, retry: { times: 2, minutes: 15 } }
}

// Half past one comes twice on 1 November; grades are due while the roster still runs.
const jobs = [job("roster", "30 1 * * *"), job("grades", "35 1 * * *", ["roster"])]

const well = { code: 0, run: 1, plan: "p", switchedOff: false, steps: { done: 12, failed: 0, notReached: 0, held: 0 } }
const noSource: RunEnded = { ...well, code: 4, run: null, plan: null, steps: null }
const yearEnd: RunEnded = {
  ...well,
  code: 3,
  run: 81,
  plan: "roster-2026-11-04-80",
  steps: { ...well.steps, held: 2104 }
}
const inPart: RunEnded = { ...well, code: 5, run: 90, steps: { done: 60, failed: 2, notReached: 0, held: 0 } }

/** How runs end, by pipeline and local day; one after another where there are several tries; well where nothing is said. */
const nights: Readonly<Record<string, ReadonlyArray<RunEnded>>> = {
  "roster 2026-10-27": [noSource, well],
  "roster 2026-10-28": [noSource, noSource, noSource],
  "roster 2026-11-04": [yearEnd],
  "roster 2026-11-05": [yearEnd],
  "grades 2026-11-07": [inPart]
}

it("a fortnight: what ran, and what people were told", async () => {
  const engine = await BindEngine.open()
  await askZone(engine, zone, Date.now())
  engine.close()
  const ran: Array<string> = []
  const told: Array<string> = []
  const mails: Array<string> = []
  const tries = new Map<string, number>()
  let pings = 0
  let agenda: Agenda = {}
  let alerts: AlertState = noAlerts

  const now = Effect.map(Clock.currentTimeMillis, (at) => momentWithZone(new Date(at), zone))
  const runner = Layer.succeed(Runner, {
    run: ({ pipeline }) =>
      Effect.gen(function* () {
        const at = yield* now
        ran.push(`${at} ${pipeline}`)
        const night = `${pipeline} ${at.slice(0, 10)}`
        const done = tries.get(night) ?? 0
        tries.set(night, done + 1)
        yield* Effect.sleep("12 minutes")
        return nights[night]?.[done] ?? well
      }),
    approve: () => Effect.succeed(null),
    answerCommands: () => Effect.succeed(null),
    stop: Effect.void
  })
  const messenger = Layer.succeed(Messenger, {
    ways: ["mail"],
    send: (way, { body, text }) =>
      Effect.flatMap(now, (at) =>
        Effect.sync(() => void (way === "mail" ? told : mails).push([at, text, ...(body ?? [])].join(" ")))
      ),
    ping: Effect.void
  })

  /** The process from its start until it is stopped, by what its predecessor had kept on disk. */
  const serveFor = (days: number) =>
    Effect.gen(function* () {
      const alerting = yield* makeAlerting({
        state: alerts,
        keep: (state) => Effect.sync(() => void (alerts = structuredClone(state))),
        say: () => Effect.void
      })
      let toldUntil: number | null = null
      const limits = { noGoodRunForHours: 30, credentialsEndWithinDays: 5 }
      const ends = new Map([["campus", "2026-11-12"]])
      const scheduler = yield* makeScheduler({
        asked: makeAskedRuns([], () => Effect.void),
        jobs: Effect.succeed(jobs),
        agenda,
        keep: (kept) => Effect.sync(() => void (agenda = structuredClone(kept))),
        say: () => Effect.void,
        onEnded: (_, last) => Effect.sync(() => void (pings += last.code === 0 || last.code === 3 ? 1 : 0)),
        onBeat: (seen, known) =>
          Effect.gen(function* () {
            const at = yield* Clock.currentTimeMillis
            yield* alerting.look(conditionsAt({ agenda: seen, jobs: known, ends, limits, now: at }), at)
            const { over, told: until } = nightOver({
              agenda: seen,
              by: "06:00",
              jobs: known,
              now: at,
              told: alerting.nightsTold() ?? toldUntil
            })
            toldUntil = until
            if (over === null) return
            const message = nightMail({ night: over, agenda: seen, waiting: [], publicUrl: null, speech: en })
            // Whoever looks twice at the same time tells it once.
            for (const _ of [1, 2]) yield* alerting.tellNight({ until: over.until, message, by: "night_mail", now: at })
          }),
        // Each look costs the test clock some real milliseconds.
        beatSeconds: 10_800,
        refusal: () => Effect.succeed(null)
      })
      const loop = yield* Effect.forkDaemon(scheduler.loop)
      yield* TestClock.adjust(`${days} days`)
      yield* scheduler.stop
      yield* Fiber.interrupt(loop)
    }).pipe(Effect.provide(Layer.merge(runner, messenger)))

  await Effect.runPromise(
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-10-25T12:00:00-05:00"))
      yield* serveFor(4)
      // The machine is off for two nights, those to Friday and to Saturday.
      yield* TestClock.adjust("2 days")
      yield* serveFor(4)
      // A restart in the middle of the week, while something is held: nobody is told again.
      yield* serveFor(5)
    }).pipe(Effect.provide(TestContext.TestContext))
  )
  expect(ran).toMatchInlineSnapshot(`
    [
      "2026-10-26 01:30 -05:00 roster",
      "2026-10-26 01:42 -05:00 grades",
      "2026-10-27 01:30 -05:00 roster",
      "2026-10-27 01:57 -05:00 roster",
      "2026-10-27 02:09 -05:00 grades",
      "2026-10-28 01:30 -05:00 roster",
      "2026-10-28 01:57 -05:00 roster",
      "2026-10-28 02:24 -05:00 roster",
      "2026-10-28 02:36 -05:00 grades",
      "2026-10-29 01:30 -05:00 roster",
      "2026-10-29 01:42 -05:00 grades",
      "2026-10-31 12:00 -05:00 roster",
      "2026-10-31 12:12 -05:00 grades",
      "2026-11-01 01:30 -05:00 roster",
      "2026-11-01 01:42 -05:00 grades",
      "2026-11-02 01:30 -06:00 roster",
      "2026-11-02 01:42 -06:00 grades",
      "2026-11-03 01:30 -06:00 roster",
      "2026-11-03 01:42 -06:00 grades",
      "2026-11-04 01:30 -06:00 roster",
      "2026-11-04 01:42 -06:00 grades",
      "2026-11-05 01:30 -06:00 roster",
      "2026-11-05 01:42 -06:00 grades",
      "2026-11-06 01:30 -06:00 roster",
      "2026-11-06 01:42 -06:00 grades",
      "2026-11-07 01:30 -06:00 roster",
      "2026-11-07 01:42 -06:00 grades",
      "2026-11-08 01:30 -06:00 roster",
      "2026-11-08 01:42 -06:00 grades",
      "2026-11-09 01:30 -06:00 roster",
      "2026-11-09 01:42 -06:00 grades",
    ]
  `)
  expect(told).toMatchInlineSnapshot(`
    [
      "2026-10-28 02:36 -05:00 rollbook: the run of roster failed: the source could not be read. rollbook history says more",
      "2026-10-28 08:48 -05:00 rollbook: no run of roster has ended well for 30 hours, since 2026-10-27T07:09:00.000Z",
      "2026-10-29 01:42 -05:00 rollbook: well again: roster runs again (it failed since 2026-10-28T07:36:00.000Z)",
      "2026-10-29 01:42 -05:00 rollbook: well again: a run of roster has ended well again (overdue since 2026-10-28T13:48:00.000Z)",
      "2026-10-31 12:00 -05:00 rollbook: no run of roster has ended well for 30 hours, since 2026-10-29T06:42:00.000Z",
      "2026-10-31 12:00 -05:00 rollbook: no run of grades has ended well for 30 hours, since 2026-10-29T06:54:00.000Z",
      "2026-10-31 12:12 -05:00 rollbook: well again: a run of roster has ended well again (overdue since 2026-10-31T17:00:00.000Z)",
      "2026-10-31 12:24 -05:00 rollbook: well again: a run of grades has ended well again (overdue since 2026-10-31T17:00:00.000Z)",
      "2026-11-04 01:42 -06:00 rollbook: run 81 of roster holds 2104 steps for approval; the rest was carried out. rollbook show roster-2026-11-04-80 says what and why",
      "2026-11-06 01:42 -06:00 rollbook: well again: nothing of roster is held any more (since 2026-11-04T07:42:00.000Z something was)",
      "2026-11-06 19:54 -06:00 rollbook: credentials of the connection campus end on 2026-11-12",
      "2026-11-07 01:54 -06:00 rollbook: run 90 of grades was carried out in part: 60 done, 2 failed, 0 not reached. rollbook show 90 --outcome failed lists them",
      "2026-11-07 07:54 -06:00 rollbook: no run of grades has ended well for 30 hours, since 2026-11-06T07:54:00.000Z",
      "2026-11-08 01:54 -06:00 rollbook: well again: grades was carried out whole again (not so since 2026-11-07T07:54:00.000Z)",
      "2026-11-08 01:54 -06:00 rollbook: well again: a run of grades has ended well again (overdue since 2026-11-07T13:54:00.000Z)",
    ]
  `)
  expect(mails).toMatchInlineSnapshot(`
    [
      "2026-10-26 01:54 -05:00 rollbook, night to 2026-10-26: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-10-27 02:21 -05:00 rollbook, night to 2026-10-27: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-10-28 02:48 -05:00 rollbook, night to 2026-10-28: 1 of 2 pipelines did not run well roster failed. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-10-29 01:54 -05:00 rollbook, night to 2026-10-29: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-10-31 12:00 -05:00 rollbook, night to 2026-10-31: 2 of 2 pipelines did not run well roster is still at work. grades has not begun yet.",
      "2026-11-01 01:54 -05:00 rollbook, night to 2026-11-01: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-11-02 01:54 -06:00 rollbook, night to 2026-11-02: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-11-03 01:54 -06:00 rollbook, night to 2026-11-03: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-11-04 01:54 -06:00 rollbook, night to 2026-11-04: all ran well, and nothing waits roster ran, and holds something (run 81): 12 done, 0 failed, 0 not reached, 2104 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-11-05 01:54 -06:00 rollbook, night to 2026-11-05: all ran well, and nothing waits roster ran, and holds something (run 81): 12 done, 0 failed, 0 not reached, 2104 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-11-06 01:54 -06:00 rollbook, night to 2026-11-06: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-11-07 01:54 -06:00 rollbook, night to 2026-11-07: 1 of 2 pipelines did not run well roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades was carried out in part (run 90): 60 done, 2 failed, 0 not reached, 0 held.",
      "2026-11-08 01:54 -06:00 rollbook, night to 2026-11-08: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
      "2026-11-09 01:54 -06:00 rollbook, night to 2026-11-09: all ran well, and nothing waits roster ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held. grades ran well (run 1): 12 done, 0 failed, 0 not reached, 0 held.",
    ]
  `)
  expect(pings).toMatchInlineSnapshot(`26`)
})
