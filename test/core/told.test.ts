import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { expect, it } from "vitest"
import { joined, type Sql, sql } from "../../src/core/sql.ts"
import { asItIs, type Fact, factsOf, within } from "../../src/core/facts.ts"
import { type Given, type SentenceCode, sentences, tell, toldInSql } from "../../src/core/told.ts"

const samples: Readonly<Record<string, string | number>> = { n: 7, t: "2026-11-28T07:45:00.000Z" }

/** Something for each hole of a sentence. */
const givenFor = (code: SentenceCode): Given<SentenceCode> => {
  const pattern: string = sentences[code]
  return Object.fromEntries(
    [...pattern.matchAll(/\{(\w+)(?::([nt]))?\}/g)].map(([, name = "", kind]) => [
      name,
      kind === undefined
        ? name === "others"
          ? "hold-1, hold-2 (3)"
          : /^(?:entity|dataset|action|reason|kind)$/.test(name)
            ? "update"
            : "A-1 b"
        : samples[kind]
    ])
  ) as Given<SentenceCode>
}

const codes = Object.keys(sentences) as ReadonlyArray<SentenceCode>

it.each(codes)("knows %s again, with what was put into it", (code) => {
  const given = givenFor(code)
  const said = tell(code, given)
  const isHead = /[:,]$/.test(said)
  expect(said).not.toMatch(/[{}]/)
  expect(factsOf(isHead ? `${said} words of a file` : said)).toEqual([
    { code, of: given },
    ...(isHead ? [{ code: asItIs, of: { say: "words of a file" } }] : [])
  ])
})

it("says of a row in the engine what it says beside it, and nothing where a value is missing", async () => {
  const instance = await DuckDBInstance.create(":memory:")
  const connection = await instance.connect()
  const inRow = (code: SentenceCode): Given<SentenceCode, Sql> =>
    Object.fromEntries(
      Object.entries(givenFor(code)).map(([name, value]) => [name, sql`(SELECT ${value} WHERE NOT is_missing)`])
    ) as Given<SentenceCode, Sql>
  const said = joined(
    codes.map((code) => toldInSql(code, inRow(code), sql`CASE WHEN NOT is_missing THEN 'it''s over' END`)),
    ", "
  )
  const read = await connection.runAndReadAll(sql`SELECT ${said} FROM (VALUES (false), (true)) AS t(is_missing)`.text)
  const [known, missing] = read.getRows()
  expect(known).toEqual(codes.map((code) => `${tell(code, givenFor(code))} it's over`))
  expect(new Set(missing)).toEqual(new Set([null]))
  expect(codes.map((code) => toldInSql(code, givenFor(code)).text)).toEqual(
    codes.map((code) => sql`${tell(code, givenFor(code))}`.text)
  )
  connection.closeSync()
  instance.closeSync()
})

it("takes a sentence apart, and leaves words that are not rollbook's as they are", () => {
  expect(
    factsOf(
      "1 teacher loses every student, of 2 who teach; 0 may; 6 students are left with no class, of 8 in one; 5 may be"
    )
  ).toEqual([
    { code: "hold.teachers", of: { value: 1, all: 2, limit: 0 } },
    { code: "hold.students", of: { value: 6, all: 8, limit: 5 } }
  ])
  expect(
    factsOf(
      "3 removals of user wait, because the source was not proven complete: users: no rows, where the last good run read 5"
    )
  ).toEqual([
    { code: "hold.incomplete", of: { value: 3, entity: "user" } },
    { code: within, of: { name: "users" } },
    { code: "read.empty", of: { rows: 5 } }
  ])
  expect(factsOf("no longer wanted: depends on user s1: somebody said so; and more")).toEqual([
    { code: "step.unwanted-why", of: {} },
    { code: "record.depends", of: { entity: "user", key: "s1" } },
    { code: asItIs, of: { say: "somebody said so; and more" } }
  ])
  expect(
    factsOf("changed at the source: name; overwrites what was changed at the target: email").map(({ of }) => of)
  ).toEqual([{ fields: "name" }, { fields: "email" }])
  expect(
    factsOf(
      `${tell("refused.unproven", {})} hold-1: 3 removals of user wait, because the source was not proven complete: users: no rows, where the last good run read 5; hold-2: it is not known what these class steps would do; what refers to them waits with them`
    )
  ).toEqual([
    { code: "refused.unproven", of: {} },
    { code: within, of: { name: "hold-1" } },
    { code: "hold.incomplete", of: { value: 3, entity: "user" } },
    { code: within, of: { name: "users" } },
    { code: "read.empty", of: { rows: 5 } },
    { code: within, of: { name: "hold-2" } },
    { code: "hold.unknown", of: { entity: "class" } }
  ])
  expect(factsOf("names no user or teacher")).toEqual([
    { code: "record.names-none", of: { entity: "user or teacher" } }
  ])
  expect(factsOf("grades are final")).toEqual([])
  expect(factsOf("x".repeat(5000))).toEqual([])
})

/** Whether what was put into a sentence holds another one that is known. */
const swallows = ({ of }: Fact): boolean =>
  Object.values(of).some((value) =>
    String(value)
      .split("; ")
      .slice(1)
      .some((rest) => factsOf(rest).length > 0)
  )

const cases = new URL("../cases", import.meta.url).pathname

it("knows what the stories of the tests were told, apart from words of their pipelines", () => {
  const known = ["stopped", "not looked at"]
  const told = readdirSync(cases, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".golden.txt"))
    .flatMap((file) =>
      readFileSync(join(cases, file), "utf8")
        .split("\n")
        .flatMap((line) => {
          const [, hold] = /^ {2}hold-\d+ {2}\w+: (.*) \(\d+ steps?\)$/.exec(line) ?? []
          const [, reason] = /^[-+~?=!*] \w+ \S+ \S+(?: \(.*\))?(?: \[[^\]]*\])?: (.*)$/.exec(line) ?? []
          return [hold, reason].filter((one) => one !== undefined)
        })
    )
  expect(told.length).toBeGreaterThan(100)
  expect(told.filter((text) => factsOf(text).length === 0 && !known.includes(text))).toEqual([])
  expect(told.filter((text) => factsOf(text).some(swallows))).toEqual([])
})

/** A hole of a sentence as code fills it: within a template, between pieces of SQL, or by a word that stands there. */
const filled = {
  first: String.raw`(?:["'\`](?:; )?(?:\$\{[^}]*\}|[\w-]+)|\|\| ["'\`])`,
  between: String.raw`(?:\$\{[^}]*\}|["'\`]\}? \|\| .*? \|\| (?:\$\{)?["'\`]|[\w-]+)`,
  last: String.raw`(?:(?:\$\{[^}]*\}|[\w-]+)["'\`]|["'\`]\}? \|\| )`
}

/** How a sentence would look that code states by itself: as a text, a template or a piece of SQL; or six of its words. */
const statedAgain = (pattern: string): ReadonlyArray<RegExp> => {
  const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
  // A word that is chosen by a number stands as one of the two, or between quotes where it is chosen.
  const choices = /\{\w+\?([^|}]*)\|([^}]*)\}/g
  const own = pattern.replaceAll(choices, "<$1|$2>").split(/\{[^}]*\}/)
  const parts = own.map((part) =>
    literally(part).replaceAll(
      /<([^|]*)\\\|([^>]*)>/g,
      (_, one: string, many: string) => `(?:${one}|${many}|\\$\\{[^}]*["'\`]${many}["'\`][^}]*\\})`
    )
  )
  const isHead = /[:,]$/.test(pattern)
  const start = own[0] === "" ? filled.first : `["'\`](?:; )?`
  const end = own.at(-1) === "" ? filled.last : isHead ? ` ?(?:\\$\\{|["'\`])` : `["'\`]`
  const text = parts.filter((part, index) => part !== "" || (index > 0 && index < parts.length - 1))
  return [
    new RegExp(`${start}${text.join(filled.between)}${end}`),
    ...own
      .flatMap((part) => part.split(/<[^>]*>/))
      .filter((part) => /(?:\w+\W+){5}\w+/.test(part))
      .map((part) => new RegExp(literally(part.trim())))
  ]
}

it("states each sentence once: no code has the words of one", () => {
  const source = new URL("../../src", import.meta.url).pathname
  const texts = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/^core\/sentences\/|^pages\/words\//.test(file))
    .map((file) => {
      const text = readFileSync(join(source, file), "utf8")
      return { file, text: text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$|examples: \[.*/gm, "") }
    })
  const again = Object.entries(sentences).flatMap(([code, pattern]) => {
    const forms = statedAgain(pattern)
    // One word or two are no sentence: heads, and names of rights.
    const longest = pattern.split(/\{[^}]*\}/).reduce((one, other) => (other.length > one.length ? other : one))
    const mayState = /^\w+(?: \w+)?:?$/.test(pattern) ? [] : texts.filter(({ text }) => text.includes(longest.trim()))
    return mayState
      .filter(({ text }) => forms.some((form) => form.test(text)))
      .map(({ file }) => `${file} states ${code}`)
  })
  expect(again).toEqual([])
})
