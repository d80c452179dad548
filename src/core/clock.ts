import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { offset, offsetMinutes } from "./zone-data.ts"

/** The present moment. */
export const now: Effect.Effect<Date> = Effect.map(Clock.currentTimeMillis, (milliseconds) => new Date(milliseconds))

/** The present moment as an ISO instant. */
export const instantNow: Effect.Effect<string> = Effect.map(now, (moment) => moment.toISOString())

/** Tells the present moment as an ISO instant in the midst of what is no effect. */
export const tellingInstants: Effect.Effect<() => string> = Effect.map(
  Effect.clock,
  (clock) => () => new Date(clock.unsafeCurrentTimeMillis()).toISOString()
)

/** The present moment for what the process says of itself, a line of a log or the pace of a display, and for nothing else. */
export const momentOfSaying = (): Date => new Date()

/** The calendar day of an instant in a time zone, `YYYY-MM-DD`. `zone` is an IANA name. */
export const dayIn = (instant: Date, zone: string): string => momentIn(instant, zone).slice(0, 10)

/** The local date and time of an instant in a time zone, `YYYY-MM-DDTHH:MM`. */
export const momentIn = (instant: Date, zone: string): string =>
  new Date(instant.getTime() + offsetMinutes(instant.getTime(), zone) * 60_000).toISOString().slice(0, 16)

/** The same for people, with the zone that it is told in: `2026-10-01 07:00 -05:00`. */
export const momentWithZone = (instant: Date, zone: string): string =>
  `${momentIn(instant, zone).replace("T", " ")} ${offset(offsetMinutes(instant.getTime(), zone))}`

/** An instant of the wire for people, to the minute: `2026-10-01 12:00 UTC`. */
export const utcMinute = (instant: string): string => `${instant.slice(0, 16).replace("T", " ")} UTC`

/** Whether a text is a calendar day that exists, written `YYYY-MM-DD`. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
