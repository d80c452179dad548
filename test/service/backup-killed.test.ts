import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import { takeAwayCutOff } from "../../src/service/cut-off.ts"
import { shortLived } from "../tools/short-lived.ts"

/** A backup that is killed while it writes its file, and what the next commands make of what it left. */

const cli = new URL("../../dist/rollbook.js", import.meta.url).pathname
let folder = ""
const home = () => join(folder, "district", ".rollbook")

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollbook-backup-killed-"))
  mkdirSync(join(home(), "logs"), { recursive: true })
  await Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(
        openWarehouse({ stateFile: join(home(), "state.duckdb"), memoryLimit: "200MB", threads: 1 }),
        (warehouse) => warehouse.execute(sql`CREATE TABLE a (n INTEGER)`)
      )
    )
  )
  // Noise takes its time to be packed.
  writeFileSync(join(home(), "logs", "run.log"), randomBytes(64 * 1024 * 1024))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const begin = (...words: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [...shortLived, cli, ...words, "--workspace", join(folder, "district")], {
    env: { PATH: process.env["PATH"], HOME: folder },
    stdio: ["ignore", "ignore", "pipe"]
  })
  let stderr = ""
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<{ readonly code: number | null; readonly stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stderr }))
  )
  return { child, ended }
}
const leftIn = (kind: string) => readdirSync(home()).filter((name) => name.startsWith(`${kind}-`))

it("is told apart from a whole one, and taken away by the next, which leaves one at work alone", async () => {
  const file = join(folder, "monday.tar.gz")
  const beingWritten = `${file}.unfinished`
  const killed = begin("backup", file)
  await expect.poll(() => existsSync(beingWritten), { interval: 5 }).toBe(true)
  killed.child.kill("SIGKILL")
  await killed.ended
  expect(existsSync(file)).toBe(false)
  const [gathered = ""] = leftIn("backup")
  expect(statSync(beingWritten).mode & 0o777).toBe(0o600)

  for (const [given, why] of [
    [beingWritten, /no backup that can be restored: it is still being written, or whoever wrote it was cut off/],
    [join(home(), gathered), /no backup that can be restored: it cannot be unpacked/]
  ] as const) {
    const { code, stderr } = await begin("restore", given).ended
    expect([code, stderr]).toEqual([1, expect.stringMatching(why)])
  }
  expect(leftIn("restore")).toEqual([])

  const atWork = join(home(), "backup-AtWork")
  mkdirSync(atWork)
  writeFileSync(join(atWork, "maker.json"), readFileSync(join(home(), gathered, "maker.json"), "utf8"))
  const maker = JSON.parse(readFileSync(join(atWork, "maker.json"), "utf8")) as object
  writeFileSync(join(atWork, "maker.json"), JSON.stringify({ ...maker, pid: process.pid, file: null }))
  const next = await begin("backup", join(folder, "tuesday.tar.gz")).ended
  expect([next.code, next.stderr]).toEqual([
    0,
    expect.stringMatching(
      /An earlier backup was cut off; what it left is taken away: .*backup-.{6}, .*monday\.tar\.gz\.unfinished\./
    )
  ])
  expect([existsSync(beingWritten), leftIn("backup")]).toEqual([false, ["backup-AtWork"]])
  expect((await begin("restore", join(folder, "tuesday.tar.gz")).ended).code).toBe(0)
  rmSync(atWork, { recursive: true })
})

it("is taken away also where its maker had the id of this process, as in a container that begins anew", async () => {
  const before = join(home(), "backup-Before")
  mkdirSync(before)
  writeFileSync(join(before, "maker.json"), JSON.stringify({ pid: process.pid, host: hostname(), file: null }))
  expect(await Effect.runPromise(takeAwayCutOff(home(), "backup", Date.now()))).toEqual([before])
})
