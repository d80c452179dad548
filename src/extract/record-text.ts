/** The texts of single records inside a page file, without a parser that would stop at a bad one. */

const quote = 0x22
const backslash = 0x5c

/** The records of a page file, each as the text it was sent as: objects as a rule. Null where a bracket is left open. */
export const recordsIn = (bytes: Buffer): Array<string> | null => {
  const records: Array<string> = []
  let depth = 0
  let start = -1
  const close = (end: number): void => {
    if (start >= 0) records.push(bytes.toString("utf8", start, end))
    start = -1
  }
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte > 0x20 && byte !== 0x2c && start < 0) start = at
    if (byte === quote) {
      for (at++; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++
    } else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) {
      depth--
      if (depth === 0) close(at + 1)
    } else if (depth === 0 && (byte <= 0x20 || byte === 0x2c)) close(at)
  }
  close(bytes.length)
  return depth === 0 ? records : null
}

/** Why the engine refuses a record, in words without a value, and those of its named values that can be read. */
export const whatIsWrong = (
  text: string,
  isWellFormed: boolean,
  names: ReadonlyArray<string>
): { readonly reason: string; readonly values: Readonly<Record<string, string | number>> } => {
  const members = membersOf(text)
  const values = names.flatMap((name) => {
    const own = members.filter((member) => member.name === name)
    const value = parse(own[0]?.value ?? "")
    // With two values nobody can tell which is meant.
    const isSound = typeof value === "number" || (typeof value === "string" && isWhole(value))
    return own.length === 1 && isSound ? [[name, value] as const] : []
  })
  return { reason: reasonOf(text, isWellFormed), values: Object.fromEntries(values) }
}

const string = String.raw`"(?:[^"\\]|\\[\s\S])*"`

const reasonOf = (text: string, isWellFormed: boolean): string => {
  if (isWellFormed) return "a name stands twice in the record, so that nobody can tell which value is meant"
  const strings = text.match(new RegExp(string, "g")) ?? []
  if (strings.some((one) => /\p{Cc}/u.test(one)))
    return "a text of the record holds a line end or other control character as it is"
  const isHalved = (one: string): boolean => {
    const value = parse(one)
    return typeof value === "string" && !isWhole(value)
  }
  return strings.some(isHalved)
    ? "a text of the record holds half of a surrogate pair"
    : "the record is not well-formed JSON"
}

/** Whether a text holds no half of a surrogate pair. */
const isWhole = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** The members of a record by name and by the text of their value, as far as they can be made out. */
const membersOf = (text: string): ReadonlyArray<{ readonly name: string; readonly value: string }> => {
  const tokens = new RegExp(`${string}|[{}\\[\\],:]`, "g")
  const members: Array<{ name: string; value: string }> = []
  let depth = 0
  let name: string | null = null
  let last = ""
  let from = -1
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const isEnd = depth === 1 && (token === "," || token === "}")
    if (isEnd && name !== null) members.push({ name, value: text.slice(from, index).trim() })
    if (isEnd) name = null
    if (token === "{" || token === "[") depth++
    else if (token === "}" || token === "]") depth--
    else if (token === ":" && depth === 1 && name === null) {
      const parsed = parse(last)
      name = typeof parsed === "string" ? parsed : null
      from = index + 1
    }
    last = token
  }
  return members
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
