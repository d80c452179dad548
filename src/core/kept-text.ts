import { ofAnyWidth, takenApart } from "./fold.ts"
import { type Sql, sql } from "./sql.ts"
import { withoutWidth } from "./text.ts"

/**
 * Text as it is kept: composed (NFC), and with nothing at its ends that nobody sees. Two spellings of one text are one,
 * and what is blank is empty.
 */

const inHexadecimal = (character: string): string => `\\x{${character}}`

/** Joiners inside a text stay; at its ends they go. */
const blank = `[\\s\\p{Z}\\p{Cc}${withoutWidth(inHexadecimal)}]+`

/**
 * A text normalised; null where nothing of it can be seen. `text` is named several times: let it be a column. Most texts
 * are ASCII without a blank at either end, which is told without a look at what lies between.
 */
export const normalised = (text: Sql): Sql =>
  sql`CASE WHEN strlen(${text}) = length(${text}) AND unicode(${text}) BETWEEN 33 AND 126 AND array_extract(${text}, -1) BETWEEN '!' AND '~' THEN ${text} ELSE nullif(nfc_normalize(${withoutBlankEnds(text)}), '') END`

/** A text without white space, control characters and characters without width at its ends. */
export const withoutBlankEnds = (text: Sql): Sql => sql`regexp_replace(${text}, ${`^${blank}|${blank}$`}, '', 'g')`

const ascii = ofAnyWidth.map((one) => one.ascii).join("")
const wide = ofAnyWidth.map((one) => one.wide).join("")

/**
 * A text as any system might compare it that goes by neither case nor width, accents, outer blanks or what nobody sees: those
 * that are one for some of them are one here. `text` is named several times.
 */
export const alike = (text: Sql): Sql =>
  sql`CASE WHEN strlen(${text}) = length(${text}) THEN lower(trim(${text})) ELSE lower(trim(strip_accents(translate(regexp_replace(${text}, ${`[${withoutWidth(inHexadecimal)}]`}, '', 'g'), ${wide}, ${ascii})))) END`

/**
 * Condition: `alike` folds a text as `alikeName` does, and so as far as any system. The engine takes no ligature apart and no small
 * digit for a digit, and knows no character that is younger than it is.
 */
export const foldsWhole = (text: Sql): Sql =>
  sql`(strlen(${text}) = length(${text}) OR NOT regexp_matches(${text}, ${`[${takenApart(inHexadecimal)}]|[^\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Z}\\p{C}]`}))`

/** Condition: a text stands alone in its cell, whatever reads it: neither a blank at an end nor a control character within. */
export const isPlain = (text: Sql): Sql =>
  sql`(${text} = ${withoutBlankEnds(text)} AND NOT regexp_matches(${text}, '\\p{Cc}'))`

/** UTF-16 units of a text: what JavaScript, Java and .NET call its length. */
const utf16Length = (text: Sql): Sql =>
  sql`(length(${text}) + length(regexp_replace(${text}, '[^\\x{10000}-\\x{10FFFF}]', '', 'g')))`

/**
 * The beginning of a text, of so many UTF-16 units at most and of whole letters: an accent that is a character of its own
 * stays with its letter, a family of emoji stays together. No blank stands at its end. The text is worked out once,
 * however long its expression is.
 */
export const shortened = (text: Sql, units: number): Sql => {
  const fits = sql`${utf16Length(sql`left_grapheme(text, letters)`)} <= ${units}`
  const cut = sql`CASE WHEN strlen(text) = length(text) THEN left(text, ${units}) WHEN ${utf16Length(sql`text`)} <= ${units} THEN text ELSE left_grapheme(text, list_max(list_filter(range(${units + 1}), lambda letters: ${fits}))) END`
  return sql`rtrim(list_transform([${text}], lambda text: CASE WHEN strlen(text) <= ${units} THEN text ELSE ${cut} END)[1])`
}
