/**
 * Text from outside as it may go to a terminal or into a report: control characters (C0 and C1, but for tabs and line
 * feeds) and those that turn the direction of writing appear as `\u001b`. A title of the SIS must neither steer the
 * terminal nor show other words than it holds. JSON means the same with them.
 */
export const visible = (text: string): string =>
  text.replaceAll(
    /[^\P{Cc}\t\n]|\p{Bidi_Control}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** The same in one line: a line feed, too, appears as `\u000a`. A title of the SIS must not pass for a line of a report. */
export const inOneLine = (text: string): string => visible(text).replaceAll("\n", String.raw`\u000a`)
