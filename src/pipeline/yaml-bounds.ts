import { Lexer } from "yaml"

/** A place in the text, by offsets, with what is wrong there. */
export interface Problem {
  readonly from: number
  readonly to: number
  readonly message: string
  readonly hint: string
}

/** Characters of a file: some ten thousand entities. */
const largestText = 4_000_000
/** Keys and list elements, flow or block. */
const mostValues = 200_000
const mostAliases = 2_000
/** Values inside values. */
const deepest = 64

/** The lexemes of a text, as `Lexer` of the library has them; none where it is beyond bounds. */
interface Lexed {
  readonly lexemes: ReadonlyArray<string>
  readonly exceeded: Problem | null
}

/**
 * Takes a definition apart, and checks its bounds before it is parsed: the parser's time grows with the square of some sizes,
 * and depth ends the process. Nothing an engineer writes comes near.
 */
export const lex = (text: string): Lexed => {
  const tooMuch = (at: number, message: string): Lexed => ({
    lexemes: [],
    exceeded: {
      from: at,
      to: at + 1,
      message,
      hint: "a definition is written by people: rows belong into a table, and repeated parts into rules"
    }
  })
  if (text.length > largestText)
    return tooMuch(0, `the file holds ${text.length} characters; ${largestText} are the most`)
  const lexemes: Array<string> = []
  let offset = 0
  let values = 0
  let aliases = 0
  let flow = 0
  let onLine = 0
  let isLineStart = true
  let indents: Array<number> = [0]
  for (const token of new Lexer().lex(text)) {
    lexemes.push(token)
    if (token === "\u001f" || token === "\u0002" || token === "\u0018") continue
    if (flow === 0 && isLineStart && token !== "\n" && token !== "\r\n") {
      const indent = /^ *$/.test(token) ? token.length : 0
      indents = [...indents.filter((one) => one < indent), indent]
      isLineStart = false
    }
    switch (token) {
      case "\n":
      case "\r\n":
        isLineStart = true
        onLine = 0
        break
      case "[":
      case "{":
        flow++
        values++
        break
      case "]":
      case "}":
        flow = Math.max(0, flow - 1)
        break
      case "-":
      case "?":
        onLine++
        values++
        break
      case ":":
      case ",":
        values++
        break
      default:
        if (token.startsWith("*")) aliases++
    }
    if (flow + onLine + indents.length - 1 > deepest)
      return tooMuch(offset, `values stand inside values more than ${deepest} deep`)
    if (values > mostValues) return tooMuch(offset, `the file holds more than ${mostValues} keys and list elements`)
    if (aliases > mostAliases) return tooMuch(offset, `the file holds more than ${mostAliases} aliases`)
    offset += token.length
  }
  return { lexemes, exceeded: null }
}
