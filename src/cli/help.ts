import * as HelpDoc from "@effect/cli/HelpDoc"
import { stripVTControlCharacters } from "node:util"
import { textTable } from "../core/text-table.ts"
import { firstSentenceOf } from "./commands/described.ts"

/** Phrases that the parser adds to every option, and that help nobody. */
const idle =
  /^(A user-defined piece of text\.|This setting is optional\.|A true or false value\.|An integer\.|This option may be repeated.*)$/

/** All commands at a glance. */
export const overview = (
  version: string,
  commands: ReadonlyArray<{ readonly name: string; readonly command: object }>
): string =>
  [
    `rollbook ${version}`,
    "Keeps a school district's learning platform in step with its student information system, as code.",
    "",
    "  $ rollbook COMMAND [OPTIONS] [ARGUMENTS]",
    "",
    ...textTable(
      commands.map(({ name, command }) => [name, firstSentenceOf(command)]),
      "words"
    ),
    "",
    "`rollbook COMMAND --help` tells the rest, with examples. `rollbook demo` shows the whole."
  ].join("\n")

/** The help of one command: usage, what it does, examples, arguments and options. */
export const commandHelp = (name: string, doc: HelpDoc.HelpDoc, isTerminal: boolean): string => {
  const text = HelpDoc.toAnsiText(doc)
  const lines = (isTerminal ? text : stripVTControlCharacters(text))
    .split("\n")
    .filter((line) => !idle.test(stripVTControlCharacters(line).trim()))
    .map((line) => line.trimEnd().replace(new RegExp(`^\\$ ${name}\\b`), `$ rollbook ${name}`))
  return lines.filter((line, index) => line !== "" || lines[index - 1] !== "").join("\n")
}
