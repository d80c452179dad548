import type { FactView, Told } from "../service/http/contract/told.ts"
import { en, type WordKey, type Words } from "./words/en.ts"

/** The words of the pages in the language of whoever reads them: as the launch says, else as the browser does. */

/** A sentence for each code that the server sends. */
export type ToldWords = Readonly<Record<Exclude<FactView["code"], "words" | "within">, string>>

interface Language {
  readonly words: Words
  /** Sentences that the server composes; null = they are in English already. */
  readonly told: ToldWords | null
  /** Sentences of the pipelines that come with rollbook, by what their files say. */
  readonly shipped: Readonly<Record<string, string>>
}

const english: Language = { words: en, told: null, shipped: {} }

const languages: Readonly<Record<string, () => Promise<Language>>> = {
  fr: async () => {
    const [{ fr }, { shippedFr, toldFr }] = await Promise.all([import("./words/fr.ts"), import("./words/told/fr.ts")])
    return { words: fr, told: toldFr, shipped: shippedFr }
  },
  es: async () => {
    const [{ es }, { shippedEs, toldEs }] = await Promise.all([import("./words/es.ts"), import("./words/told/es.ts")])
    return { words: es, told: toldEs, shipped: shippedEs }
  }
}

let chosen: Language = english
let language = "en"

/** Loads the words of a language (BCP 47); English where there is none of it. Gives the language that was chosen. */
export const chooseLanguage = async (wanted: string): Promise<string> => {
  const [short = ""] = wanted.toLowerCase().split(/[-_]/)
  const load = languages[short]
  chosen = load === undefined ? english : await load()
  language = load === undefined && short !== "en" ? "en" : wanted.replace("_", "-")
  return load === undefined ? "en" : short
}

type Given = Readonly<Record<string, string | number>>

/** A sentence with what is put into it: `{name}`, and `{name?one|many}`, a word for the number of that name. */
export const say = (key: WordKey, given: Given = {}): string => fill(chosen.words[key], given)

const fill = (pattern: string, given: Given): string =>
  pattern
    // Values first: a word for a number may hold some.
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = given[name] ?? ""
      return typeof value === "number" ? number(value) : value
    })
    .replaceAll(/\{(\w+)\?([^|}]*)\|([^}]*)\}/g, (_, name: string, one: string, many: string) =>
      new Intl.PluralRules(language).select(Number(given[name] ?? 0)) === "one" ? one : many
    )

/** A word for what the server says in one of its own; that word itself where the catalogue has none. */
export const sayOf = (group: string, word: string): string => {
  const key = `${group}.${word}`
  return key in chosen.words ? chosen.words[key as WordKey] : word.replaceAll("_", " ")
}

/** A record as a page names it, with its key: a label may name the course alone, of everybody in it. */
export const recordSays = (record: {
  readonly entity: string
  readonly key: string
  readonly label: string | null
}): string =>
  `${sayOf("entity", record.entity)} ${record.label === null ? record.key : `${record.label} (${record.key})`}`

/** A piece of what is told. `isOthers`: in the words of a file, a person or another system, whose language nobody knows. */
export interface Piece {
  readonly text: string
  readonly isOthers: boolean
}

/**
 * A sentence of the server in the language of the page, piece by piece. Words of a file, a person or another system are told as
 * they are, but for those of the pipelines that come with rollbook. Instants are told in the zone.
 */
export const piecesOf = ({ facts, say: english }: Told, zone = "UTC"): ReadonlyArray<Piece> => {
  const { told } = chosen
  if (facts.length === 0) return [others(english)]
  if (told === null) return [{ text: inEnglish(english, facts), isOthers: false }]
  const pieces = facts.map(({ code, of }): Piece => {
    if (code === "words") return others(String(of["say"] ?? ""))
    const text =
      code === "within"
        ? `${String(of["name"] ?? "")}${say("word.colon")}`
        : fill(told[code], inWords(of, zone, code.startsWith("record.") ? "entity" : "entities"))
    return { text, isOthers: false }
  })
  return pieces.flatMap((piece, index) => {
    const before = pieces[index - 1]?.text ?? ""
    if (before === "") return [piece]
    return [{ text: /[:,]$/.test(before) ? " " : `${say("word.semicolon")} `, isOthers: false }, piece]
  })
}

/** The same as one text. */
export const tell = (told: Told, zone?: string): string =>
  piecesOf(told, zone)
    .map(({ text }) => text)
    .join("")

const others = (text: string): Piece => {
  const shipped = asShipped(text)
  return { text: shipped, isOthers: shipped === text }
}

/** The sentence as the server said it, but for kinds of records, which it calls as the pipeline does. */
const inEnglish = (english: string, facts: Told["facts"]): string => {
  const kinds = new Map(
    facts.flatMap(({ code, of: { entity } }) =>
      typeof entity === "string" ? [[entity, sayOf(ofOne.test(code) ? "entity" : "entities", entity)]] : []
    )
  )
  return english.replaceAll(/\w+/g, (word) => kinds.get(word) ?? word)
}

/** In English these name a kind of records in the singular. */
const ofOne = /^record\.|^hold\.(?:edited|edited-perhaps|empty|unknown)$/

/** Sentences of a shipped file may name a record before or behind them. */
export const asShipped = (text: string): string => {
  const { shipped } = chosen
  const whole = shipped[text.trim()]
  if (whole !== undefined) return whole
  const [, first = "", rest = ""] = /^(.+?): (.+)$/s.exec(text) ?? []
  const [before, behind] = [shipped[first], shipped[rest]]
  return before !== undefined ? headed(before, rest) : behind !== undefined ? headed(first, behind) : text
}

/** The values of a sentence in words; the kind of a single record is told in the singular. */
const inWords = (given: Given, zone: string, kind: "entity" | "entities"): Given =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === "number"
        ? value
        : name === "entity"
          ? sayOf(kind, value)
          : name === "action" || name === "kind"
            ? sayOf(name, value)
            : name === "at"
              ? moment(value, zone)
              : name === "why"
                ? asShipped(value)
                : value
    ])
  )

export const number = (value: number): string => new Intl.NumberFormat(language).format(value)

/** An instant in the district's zone, with the zone's name. */
export const moment = (instant: string, zone: string): string =>
  new Intl.DateTimeFormat(language, {
    timeZone: zone,
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short"
  }).format(new Date(instant))

/** A calendar day, which lies in no zone. */
export const day = (text: string): string =>
  /^\d{4}-\d{2}-\d{2}/.test(text)
    ? new Intl.DateTimeFormat(language, { timeZone: "UTC", dateStyle: "medium" }).format(new Date(text.slice(0, 10)))
    : text

/** A time of the clock as a file has it, `2026-11-02T16:00`, which is the district's; without a time a day. */
export const clockTime = (text: string): string =>
  text.includes("T")
    ? new Intl.DateTimeFormat(language, { timeZone: "UTC", dateStyle: "medium", timeStyle: "short" }).format(
        new Date(`${text}Z`)
      )
    : day(text)

/** Whether the pages speak English, as texts do that there are in no other language. */
export const isEnglish = (): boolean => chosen === english

/** Several things said one after the other. */
export const inParts = (parts: ReadonlyArray<string>): string => parts.join(`${say("word.semicolon")} `)

/** A sentence behind the words that it is about: `head: said`. */
export const headed = (head: string, said: string): string => `${head}${say("word.colon")} ${said}`

/** Several things one after the other, as the language joins them. */
export const listed = (parts: ReadonlyArray<string>): string =>
  new Intl.ListFormat(language, { type: "conjunction" }).format(parts)
