import * as fc from "fast-check"
import { expect, it } from "vitest"
import { isSamePage, type Page, chunkBytes, readPage } from "../../../src/adapters/oneroster/page.ts"

const keys = ["orgs", "schools"]
const read = (text: string | Buffer): Page | string => readPage(Buffer.from(text as string), keys)
const page = (text: string | Buffer): Page => {
  const result = read(text)
  if (typeof result === "string") throw new Error(result)
  return result
}
/** One record a line: what the engine is given. */
const linesOf = ({ chunks }: Pick<Page, "chunks">): ReadonlyArray<string> =>
  chunks.flatMap((chunk) => {
    const lines = chunk.bytes.toString("utf8").split("\n")
    expect(lines.pop()).toBe("")
    expect(lines).toHaveLength(chunk.rows)
    return lines
  })
const recordsOf = (one: Pick<Page, "chunks">): unknown => linesOf(one).map((line) => JSON.parse(line) as unknown)

it.each([
  ["the standard's form", '{"orgs":[{"sourcedId":"1"},{"sourcedId":"2"}]}', 2],
  ["an empty list", '{"orgs":[]}', 0],
  ["spaces everywhere", ' { "orgs" : [ { "a" : 1 } , { "a" : [ 2 ] } ] } ', 2],
  ["a byte-order mark", '\uFEFF{"orgs":[{}]}', 1],
  ["a bare array", '[{"a":1},{"a":2},{"a":3}]', 3],
  ["a bare empty array", "[]", 0],
  ["a key that other servers use", '{"schools":[{},{}]}', 2],
  ["another key that holds the only array", '{"data":[{}],"took":3}', 1],
  ["a single object in place of an array", '{"orgs":{"a":"]}"}}', 1],
  ["brackets and quotes inside strings", '{"orgs":[{"a":"]}{[\\""},{"a":"\\\\"}]}', 2],
  ["a null among the records", '{"orgs":[null,{}]}', 2],
  ["warnings beside the rows", '{"statusInfoSet":[{"imsx_severity":"warning"}],"orgs":[{},{}]}', 2]
])("counts the rows of %s", (_, text, rows) => {
  expect(page(text).rows).toBe(rows)
  expect(recordsOf(page(text))).toHaveLength(rows)
})

it.each([
  ["nothing", "", "the body is empty"],
  ["spaces alone", " \r\n", "the body is empty"],
  ["a login page", "\n<!doctype html><html></html>", "the body is a web page, not data"],
  ["plain text", "No Campus Application selected", "the body is not JSON"],
  ["a missing key", '{"took":3}', "the body has no key orgs or schools"],
  ["null in place of a list", '{"orgs":null}', "orgs or schools is not a list"],
  ["text in place of a list", '{"orgs":"none"}', "orgs or schools is not a list"],
  ["a list of texts", '{"orgs":["a","b"]}', "orgs or schools holds something other than records"],
  ["two lists under unknown keys", '{"a":[{}],"b":[{}]}', "the body has no key orgs or schools"],
  ["half a row", '{"orgs":[{"a":1},{"a":', "the body is cut off in the middle"],
  ["half a string", '{"orgs":[{"a":"x\\"', "the body is cut off in the middle"],
  ["all rows without the end", '{"orgs":[{"a":1}]', "the body is cut off in the middle"],
  ["half a bare array", '[{"a":1},', "the body is cut off in the middle"],
  ["something after the end", '{"orgs":[]}{"orgs":[]}', "the body is cut off in the middle"],
  ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]), "the body is not UTF-8"],
  [
    "a failure with status 200",
    '{"statusInfoSet":[{"imsx_severity":"error","imsx_description":"try later"}]}',
    "the server reports an error where rows should be"
  ],
  ["a list of errors in place of rows", '{"errors":[{"codeMinor":"x"}]}', "the body has no key orgs or schools"]
])("tells %s from a page", (_, text, say) => {
  expect(read(text)).toBe(say)
})

/** A page of one record, so many levels deep in all. */
const deep = (levels: number, open = '{"a":', close = "}"): string =>
  `{"orgs":[${open.repeat(levels - 2)}1${close.repeat(levels - 2)}]}`

it("refuses a page that is nested deeper than 64 levels, wherever it is", () => {
  for (const levels of [3, 63, 64]) expect(page(deep(levels)).rows).toBe(1)
  const say = "the body is nested deeper than 64 levels"
  for (const levels of [65, 66, 70]) {
    expect(read(deep(levels))).toBe(say)
    expect(read(`{"orgs":[{},{"a":${"[".repeat(levels)}${"]".repeat(levels)}}]}`)).toBe(say)
    expect(read(`{"more":${"[".repeat(levels)}${"]".repeat(levels)},"orgs":[]}`)).toBe(say)
  }
})

it("refuses a record that is larger than the engine takes", () => {
  const record = (bytes: number) => `{"orgs":[{"name":"${"x".repeat(bytes)}"}]}`
  expect(page(record(8_000_000)).rows).toBe(1)
  expect(read(record(8_400_000))).toBe("a record of the body is larger than 8 MB")
})

it("puts each record on a line of its own, and leaves a line end inside a text to the engine to refuse", () => {
  expect(linesOf(page('{\n"orgs":[\n{"a":\n1},\n{"a":2}\n]\n}\n'))).toEqual(['{"a": 1}', ' {"a":2} '])
  const torn = page('{"orgs":[{"a":"\n"},\n{}]}')
  expect(torn.chunks.map(({ bytes }) => bytes.toString())).toEqual(['{"a":"\n"}\n', "{}\n"])
})

it("leaves the bytes of what is no page as they came", () => {
  const body = '{"orgs":[{"a":1},\n{"a":2}],'
  const bytes = Buffer.from(body)
  expect(readPage(bytes, keys)).toBe("the body is cut off in the middle")
  expect(bytes.toString()).toBe(body)
})

it("tells records of which no text is to be cleaned from others, whatever stands between them", () => {
  const unit = fc.constantFrom(...'a"\\/ \n\t\u007f\u00a0é\u200b{}[],:'.split(""), "🎓")
  const text = fc.string({ unit, maxLength: 5 })
  const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 2 }), fc.constant(null))
  const record = fc.dictionary(text, value, { maxKeys: 3 })
  const textsIn = (one: unknown): ReadonlyArray<string> =>
    typeof one === "string"
      ? [one]
      : typeof one === "object" && one !== null
        ? Object.entries(one).flat().flatMap(textsIn)
        : []
  const isPlain = (one: unknown): boolean =>
    textsIn(one).every((found) => /^(?:[!-~](?:[ -\u007f]*[!-~])?)?$/.test(found))
  let plain = 0
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), fc.constantFrom(undefined, 1), (records, indent) => {
      const read = page(JSON.stringify({ orgs: records }, null, indent))
      const told = read.chunks.flatMap((chunk) => linesOf({ chunks: [chunk] }).map(() => chunk.isPlain))
      expect(told).toEqual(records.map(isPlain))
      plain += told.filter((one) => one).length
    }),
    { numRuns: 500 }
  )
  expect(plain).toBeGreaterThan(100)
  const escaped = page(String.raw`{"orgs":[{"a":"\u0041"},{"a":"\/\"\\"},{"a":"x\n y"},{"a":""}]}`)
  expect(escaped.chunks.map(({ isPlain: is, rows }) => [is, rows])).toEqual([
    [false, 1],
    [true, 1],
    [false, 1],
    [true, 1]
  ])
})

it("cuts a large page between records, none lost and none torn", () => {
  const records = Array.from({ length: 5000 }, (_, index) => ({
    sourcedId: String(index),
    name: `${"x".repeat(300)}},{`
  }))
  const { chunks, rows } = page(JSON.stringify({ orgs: records }))
  expect(rows).toBe(5000)
  expect(chunks.length).toBeGreaterThan(2)
  expect(Math.max(...chunks.map((chunk) => chunk.bytes.length))).toBeLessThan(chunkBytes + 1000)
  expect(chunks.reduce((sum, chunk) => sum + chunk.rows, 0)).toBe(5000)
  expect(recordsOf({ chunks })).toEqual(records)
})

it("knows a page that came before", () => {
  expect(isSamePage(page('{"orgs":[{"a":1}]}'), page('{"orgs": [{"a":1}], "took": 5}'))).toBe(true)
  expect(isSamePage(page('{"orgs":[{"a":1}]}'), page('{"orgs":[{"a":2}]}'))).toBe(false)
})

it("reads whatever JSON holds as a JSON parser does, pretty or not", () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      fc.constantFrom(undefined, 2, "\t"),
      (records, indent) => {
        const { chunks, rows } = page(JSON.stringify({ first: "x", orgs: records, last: {} }, null, indent))
        expect(rows).toBe(records.length)
        expect(recordsOf({ chunks })).toEqual(JSON.parse(JSON.stringify(records)))
      }
    )
  )
})

it("finds every cut in a page", () => {
  const text = JSON.stringify({ orgs: [{ a: 'q"\\', b: [1, { c: null }] }, { a: true }] })
  for (let length = 1; length < text.length; length++) {
    expect(read(text.slice(0, length))).toBe("the body is cut off in the middle")
  }
})
