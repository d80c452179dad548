import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import type * as HelpDoc from "@effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import { misspeltOption, optionsFirst } from "./arguments.ts"
import { apply } from "./commands/apply.ts"
import { approve } from "./commands/approve.ts"
import { audit } from "./commands/audit.ts"
import { diff } from "./commands/diff.ts"
import { cleanup } from "./commands/cleanup.ts"
import { demo } from "./commands/demo.ts"
import { explain } from "./commands/explain.ts"
import { history } from "./commands/history.ts"
import { init } from "./commands/init.ts"
import { items } from "./commands/items.ts"
import { jwks } from "./commands/jwks.ts"
import { plan } from "./commands/plan.ts"
import { probe } from "./commands/probe.ts"
import { quarantine } from "./commands/quarantine.ts"
import { resume } from "./commands/resume.ts"
import { run } from "./commands/run.ts"
import { sandbox } from "./commands/sandbox.ts"
import { show } from "./commands/show.ts"
import { test } from "./commands/test.ts"
import { undo } from "./commands/undo.ts"
import { validate } from "./commands/validate.ts"
import { commandHelp, overview } from "./help.ts"
import { printStyled } from "./output.ts"
import { packageVersion } from "./package-root.ts"

/** Every command, in the order in which one meets them. */
export const commands = [
  demo,
  sandbox,
  init,
  validate,
  test,
  plan,
  show,
  approve,
  apply,
  run,
  resume,
  undo,
  history,
  items,
  diff,
  explain,
  audit,
  cleanup,
  quarantine,
  probe,
  jwks
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
    const words = argv.slice(2)
    const help = helpAskedFor(words)
    if (help !== null) return printStyled(help)
    const misspelt = misspeltOption(words)
    return misspelt === null
      ? Command.run(root, { name: "rollbook", version: packageVersion() })([
          ...argv.slice(0, 2),
          ...optionsFirst(words)
        ])
      : Effect.fail(misspelt)
  }).pipe(Effect.provide(CliConfig.layer({ showBuiltIns: false, finalCheckBuiltIn: false })))

/** The help page, where one was asked for; of no command in particular when none is named. */
const helpAskedFor = (words: ReadonlyArray<string>): string | null => {
  if (words.length > 0 && !words.includes("--help") && !words.includes("-h")) return null
  const named = commands.map((command) => ({
    name: [...Command.getNames<string, never, unknown, unknown>(command as never)][0] ?? "",
    command,
    help: (): HelpDoc.HelpDoc => Command.getHelp(command as never, CliConfig.make({ showBuiltIns: false }))
  }))
  const chosen = named.find(({ name }) => words.includes(name))
  return chosen === undefined
    ? overview(packageVersion(), named)
    : commandHelp(chosen.name, chosen.help(), process.stdout.isTTY)
}
