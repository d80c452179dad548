import { ofGrades, ofProbes, ofRefusals } from "./sentences/of-pages.ts"
import { ofHolds, ofReads, ofSteps, ofUnknowns } from "./sentences/of-plans.ts"
import { ofFailures, ofQuarantine, ofStanding } from "./sentences/of-records.ts"

/**
 * Sentences that rollbook composes, by code, so that what was said in English can be said in any language. In a sentence
 * `{name}` is a text, `{name:n}` a whole number, `{name:t}` an instant, and `{name?one|many}` a word for that number. One that
 * ends in a colon is the head of another one.
 */
export const sentences = {
  ...ofHolds,
  ...ofReads,
  ...ofSteps,
  ...ofUnknowns,
  ...ofQuarantine,
  ...ofStanding,
  ...ofFailures,
  ...ofGrades,
  ...ofRefusals,
  ...ofProbes
} as const

export type SentenceCode = keyof typeof sentences

type Hole<H> = H extends `${string}?${string}` ? never : H extends `${infer N}:${string}` ? N : H
type HolesIn<S> = S extends `${string}{${infer H}}${infer Rest}` ? Hole<H> | HolesIn<Rest> : never

/** What is put into the holes of a sentence. */
export type Given<C extends SentenceCode> = Readonly<Record<HolesIn<(typeof sentences)[C]>, string | number>>

/** A sentence in English. */
export const tell = <C extends SentenceCode>(code: C, given: Given<C>): string => {
  const values: Readonly<Record<string, string | number>> = given
  return sentences[code].replaceAll(holes, (_, name: string, one?: string, many?: string) =>
    one === undefined || many === undefined ? String(values[name] ?? "") : values[name] === 1 ? one : many
  )
}

/** A part of what was said: its code with what is put in, or `words` of a file, a person or another system as they are. */
export interface Fact {
  readonly code: SentenceCode | typeof asItIs | typeof within
  readonly of: Readonly<Record<string, string | number>>
}

/** Words that rollbook did not compose, in `say`. */
export const asItIs = "words"

/** What the next part is about: a dataset, a field or a joined record, in `name`. */
export const within = "within"

/**
 * What an English sentence says, part by part, also where an earlier build wrote it; nothing where rollbook composed none of
 * it, so that it stands as it is.
 */
export const factsOf = (text: string): ReadonlyArray<Fact> => {
  const known = kept.get(text)
  if (known !== undefined) return known
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
  for (const { code, form } of heads) {
    const found = form.exec(text)
    const { rest, ...given } = found?.groups ?? {}
    if (rest !== undefined) return [{ code, of: valuesOf(code, given) }, ...partsOf(rest)]
  }
  for (let at = text.indexOf("; "); at > 0; at = text.indexOf("; ", at + 1)) {
    const first = withHead(text.slice(0, at))
    if (first !== null) return [...first, ...partsOf(text.slice(at + 2))]
  }
  return withHead(text) ?? [{ code: asItIs, of: { say: text } }]
}

/** A sentence that is known, perhaps with what it is about before it: `users: no rows, where the last good run read 5`. */
const withHead = (text: string): ReadonlyArray<Fact> | null => {
  const whole = exactly(text)
  if (whole !== null) return [whole]
  const [, name, rest = ""] = /^(\w+): (.+)$/s.exec(text) ?? []
  const inner = name === undefined ? null : withHead(rest)
  return inner === null || name === undefined ? null : [{ code: within, of: { name } }, ...inner]
}

const exactly = (text: string): Fact | null => {
  for (const { code, form } of wholes) {
    const found = form.exec(text)
    if (found !== null) return { code, of: valuesOf(code, found.groups ?? {}) }
  }
  return null
}

const holes = /\{(\w+)(?::[nt]|\?([^|}]*)\|([^}]*))?\}/g

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

const forms = { n: String.raw`\d+`, t: String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::[\d.]+)?(?:Z| UTC)` }

/** What is always the name of something in a pipeline. */
const isAName: ReadonlySet<string> = new Set(["entity", "dataset", "action", "reason", "kind"])

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
      ? forms.n
      : hole.endsWith(":t}")
        ? forms.t
        : isAName.has(name)
          ? String.raw`\w+`
          : areFields.has(name)
            ? "[^;:]+?"
            : ".+?"
    if (one !== undefined && many !== undefined) form += `(?:${literally(one)}|${literally(many)})`
    else form += seen.has(name) ? String.raw`\k<${name}>` : `(?<${name}>${value})`
    seen.add(name)
  }
  return form + literally(pattern.slice(from))
}

const isHead = (pattern: string): boolean => /[:,]$/.test(pattern)

const all = Object.entries(sentences).map(([code, pattern]) => ({ code: code as SentenceCode, pattern }))

/** Those with the most text of their own first: the rest of them may be anything. */
const bySize = all.toSorted(
  (one, other) => other.pattern.replaceAll(holes, "").length - one.pattern.replaceAll(holes, "").length
)

const wholes = bySize
  .filter(({ pattern }) => !isHead(pattern))
  .map(({ code, pattern }) => ({ code, form: new RegExp(`^${formOf(pattern)}$`, "s") }))

const heads = bySize
  .filter(({ pattern }) => isHead(pattern))
  .map(({ code, pattern }) => ({ code, form: new RegExp(`^${formOf(pattern)} (?<rest>.+)$`, "s") }))
