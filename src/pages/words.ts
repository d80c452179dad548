import { en, type WordKey, type Words } from "./words/en.ts"

/** The words of the pages in the language of whoever reads them: as the launch says, else as the browser does. */

const languages: Readonly<Record<string, () => Promise<Words>>> = {
  fr: async () => (await import("./words/fr.ts")).fr,
  es: async () => (await import("./words/es.ts")).es
}

let words: Words = en
let language = "en"

/** Loads the words of a language (BCP 47); English where there is none of it. Gives the language that was chosen. */
export const chooseLanguage = async (wanted: string): Promise<string> => {
  const [short = ""] = wanted.toLowerCase().split(/[-_]/)
  const load = languages[short]
  words = load === undefined ? en : await load()
  language = load === undefined ? (short === "en" ? wanted.replace("_", "-") : "en") : wanted.replace("_", "-")
  return load === undefined ? "en" : short
}

/** A sentence with what is put into it. */
export const say = (key: WordKey, given: Readonly<Record<string, string | number>> = {}): string =>
  words[key].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = given[name]
    return typeof value === "number" ? number(value) : (value ?? "")
  })

/** A word for what the server says in one of its own; that word itself where the catalogue has none. */
export const sayOf = (group: string, word: string): string => {
  const key = `${group}.${word}`
  return key in words ? words[key as WordKey] : word.replaceAll("_", " ")
}

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
