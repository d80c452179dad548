import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"

const firstSentences = new WeakMap<object, string>()

/** The first sentence of what was said of a command. */
export const firstSentenceOf = (command: object): string => firstSentences.get(command) ?? ""

/** A command's help: what it does, and examples that can be typed as they stand. */
export const described =
  (what: string, examples: ReadonlyArray<string>) =>
  <Name extends string, R, E, A>(command: Command.Command<Name, R, E, A>): Command.Command<Name, R, E, A> => {
    const made = Command.withDescription(
      command,
      HelpDoc.blocks([HelpDoc.p(what), ...examples.map((example) => HelpDoc.p(`  $ ${example}`))])
    )
    firstSentences.set(made, /^.*?[.](?=\s|$)/.exec(what)?.[0] ?? what)
    return made
  }
