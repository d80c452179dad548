import { suggestion } from "../core/nearest.ts"
import { UsageError } from "./exit.ts"

/** Options that take no value, of all commands. */
const flags = new Set([
  "--json",
  "--reveal",
  "--detailed-exitcode",
  "--begun-only",
  "--even-unproven",
  "--withdraw",
  "--replay",
  "--all",
  "--full",
  "--offline",
  "--next",
  "--waiting",
  "--dry-run",
  "--admin",
  "--stay",
  "--help",
  "-h",
  "--version",
  "--wizard"
])

/** Options that take the word after them, of all commands. */
const valued = new Set([
  "--workspace",
  "--state",
  "--log-format",
  "--as-of",
  "--only",
  "--as",
  "--keep",
  "--send",
  "--pipeline",
  "--from-run",
  "--out",
  "--action",
  "--school",
  "--section",
  "--step",
  "--entity",
  "--outcome",
  "--rule",
  "--hold",
  "--why",
  "--right",
  "--port",
  "--as",
  "--expires-in",
  "--of",
  "--limit",
  "--format",
  "--data",
  "--campus-port",
  "--brightspace-port",
  "--faults",
  "--write-env",
  "--log-level",
  "--completions"
])

/** Every option that a command of rollbook may have. */
export const knownOptions: ReadonlySet<string> = new Set([...flags, ...valued])

/** Whether a word is an option whose value is the word after it. */
export const valueTakenBy = (word: string): boolean => valued.has(word)

/** The complaint about the options of a command line, before its command is looked at; null if they are right. */
export const misspeltOption = (words: ReadonlyArray<string>): UsageError | null => {
  for (const word of untilTheEnd(words)) {
    const [name = ""] = word.split("=", 1)
    if (!/^--?[a-z]/i.test(name) || knownOptions.has(name)) continue
    const hint = suggestion(name, knownOptions) || "`rollbook COMMAND --help` lists those that a command has"
    return new UsageError({ detail: `there is no option ${name}`, hint })
  }
  return null
}

/**
 * The command line with options in front of arguments, behind the name of the command: the parser wants them there,
 * and people write them where they like. What comes after `--` stays where it is.
 */
export const optionsFirst = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const open = untilTheEnd(words)
  const closed = words.slice(open.length)
  const options: Array<string> = []
  const rest: Array<string> = []
  for (let at = 0; at < open.length; at++) {
    const word = open[at] ?? ""
    if (!word.startsWith("-") || word === "-") {
      rest.push(word)
      continue
    }
    options.push(word)
    const next = open[at + 1]
    if (valued.has(word) && next !== undefined) {
      options.push(next)
      at++
    }
  }
  const [command, ...operands] = rest
  if (command === undefined) return [...options, ...closed]
  return [command, ...options, ...operands, ...closed]
}

const untilTheEnd = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = words.indexOf("--")
  return end < 0 ? words : words.slice(0, end)
}
