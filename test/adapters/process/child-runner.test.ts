import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { childRunnerLayer } from "../../../src/adapters/process/child-runner.ts"
import { type RunLine, Runner } from "../../../src/core/ports/runner.ts"

const run = async (program: string, script: string) => {
  const lines: Array<RunLine> = []
  const runner = childRunnerLayer({
    command: [program, "-e"],
    words: () => [script],
    environment: () => process.env,
    onLine: (line) => lines.push(line)
  })
  const ended = await Effect.runPromise(
    Effect.provide(
      Effect.flatMap(Runner, (one) => one.run({ pipeline: "roster", due: "2026-10-01T07:00:00.000Z" })),
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
