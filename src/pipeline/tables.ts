import { parse } from "csv-parse/sync"
import * as Effect from "effect/Effect"
import { dirname, isAbsolute, join } from "node:path"
import type { Diagnostic } from "../core/diagnostics.ts"
import { canonicalJson, sha256 } from "../core/hash.ts"
import { suggestion } from "../core/nearest.ts"
import { normalisedText } from "../core/text.ts"
import { ifThere, onDisk } from "../core/ports/disk.ts"
import type { CollectionContract, ColumnContract } from "../core/ports/contracts.ts"
import type { DatasetDefinition, Definition, DatasetMode } from "./definition.ts"
import type { SourceFile } from "./source-file.ts"
import type { Doing } from "../core/doing.ts"

/** A table that people keep by hand is a few thousand lines; anything larger is a source. In bytes. */
const largestFile = 5_000_000

/** The columns of what people said of items. */
const choiceColumns = ["key", "choice"] as const

/** The columns of academic sessions. */
const sessionColumns: ReadonlyArray<ColumnContract> = [
  ...["id", "title", "type", "parent"].map((name) => ({ name, kind: "text" as const })),
  { name: "start_date", kind: "date" },
  { name: "end_date", kind: "date" }
]

/** The columns of what is known of parts. */
const partColumns: ReadonlyArray<ColumnContract> = [
  { name: "id", kind: "text" },
  { name: "is_current", kind: "boolean" }
]

/**
 * Reads the tables that lie beside the pipeline file into its definition, whose hash takes their content in: a plan made
 * before a table was edited is not carried out after. Gives their columns too, by name. Cells are normalised as what
 * is read from a source; empty = null.
 */
export const readTables = Effect.fn("pipeline.tables")(function* (
  path: string,
  definition: Definition,
  source: SourceFile,
  problems: Array<Diagnostic>
): Doing<{
  readonly definition: Definition
  readonly tables: ReadonlyMap<string, CollectionContract>
}> {
  const tables = new Map<string, CollectionContract>()
  const datasets: Array<DatasetDefinition> = []
  const contents: Array<unknown> = []
  for (const dataset of definition.datasets) {
    const { mode, name } = dataset
    if (mode.kind === "choices") tables.set(name, contractOf(name, textColumns(choiceColumns)))
    if (mode.kind === "sessions") tables.set(name, contractOf(name, sessionColumns))
    if (mode.kind === "parts") tables.set(name, contractOf(name, partColumns))
    if (mode.kind !== "file") {
      datasets.push(dataset)
      continue
    }
    tables.set(name, contractOf(name, textColumns(mode.columns)))
    const read = liesBeside(mode.file)
      ? yield* readTable(join(dirname(path), mode.file), mode)
      : { say: "this leads out of the folder of the pipeline", hint: "put the file beside the pipeline" }
    if ("say" in read) {
      problems.push(
        source.diagnostic(["extract", "tables", name, "file"], `${mode.file}: ${read.say}`, { hint: read.hint })
      )
      datasets.push(dataset)
    } else {
      datasets.push({ ...dataset, mode: { ...mode, rows: read.rows } })
      contents.push([name, read.rows])
    }
  }
  const hash = contents.length === 0 ? definition.hash : sha256(canonicalJson([definition.hash, contents]))
  return { definition: { ...definition, datasets, hash }, tables }
})

const contractOf = (name: string, columns: ReadonlyArray<ColumnContract>): CollectionContract => ({
  endpoint: name,
  pageKeys: [],
  key: columns[0]?.name ?? "",
  modified: null,
  columns
})

const textColumns = (names: ReadonlyArray<string>): ReadonlyArray<ColumnContract> =>
  names.map((name) => ({ name, kind: "text" }))

/** A table lies beside its pipeline: elsewhere on the disk there is nothing to read. */
const liesBeside = (file: string): boolean => !isAbsolute(file) && !/(^|[\\/])\.\.([\\/]|$)/.test(file)

const readTable = (
  file: string,
  mode: Extract<DatasetMode, { readonly kind: "file" }>
): Effect.Effect<
  { readonly rows: ReadonlyArray<ReadonlyArray<string | null>> } | { readonly say: string; readonly hint: string }
> =>
  onDisk("read a table", file, (disk) =>
    Effect.gen(function* () {
      const found = yield* ifThere(disk.stat(file))
      if (found === null) return { say: "there is no such file", hint: "it lies beside the pipeline file" }
      if (found.size > largestFile) {
        return { say: `it is larger than ${largestFile / 1_000_000} MB`, hint: "what is as large is a source" }
      }
      return rowsIn(yield* disk.readFileString(file), mode.columns)
    })
  ).pipe(Effect.catchAll(({ words }) => Effect.succeed({ say: words, hint: "CSV, UTF-8, with a line of headings" })))

const rowsIn = (text: string, columns: ReadonlyArray<string>) => {
  let lines: ReadonlyArray<ReadonlyArray<string>>
  try {
    lines = parse(text, { bom: true, trim: true, skip_empty_lines: true })
  } catch (error) {
    return { say: error instanceof Error ? error.message : String(error), hint: "CSV, UTF-8, with a line of headings" }
  }
  const [heading = [], ...rest] = lines
  const missing = columns.find((column) => !heading.includes(column))
  if (missing !== undefined) return { say: `it has no column ${missing}`, hint: suggestion(missing, heading) }
  return { rows: rest.map((line) => columns.map((column) => normalisedText(line[heading.indexOf(column)] ?? ""))) }
}
