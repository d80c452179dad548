import * as Effect from "effect/Effect"
import { UsageError } from "./exit.ts"

const minutes = { m: 1, h: 60, d: 1_440 } as const

/** Instants are compared as texts, which have four digits for the year. */
const latest = Date.parse("9999-12-31T23:59:59.999Z")

/** An expiry as people write it, `90m`, `8h`, `2d` or an instant with its offset, as an ISO instant in UTC. */
export const parseExpiry = (text: string, now: string): Effect.Effect<string, UsageError> => {
  const at = instantIn(text.trim(), Date.parse(now))
  if (at <= latest) return Effect.succeed(new Date(at).toISOString())
  const detail = Number.isNaN(at)
    ? `--expires-in ${text} is neither a span nor an instant`
    : `--expires-in ${text} lies beyond the year 9999`
  return Effect.fail(new UsageError({ detail, hint: "write it as 90m, 8h, 2d or 2026-10-01T18:00:00Z" }))
}

/** Milliseconds since the epoch; not a number where the text is none of these. */
const instantIn = (text: string, now: number): number => {
  const span = /^(\d+)\s*([mhd])$/i.exec(text)
  if (span !== null)
    return now + Number(span[1]) * minutes[(span[2] ?? "m").toLowerCase() as keyof typeof minutes] * 60_000
  return /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? Date.parse(text) : Number.NaN
}
