import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import { describe, expect, it } from "vitest"
import { commands } from "../../src/cli/root.ts"
import { commandHelp } from "../../src/cli/help.ts"
import { readmeCommands, wordsOf } from "../tools/readme.ts"

/** Every command that a text of rollbook names is one, with options that it has. */

const root = new URL("../..", import.meta.url).pathname

const helps = new Map(
  commands.map((command) => {
    const [name = ""] = [...Command.getNames<string, never, unknown, unknown>(command as never)]
    const doc = Command.getHelp(command as never, CliConfig.make({ showBuiltIns: false }))
    return [name, commandHelp(name, doc, false)] as const
  })
)

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|ya?ml|md|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))

/** Commands in backticks, in examples, and those that begin a sentence of the output, with their first words. */
const namedIn = (text: string): ReadonlyArray<string> =>
  [
    ...[...text.matchAll(/`rollbook ([^`\n]+)`/g)].map(([, words = ""]) => words.replaceAll("\\", "")),
    ...[...text.matchAll(/"rollbook ([a-z]+ ?[^"\n]*)"/g)].map(([, words = ""]) => words),
    ...[...text.matchAll(/["`(; ]rollbook ((?:show|apply|approve|diff|quarantine|explain) [^"`;\n]*)/g)].map(
      ([, words = ""]) => words
    )
  ].filter((words) => /^[a-z]/.test(words))

const texts = [join(root, "README.md"), ...["src", "pipelines", "schemas"].flatMap(filesBelow)]

describe("a command that is named", () => {
  it("is installed before it is used: nothing is fetched from a registry under the name of rollbook", () => {
    expect(texts.filter((file) => /npx rollbook/.test(readFileSync(file, "utf8")))).toEqual([])
    const [install] = readmeCommands().filter((line) => line.includes("npm install"))
    expect(install).toMatch(/npm install (-g|--global) /)
  })

  it("says what is approved and why, where it approves", () => {
    const approving = filesBelow("src")
      .flatMap((file) => namedIn(readFileSync(file, "utf8")))
      .filter((words) => words.startsWith("approve "))
    expect(approving.length).toBeGreaterThan(3)
    expect(approving.filter((words) => !/ --why| --withdraw/.test(words))).toEqual([])
  })

  it("is a command, with options that it has", () => {
    const found = [
      ...readmeCommands().flatMap((line) => (line.startsWith("rollbook ") ? [line.slice("rollbook ".length)] : [])),
      ...texts.flatMap((file) => namedIn(readFileSync(file, "utf8")))
    ]
    expect(found.length).toBeGreaterThan(60)
    const unknown = found.flatMap((words) => {
      const [name = ""] = wordsOf(words)
      const help = helps.get(name)
      if (help === undefined) return name === "COMMAND" ? [] : [words]
      const options = [...words.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([option]) => option)
      return options.every((option) => option === "--help" || help.includes(option)) ? [] : [words]
    })
    expect(unknown).toEqual([])
  })
})
