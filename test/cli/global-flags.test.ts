import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import * as Command from "@effect/cli/Command"
import { commands, optionsOf } from "../../src/cli/root.ts"
import { globalFlags, refusedFlag, takeLogLevel } from "../../src/cli/global-flags.ts"

const cli = new URL("../../dist/rollbook.js", import.meta.url).pathname

const refusal = (words: ReadonlyArray<string>): string | null => {
  try {
    execFileSync(process.execPath, [cli, ...words], { stdio: "pipe" })
    return null
  } catch (error) {
    return String((error as { readonly stderr: Buffer }).stderr)
  }
}

describe("a flag that is global", () => {
  const pairs = commands.flatMap((one) => {
    const [command = ""] = [...Command.getNames<string, never, unknown, unknown>(one as never)]
    const options = optionsOf(command)
    return globalFlags.map((flag) => ({ command, flag, isTaken: options?.has(flag) === true }))
  })

  it.each(pairs)("$command $flag is taken, or refused with the reason", ({ command, flag, isTaken }) => {
    const refused = refusedFlag([command, flag, "x"], optionsOf)
    if (isTaken || flag === "--log-level") expect(refused).toBeNull()
    else {
      expect(refused?.message).toMatch(new RegExp(`^${command} takes no ${flag}: .{20,}`))
      expect(refused?.message).not.toContain("--help")
    }
  })

  it("is looked for in front of the command and behind it, and not among what belongs to another option", () => {
    expect(refusedFlag(["--as", "m.oneil", "history"], optionsOf)?.message).toContain("history takes no --as: ")
    expect(refusedFlag(["history", "--as-of=2026-10-01"], optionsOf)?.message).toContain("history takes no --as-of: ")
    expect(refusedFlag(["approve", "ID", "--why", "--as-of"], optionsOf)).toBeNull()
    expect(refusedFlag(["run", "roster", "--", "--reveal"], optionsOf)).toBeNull()
  })

  it("of another command is refused as such, not as an argument that nobody knows", () => {
    expect(refusedFlag(["history", "--reveal"], optionsOf)?.message).toBe(
      "history has no option --reveal: `rollbook history --help` lists those that it has"
    )
  })

  it("is refused by the command line itself, before anything is done", () => {
    expect(refusal(["history", "--as-of", "2026-01-01"])).toMatch(/^history takes no --as-of: /)
    expect(refusal(["demo", "--json"])).toMatch(/^demo takes no --json: /)
    expect(refusal(["history", "--log-level", "loud"])).toContain("debug, info, warning, error")
  })

  it("--log-level is taken off the line", () => {
    expect(takeLogLevel(["run", "roster", "--log-level", "error", "--json"])).toEqual({
      level: "error",
      words: ["run", "roster", "--json"]
    })
    expect(takeLogLevel(["run", "--log-level=warning", "roster"])).toEqual({
      level: "warning",
      words: ["run", "roster"]
    })
    expect(takeLogLevel(["run", "roster"])).toEqual({ level: "info", words: ["run", "roster"] })
  })
})
