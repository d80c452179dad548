import * as Effect from "effect/Effect"
import { UsageError } from "./exit.ts"

const minutes = { m: 1, h: 60, d: 1_440 } as const

/** An expiry as people write it, `90m`, `8h`, `2d` or an instant with its offset, as an ISO instant in UTC. */
export const parseExpiry = (text: string, now: string): Effect.Effect<string, UsageError> => {
  const span = /^(\d+)\s*([mhd])$/i.exec(text.trim())
  if (span !== null) {
    const unit = minutes[(span[2] ?? "m").toLowerCase() as keyof typeof minutes]
    return Effect.succeed(new Date(Date.parse(now) + Number(span[1]) * unit * 60_000).toISOString())
  }
  const instant = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(instant)
    ? Effect.fail(
        new UsageError({
          detail: `--expires-in ${text} is neither a span nor an instant`,
          hint: "write it as 90m, 8h, 2d or 2026-10-01T18:00:00Z"
        })
      )
    : Effect.succeed(new Date(instant).toISOString())
}
