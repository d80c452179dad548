import { valueTakenBy } from "./arguments.ts"
import { UsageError } from "./exit.ts"

/** Flags that every command takes, or refuses with the reason; `--log-level` is taken off before a command sees it. */
export const globalFlags = [
  "--as-of",
  "--workspace",
  "--state",
  "--as",
  "--log-level",
  "--log-format",
  "--json"
] as const

/** Why commands do without one of them: of a command, or of all that do. */
const reasons: Readonly<Record<string, { readonly all: string } & Readonly<Record<string, string>>>> = {
  "--as-of": {
    all: "it tells or does what stands in the workspace, whatever the date",
    apply: "a plan stands for the date that it was made for",
    schedule: "each run is of the day on which it begins",
    serve: "each run is of the day on which it begins",
    approve: "a plan stands for the date that it was made for",
    demo: "the nights of the demo are of today",
    init: "a workspace is of no date",
    resume: "a plan stands for the date that it was made for",
    show: "a plan stands for the date that it was made for",
    test: "each test of a pipeline says its own date, as_of",
    undo: "what is taken back is what a run wrote, whatever the date",
    validate: "a definition is valid on every date or on none"
  },
  "--workspace": {
    all: "",
    catalogue: "it tells what rollbook knows, whatever the workspace",
    demo: "it makes a folder of its own, and touches no workspace",
    init: "name the folder itself, as in `rollbook init district`"
  },
  "--state": {
    all: "",
    catalogue: "it tells what rollbook knows, whatever the state",
    demo: "it makes a folder of its own, and touches no workspace",
    init: "a new workspace has no state yet"
  },
  "--as": {
    all: "it is nothing that the history notes somebody for; items, apply, approve and run are",
    schedule: "what runs by its schedule is asked for by nobody",
    serve: "what runs by its schedule is asked for by nobody",
    plan: "a plan writes nothing; whoever carries it out gives the name to apply or run",
    resume: "it goes on in the name of whoever began",
    undo: "it makes a plan and writes nothing; whoever carries it out gives the name to apply"
  },
  "--log-format": {
    all: "",
    demo: "it keeps no log; its output is for people",
    init: "it keeps no log; it only makes files"
  },
  "--json": {
    all: "",
    demo: "its output is for people; every plan that it makes lies beside it as plan.json",
    init: "it makes files, which it names one to a line",
    schedule: "each run that ended is a line of JSON on stdout already",
    serve: "each run that ended is a line of JSON on stdout already"
  }
}

/** The options of a command, by its name; null where there is no such command. */
export type OptionsOf = (command: string) => ReadonlySet<string> | null

/** The complaint about an option that the named command does not have; null if there is none, or no command is named. */
export const refusedFlag = (words: ReadonlyArray<string>, optionsOf: OptionsOf): UsageError | null => {
  const given: Array<string> = []
  let command: string | null = null
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ""
    if (word === "--") break
    if (/^--?[a-z]/i.test(word)) {
      given.push(word.split("=", 1)[0] ?? "")
      if (valueTakenBy(word)) at++
    } else command ??= word
  }
  if (command === null || given.length === 0) return null
  const has = optionsOf(command)
  if (has === null) return null
  const refused = given.find((flag) => !has.has(flag) && flag !== "--log-level" && !builtIn.has(flag))
  if (refused === undefined) return null
  const reason = reasons[refused]
  return reason === undefined
    ? new UsageError({
        detail: `${command} has no option ${refused}`,
        hint: `\`rollbook ${command} --help\` lists those that it has`
      })
    : new UsageError({ detail: `${command} takes no ${refused}`, hint: reason[command] ?? reason.all })
}

const builtIn: ReadonlySet<string> = new Set(["--help", "-h", "--version", "--wizard", "--completions"])

/** How much is said on stderr beside errors: `warning` and `error` leave progress and notes away. */
export const logLevels = ["debug", "info", "warning", "error"] as const
export type LogLevel = (typeof logLevels)[number]

/** Takes `--log-level` off a command line; `info` where it is not given. A level that is none is what was written. */
export const takeLogLevel = (
  words: ReadonlyArray<string>
): { readonly level: string; readonly words: ReadonlyArray<string> } => {
  const end = words.indexOf("--")
  const at = words.findIndex((word, index) => /^--log-level(=|$)/.test(word) && (end < 0 || index < end))
  if (at < 0) return { level: "info", words }
  const [, inline] = /^--log-level=(.*)$/.exec(words[at] ?? "") ?? []
  return inline === undefined
    ? { level: words[at + 1] ?? "", words: [...words.slice(0, at), ...words.slice(at + 2)] }
    : { level: inline, words: [...words.slice(0, at), ...words.slice(at + 1)] }
}
