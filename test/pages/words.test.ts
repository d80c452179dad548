import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { en } from "../../src/pages/words/en.ts"
import { es } from "../../src/pages/words/es.ts"
import { fr } from "../../src/pages/words/fr.ts"
import { chooseLanguage, day, moment, say, sayOf } from "../../src/pages/words.ts"

const holesIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted()

it.each(Object.entries({ en, fr, es }))("%s has every word, and puts in what the English one does", (_, words) => {
  expect(Object.keys(words)).toEqual(Object.keys(en))
  const wrong = Object.entries(words).filter(
    ([key, text]) =>
      text.trim() === "" || JSON.stringify(holesIn(text)) !== JSON.stringify(holesIn(en[key as keyof typeof en]))
  )
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
    /^(?:access\.way|outcome|stage|dash\.state|exports|exports\.state|audit\.what|conn|conf|nav|plan|export)\./
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
