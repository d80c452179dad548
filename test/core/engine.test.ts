import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"

/**
 * Who is interrupted in the middle of a statement ends. In a process of its own: closed under a statement, the engine keeps either
 * the thread that closes it, or the end of the process, waiting for ever.
 */

const from = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)

const endedBy = async (script: string): Promise<{ readonly code: number | null; readonly said: string }> => {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    cwd: new URL("../..", import.meta.url).pathname,
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()))
  // What never ends is no test that passed.
  const lost = setTimeout(() => child.kill("SIGKILL"), 60_000)
  const [code] = (await once(child, "close")) as [number | null]
  clearTimeout(lost)
  return { code, said }
}

/** A statement that ends in no test; one that takes as long as the engine's own work around it, again and again. */
const [endless, small] = ["SELECT count(*) FROM range(100000000) AS a, range(100000000) AS b WHERE a <> b", "SELECT 1"]

it("a state that is let go in the middle of a statement lets the process end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-engine-"))
  try {
    const ended = await endedBy(`
      import * as Effect from "effect/Effect"
      import * as Fiber from "effect/Fiber"
      const { openWarehouse } = await import(${from("adapters/duckdb/warehouse.ts")})
      const { about, sql } = await import(${from("core/sql.ts")})
      const state = { stateFile: ${JSON.stringify(join(folder, "state.duckdb"))}, memoryLimit: null, threads: 1 }
      const asking = (statement, begun) => Effect.scoped(Effect.flatMap(openWarehouse(state), ({ execute }) =>
        Effect.zipRight(Effect.sync(begun), Effect.forever(execute({ ...sql\`\`, text: statement })))))
      const breakOff = async (statement, milliseconds) => {
        let begun
        const isBegun = new Promise((resolve) => (begun = resolve))
        const fiber = Effect.runFork(asking(statement, begun))
        await isBegun
        await new Promise((resolve) => setTimeout(resolve, milliseconds))
        await Effect.runPromise(Fiber.interrupt(fiber))
      }
      await breakOff(${JSON.stringify(endless)}, 20)
      for (let at = 0; at < 10; at++) await breakOff(${JSON.stringify(small)}, at)
      console.log("let go")
      process.exit(6)`)
    expect(ended).toEqual({ code: 6, said: "let go\n" })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it("so does an engine in which a definition is proven", async () => {
  const ended = await endedBy(`
    import * as Effect from "effect/Effect"
    import * as Fiber from "effect/Fiber"
    const { withBindEngine } = await import(${from("pipeline/bind-engine.ts")})
    let begun
    const isBegun = new Promise((resolve) => (begun = resolve))
    const fiber = Effect.runFork(withBindEngine(async (engine) => {
      await engine.rows(${JSON.stringify(small)})
      begun()
      await engine.rows(${JSON.stringify(endless)})
    }))
    await isBegun
    await Effect.runPromise(Fiber.interrupt(fiber))
    console.log("let go")
    process.exit(6)`)
  expect(ended).toEqual({ code: 6, said: "let go\n" })
})
