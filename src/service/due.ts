import * as Cron from "effect/Cron"
import * as Either from "effect/Either"
import { offsetMinutes } from "../core/zone-data.ts"

/**
 * When a pattern is due in a zone. The pattern is of the clock on the wall, and the zone's data is the engine's, as
 * everywhere: Effect's `Cron` goes along the wall clock as if it were UTC, and each time it finds is put into the zone here.
 *
 * A night on which the time does not exist is not left out: it is due when the clock has jumped. One on which it comes
 * twice has it the first time alone; a pattern of every half hour rests in the hour that is repeated.
 */
export interface Pattern {
  readonly cron: Cron.Cron
  /** IANA name. */
  readonly zone: string
}

/** Five fields: minute, hour, day, month, weekday; null where they are none. */
export const parsePattern = (cron: string, zone: string): Pattern | null =>
  Either.match(Cron.parse(cron, "UTC"), { onLeft: () => null, onRight: (parsed) => ({ cron: parsed, zone }) })

/** Minutes are the least that clocks change by. */
const minute = 60_000

/** Further apart than a clock can jump: there are zones that left out a day. */
const beyondAnyJump = 26 * 60 * minute

/** The first instant after another at which a pattern is due, in milliseconds; null where none comes. */
export const dueAfter = (pattern: Pattern, after: number): number | null => {
  const found = lastFound.get(pattern)
  // Between the two nothing is due: whoever asks every half minute need not look along the clock again.
  if (found !== undefined && found.after <= after && after < (found.due ?? Infinity)) return found.due
  const due = findDueAfter(pattern, after)
  lastFound.set(pattern, { after, due })
  return due
}

const lastFound = new WeakMap<Pattern, { readonly after: number; readonly due: number | null }>()

const findDueAfter = ({ cron, zone }: Pattern, after: number): number | null => {
  const offsets = [-beyondAnyJump, 0, beyondAnyJump].map((away) => offsetMinutes(after + away, zone))
  let wall = after + Math.min(...offsets) * minute
  // Times that an earlier clock, or none, has shown lie at or before `after`: they are passed over.
  for (;;) {
    const next = nextOnWall(cron, wall)
    if (next === null) return null
    const due = instantOf(next, zone)
    if (due > after) return due
    wall = next
  }
}

/** The latest instant after `from` and not after `until` at which a pattern was due, and how many there were; null = none. */
export const lastDueWithin = (
  pattern: Pattern,
  from: number,
  until: number
): { readonly due: number; readonly times: number } | null => {
  let [last, times] = [from, 0]
  for (let due = dueAfter(pattern, from); due !== null && due <= until; due = dueAfter(pattern, due)) {
    last = due
    times++
  }
  return times === 0 ? null : { due: last, times }
}

const nextOnWall = (cron: Cron.Cron, wall: number): number | null => {
  try {
    return Cron.next(cron, new Date(wall)).getTime()
  } catch {
    return null
  }
}

/** The first instant at which the clocks of a zone show a time; where they jump over it, that of the jump. */
const instantOf = (wall: number, zone: string): number => {
  const before = offsetMinutes(wall - beyondAnyJump, zone)
  const after = offsetMinutes(wall + beyondAnyJump, zone)
  const shown = [wall - before * minute, wall - after * minute].filter(
    (instant) => instant + offsetMinutes(instant, zone) * minute === wall
  )
  return shown.length > 0 ? Math.min(...shown) : jumpBetween(wall - after * minute, wall - before * minute, zone)
}

/** The first instant, to the minute, at which the offset is that of the later of two. */
const jumpBetween = (from: number, until: number, zone: string): number => {
  const later = offsetMinutes(until, zone)
  let [low, high] = [from, until]
  while (high - low > minute) {
    const middle = low + Math.floor((high - low) / 2 / minute) * minute
    if (offsetMinutes(middle, zone) === later) high = middle
    else low = middle
  }
  return high
}
