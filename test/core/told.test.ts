import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import {
  asItIs,
  type Fact,
  factsOf,
  type Given,
  type SentenceCode,
  sentences,
  tell,
  within
} from "../../src/core/told.ts"

const samples: Readonly<Record<string, string | number>> = { n: 7, t: "2026-11-28T07:45:00.000Z" }

/** Something for each hole of a sentence. */
const givenFor = (code: SentenceCode): Given<SentenceCode> => {
  const pattern: string = sentences[code]
  return Object.fromEntries(
    [...pattern.matchAll(/\{(\w+)(?::([nt]))?\}/g)].map(([, name = "", kind]) => [
      name,
      kind === undefined ? (/^(?:entity|dataset|action|reason|kind)$/.test(name) ? "update" : "A-1 b") : samples[kind]
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
