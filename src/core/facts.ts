import { holes, type SentenceCode, sentences } from "./told.ts"

/** Sentences known again: by the English text what was said, as a code with the values in it. */

/** A part of what was said: its code with what is put in, or `words` of a file, a person or another system as they are. */
export interface Fact {
  readonly code: SentenceCode | typeof asItIs | typeof within
  readonly of: Readonly<Record<string, string | number>>
}

/** Words that rollbook did not compose, in `say`. */
export const asItIs = "words"

/** The name of what the next part is about: a dataset, a field, a joined record or a hold. */
export const within = "within"

/**
 * The parts of an English sentence, in the order in which they stand in it, also of one that an earlier build wrote; none
 * where rollbook composed none of it: then it stands as it is.
 */
export const factsOf = (text: string): ReadonlyArray<Fact> => {
  const before = kept.get(text)
  if (before !== undefined) return before
  const found = text.length > longest ? [] : partsOf(text)
  const facts = found.every(({ code }) => code === asItIs) ? [] : found
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? "")
  kept.set(text, facts)
  return facts
}

const kept = new Map<string, ReadonlyArray<Fact>>()
const mostKept = 2000

/** Characters; what is longer is somebody else's answer. */
const longest = 1000

const partsOf = (text: string): ReadonlyArray<Fact> => {
  const whole = exactly(text)
  if (whole !== null) return [whole]
  for (const { code, form } of known().heads) {
    const found = form.exec(text)
    const { rest, ...given } = found?.groups ?? {}
    if (rest !== undefined) return [{ code, of: valuesOf(code, given) }, ...partsOf(rest)]
  }
  // One may have before it what it is about: `users: no rows, where the last good run read 5`.
  const [, name, about = ""] = /^([\w-]+): (.+)$/s.exec(text) ?? []
  const inner = name === undefined ? [] : partsOf(about)
  if (name !== undefined && inner[0]?.code !== asItIs) return [{ code: within, of: { name } }, ...inner]
  for (let at = text.indexOf("; "); at > 0; at = text.indexOf("; ", at + 1)) {
    const first = exactly(text.slice(0, at))
    if (first !== null) return [first, ...partsOf(text.slice(at + 2))]
  }
  return [{ code: asItIs, of: { say: text } }]
}

const exactly = (text: string): Fact | null => {
  for (const { code, form } of known().wholes) {
    const found = form.exec(text)
    if (found !== null) return { code, of: valuesOf(code, found.groups ?? {}) }
  }
  return null
}

const valuesOf = (
  code: SentenceCode,
  found: Readonly<Record<string, string | undefined>>
): Readonly<Record<string, string | number>> => {
  const pattern: string = sentences[code]
  return Object.fromEntries(
    Object.entries(found).map(([name, value = ""]) => [
      name,
      pattern.includes(`{${name}:n}`)
        ? Number(value)
        : pattern.includes(`{${name}:t}`)
          ? value.replace(" UTC", "Z").replace(" ", "T")
          : value
    ])
  )
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

const values = { n: String.raw`\d+`, t: String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::[\d.]+)?(?:Z| UTC)` }

/** The holes for the name of something in a pipeline, or for several between which it may be. */
const isAName: ReadonlySet<string> = new Set(["entity", "dataset", "action", "reason", "kind"])

/** Ids of holds, perhaps each with its number of steps. */
const areHolds = String.raw`hold-\d+(?: \(\d+\))?(?:, hold-\d+(?: \(\d+\))?)*`

/** Names of fields, which hold no mark at which a sentence ends: what follows is another one. */
const areFields: ReadonlySet<string> = new Set(["field", "fields"])

/** The expression that knows a sentence again. */
const formOf = (pattern: string): string => {
  const seen = new Set<string>()
  let from = 0
  let form = ""
  for (const found of pattern.matchAll(holes)) {
    const [hole, name = "", one, many] = found
    form += literally(pattern.slice(from, found.index))
    from = found.index + hole.length
    const value = hole.endsWith(":n}")
      ? values.n
      : hole.endsWith(":t}")
        ? values.t
        : isAName.has(name)
          ? String.raw`\w+(?: or \w+)*`
          : areFields.has(name)
            ? "[^;:]+?"
            : name === "others"
              ? areHolds
              : ".+?"
    if (one !== undefined && many !== undefined) form += `(?:${literally(one)}|${literally(many)})`
    else form += seen.has(name) ? String.raw`\k<${name}>` : `(?<${name}>${value})`
    seen.add(name)
  }
  return form + literally(pattern.slice(from))
}

interface Form {
  readonly code: SentenceCode
  readonly form: RegExp
}

let forms: { readonly wholes: ReadonlyArray<Form>; readonly heads: ReadonlyArray<Form> } | undefined

/** The expressions that know sentences again. They take milliseconds to make, which most commands need not spend. */
const known = (): NonNullable<typeof forms> => {
  if (forms !== undefined) return forms
  const all = Object.entries(sentences).map(([code, pattern]) => ({ code: code as SentenceCode, pattern }))
  // Those with the most text of their own first: the rest of them may be anything.
  const bySize = all.toSorted(
    (one, other) => other.pattern.replaceAll(holes, "").length - one.pattern.replaceAll(holes, "").length
  )
  const ofKind = (areHeads: boolean, end: string): ReadonlyArray<Form> =>
    bySize
      .filter(({ pattern }) => /[:,]$/.test(pattern) === areHeads)
      .map(({ code, pattern }) => ({ code, form: new RegExp(`^${formOf(pattern)}${end}$`, "s") }))
  forms = { wholes: ofKind(false, ""), heads: ofKind(true, " (?<rest>.+)") }
  return forms
}
