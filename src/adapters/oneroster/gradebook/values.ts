import { isDay } from "../../../core/clock.ts"
import { offsetMinutes } from "../../../core/zone-data.ts"

/** Values of fields as they go over the wire, and as they are compared. */

/** Points beyond this are a mistake, and would not be written as plain digits much further up. */
const greatestNumber = 1e9

/**
 * A number with at most four decimal places, so that what was computed does not come out as 6.666666666666667 and never
 * with an exponent; null for what is no number or out of all proportion.
 */
export const wireNumber = (text: string): number | null => {
  const value = text.trim() === "" ? Number.NaN : Number(text)
  if (!Number.isFinite(value) || Math.abs(value) > greatestNumber) return null
  // Adding zero turns -0 into 0.
  return Math.round(value * 10_000) / 10_000 + 0
}

/**
 * A full dateTime in UTC, of an instant in any of its spellings (without a zone: UTC) or of a calendar day; null for
 * what is neither. Of a day, a time is taken at which it is that day both in the district and in UTC, because servers
 * read the day off either.
 */
export const wireInstant = (text: string, timezone: string): string | null => {
  const trimmed = text.trim()
  const day = /^\d{4}-\d{2}-\d{2}$/.test(trimmed)
  const iso = trimmed.replace(" ", "T").replace(/(T.*[+-]\d{2})$/, "$1:00")
  const hasZone = day || /(Z|[+-]\d{2}:?\d{2})$/i.test(iso)
  // 30 February is taken for 2 March by some engines, with a time above all.
  if (!/^\d{4}-\d{2}-\d{2}(T|$)/.test(iso) || !isDay(iso.slice(0, 10))) return null
  const milliseconds = Date.parse(day ? `${iso}T12:00:00Z` : hasZone ? iso : `${iso}Z`)
  if (Number.isNaN(milliseconds)) return null
  // Halfway between noon here and noon there, which is within the day of both.
  const shift = day ? offsetMinutes(milliseconds, timezone) / 2 : 0
  return new Date(milliseconds - shift * 60_000).toISOString()
}
