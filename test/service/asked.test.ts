import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import { exitCodes } from "../../src/core/exit-codes.ts"
import { nothingDone, type RunEnded, Runner, type RunnerService } from "../../src/core/ports/runner.ts"
import { type AskedRun, makeAskedRuns, wordsOf } from "../../src/service/asked.ts"
import { makeScheduler } from "../../src/service/scheduler.ts"

const wish = { pipeline: "grades", by: "o.hernandez", sections: ["5001"], sessions: [] }
const ended = { code: 0, run: 4, plan: "grades-2026-10-01-3", steps: null, switchedOff: false }

/** A scheduler without a schedule. */
const alone = {
  jobs: Effect.succeed([]),
  agenda: {},
  keep: () => Effect.void,
  say: () => Effect.void,
  onEnded: () => Effect.void,
  onBeat: () => Effect.void,
  beatSeconds: 1,
  refusal: () => Effect.succeed(null)
}

const asking = (known: ReadonlyArray<AskedRun> = []) => {
  let kept = known
  const runs = makeAskedRuns(known, (next) => Effect.sync(() => void (kept = next)))
  return { runs, kept: () => kept }
}

it("takes whoever presses twice for one, and two people, or two sections, for two", async () => {
  const { runs } = asking()
  const first = await Effect.runPromise(runs.ask(wish))
  expect((await Effect.runPromise(runs.ask({ ...wish }))).id).toBe(first.id)
  const other = await Effect.runPromise(runs.ask({ ...wish, sections: ["5002"] }))
  expect(runs.ready(Date.now())[0]?.id).toBe(first.id)
  await Effect.runPromise(runs.begin(first.id))
  expect(runs.ready(Date.now())[0]?.id).toBe(other.id)
  // What is at work may have read the grade book already: it is asked for once more.
  expect((await Effect.runPromise(runs.ask(wish))).id).not.toBe(first.id)
  // One of two people may be found to have lost the right when the turn comes.
  expect((await Effect.runPromise(runs.ask({ ...other, by: "m.oneil" }))).id).not.toBe(other.id)
})

it("forgets none when the process ends, and makes again what was cut off", async () => {
  const before = asking()
  const one = await Effect.runPromise(before.runs.ask(wish))
  await Effect.runPromise(before.runs.begin(one.id))
  expect(before.runs.ready(Date.now())).toEqual([])
  const { runs } = asking(before.kept())
  expect(runs.ready(Date.now())[0]?.id).toBe(one.id)
  await Effect.runPromise(runs.end(one.id, ended, false))
  expect(runs.ready(Date.now())).toEqual([])
  expect(runs.all()[0]?.ended).toMatchObject({ run: 4, verdict: "good" })
})

it("takes what was cut off and what was asked for meanwhile for one, whether the run was cut off or the process", async () => {
  const before = asking()
  const one = await Effect.runPromise(before.runs.ask(wish))
  await Effect.runPromise(before.runs.begin(one.id))
  await Effect.runPromise(before.runs.ask(wish))
  const killed = asking(before.kept())
  expect(killed.runs.ready(Date.now()).map(({ id }) => id)).toEqual([one.id])
  await Effect.runPromise(before.runs.end(one.id, { ...ended, code: 7 }, false))
  expect(before.runs.all().map(({ id }) => id)).toEqual([one.id])
  expect(before.kept()).toEqual(before.runs.all())
  // What has begun may have read the grade book already, and what has ended tells of itself.
  await Effect.runPromise(before.runs.begin(one.id))
  const other = await Effect.runPromise(before.runs.ask(wish))
  await Effect.runPromise(before.runs.end(one.id, ended, false))
  expect(before.runs.all().map(({ id }) => id)).toEqual([one.id, other.id])
})

it("tries again a little later what found the workspace held", async () => {
  const { runs } = asking()
  const { id } = await Effect.runPromise(runs.ask(wish))
  await Effect.runPromise(runs.begin(id))
  await Effect.runPromise(runs.end(id, { ...ended, code: 7 }, false))
  expect(runs.ready(Date.now())).toEqual([])
  expect(runs.ready(Date.now() + 6_000)[0]?.id).toBe(id)
})

it("is asked about again when its turn comes: what may no longer begin is told with the reason, and not begun", async () => {
  const begun: Array<string> = []
  const runner: RunnerService = {
    run: ({ id = "", mayBegin = Effect.succeed(true) }) =>
      Effect.map(mayBegin, (may) => {
        if (may) begun.push(id)
        return ended
      }),
    approve: () => Effect.succeed(null),
    answerCommands: () => Effect.succeed(null),
    stop: Effect.void
  }
  const { runs } = asking()
  await Effect.gen(function* () {
    const lost = yield* runs.ask(wish)
    const kept = yield* runs.ask({ ...wish, by: "m.oneil", sections: ["5002"] })
    const scheduler = yield* makeScheduler({
      ...alone,
      asked: runs,
      refusal: ({ by }) => Effect.succeed(by === wish.by ? "whoever asked for it has no longer the right" : null)
    })
    const loop = yield* Effect.fork(scheduler.loop)
    while (runs.all().some((one) => one.ended === null)) yield* Effect.sleep(5)
    yield* Fiber.interrupt(loop)
    expect(begun).toEqual([kept.id])
    expect(runs.all().find(({ id }) => id === lost.id)?.ended).toMatchObject({
      refused: "whoever asked for it has no longer the right",
      run: null
    })
  }).pipe(Effect.provideService(Runner, runner), Effect.runPromise)
})

it("is told to be left where it was cut off when the service was asked to end, and is made again by the next start", async () => {
  const cut = Effect.runSync(Deferred.make<RunEnded>())
  const runner: RunnerService = {
    run: () => Deferred.await(cut),
    approve: () => Effect.succeed(null),
    answerCommands: () => Effect.succeed(null),
    stop: Effect.asVoid(Deferred.succeed(cut, nothingDone(exitCodes.interrupted)))
  }
  const { kept, runs } = asking()
  const isLeft = await Effect.gen(function* () {
    yield* runs.ask(wish)
    const scheduler = yield* makeScheduler({ ...alone, asked: runs })
    const loop = yield* Effect.fork(scheduler.loop)
    while (runs.all().every((one) => one.begunAt === null)) yield* Effect.sleep(5)
    yield* Fiber.interrupt(loop)
    return yield* scheduler.stop
  }).pipe(Effect.provideService(Runner, runner), Effect.runPromise)
  expect(isLeft).toBe(true)
  expect(asking(kept()).runs.ready(Date.now())).toHaveLength(1)
})

it("keeps two hundred of those that have ended", async () => {
  const { runs } = asking()
  for (let count = 0; count < 210; count++) {
    const { id } = await Effect.runPromise(runs.ask({ ...wish, sections: [String(count)] }))
    await Effect.runPromise(runs.end(id, ended, false))
  }
  expect(runs.all()).toHaveLength(200)
  expect(runs.all()[0]?.sections).toEqual(["10"])
})

it("says on the command line who asked and for what, a comma in a name included", () => {
  expect(wordsOf({ ...wish, sessions: ["Fall, 1st half"] })).toEqual([
    "--as=o.hernandez",
    "--only=section=5001,session=Fall\\, 1st half"
  ])
  expect(wordsOf({ ...wish, sections: [], by: "--all" })).toEqual(["--as=--all"])
})
