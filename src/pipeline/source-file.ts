import type { ProofStore } from "./proof.ts"
import * as Data from "effect/Data"
import { Composer, type Document, isAlias, isMap, isSeq, LineCounter, type Node, Parser, YAMLParseError } from "yaml"
import { type Diagnostic, renderDiagnostics } from "../core/diagnostics.ts"
import type { SourceRange } from "./definition.ts"
import { lex } from "./yaml-bounds.ts"
import { type Examined, examine, valueOf } from "./yaml-problems.ts"

/** A pipeline or connections file is not valid; nothing was read or written but the file. */
export class DefinitionInvalid extends Data.TaggedError("DefinitionInvalid")<{
  readonly diagnostics: ReadonlyArray<Diagnostic>
}> {
  override get message(): string {
    return renderDiagnostics(this.diagnostics)
  }
}

export type Path = ReadonlyArray<string | number>

/** The variables and files that fill `${env:…}` and `${file:…}`. `readFile` gives null if there is no such file. */
export interface Environment {
  readonly variable: (name: string) => string | undefined
  readonly readFile: (path: string) => string | null
  /** Folder from which the paths of connections count; that of the process when left out. */
  readonly directory?: string
  /** Why a file or a variable is not to be used here; null where it may be. Everything may when left out. */
  readonly refuses?: (kind: "env" | "file", name: string) => string | null
  /** Remembers which definitions were proven; if left out, each is proven anew. */
  readonly proofs?: ProofStore
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

/** Texts as they were read last. */
const lastRead = new Map<string, ReadText>()
const mostKept = 8

/**
 * Reads the text of a file. One command reads the files of a workspace several times, and by several names, and a service as often
 * as it is asked: a text that was read a moment ago, and in which nothing is wrong, is not read again.
 */
export const readSourceFile = (file: string, text: string): SourceFile => {
  const read = lastRead.get(text) ?? readAnew(text)
  lastRead.delete(text)
  if (read.examined.problems.length === 0) lastRead.set(text, read)
  const [oldest] = lastRead.keys()
  if (lastRead.size > mostKept && oldest !== undefined) lastRead.delete(oldest)
  return sourceFileOf(file, text, read)
}

/** As `parseDocument` of the library, of a text that was taken apart already: that is half of its work. */
const parse = (lexemes: ReadonlyArray<string>, length: number, lines: LineCounter): Document.Parsed => {
  const parser = new Parser(lines.addNewLine)
  // Keys are compared by `examine`: the library compares each with each.
  const composer = new Composer({ strict: true, uniqueKeys: false })
  const tokens = function* () {
    lines.addNewLine(0)
    for (const lexeme of lexemes) yield* parser.next(lexeme)
    yield* parser.end()
  }
  const [document, second] = composer.compose(tokens(), true, length)
  if (document === undefined) throw new Error("the composer was asked for a document in any case")
  if (second !== undefined) {
    const [from, to] = second.range
    document.errors.push(new YAMLParseError([from, to], "MULTIPLE_DOCS", "a second document"))
  }
  return document
}

/** A text that was read, whatever file it is of. */
interface ReadText {
  readonly document: Document.Parsed
  readonly examined: Examined
  readonly lines: LineCounter
  readonly rows: ReadonlyArray<string>
  readonly value: unknown
}

const readAnew = (text: string): ReadText => {
  const lines = new LineCounter()
  const { exceeded, lexemes } = lex(text)
  const document = parse(lexemes, exceeded === null ? text.length : 0, lines)
  if (exceeded !== null)
    for (const match of text.slice(0, exceeded.from).matchAll(/\n/g)) lines.addNewLine(match.index + 1)
  const examined: Examined =
    exceeded === null ? examine(text, document) : { problems: [exceeded], targets: new Map(), pairs: new Map() }
  const value = examined.problems.length > 0 ? null : valueOf(document.contents, examined)
  return { document, examined, lines, rows: text.split("\n"), value }
}

const sourceFileOf = (file: string, text: string, { document, examined, lines, rows, value }: ReadText): SourceFile => {
  const rangeOf = (offset: number, length: number): SourceRange => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), offset, length: Math.max(1, length) }
  }
  const at = (path: Path, key = false): SourceRange => {
    let node: Node | null = document.contents
    let place: Node | null = node
    for (const [index, part] of path.entries()) {
      if (isAlias(node)) node = examined.targets.get(node) ?? null
      const pair = isMap(node) ? examined.pairs.get(node)?.get(String(part)) : undefined
      node =
        pair === undefined
          ? isSeq(node)
            ? ((node.items[Number(part)] as Node | undefined) ?? null)
            : null
          : pair.value
      place = key && pair !== undefined && index === path.length - 1 ? pair.key : (node ?? place)
      if (node === null) break
    }
    // A value is wrong where it is written, however many aliases name it.
    if (isAlias(place)) place = examined.targets.get(place) ?? place
    const [from, to] = place?.range ?? [0, 1]
    return rangeOf(from, to - from)
  }
  const frame = (range: SourceRange, message: string, hint: string, severity: "error" | "warning"): Diagnostic => ({
    severity,
    file,
    line: range.line,
    column: range.column,
    length: range.length,
    message: shortened(message),
    hint: shortened(hint),
    ...piece(rows[range.line - 1] ?? "", range.column)
  })
  return {
    file,
    lines: rows,
    value,
    problems: examined.problems.map(({ from, to, message, hint }) =>
      frame(rangeOf(from, to - from), message, hint, "error")
    ),
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

/** A complaint is a line, whatever the length of what it names. */
const shortened = (text: string): string => (text.length > 400 ? `${text.slice(0, 399)}…` : text)

/** So much of a line is shown beside what is wrong in it. */
const widest = 240

/** A line, or the part of it around a column. */
const piece = (line: string, column: number): Pick<Diagnostic, "text" | "textColumn"> => {
  const from = line.length <= widest ? 0 : Math.max(0, Math.min(column - 1 - widest / 2, line.length - widest))
  return { text: line.slice(from, from + widest), ...(from === 0 ? {} : { textColumn: from + 1 }) }
}

/**
 * Every character of a value but its white space stands in the file, in order; what stands between is quoting,
 * escaping, indentation. So the place of a character is found by going through both.
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
export const fillIn = ({
  source,
  value,
  environment,
  path,
  problems
}: {
  readonly source: SourceFile
  readonly value: unknown
  readonly environment: Environment
  readonly path: Path
  readonly problems: Array<Diagnostic>
}): unknown => {
  if (typeof value === "string") {
    return value.replaceAll(
      /\$\{(env|file):([^}:]+)(?::-([^}]*))?\}/g,
      (_, kind: string, name: string, otherwise?: string) => {
        const refusal = environment.refuses?.(kind === "env" ? "env" : "file", name) ?? null
        if (refusal !== null) {
          problems.push(source.diagnostic(path, refusal, { hint: "secrets stand in connections.yaml alone" }))
          return ""
        }
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
    return value.map((item, index) => fillIn({ source, value: item, environment, path: [...path, index], problems }))
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        fillIn({ source, value: member, environment, path: [...path, key], problems })
      ])
    )
  }
  return value
}
