import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { parse } from "yaml"
import { type Schema, SchemaAST } from "effect"
import { sentences } from "../../src/core/told.ts"
import { en } from "../../src/pages/words/en.ts"
import { es } from "../../src/pages/words/es.ts"
import { fr } from "../../src/pages/words/fr.ts"
import { shippedEs, toldEs } from "../../src/pages/words/told/es.ts"
import { shippedFr, toldFr } from "../../src/pages/words/told/fr.ts"
import { fr as entrance } from "../../src/service/http/entrance-words/fr.ts"
import { chooseLanguage, clockTime, day, moment, piecesOf, say, sayOf, tell } from "../../src/pages/words.ts"
import { api } from "../../src/service/http/api.ts"
import { told } from "../../src/service/http/contract/told.ts"

const catalogues = { en, fr, es }

/** What is put into a sentence, whether it is told or chooses a word. */
const holesIn = (text: string): ReadonlyArray<string> =>
  [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name = ""]) => name))].toSorted()

it.each(Object.entries(catalogues))("%s has every word, and puts in what the English one does", (_, words) => {
  expect(Object.keys(words)).toEqual(Object.keys(en))
  const wrong = Object.entries(words).filter(
    ([key, text]) =>
      text.trim() === "" || JSON.stringify(holesIn(text)) !== JSON.stringify(holesIn(en[key as keyof typeof en]))
  )
  expect(wrong).toEqual([])
})

it("tells an instant, which begins with its day, behind an article or a comma where it is not in English", () => {
  const wrong = [fr, es, toldFr, toldEs]
    .flatMap((words) => Object.values<string>(words))
    .filter((text) => /(?<!\b(?:le|au|du|el|del) |, )\{(?:at|until|since)\}/.test(text))
  expect(wrong).toEqual([])
})

it("has no word that no page says", () => {
  const source = new URL("../../src/pages", import.meta.url).pathname
  const text = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("words/"))
    .map((file) => readFileSync(join(source, file), "utf8"))
    .join("\n")
  // Groups are said by a word of the server's: outcomes, states, reasons, places.
  const groups =
    /^(?:access\.way|readBy|outcome|stage|dash\.state|exports|exports\.state|audit\.what|conn|conf|nav|plan|export|action|kind|verb|entity|entities|about)\./
  const unused = Object.keys(en).filter((key) => !groups.test(key) && !text.includes(`"${key}"`))
  expect(unused).toEqual([])
})

it("tells times in the district's zone, with its name, in the language of the launch", async () => {
  expect(await chooseLanguage("en-US")).toBe("en")
  expect(moment("2026-11-01T06:30:00Z", "America/Chicago")).toMatch(/^Nov 1, 2026, 1:30\sAM CDT$/)
  expect(moment("2026-11-01T07:30:00Z", "America/Chicago")).toMatch(/^Nov 1, 2026, 1:30\sAM CST$/)
  expect(day("2027-05-28")).toBe("May 28, 2027")
  expect(await chooseLanguage("fr-CA")).toBe("fr")
  expect(day("2027-05-28")).toBe("28 mai 2027")
  expect(say("plan.matching", { n: 1234 })).toMatch(/^1\s234 changements/)
  expect(await chooseLanguage("de")).toBe("en")
  expect(say("nav.grades")).toBe("Manage Grades")
  expect(sayOf("outcome", "done")).toBe("done")
  expect(sayOf("outcome", "never_heard_of")).toBe("never heard of")
})

it.each([
  ["fr", toldFr],
  ["es", toldEs]
] as const)("%s has a sentence for every one that the server composes, and puts in nothing else", (_, words) => {
  expect(Object.keys(words).toSorted()).toEqual(Object.keys(sentences).toSorted())
  const wrong = Object.entries(sentences).filter(([code, pattern]) => {
    const text = words[code as keyof typeof sentences]
    const known = holesIn(pattern)
    // A head stays one: what it is about follows.
    return holesIn(text).some((hole) => !known.includes(hole)) || /[:,]$/.test(pattern) !== /[:,]$/.test(text)
  })
  expect(wrong).toEqual([])
})

it("spaces what is French as French does, and quotes in guillemets", () => {
  const catalogue = [fr, toldFr, shippedFr, entrance].flatMap((words) => textsIn(words))
  expect(catalogue.length).toBeGreaterThan(600)
  const wrong = catalogue.filter((text) => {
    const plain = text
      .replaceAll(/\{\w+\?([^|}]*)\|([^}]*)\}/g, "$1 $2")
      .replaceAll(/https?:|\bload\.gates\.switchable:/g, "")
    return /(?<!\u202f)[:;?!»]|«(?!\u202f)|['"“”]/.test(plain)
  })
  expect(wrong).toEqual([])
})

const textsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []

const sayingsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) =>
        key === "say" && typeof inner === "string"
          ? [inner.trim()]
          : key === "tests" || key === "expect"
            ? []
            : sayingsIn(inner)
      )

it.each(["roster", "grades"])("tells what the shipped %s says in every language", (name) => {
  const sayings = sayingsIn(parse(readFileSync(new URL(`../../pipelines/${name}.yaml`, import.meta.url), "utf8")))
  expect(sayings.length).toBeGreaterThan(15)
  for (const shipped of [shippedFr, shippedEs]) expect(sayings.filter((one) => !(one in shipped))).toEqual([])
})

/** The literals of the contract, by the name of the property that has them. */
const literalsIn = (ast: SchemaAST.AST, name: string, found: Map<string, Set<string>>): void => {
  if (SchemaAST.isLiteral(ast) && typeof ast.literal === "string") {
    found.set(name, (found.get(name) ?? new Set()).add(ast.literal))
  } else if (SchemaAST.isUnion(ast)) ast.types.forEach((one) => literalsIn(one, name, found))
  else if (SchemaAST.isTupleType(ast)) ast.rest.forEach((one) => literalsIn(one.type, name, found))
  else if (SchemaAST.isTypeLiteral(ast)) {
    ast.propertySignatures.forEach((one) => literalsIn(one.type, String(one.name), found))
  }
}

it("has a word for every one that the contract lists", () => {
  const found = new Map<string, Set<string>>()
  for (const group of Object.values(api.groups)) {
    for (const endpoint of Object.values(
      group.endpoints as Record<string, { readonly successSchema: Schema.Schema.All }>
    )) {
      literalsIn(endpoint.successSchema.ast, "", found)
    }
  }
  const groups: Readonly<Record<string, ReadonlyArray<string>>> = {
    outcome: ["outcome"],
    action: ["action"],
    verb: ["verb"],
    what: ["audit.what"],
    unavailable: ["export"],
    state: ["dash.state", "exports.state", "exports", "conn"]
  }
  const missing = Object.entries(groups).flatMap(([property, places]) => {
    const literals = [...(found.get(property) ?? [])]
    expect(literals.length, property).toBeGreaterThan(2)
    // A result that waits is told apart from a run that does.
    return literals.filter((literal) => !places.some((place) => `${place}.${literal}` in en))
  })
  expect(missing).toEqual([])
})

it("tells what the server says in the language of the page", async () => {
  await chooseLanguage("fr-CA")
  const say = (text: string) => tell(told(text), "America/Chicago").replaceAll(/\s/g, " ")
  expect(say("1 of 20 enrollment would be removed; 0 are allowed")).toBe(
    "1 retrait sur 20 inscriptions au cours ; limite : 0"
  )
  expect(say("6 students are left with no class, of 1234 in one; 5 may be")).toBe(
    "6 élèves restent sans classe, sur 1 234 ; limite : 5"
  )
  expect(say("no longer wanted: depends on user s1: the record names no school")).toBe(
    "n’est plus voulu : dépend de : utilisateur s1 : l’enregistrement ne nomme aucune école"
  )
  expect(say("not read in the last run: what is known of it is of 2026-11-28 13:45 UTC")).toMatch(
    /date du 28 nov\. 2026, 07 h 45 HNC$/
  )
  expect(say("it has no academic session")).toBe("il n’a pas de période scolaire")
  expect(say("the class names a school that the source does not hold: LOST")).toMatch(
    /que la source ne contient pas : LOST$/
  )
  expect(say("t1028, who teaches 0710 2 Language Arts, Biology and 2 more")).toBe(
    "t1028, qui enseigne 0710 2 Language Arts, Biology et 2 de plus"
  )
  expect(say("136 steps: the places of 6 teachers and 130 students")).toBe(
    "136 changements : les places de 6 enseignants et de 130 élèves"
  )
  expect(say("of what this guard found, 136 are under hold-1")).toBe(
    "de ce que cette garde a trouvé, 136 changements relèvent déjà de hold-1"
  )
  expect(say("set beside the file: nightly off, grades are final, all of them")).toBe(
    "désactivé à côté du fichier : nightly, grades are final, all of them"
  )
  expect(say("refused: NotManaged")).toBe("refusé : NotManaged")
  expect(say("grades of the year are final")).toBe("grades of the year are final")
  await chooseLanguage("en-US")
  expect(say("163 of 596 section_enrollment would be removed; 29 are allowed")).toBe(
    "163 of 596 section enrollments would be removed; 29 are allowed"
  )
  expect(say("depends on user s1: gone")).toBe("depends on user s1: gone")
  expect(say("no user is left where 5 stand")).toBe("no user is left where 5 stand")
  expect(
    say("2 of 5 section_enrollment would be removed; 0 are allowed; 3 of 6 enrollment would be removed; 0 are allowed")
  ).toBe(
    "2 of 5 section enrollments would be removed; 0 are allowed; 3 of 6 enrollments would be removed; 0 are allowed"
  )
  expect(clockTime("2026-10-20T16:00")).toMatch(/^Oct 20, 2026, 4:00.PM$/)
})

it("knows the words of others from its own, so that a page of another language can mark them", async () => {
  const theirs = "The score is locked"
  const sentence = told(`${sentences["refused.export-off"]}; ${theirs}`)
  expect(await chooseLanguage("fr")).toBe("fr")
  expect(piecesOf(sentence)).toEqual([
    { text: toldFr["refused.export-off"], isOthers: false },
    { text: `${fr["word.semicolon"]} `, isOthers: false },
    { text: theirs, isOthers: true }
  ])
  expect(piecesOf(told(theirs))).toEqual([{ text: theirs, isOthers: true }])
  expect(await chooseLanguage("en")).toBe("en")
})
