import { joined, Sql, sql } from "./sql.ts"
import { ofGrades, ofProbes, ofRefusals, ofTrail } from "./sentences/of-pages.ts"
import { ofHolds, ofListings, ofReads, ofSteps, ofUnknowns } from "./sentences/of-plans.ts"
import { ofFailures, ofQuarantine, ofStanding } from "./sentences/of-records.ts"

/**
 * Sentences that rollbook composes, by code, so that what was said in English can be said in any language. In a sentence
 * `{name}` is a text, `{name:n}` a whole number, `{name:t}` an instant, and `{name?one|many}` a word for that number. One that
 * ends in a colon is the head of another one.
 */
export const sentences = {
  ...ofHolds,
  ...ofReads,
  ...ofListings,
  ...ofSteps,
  ...ofUnknowns,
  ...ofQuarantine,
  ...ofStanding,
  ...ofFailures,
  ...ofGrades,
  ...ofRefusals,
  ...ofTrail,
  ...ofProbes
} as const

export type SentenceCode = keyof typeof sentences

type Hole<H> = H extends `${string}?${string}` ? never : H extends `${infer N}:${string}` ? N : H
type HolesIn<S> = S extends `${string}{${infer H}}${infer Rest}` ? Hole<H> | HolesIn<Rest> : never

/** The values for the holes of a sentence, by name. */
export type Given<C extends SentenceCode, V = string | number> = Readonly<Record<HolesIn<(typeof sentences)[C]>, V>>

/** Holes of a sentence: their name, and the word for one and for many where it chooses between two. */
export const holes = /\{(\w+)(?::[nt]|\?([^|}]*)\|([^}]*))?\}/g

/** A sentence in English. */
export const tell = <C extends SentenceCode>(code: C, given: Given<C>): string => {
  const values: Readonly<Record<string, string | number>> = given
  return sentences[code].replaceAll(holes, (_, name: string, one?: string, many?: string) =>
    one === undefined || many === undefined ? String(values[name] ?? "") : values[name] === 1 ? one : many
  )
}

/**
 * A sentence in English as an expression of SQL, for rows: what is put in is an expression or a value, and NULL where one
 * of them is. Of one that ends in a colon, `rest` is what follows it.
 */
export const toldInSql = <C extends SentenceCode>(
  code: C,
  given: Given<C, Sql | string | number>,
  rest: Sql | null = null
): Sql => {
  const values: Readonly<Record<string, Sql | string | number>> = given
  const pattern: string = sentences[code]
  const pieces: Array<Sql> = []
  let text = ""
  const add = (value: Sql): void => {
    if (text !== "") pieces.push(sql`${text}`)
    pieces.push(value)
    text = ""
  }
  let from = 0
  for (const { 0: hole, 1: name = "", 2: one, 3: many, index } of pattern.matchAll(holes)) {
    text += pattern.slice(from, index)
    from = index + hole.length
    const value = values[name] ?? ""
    if (one !== undefined && many !== undefined) {
      if (value instanceof Sql) add(sql`CASE WHEN (${value}) = 1 THEN ${one} ELSE ${many} END`)
      else text += value === 1 ? one : many
    } else if (value instanceof Sql) add(operand(value))
    else text += String(value)
  }
  text += pattern.slice(from)
  if (rest !== null) {
    text += " "
    add(operand(rest))
  } else if (text !== "" || pieces.length === 0) pieces.push(sql`${text}`)
  return joined(pieces, " || ")
}

/** An expression beside `||`: in brackets, unless it is a name or a call. */
const operand = (value: Sql): Sql => (/^[\w."]+(?:\([^()]*\))?$/.test(value.text) ? value : sql`(${value})`)
