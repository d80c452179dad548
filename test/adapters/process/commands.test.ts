import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { createConnection } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { childRunnerLayer } from "../../../src/adapters/process/child-runner.ts"
import { handOver, handOverApproval } from "../../../src/adapters/process/hand-over.ts"
import { type CommandSaid, Runner, type RunnerService } from "../../../src/core/ports/runner.ts"

/** Commands handed over to a process that carries them out one at a time; a command here is a line of JavaScript. */

let folder = ""
let scope: Scope.CloseableScope
let runner: RunnerService
let socket = ""
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollbook-process-"))
  scope = Effect.runSync(Scope.make())
  const layer = childRunnerLayer({
    command: [process.execPath, "-e"],
    words: (script) => [script],
    environment: () => ({ ...process.env, OF: "service" }),
    onLine: () => undefined
  })
  runner = Context.get(await Effect.runPromise(Layer.buildWithScope(layer, scope)), Runner)
  socket = (await Effect.runPromise(Scope.extend(runner.answerCommands(folder), scope))) ?? ""
})
afterEach(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

const begin = (script: string, environment: Readonly<Record<string, string>> = {}) => {
  const said: Array<CommandSaid> = []
  const asked = { words: [script], directory: folder, environment }
  const fiber = Effect.runFork(handOver(socket, asked, (one) => void said.push(one)))
  const text = (stream: "out" | "err"): string =>
    Buffer.concat(
      said.map((one) => (stream in one ? (one as Record<string, Uint8Array>)[stream]! : Buffer.of()))
    ).toString()
  return {
    ended: Effect.runPromise(Fiber.await(fiber)).then((exit) => (Exit.isSuccess(exit) ? exit.value : "interrupted")),
    interrupt: () => Effect.runPromise(Fiber.interrupt(fiber)),
    out: () => text("out"),
    err: () => text("err"),
    waited: () => said.some((one) => "waits" in one),
    until: async (word: string) => {
      while (!text("out").includes(word)) await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

/** Answers what is in flight before it ends, as every command of rollbook does. */
const patient = `process.on("SIGTERM", () => { console.log("in order"); process.exit(6) }); console.log("begun"); setInterval(() => {}, 1e6)`

it("says what the command says, where it was typed, and ends as it ends", async () => {
  const big = begin(
    `process.stdout.write("ä".repeat(700000)); console.error([process.cwd(), process.env.OF, process.env.NO_COLOR, process.env.ROLLBOOK_WITHIN_SERVICE].join()); process.exitCode = 3`,
    { NO_COLOR: "1" }
  )
  expect(await big.ended).toBe(3)
  expect(big.out() === "ä".repeat(700_000)).toBe(true)
  expect(big.err().trim()).toMatch(/rollbook-process-\w+,service,1,1$/)
  expect(big.waited()).toBe(false)
  expect(statSync(socket).mode & 0o077).toBe(0)
})

it("carries out one at a time, whoever asks for it", async () => {
  const slow = `console.log(Date.now()); setTimeout(() => console.log(Date.now()), 200)`
  const run = Effect.runPromise(runner.run({ pipeline: slow, due: "" }))
  const [first, second] = [begin(slow), begin(slow)]
  expect([(await run).code, await first.ended, await second.ended]).toEqual([0, 0, 0])
  const times = [first, second].map((one) => one.out().trim().split("\n").map(Number))
  expect(times.flat().toSorted((one, other) => one - other)).toEqual(times.toSorted(([a = 0], [b = 0]) => a - b).flat())
  expect([first.waited(), second.waited()]).toEqual([true, true])
})

it("whoever is interrupted ends the command in order, or leaves the queue", async () => {
  const working = begin(patient)
  await working.until("begun")
  const waiting = begin(`console.log("never")`)
  while (!waiting.waited()) await new Promise((resolve) => setTimeout(resolve, 5))
  await waiting.interrupt()
  await working.interrupt()
  expect(working.out()).toBe("begun\nin order\n")
  expect(waiting.out()).toBe("")
  expect(await begin(`console.log(1)`).ended).toBe(0)
})

it("a service that ends lets the command at work end in order, and begins none that waits", async () => {
  const working = begin(patient)
  await working.until("begun")
  const waiting = begin(`console.log("never")`)
  while (!waiting.waited()) await new Promise((resolve) => setTimeout(resolve, 5))
  // One that asks for nothing keeps nobody waiting.
  createConnection(socket).on("error", () => undefined)
  await Effect.runPromise(Scope.close(scope, Exit.void))
  expect([await working.ended, await waiting.ended]).toEqual([6, 7])
  expect(working.out()).toBe("begun\nin order\n")
  expect(waiting.out()).toBe("")
})

it("a command goes on where whoever asked went away without a word, and one that cannot be asked has not begun", async () => {
  const left = createConnection(socket)
  const script = `console.log("begun"); setTimeout(() => require("node:fs").writeFileSync("done", ""), 150)`
  left.write(`${JSON.stringify({ protocol: 1, words: [script], directory: folder, environment: {} })}\n`)
  await new Promise((resolve) => left.once("data", resolve))
  left.destroy()
  expect(await begin(`process.exitCode = require("node:fs").existsSync("done") ? 0 : 1`).ended).toBe(0)
  socket = join(folder, "none.sock")
  expect(await begin(`console.log(1)`).ended).toBeNull()
})

it("a run that somebody typed takes in exports, as one of the schedule does; for another command they wait", async () => {
  const course = { pipeline: "grades", by: "m.oneil", sections: ["5001"], sessions: [] }
  const ended = { run: 5, plan: null, steps: null, switchedOff: false }
  const typed = begin(
    `process.on("message", ({ id, export: { sections: [code] } }) => process.send({ id, ended: { ...${JSON.stringify(ended)}, code } }, () => process.exit(3))); process.send({ takesIn: true }); console.log("begun")`
  )
  await typed.until("begun")
  const asked = { pipeline: "console.log(1)", due: "2026-10-01T07:00:00.000Z", course }
  expect(await Effect.runPromise(runner.run(asked))).toEqual({ ...ended, code: "5001" })
  expect(await typed.ended).toBe(3)
  const other = begin("setTimeout(() => undefined, 200); console.log('begun')")
  await other.until("begun")
  expect(await Effect.runPromise(runner.run(asked))).toMatchObject({ code: 0, run: null })
  expect(await other.ended).toBe(0)
})

it("an approval that somebody typed goes beside the run at work; where none takes it in nobody waits", async () => {
  const asked = { plan: "roster-1", pipeline: "roster", holds: null, schools: [], sections: [], steps: [] }
  const approval = { ...asked, by: "dana", why: "seen", at: "2026-10-01T07:00:00.000Z", evenUnproven: false }
  const give = () => Effect.runPromise(handOverApproval(socket, approval))
  expect(await give()).toBeNull()
  const typed = begin(
    `process.on("message", ({ id, approval: { by } }) => process.send({ id, ended: { refused: { reason: "Unknown", detail: by } } }, () => process.exit(3))); process.send({ takesIn: true }); console.log("begun")`
  )
  await typed.until("begun")
  expect(await give()).toEqual({ refused: { reason: "Unknown", detail: "dana" } })
  expect(await typed.ended).toBe(3)
  const cutOff = begin(
    `process.on("message", () => process.exit(3)); process.send({ takesIn: true }); console.log("begun")`
  )
  await cutOff.until("begun")
  expect(await give()).toBeNull()
})
