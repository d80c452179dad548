import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { shortLived } from "../tools/short-lived.ts"

/** Under `--log-format json` whatever goes to stderr is JSON, to the last line: what reads it must never meet anything else. */

const cli = new URL("../../dist/rollbook.js", import.meta.url).pathname
let folder = ""

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rollbook-log-"))
  writeFileSync(join(folder, "damaged.duckdb"), "no state at all ".repeat(1000))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each<[string, ReadonlyArray<string>, number]>([
  ["an option that there is not", ["history", "--nope", "--log-format", "json"], 1],
  ["an argument that is missing", ["plan", "--log-format=json"], 1],
  ["a value that is none", ["history", "--limit", "many", "--log-format", "json"], 1],
  ["a command that there is not", ["--log-format", "json", "hisstory"], 1],
  ["a pipeline that there is not", ["run", "roster", "--log-format", "json"], 1],
  ["a state that is damaged", ["history", "--state", "damaged.duckdb", "--log-format", "json"], 1],
  ["a note", ["resume", "--log-format", "json"], 0]
])("says %s in JSON with time, level and run", (_, words, code) => {
  const ended = spawnSync(process.execPath, [...shortLived, cli, ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { HOME: folder }
  })
  expect(ended.status, ended.stderr).toBe(code)
  const lines = ended.stderr.split("\n").filter((line) => line !== "")
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) {
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/) as string,
      level: code === 0 ? "info" : "error",
      run: null,
      message: expect.stringMatching(/^\P{Cc}{3,}/u) as string
    })
  }
})

/** Does something as soon as the program is at work, as a library beneath it might. */
const meanwhile = (what: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(`const wait = setInterval(() => { if (process.listenerCount("SIGTERM") === 0) return; clearInterval(wait); ${what} }, 1)`)}`

it.each<[string, string, string, RegExp]>([
  [
    "a warning of Node's",
    'process.emitWarning("it goes slowly", "OddWarning")',
    "warn",
    /^OddWarning: it goes slowly$/
  ],
  [
    "an exception that nobody caught",
    'throw new RangeError("Kim " + "Va" + "le")',
    "error",
    /does not know \(RangeError at /
  ],
  [
    "a promise that nobody waited for",
    'Promise.reject(new RangeError("Kim " + "Va" + "le"))',
    "error",
    /does not know \(RangeError at /
  ]
])("says %s in JSON, by its kind", (_, what, level, message) => {
  const ended = spawnSync(process.execPath, [...shortLived, meanwhile(what), cli, "history", "--log-format", "json"], {
    cwd: folder,
    encoding: "utf8",
    env: { HOME: folder }
  })
  expect(ended.status, ended.stderr).toBe(level === "error" ? 1 : 0)
  const lines = ended.stderr.split("\n").filter((line) => line !== "")
  const said = lines.map((line) => JSON.parse(line) as { readonly level: string; readonly message: string })
  expect(said.filter((line) => line.level === level).map((line) => line.message)).toEqual([
    expect.stringMatching(message) as string
  ])
  expect(ended.stderr).not.toContain("Vale")
})
