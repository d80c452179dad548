import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { parseExpiry } from "../../src/cli/expiry.ts"

const now = "2026-10-01T07:00:00.000Z"
const parse = (text: string): string =>
  Effect.runSync(
    Effect.merge(
      Effect.map(
        Effect.mapError(parseExpiry(text, now), (error) => error.message),
        String
      )
    )
  )

it("reads spans and instants", () => {
  expect(parse("90m")).toBe("2026-10-01T08:30:00.000Z")
  expect(parse("8h")).toBe("2026-10-01T15:00:00.000Z")
  expect(parse("2d")).toBe("2026-10-03T07:00:00.000Z")
  expect(parse("2026-10-01T12:00:00-05:00")).toBe("2026-10-01T17:00:00.000Z")
})

it("takes no instant without its offset, and no other word", () => {
  for (const text of ["2026-10-01T12:00:00", "2026-10-01", "soon", "-5h", "8"])
    expect(parse(text)).toContain("neither a span nor an instant")
})

it("goes as far as instants can be compared, and says so of what lies beyond", () => {
  expect(parse("9999-12-31T23:59:59Z")).toBe("9999-12-31T23:59:59.000Z")
  for (const text of ["3000000d", "99999999999d", "9".repeat(400) + "h"])
    expect(parse(text)).toContain("beyond the year 9999")
})
