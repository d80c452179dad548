import { afterAll, beforeAll, expect, it } from "vitest"
import { dayIn, momentIn, momentWithZone } from "../../src/core/clock.ts"
import { minutesByNode, offsetMinutes, zoneDifferences, zoneDoubt } from "../../src/core/zone-data.ts"
import { askZone } from "../../src/pipeline/bind-zone.ts"
import { BindEngine } from "../../src/pipeline/bind-engine.ts"

/** Hours ahead of UTC in January and July before, and in December 2026, when some no longer change their clocks. */
const known: ReadonlyArray<readonly [zone: string, winter: number, summer: number, december: number]> = [
  ["America/Edmonton", -7, -6, -6],
  ["America/Vancouver", -8, -7, -7],
  ["America/Yellowknife", -7, -6, -6],
  ["America/Inuvik", -7, -6, -6],
  // Manitoba stopped as well; the engine's data does not know it yet: this row is to be changed with the engine.
  ["America/Winnipeg", -6, -5, -6],
  ["America/Regina", -6, -6, -6],
  ["America/Whitehorse", -7, -7, -7],
  ["America/Chicago", -6, -5, -6],
  ["America/New_York", -5, -4, -5],
  ["America/Denver", -7, -6, -7],
  ["America/Los_Angeles", -8, -7, -8],
  ["America/Anchorage", -9, -8, -9],
  ["Pacific/Honolulu", -10, -10, -10],
  ["America/Phoenix", -7, -7, -7],
  ["America/Indiana/Indianapolis", -5, -4, -5],
  ["America/Indiana/Knox", -6, -5, -6],
  ["America/Kentucky/Louisville", -5, -4, -5],
  ["America/Puerto_Rico", -4, -4, -4],
  ["America/St_Johns", -3.5, -2.5, -3.5],
  ["Asia/Kolkata", 5.5, 5.5, 5.5],
  ["Australia/Lord_Howe", 11, 10.5, 11],
  ["UTC", 0, 0, 0]
]

let engine: BindEngine

beforeAll(async () => {
  engine = await BindEngine.open()
  for (const [zone] of known) await askZone(engine, zone, Date.now())
})

afterAll(() => engine.close())

it.each(known)("tells the time in %s by the engine's data", (zone, winter, summer, december) => {
  const hours = ["2026-01-15T12:00:00Z", "2025-07-15T12:00:00Z", "2026-12-15T12:00:00Z"].map(
    (instant) => offsetMinutes(Date.parse(instant), zone) / 60
  )
  expect(hours).toEqual([winter, summer, december])
})

it.each(known)("says the day and the time in %s as a statement does", async (zone) => {
  for (const instant of [
    "2026-03-08T08:59:00Z",
    "2026-11-01T06:30:00Z",
    "2026-11-15T05:30:00Z",
    "2027-01-01T06:45:00Z"
  ]) {
    const [[said] = []] = await engine.rows(
      `SELECT strftime(timezone('${zone}', TIMESTAMPTZ '${instant}'), '%Y-%m-%dT%H:%M')`
    )
    expect(momentIn(new Date(instant), zone)).toBe(said)
    expect(dayIn(new Date(instant), zone)).toBe(String(said).slice(0, 10))
  }
})

it("carries the zone where a time is printed", () => {
  expect(momentWithZone(new Date("2026-12-15T12:00:00Z"), "America/Edmonton")).toBe("2026-12-15 06:00 -06:00")
  expect(momentWithZone(new Date("2026-12-15T12:00:00Z"), "America/St_Johns")).toBe("2026-12-15 08:30 -03:30")
})

it("finds where the engine and Node differ, and says nothing where they do not", () => {
  const [from, until] = [Date.parse("2026-08-01T00:00:00Z"), Date.parse("2027-08-01T00:00:00Z")]
  for (const [zone] of known) {
    const found = zoneDifferences(zone, from, until)
    const isOne = (at: number): boolean => found.some((one) => one.from <= at && (one.until === null || at < one.until))
    for (let at = from; at < until; at += 6 * 3_600_000) {
      expect(isOne(at), `${zone} ${at}`).toBe(offsetMinutes(at, zone) !== minutesByNode(at, zone))
    }
  }
  expect(zoneDoubt("America/Chicago", from)).toBeNull()
  const doubt = zoneDoubt("America/Edmonton", Date.parse("2026-12-01T00:00:00Z"))
  if (minutesByNode(Date.parse("2026-12-15T12:00:00Z"), "America/Edmonton") === -420) {
    expect(doubt).toContain("from 2026-11-01T08:00Z to 2027-03-14T09:00Z the engine has UTC-06:00, Node UTC-07:00")
  } else expect(doubt).toBeNull()
})
