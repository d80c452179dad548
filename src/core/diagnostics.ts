/** Something wrong, or doubtful, in a file that a person wrote. */
export interface Diagnostic {
  readonly severity: "error" | "warning"
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** Characters to underline; at least 1. */
  readonly length: number
  readonly message: string
  /** The remedy; empty if there is nothing to add. */
  readonly hint: string
  /** The line itself, or the part of a long one, for the frame. */
  readonly text: string
  /** Column of the first character of `text`; 1 when left out. */
  readonly textColumn?: number
}

/** Diagnostics as a compiler prints them: place, line with a caret, what is wrong, what to do. */
export const renderDiagnostics = (diagnostics: ReadonlyArray<Diagnostic>): string =>
  diagnostics
    .map((one) => {
      const gutter = String(one.line)
      const indent = " ".repeat(gutter.length)
      const column = one.column - (one.textColumn ?? 1) + 1
      const caret =
        " ".repeat(Math.max(0, column - 1)) +
        "^".repeat(Math.max(1, Math.min(one.length, one.text.length - column + 1)))
      return [
        `${one.file}:${one.line}:${one.column}: ${one.severity}: ${one.message}`,
        `${indent} |`,
        `${gutter} | ${one.text}`,
        `${indent} | ${caret}`,
        ...(one.hint === "" ? [] : [`${indent} = ${one.hint}`])
      ].join("\n")
    })
    .join("\n\n")
