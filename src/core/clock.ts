import { offset, offsetMinutes } from "./zone-data.ts"

/** The calendar day of an instant in a time zone, `YYYY-MM-DD`. `zone` is an IANA name. */
export const dayIn = (instant: Date, zone: string): string => momentIn(instant, zone).slice(0, 10)

/** The local date and time of an instant in a time zone, `YYYY-MM-DDTHH:MM`. */
export const momentIn = (instant: Date, zone: string): string =>
  new Date(instant.getTime() + offsetMinutes(instant.getTime(), zone) * 60_000).toISOString().slice(0, 16)

/** The same for people, with the zone that it is told in: `2026-10-01 07:00 -05:00`. */
export const momentWithZone = (instant: Date, zone: string): string =>
  `${momentIn(instant, zone).replace("T", " ")} ${offset(offsetMinutes(instant.getTime(), zone))}`

/** Whether a text is a calendar day that exists, written `YYYY-MM-DD`. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
