import { readFileSync } from "node:fs"

/** What README tells a reader to type, and every command that rollbook's texts name. */

const root = new URL("../..", import.meta.url).pathname

/** Lines of README's shell blocks, in order, comments taken off; a line that goes on inside quotes is one. */
export const readmeCommands = (): ReadonlyArray<string> => {
  const blocks = readFileSync(`${root}/README.md`, "utf8").matchAll(/^```sh\n([\s\S]*?)^```$/gm)
  return [...blocks].flatMap(([, block = ""]) => {
    const commands: Array<string> = []
    let open = ""
    for (const line of block.split("\n")) {
      open = open === "" ? line : `${open}\n${line}`
      if ((open.match(/'/g) ?? []).length % 2 === 1) continue
      const command = open.replace(/\s+# .*$/, "").trim()
      if (command !== "") commands.push(command)
      open = ""
    }
    return commands
  })
}

/** The words of a command: blanks part them, quotes keep them together. */
export const wordsOf = (command: string): ReadonlyArray<string> =>
  [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? "")
