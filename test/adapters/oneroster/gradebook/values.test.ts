import * as fc from "fast-check"
import { expect, it } from "vitest"
import { remoteIdOf, uuid5 } from "../../../../src/adapters/oneroster/gradebook/remote-id.ts"
import { bodyOf } from "../../../../src/adapters/oneroster/gradebook/records.ts"
import { wireInstant, wireNumber } from "../../../../src/adapters/oneroster/gradebook/values.ts"

/** All that the engine knows, and the ends of the world. */
const zones = [...Intl.supportedValuesOf("timeZone"), "Etc/GMT+12", "Etc/GMT-14"]

it("never moves a calendar day, neither in the district nor in UTC, across the year", () => {
  const dayIn = (instant: string, timeZone: string): string =>
    new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
      new Date(instant)
    )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 * 366 }), fc.constantFrom(...zones), (days, zone) => {
      const day = new Date(Date.UTC(2025, 0, 1 + days)).toISOString().slice(0, 10)
      const instant = wireInstant(day, zone) ?? ""
      expect(dayIn(instant, zone)).toBe(day)
      expect(dayIn(instant, "UTC")).toBe(day)
    })
  )
})

it.each<[string, string | null]>([
  ["2026-10-01T23:59:00-05:00", "2026-10-02T04:59:00.000Z"],
  ["2026-10-01 23:59:00-05", "2026-10-02T04:59:00.000Z"],
  ["2026-10-01 23:59:00", "2026-10-01T23:59:00.000Z"],
  ["2026-10-01T23:59:00Z", "2026-10-01T23:59:00.000Z"],
  ["2026-02-30", null],
  ["2026-02-30T10:00:00Z", null],
  ["10/01/2026", null],
  ["tomorrow", null]
])("reads the instant %s as %s", (text, expected) => {
  expect(wireInstant(text, "America/Chicago")).toBe(expected)
})

it("sends no number that a person would not have written, whatever was computed", () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.double({ min: -1000, max: 1000 })), (computed) => {
      const number = wireNumber(String(computed))
      if (number !== null) expect(JSON.stringify(number)).toMatch(/^-?\d{1,10}(\.\d{1,4})?$/)
      else expect(Number.isFinite(computed) && Math.abs(computed) <= 1e9).toBe(false)
    })
  )
})

it("builds no body with an empty member, whatever the fields hold", () => {
  const cell = fc.option(fc.oneof(fc.string(), fc.double().map(String), fc.constant("2026-10-01")))
  const names = [
    "title",
    "description",
    "assign_date",
    "due_date",
    "class",
    "grading_period",
    "result_value_max",
    "result_value_min",
    "line_item",
    "student",
    "score",
    "score_status",
    "score_date",
    "comment"
  ]
  const fields = fc.record(Object.fromEntries(names.map((name) => [name, cell])))
  const status = fc.constantFrom("exempt", "fully graded", "submitted")
  fc.assert(
    fc.property(fc.constantFrom("lineItem" as const, "result" as const), fields, status, (kind, some, score_status) => {
      const body = bodyOf(kind, { ...some, score_status }, "America/Chicago")
      if ("json" in body) expect(body.json).not.toMatch(/:(null|""|NaN|undefined)[,}]/)
    })
  )
})

it("makes ids as RFC 9562 says, other ones for other records and other addresses", () => {
  // Appendix A.4 of the RFC: the name www.example.com in the namespace of DNS.
  expect(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2")
  const base = "https://demo.example/campus/oneroster/app/ims/oneroster/v1p1"
  const id = remoteIdOf(base, "line_item", "7001/101")
  expect(remoteIdOf(`${base}/`, "line_item", "7001/101")).toBe(id)
  expect(
    new Set([
      id,
      remoteIdOf(base, "result", "7001/101"),
      remoteIdOf(base, "line_item", "7001/102"),
      remoteIdOf("https://other.example/v1p1", "line_item", "7001/101")
    ]).size
  ).toBe(4)
})
