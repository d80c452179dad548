import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import type * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { misspeltOption, optionsFirst } from "./arguments.ts"
import { apply } from "./commands/apply.ts"
import { approve } from "./commands/approve.ts"
import { backup } from "./commands/backup.ts"
import { audit } from "./commands/audit.ts"
import { catalogue } from "./commands/catalogue.ts"
import { diff } from "./commands/diff.ts"
import { cleanup } from "./commands/cleanup.ts"
import { demo } from "./commands/demo.ts"
import { drift } from "./commands/drift.ts"
import { explain } from "./commands/explain.ts"
import { history } from "./commands/history.ts"
import { init } from "./commands/init.ts"
import { items } from "./commands/items.ts"
import { jwks } from "./commands/jwks.ts"
import { plan } from "./commands/plan.ts"
import { probe } from "./commands/probe.ts"
import { prune } from "./commands/prune.ts"
import { quarantine } from "./commands/quarantine.ts"
import { restore } from "./commands/restore.ts"
import { resume } from "./commands/resume.ts"
import { run } from "./commands/run.ts"
import { sandbox } from "./commands/sandbox.ts"
import { schedule } from "./commands/schedule.ts"
import { serve } from "./commands/serve.ts"
import { session } from "./commands/session.ts"
import { show } from "./commands/show.ts"
import { test } from "./commands/test.ts"
import { token } from "./commands/token.ts"
import { undo } from "./commands/undo.ts"
import { validate } from "./commands/validate.ts"
import { UsageError } from "./exit.ts"
import { logLevels, type OptionsOf, refusedFlag, takeLogLevel } from "./global-flags.ts"
import { commandHelp, overview } from "./help.ts"
import { chooseLogFormat, parserInFormat } from "./log.ts"
import { calledWith, printStyled } from "./output.ts"
import { packageVersion } from "./package-root.ts"

/** Every command, in the order in which one meets them. */
export const commands = [
  demo,
  sandbox,
  init,
  catalogue,
  validate,
  test,
  plan,
  show,
  approve,
  apply,
  run,
  schedule,
  serve,
  resume,
  undo,
  history,
  items,
  diff,
  explain,
  audit,
  drift,
  cleanup,
  quarantine,
  probe,
  jwks,
  token,
  session,
  backup,
  restore,
  prune
] as const

const root = Command.make("rollbook").pipe(
  Command.withDescription(
    "Keeps a school district's learning platform in step with its student information system, as code."
  ),
  Command.withSubcommands(commands)
)

/** Runs a command line, `process.argv` as it stands. */
export const runCommandLine = (argv: ReadonlyArray<string>) =>
  Effect.suspend(() => {
    const given = argv.slice(2)
    chooseLogFormat(given)
    const help = helpAskedFor(given)
    if (help !== null) return printStyled(help)
    const { level, words } = takeLogLevel(given)
    const wrong = misspeltOption(given) ?? unknownLevel(level) ?? refusedFlag(words, optionsOf)
    if (wrong !== null) return Effect.fail(wrong)
    calledWith({
      words: given,
      isTalkative: level === "debug" || level === "info",
      place: placeIn(words),
      commands: commands.map((command) => named(command).name).filter((name) => !placeless.has(name))
    })
    const ordered = optionsFirst(words)
    const parsed = Command.run(root, { name: "rollbook", version: packageVersion() })([...argv.slice(0, 2), ...ordered])
    return parserInFormat(
      // The parser says what is wrong, and not where it stands how it should be.
      Effect.tapError(parsed, (error) =>
        ValidationError.isValidationError(error) ? Console.error(helpOf(ordered)) : Effect.void
      )
    )
  }).pipe(Effect.provide(CliConfig.layer({ showBuiltIns: false, finalCheckBuiltIn: false })))

const helpOf = ([name = ""]: ReadonlyArray<string>): string =>
  commands.some((command) => named(command).name === name)
    ? `\`rollbook ${name} --help\` says how it is written, with examples.`
    : "`rollbook --help` says what each of them does."

/** The options of a command, by its name, as its help lists them; null where there is no such command. */
export const optionsOf: OptionsOf = (name) => {
  const command = commands.map(named).find((one) => one.name === name)
  if (command === undefined) return null
  const found = commandHelp(name, command.help(), false).matchAll(/(?<![\w-])--[a-z][a-z-]*/g)
  return new Set([...found].map(([option]) => option))
}

const named = (command: object) => ({
  name: [...Command.getNames<string, never, unknown, unknown>(command as never)][0] ?? "",
  command,
  help: (): HelpDoc.HelpDoc => Command.getHelp(command as never, CliConfig.make({ showBuiltIns: false }))
})

/** Commands that do the same whatever the workspace. */
const placeless = new Set(["catalogue", "demo", "init", "sandbox"])

const unknownLevel = (level: string): UsageError | null =>
  logLevels.some((one) => one === level)
    ? null
    : new UsageError({ detail: `--log-level ${level} is no level`, hint: `it is one of ${logLevels.join(", ")}` })

/** The options that name another workspace or state than that of the folder one is in, as they were typed. */
const placeIn = (words: ReadonlyArray<string>): string =>
  ["--workspace", "--state"]
    .flatMap((option) => {
      const at = words.findIndex((word) => word === option || word.startsWith(`${option}=`))
      if (at < 0) return []
      const value = words[at] === option ? (words[at + 1] ?? "") : (words[at] ?? "").slice(option.length + 1)
      return [`${option} ${/^[\w./:@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`]
    })
    .join(" ")

/** The help page, where one was asked for; of no command in particular when none is named. */
const helpAskedFor = (words: ReadonlyArray<string>): string | null => {
  if (words.length > 0 && !words.includes("--help") && !words.includes("-h")) return null
  const all = commands.map(named)
  const chosen = all.find(({ name }) => words.includes(name))
  return chosen === undefined
    ? overview(packageVersion(), all)
    : commandHelp(chosen.name, chosen.help(), process.stdout.isTTY)
}
