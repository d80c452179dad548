import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it, vi } from "vitest"
import { keepLines } from "../../src/cli/run-logs.ts"
import { inFolder } from "../tools/definitions.ts"

it("begins anew behind a line of which the disk may have taken a part", () =>
  inFolder((folder) => {
    vi.useFakeTimers()
    const keep = keepLines(folder)
    const say = (message: string): void => keep({ level: "info", message, fields: { pipeline: "roster" } })
    say("first")
    const [name = ""] = readdirSync(folder)
    const file = join(folder, name)
    const [before, aside] = [readFileSync(file, "utf8"), `${file}.aside`]
    // Something else lies there for a while.
    renameSync(file, aside)
    mkdirSync(file)
    say("refused")
    rmdirSync(file)
    renameSync(aside, file)
    say("second")
    say("third")
    const lines = readFileSync(file, "utf8").slice(before.length).split("\n")
    expect(lines.map((line) => (line === "" ? null : (JSON.parse(line) as { message: string }).message))).toEqual([
      null,
      "second",
      "third",
      null
    ])
    vi.useRealTimers()
    return Promise.resolve()
  }))
