import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { momentWithZone } from "../../src/core/clock.ts"
import { BindEngine } from "../../src/pipeline/bind-engine.ts"
import { askZone } from "../../src/pipeline/bind-zone.ts"
import { dueAfter, lastDueWithin, parsePattern, type Pattern } from "../../src/service/due.ts"

let engine: BindEngine
beforeAll(async () => {
  engine = await BindEngine.open()
})
afterAll(() => engine.close())

const pattern = (cron: string, zone: string): Pattern => {
  const parsed = parsePattern(cron, zone)
  if (parsed === null) throw new Error(`${cron} is no pattern`)
  return parsed
}

/** Every time at which a pattern is due between two instants, as the clocks of its zone show it. */
const dues = (cron: string, zone: string, from: string, until: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  let due = dueAfter(pattern(cron, zone), Date.parse(from))
  while (due !== null && due <= Date.parse(until)) {
    found.push(momentWithZone(new Date(due), zone))
    due = dueAfter(pattern(cron, zone), due)
  }
  return found
}

describe("a nightly pattern is due once on each night, whatever the clocks do", () => {
  it.each<[string, string, string, ReadonlyArray<string>]>([
    // 02:00 does not exist on 8 March 2026: it is due when the clock has jumped.
    [
      "America/Chicago",
      "0 2 * * *",
      "2026-03-07",
      ["2026-03-07 02:00 -06:00", "2026-03-08 03:00 -05:00", "2026-03-09 02:00 -05:00"]
    ],
    [
      "America/Chicago",
      "30 2 * * *",
      "2026-03-07",
      ["2026-03-07 02:30 -06:00", "2026-03-08 03:00 -05:00", "2026-03-09 02:30 -05:00"]
    ],
    // 01:30 comes twice on 1 November 2026: the first one counts.
    [
      "America/Chicago",
      "30 1 * * *",
      "2026-10-31",
      ["2026-10-31 01:30 -05:00", "2026-11-01 01:30 -05:00", "2026-11-02 01:30 -06:00"]
    ],
    [
      "America/Chicago",
      "0 2 * * *",
      "2026-10-31",
      ["2026-10-31 02:00 -05:00", "2026-11-01 02:00 -06:00", "2026-11-02 02:00 -06:00"]
    ],
    // Half an hour forward on 4 October, back on 5 April.
    [
      "Australia/Lord_Howe",
      "15 2 * * *",
      "2026-10-03",
      ["2026-10-03 02:15 +10:30", "2026-10-04 02:30 +11:00", "2026-10-05 02:15 +11:00"]
    ],
    [
      "Australia/Lord_Howe",
      "45 1 * * *",
      "2026-04-04",
      ["2026-04-04 01:45 +11:00", "2026-04-05 01:45 +11:00", "2026-04-06 01:45 +10:30"]
    ],
    // Chatham is three quarters of an hour off, and changes at 02:45.
    [
      "Pacific/Chatham",
      "0 3 * * *",
      "2026-09-26",
      ["2026-09-26 03:00 +12:45", "2026-09-27 03:45 +13:45", "2026-09-28 03:00 +13:45"]
    ],
    [
      "Pacific/Chatham",
      "0 3 * * *",
      "2026-04-04",
      ["2026-04-04 03:00 +13:45", "2026-04-05 03:00 +13:45", "2026-04-06 03:00 +12:45"]
    ],
    // Clocks that jump at midnight: the day begins at one.
    [
      "Africa/Cairo",
      "0 0 * * *",
      "2026-04-23",
      ["2026-04-23 00:00 +02:00", "2026-04-24 01:00 +03:00", "2026-04-25 00:00 +03:00"]
    ],
    // Back at midnight: 23:30 comes twice.
    [
      "Africa/Cairo",
      "30 23 * * *",
      "2026-10-28",
      ["2026-10-28 23:30 +03:00", "2026-10-29 23:30 +03:00", "2026-10-30 23:30 +02:00"]
    ],
    [
      "America/Phoenix",
      "0 2 * * *",
      "2026-03-07",
      ["2026-03-07 02:00 -07:00", "2026-03-08 02:00 -07:00", "2026-03-09 02:00 -07:00"]
    ],
    [
      "UTC",
      "0 2 * * *",
      "2026-03-28",
      ["2026-03-28 02:00 +00:00", "2026-03-29 02:00 +00:00", "2026-03-30 02:00 +00:00"]
    ]
  ])("%s %s from %s", async (zone, cron, day, expected) => {
    expect(await askZone(engine, zone, Date.now())).toBe(true)
    const around = Date.parse(`${day}T00:00:00Z`)
    const from = new Date(around - 2 * 86_400_000).toISOString()
    const found = dues(cron, zone, from, new Date(around + 5 * 86_400_000).toISOString())
    const third = new Date(around + 2 * 86_400_000).toISOString().slice(0, 10)
    expect(found.filter((due) => due.slice(0, 10) >= day && due.slice(0, 10) <= third)).toEqual(expected)
  })
})

it("a pattern of every half hour rests in the hour that is repeated, and goes on in the hour that is left out", async () => {
  await askZone(engine, "America/Chicago", Date.now())
  expect(dues("*/30 * * * *", "America/Chicago", "2026-11-01T05:59:00Z", "2026-11-01T08:00:00Z")).toEqual([
    "2026-11-01 01:00 -05:00",
    "2026-11-01 01:30 -05:00",
    "2026-11-01 02:00 -06:00"
  ])
  expect(dues("*/30 * * * *", "America/Chicago", "2026-03-08T07:20:00Z", "2026-03-08T08:30:00Z")).toEqual([
    "2026-03-08 01:30 -06:00",
    "2026-03-08 03:00 -05:00",
    "2026-03-08 03:30 -05:00"
  ])
})

it("counts the times that were missed, and gives the latest", async () => {
  await askZone(engine, "America/Chicago", Date.now())
  const nightly = pattern("0 2 * * *", "America/Chicago")
  const [friday, monday] = [Date.parse("2026-03-06T12:00:00Z"), Date.parse("2026-03-09T12:00:00Z")]
  expect(lastDueWithin(nightly, friday, monday)).toEqual({ due: Date.parse("2026-03-09T07:00:00Z"), times: 3 })
  expect(lastDueWithin(nightly, monday, monday + 3_600_000)).toBeNull()
})

it("a pattern that never comes is due never, and one that is none is no pattern", () => {
  expect(dueAfter(pattern("0 2 31 2 *", "UTC"), Date.parse("2026-01-01T00:00:00Z"))).toBeNull()
  expect(parsePattern("at two", "UTC")).toBeNull()
})
