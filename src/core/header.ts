/** Why no header can carry a value; null where one can. Says which character, never the value. */
export const headerProblem = (value: string): string | null => {
  // Each request asks, and a token is long.
  if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return null
  const at = [...value].findIndex((character) => !/[\t\u0020-\u007e\u0080-\u00ff]/.test(character))
  const what = /\p{Cc}/u.test([...value][at] ?? "")
    ? "a line end or another control character"
    : "a character outside Latin 1"
  return `character ${at + 1} is ${what}, which no header can carry`
}

/** Whether a text can be the name of a header (RFC 9110, 5.6.2). */
export const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)
