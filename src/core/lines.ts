/**
 * The lines of a text that comes in pieces. A line ends by a line feed alone, as in newline-delimited JSON, whose texts may
 * hold what else counts as the end of a line: U+2028 in a name, which the readline of newer Nodes takes for one.
 */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let begun: Array<string> = []
  for await (const piece of pieces) {
    const [first = "", ...others] = piece.split("\n")
    begun.push(first)
    for (const other of others) {
      yield begun.join("")
      begun = [other]
    }
  }
  const last = begun.join("")
  if (last !== "") yield last
}
