/** Options that take no value, of all commands; the others take the word after them. */
const flags = new Set([
  "--json",
  "--reveal",
  "--detailed-exitcode",
  "--force",
  "--begun-only",
  "--help",
  "-h",
  "--version",
  "--wizard"
])

/**
 * The command line with options in front of arguments, behind the name of the command: the parser wants them there,
 * and people write them where they like. What comes after `--` stays where it is.
 */
export const optionsFirst = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = words.indexOf("--")
  const open = end < 0 ? words : words.slice(0, end)
  const closed = end < 0 ? [] : words.slice(end)
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
    if (!word.includes("=") && !flags.has(word) && next !== undefined) {
      options.push(next)
      at++
    }
  }
  const [command, ...operands] = rest
  return command === undefined ? [...options, ...closed] : [command, ...options, ...operands, ...closed]
}
