/** SQL text is made here and nowhere else: names and values are quoted, never pasted. */

/** A quoted identifier: `"name"`. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A quoted text literal, or NULL. A NUL character has no place in SQL text and is written as the replacement character. */
export const literal = (text: string | null): string =>
  text === null ? "NULL" : `'${text.replaceAll("\u0000", "\uFFFD").replaceAll("'", "''")}'`

/** A list literal of texts: `['a', 'b']`. */
export const list = (texts: ReadonlyArray<string>): string => `[${texts.map(literal).join(", ")}]`
