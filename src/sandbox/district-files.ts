import * as Effect from "effect/Effect"
import { parse } from "csv-parse/sync"
import { unzipSync } from "fflate"
import { existsSync } from "node:fs"
import { readFile, readdir, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type CollectionName, collectionShapes } from "./campus/fields.ts"
import { SandboxError } from "./error.ts"
import type { Doing } from "../core/doing.ts"

/** One line of a CSV file: column to text. Columns are named as the standard names them. */
export type Row = Readonly<Record<string, string>>

/** The rows of a district, file by file. A file that is not there has none. */
export type District = ReadonlyMap<CollectionName, ReadonlyArray<Row>>

/** Files without which there is no district. */
const necessary: ReadonlyArray<CollectionName> = ["orgs", "academicSessions", "users"]

/**
 * Reads OneRoster 1.1 CSV files from a folder or a zip. The manifest may be missing; a file that it calls absent is not
 * read. Tolerated as seen in the wild: a byte-order mark, other columns and another order, file names in another case,
 * lines that are too short or too long. Fails with `DataUnreadable`, naming the file; also for files of 1.2, which would
 * be people without roles and schools.
 */
export const readDistrict = Effect.fn("sandbox.readDistrict")(function* (path: string): Doing<District, SandboxError> {
  const files = yield* Effect.tryPromise({
    try: () => readFiles(path),
    catch: () => unreadable(`${path} is neither a folder nor a zip that can be read`)
  })
  const absent = yield* Effect.try({
    try: () => absentFiles(files),
    catch: () => unreadable("manifest.csv is no CSV")
  })
  if (
    yield* Effect.try({
      try: () => isVersion12(files),
      catch: () => unreadable("manifest.csv or users.csv is no CSV")
    })
  ) {
    return yield* unreadable(
      `${path} is OneRoster 1.2, whose people have their roles in a file of their own: the sandbox serves 1.1. Export the district as 1.1`
    )
  }
  const district = new Map<CollectionName, ReadonlyArray<Row>>()
  for (const [name, shape] of collectionShapes) {
    const file = files.get(`${name}.csv`.toLowerCase())
    if (file === undefined || absent.has(name)) {
      if (necessary.includes(name)) return yield* unreadable(`${path} holds no ${name}.csv`)
      continue
    }
    const columns = shape.fields.map((field) => field.column)
    const rows = yield* Effect.try({
      try: () => readRows(file, columns),
      catch: (error) => unreadable(`${name}.csv: ${error instanceof Error ? error.message : "not CSV"}`)
    })
    const unnamed = rows.findIndex((row) => (row["sourcedId"] ?? "") === "")
    if (unnamed >= 0) return yield* unreadable(`${name}.csv: row ${unnamed + 2} has no sourcedId`)
    district.set(name, rows)
  }
  return district
})

/** The folder of the invented district, found from the source as well as from the bundle. */
export const embeddedDistrict = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder)
  return join(folder, "src/sandbox/district")
}

/** File name in lower case to content. */
const readFiles = async (path: string): Promise<ReadonlyMap<string, Buffer>> => {
  if (!(await stat(path)).isDirectory()) {
    return new Map(
      Object.entries(unzipSync(await readFile(path))).map(([name, bytes]) => [
        basename(name).toLowerCase(),
        Buffer.from(bytes)
      ])
    )
  }
  const names = (await readdir(path)).filter((name) => name.toLowerCase().endsWith(".csv"))
  return new Map(
    await Promise.all(names.map(async (name) => [name.toLowerCase(), await readFile(join(path, name))] as const))
  )
}

const absentFiles = (files: ReadonlyMap<string, Buffer>): ReadonlySet<string> => {
  const manifest = files.get("manifest.csv")
  if (manifest === undefined) return new Set()
  return new Set(
    readRows(manifest, ["propertyName", "value"])
      .filter((row) => row["value"] === "absent" && row["propertyName"]?.startsWith("file.") === true)
      .map((row) => (row["propertyName"] ?? "").slice("file.".length))
  )
}

/** By the manifest, by the file of roles, or by columns of users that 1.1 does not have. */
const isVersion12 = (files: ReadonlyMap<string, Buffer>): boolean => {
  const manifest = files.get("manifest.csv")
  const says = manifest === undefined ? [] : readRows(manifest, ["propertyName", "value"])
  const version = says.find((row) => row["propertyName"] === "oneroster.version")?.["value"] ?? ""
  const [header = ""] = (files.get("users.csv")?.toString("utf8") ?? "").split(/\r?\n/, 1)
  return version.startsWith("1.2") || files.has("roles.csv") || /primaryOrgSourcedId|userMasterIdentifier/i.test(header)
}

/** Rows with the columns that are known under the standard's spelling, and `metadata.…` as written. */
const readRows = (file: Buffer, columns: ReadonlyArray<string>): ReadonlyArray<Row> => {
  const known = new Map(columns.map((column) => [column.toLowerCase(), column]))
  const rows: ReadonlyArray<Row> = parse(file, {
    bom: true,
    columns: (header: ReadonlyArray<string>) =>
      header.map((name) => (name.startsWith("metadata.") ? name : (known.get(name.trim().toLowerCase()) ?? false))),
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true
  })
  return rows
}

const unreadable = (detail: string): SandboxError => new SandboxError({ reason: "DataUnreadable", detail })
