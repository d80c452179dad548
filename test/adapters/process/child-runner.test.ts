import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import { childRunnerLayer } from "../../../src/adapters/process/child-runner.ts"
import { type RunLine, Runner } from "../../../src/core/ports/runner.ts"
import { asked } from "./approval-asked.ts"

const run = async (program: string, script: string, mayBegin = Effect.succeed(true)) => {
  const lines: Array<RunLine> = []
  const runner = childRunnerLayer({
    command: [program, "-e"],
    words: () => [script],
    environment: () => process.env,
    onLine: (line) => lines.push(line)
  })
  const ended = await Effect.runPromise(
    Effect.provide(
      Effect.flatMap(Runner, (one) => one.run({ pipeline: "roster", due: "2026-10-01T07:00:00.000Z", mayBegin })),
      runner
    )
  )
  return { ended, lines }
}

it("hands on each line whole, whatever a name in it holds, the last one too", async () => {
  const said = { level: "warn", message: "a\u2028course", run: 7 }
  const { ended, lines } = await run(
    process.execPath,
    `process.stderr.write(${JSON.stringify(JSON.stringify(said))} + "\\n" + JSON.stringify({ message: "the end" }))`
  )
  expect(lines).toEqual([
    { level: "warn", message: "a\u2028course", fields: { pipeline: "roster", run: 7 } },
    { level: "info", message: "the end", fields: { pipeline: "roster", run: 7 } }
  ])
  expect(ended).toMatchObject({ code: 0, run: 7 })
})

it("starts a run within the span that asked for it", async () => {
  const { lines } = await run(process.execPath, "process.stderr.write(process.env.TRACEPARENT)")
  expect(lines[0]?.message).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
})

it("says why a run could not be started, and ends", async () => {
  const { ended, lines } = await run("/no/such/program", "")
  expect(ended.code).toBe(1)
  expect(lines).toMatchObject([{ level: "error", fields: { pipeline: "roster" } }])
})

it("lets the run at work carry an approval out; one that takes nothing in, or ends before it says so, has done nothing known", async () => {
  const approveBeside = (script: string) =>
    Effect.gen(function* () {
      const runner = yield* Runner
      const running = yield* Effect.fork(runner.run({ pipeline: "roster", due: "2026-10-01T07:00:00.000Z" }))
      yield* Effect.sleep("1 millis")
      const ended = yield* runner.approve(asked)
      yield* Fiber.join(running)
      return ended
    }).pipe(
      Effect.provide(
        childRunnerLayer({
          command: [process.execPath, "-e"],
          words: () => [script],
          environment: () => process.env,
          onLine: () => undefined
        })
      ),
      Effect.runPromise
    )
  const hearing = (then: string) =>
    `process.on("message", ({ id, approval }) => { ${then} }); process.send({ takesIn: true })`
  const refusing =
    "process.send({ id, ended: { refused: { reason: approval.by, detail: approval.plan } } }, () => process.exit())"
  expect(await approveBeside(hearing(refusing))).toEqual({
    refused: { reason: "dana", detail: "roster-2026-10-01-7" }
  })
  expect(await approveBeside(hearing("process.exit(1)"))).toBeNull()
  expect(await approveBeside("process.send({ takesIn: false })")).toBeNull()
})

it("lets an export that waits be taken in by whatever begins to work before its turn comes", async () => {
  const lines: Array<string> = []
  // The first run takes nothing in; the second, which was due before, takes in whatever it is asked for.
  const script = (pipeline: string): string =>
    pipeline === "first"
      ? "process.send({ takesIn: false }); setTimeout(() => process.exit(), 300)"
      : `process.on("message", ({ id }) => process.send({ id, ended: { code: 0, run: 9, plan: null, steps: null, switchedOff: false } }, () => process.exit()))
process.send({ takesIn: true })`
  const runner = childRunnerLayer({
    command: [process.execPath, "-e"],
    words: (pipeline) => [script(pipeline)],
    environment: () => process.env,
    onLine: ({ message }) => lines.push(message)
  })
  const due = "2026-10-01T07:00:00.000Z"
  const course = { by: "dana", pipeline: "grades", sections: ["5001"], sessions: [] }
  const ended = await Effect.gen(function* () {
    const one = yield* Runner
    const first = yield* Effect.fork(one.run({ pipeline: "first", due }))
    yield* Effect.sleep("1 millis")
    const night = yield* Effect.fork(one.run({ pipeline: "grades", due }))
    yield* Effect.sleep("1 millis")
    const exported = yield* one.run({ pipeline: "grades", due, course })
    yield* Fiber.joinAll([first, night])
    return exported
  }).pipe(Effect.provide(runner), Effect.runPromise)
  expect(ended).toMatchObject({ code: 0, run: 9 })
  expect(lines.filter((line) => line.startsWith("waits"))).toHaveLength(2)
})

it("does not begin what may no longer begin when its turn comes", async () => {
  const begun = run(process.execPath, "process.exit(0)", Effect.succeed(false))
  expect((await begun).ended).toEqual({ code: 7, run: null, plan: null, steps: null, switchedOff: false })
})
