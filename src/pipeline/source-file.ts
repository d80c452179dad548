import * as Data from "effect/Data"
import { type Document, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml"
import { type Diagnostic, renderDiagnostics } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { SourceRange } from "./definition.ts"

/** A pipeline or connections file is not valid; nothing was read or written but the file. */
export class DefinitionInvalid extends Data.TaggedError("DefinitionInvalid")<{
  readonly diagnostics: ReadonlyArray<Diagnostic>
}> {
  override get message(): string {
    return renderDiagnostics(this.diagnostics)
  }
}

export type Path = ReadonlyArray<string | number>

/** What `${env:…}` and `${file:…}` are filled from. `readFile` gives null where there is no such file. */
export interface Environment {
  readonly variable: (name: string) => string | undefined
  readonly readFile: (path: string) => string | null
}

/** A YAML file with the place of each of its values. */
export interface SourceFile {
  readonly file: string
  readonly value: unknown
  readonly lines: ReadonlyArray<string>
  /** Errors of the YAML itself; with any, `value` may be null. */
  readonly problems: ReadonlyArray<Diagnostic>
  /** Place of the value at a path, or of the nearest thing above it. `key` points at the key instead of the value. */
  readonly at: (path: Path, key?: boolean) => SourceRange
  /** Place of one character inside the text of a value, past quotes, escapes and the indentation of block text. */
  readonly within: (range: SourceRange, value: string, index: number, length: number) => SourceRange
  readonly diagnostic: (
    place: Path | SourceRange,
    message: string,
    options?: { readonly hint?: string; readonly severity?: "error" | "warning"; readonly key?: boolean }
  ) => Diagnostic
}

export const readSourceFile = (file: string, text: string): SourceFile => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true })
  const rows = text.split("\n")
  const rangeOf = (offset: number, length: number): SourceRange => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col, offset, length: Math.max(1, length) }
  }
  const at = (path: Path, key = false): SourceRange => {
    for (let depth = path.length; depth >= 0; depth--) {
      const inner = path.slice(0, depth)
      if (key && depth === path.length && depth > 0) {
        const parent = depth === 1 ? document.contents : document.getIn(inner.slice(0, -1), true)
        const pair = (parent as { items?: ReadonlyArray<{ key?: Node | null }> } | null)?.items?.find(
          (item) => isScalar(item.key) && item.key.value === inner[depth - 1]
        )
        if (pair?.key?.range) return rangeOf(pair.key.range[0], pair.key.range[1] - pair.key.range[0])
      }
      const node = (depth === 0 ? document.contents : document.getIn(inner, true)) as Node | null | undefined
      if (node?.range) return rangeOf(node.range[0], node.range[1] - node.range[0])
    }
    return rangeOf(0, 1)
  }
  const frame = (range: SourceRange, message: string, hint: string, severity: "error" | "warning"): Diagnostic => ({
    severity,
    file,
    line: range.line,
    column: range.column,
    length: range.length,
    message,
    hint,
    text: rows[range.line - 1] ?? ""
  })
  const { problems, value } = unfolded(document)
  return {
    file,
    lines: rows,
    value,
    problems: problems.map(({ from, to, message, hint }) => frame(rangeOf(from, to - from), message, hint, "error")),
    at,
    within: (range, value, index, length) => rangeOf(offsetWithin(text, range.offset, value, index), length),
    diagnostic: (place, message, options = {}) =>
      frame(
        "offset" in place ? place : at(place, options.key ?? false),
        message,
        options.hint ?? "",
        options.severity ?? "error"
      )
  }
}

/** A place in the text, by offsets, with what is wrong there. */
interface Problem {
  readonly from: number
  readonly to: number
  readonly message: string
  readonly hint: string
}

/** The value of a document, its aliases followed; null, with what is wrong, where it has none. */
const unfolded = (
  document: Document.Parsed
): { readonly value: unknown; readonly problems: ReadonlyArray<Problem> } => {
  const problems = [
    ...document.errors.map(({ message, pos: [from, to] }) => ({ from, to, message, hint: "" })),
    ...aliasProblems(document)
  ]
  if (problems.length > 0) return { value: null, problems }
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, problems }
  } catch {
    // With every alias in order, only their count is left to be wrong.
    return { value: null, problems: [{ from: 0, to: 1, message: "its aliases unfold to far too much", hint: "" }] }
  }
}

/**
 * Aliases that cannot be followed: of no anchor before them, or inside what they name. In one walk through the document;
 * the library would walk through it once for each alias.
 */
const aliasProblems = (document: Document.Parsed): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const anchors = new Map<string, Node>()
  visit(document, {
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
    Alias: (_, alias, path) => {
      const [from, to] = alias.range ?? [0, 1]
      const complain = (message: string, hint: string): void => void problems.push({ from, to, message, hint })
      const named = anchors.get(alias.source)
      if (named === undefined) {
        complain(`there is no anchor &${alias.source} before this alias`, suggestion(alias.source, [...anchors.keys()]))
      } else if (path.includes(named)) complain(`the alias *${alias.source} stands inside what it names`, "")
    }
  })
  return problems
}

/**
 * Every character of a value but its white space stands in the file, in order; what stands between is quoting,
 * escaping, indentation. So the place of a character is found by walking both.
 */
const offsetWithin = (text: string, start: number, value: string, index: number): number => {
  let at = start
  const opening = text[at]
  if (opening === "|" || opening === ">") at = text.indexOf("\n", at) + 1
  else if (opening === '"' || opening === "'") {
    const startsWithQuote = text.startsWith(opening === "'" ? "'''" : '"\\"', at)
    if (value[0] !== opening || startsWithQuote) at++
  }
  const skipTo = (character: string): void => {
    const found = text.indexOf(character, at)
    if (found >= 0) at = found
  }
  for (let position = 0; position < index; position++) {
    const character = value[position] ?? ""
    if (/\s/.test(character)) continue
    skipTo(character)
    at++
  }
  const wanted = value[index] ?? ""
  if (wanted !== "" && !/\s/.test(wanted)) skipTo(wanted)
  return at
}

/**
 * Fills `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in every text of a value. What is missing is told by
 * name and place.
 */
export const fillIn = (
  source: SourceFile,
  value: unknown,
  environment: Environment,
  path: Path,
  problems: Array<Diagnostic>
): unknown => {
  if (typeof value === "string") {
    return value.replaceAll(
      /\$\{(env|file):([^}:]+)(?::-([^}]*))?\}/g,
      (_, kind: string, name: string, otherwise?: string) => {
        const found = kind === "env" ? environment.variable(name) : environment.readFile(name)?.trimEnd()
        if (found !== undefined && found !== null && (found !== "" || otherwise === undefined)) return found
        if (otherwise !== undefined) return otherwise
        problems.push(
          source.diagnostic(
            path,
            kind === "env" ? `the variable ${name} is not set` : `the file ${name} cannot be read`,
            {
              hint:
                kind === "env" ? `set ${name} in the environment or in .env` : "mount the secret, or correct the path"
            }
          )
        )
        return ""
      }
    )
  }
  if (Array.isArray(value))
    return value.map((item, index) => fillIn(source, item, environment, [...path, index], problems))
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, fillIn(source, member, environment, [...path, key], problems)])
    )
  }
  return value
}
