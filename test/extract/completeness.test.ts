import { expect, it } from "vitest"
import { judgeCompleteness } from "../../src/extract/completeness.ts"
import type { Landing } from "../../src/extract/land.ts"
import type { CollectionBehaviour } from "../../src/core/ports/probe.ts"
import type { ReadProof } from "../../src/core/ports/source.ts"

const landing = (over: Partial<Landing> = {}): Landing => ({
  dataset: "users",
  read: 100,
  kept: 100,
  faulty: 0,
  keyless: 0,
  equalDuplicates: 0,
  differingDuplicates: 0,
  differingKeys: [],
  ...over
})
const proof = (over: Partial<ReadProof> = {}): ReadProof => ({
  dataset: "users",
  endpoint: "/users",
  mode: "full",
  requests: 2,
  pages: 2,
  rowsRead: 100,
  totalAtStart: 100,
  totalAtEnd: 100,
  endRecognisedBy: "total_reached",
  sortedByKey: true,
  warnings: [],
  ...over
})
const doubts = (
  read: Partial<ReadProof>,
  landed: Partial<Landing> = {},
  rowsOfLastGoodRun: number | null = 100,
  probed: CollectionBehaviour | null = null
) => judgeCompleteness(proof(read), landing(landed), { rowsOfLastGoodRun, probed }).doubts

it("finds a whole read proven", () => {
  expect(judgeCompleteness(proof(), landing(), { rowsOfLastGoodRun: 100, probed: null })).toMatchObject({
    proven: true,
    doubts: []
  })
  expect(doubts({ totalAtStart: null, totalAtEnd: null }, {}, null)).toEqual([])
})

it("doubts an end that was not recognised, totals that move, and rows that are missing", () => {
  expect(doubts({ endRecognisedBy: "unproven" })).toEqual(["the end of the data was not recognised"])
  expect(doubts({ totalAtEnd: 99 })).toEqual(["the total changed while reading, from 100 to 99"])
  expect(doubts({ totalAtStart: 120, totalAtEnd: 120 })).toEqual([
    "the server announced 120 rows and 100 different ones were read"
  ])
  expect(doubts({ moved: true })).toEqual(["records moved from page to page while it was read"])
  expect(doubts({ rowsRead: 101 })).toEqual(["101 rows were received and 100 were landed"])
})

it("counts copies as one row of those announced", () => {
  expect(doubts({}, { kept: 90, equalDuplicates: 10 })).toEqual([
    "the server announced 100 rows and 90 different ones were read"
  ])
})

it("doubts what is missing where a row has no key: it may be that one", () => {
  expect(doubts({}, { kept: 99, keyless: 1 })).toEqual([
    "1 row has no id that can be read, and may be any that is missing"
  ])
  expect(doubts({}, { kept: 90, keyless: 10 })).toEqual([
    "10 rows have no id that can be read, and may be any that are missing"
  ])
})

it("doubts nothing where the last good run had something", () => {
  const empty = { read: 0, kept: 0 }
  const none = { rowsRead: 0, totalAtStart: 0, totalAtEnd: 0 }
  expect(doubts(none, empty)).toEqual(["no rows, where the last good run read 100"])
  expect(doubts(none, empty, 0)).toEqual([])
  expect(doubts(none, empty, null)).toEqual([])
})

it("doubts a server that behaves otherwise than when it was probed", () => {
  const probed = { endpoint: "/users", announcesTotals: true, sortsByKey: true }
  const silent = { totalAtStart: null, totalAtEnd: null }
  expect(doubts({}, {}, 100, probed)).toEqual([])
  expect(doubts(silent, {}, 100, probed)).toEqual([
    expect.stringContaining("announces no total, and did when it was probed")
  ])
  expect(doubts({ sortedByKey: false }, {}, 100, probed)).toEqual([expect.stringContaining("does not sort, and did")])
  // It was known to do neither: nothing has changed.
  expect(
    doubts({ ...silent, sortedByKey: false }, {}, 100, { ...probed, announcesTotals: false, sortsByKey: false })
  ).toEqual([])
  // Without rows there is nothing to announce or to sort.
  expect(doubts({ ...silent, rowsRead: 0 }, { read: 0, kept: 0 }, null, probed)).toEqual([])
})
