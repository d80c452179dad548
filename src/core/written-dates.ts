import { type Sql, sql } from "./sql.ts"

/**
 * The forms that are taken for a date: `YYYY-MM-DD`, with or without a time, and month/day/year with four digits. All else is
 * none, whatever the engine would make of it: it reads 7/31/27 as a day of the year 27, and `infinity` as a day after all
 * others.
 */

// A year before 1900 is a mistake: of two digits that somebody padded, or a program's word for no date.
const year = "(?:19|[2-9]\\d)\\d{2}"
const isoDay = `${year}-\\d{2}-\\d{2}`
const time = "[T ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?"
const zone = "(?:Z|[+-]\\d{2}(?::?\\d{2})?| UTC| [A-Za-z_]+(?:/[A-Za-z_]+)+)"

const is = (text: Sql, form: string): Sql => sql`regexp_full_match(${text}, ${form})`
const isIsoDay = (text: Sql): Sql => is(text, isoDay)
const isInUtc = (text: Sql): Sql => is(text, `${isoDay}${time}Z`)
const isIsoInstant = (text: Sql): Sql => is(text, `${isoDay}${time}${zone}?`)
const isSlashed = (text: Sql): Sql => is(text, `\\d{1,2}/\\d{1,2}/${year}`)

/** The calendar day of a text; of a date-time the day that is written. Null where it is none. */
export const dayOf = (text: Sql): Sql =>
  sql`CASE WHEN ${is(text, `${isoDay}(?:${time}${zone}?)?`)} THEN TRY_CAST(left(${text}, 10) AS DATE) WHEN ${isSlashed(text)} THEN try_strptime(${text}, '%m/%d/%Y')::DATE END`

/** The instant of a text, in UTC; without a zone it is UTC, and of a bare date its midnight. Null where it is none. */
export const instantOf = (text: Sql): Sql =>
  // A text that ends in Z means the same without a zone, and is read five times as fast.
  sql`CASE WHEN ${isInUtc(text)} THEN coalesce(TRY_CAST(${text} AS TIMESTAMP), TRY_CAST(rtrim(${text}, 'Z') AS TIMESTAMP)) WHEN ${is(text, `${isoDay}(?:${time}${zone}?)?`)} THEN TRY_CAST(${text} AS TIMESTAMPTZ)::TIMESTAMP WHEN ${isSlashed(text)} THEN try_strptime(${text}, '%m/%d/%Y') END`

/** The calendar day of a text in a time zone: a date stays the day it is. Null where it is none. */
export const dayIn = (text: Sql, timezone: string): Sql =>
  sql`CASE WHEN ${isIsoDay(text)} THEN TRY_CAST(${text} AS DATE) WHEN ${isIsoInstant(text)} THEN CAST(timezone(${timezone}, TRY_CAST(${text} AS TIMESTAMPTZ)) AS DATE) WHEN ${isSlashed(text)} THEN try_strptime(${text}, '%m/%d/%Y')::DATE END`
