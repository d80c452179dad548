import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { Doing } from "../core/doing.ts"
import { makeOwnFolder, onDisk, removeAll, type StoreError } from "../core/ports/disk.ts"
import { type Listing, type ListingFile, type ListingForm, Listings } from "../core/ports/listings.ts"
import { SourceError } from "../core/ports/source.ts"
import { Count, countRows, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { about, all, joined, name as quoted, type Sql, sql, timestamp } from "../core/sql.ts"
import { emptied, made, named } from "../core/table.ts"
import { listedLinesOf, listedOf, refusedFileTable, refusedLineTable, typesOfListing } from "./tables.ts"

/**
 * Brings listings of a system into the engine, each as a table of its columns and `_as_of`. A file that cannot be read is an
 * error with its line and column, and nothing of it is taken.
 */
export const landListings = Effect.fn("extract.land-listings")(function* (
  names: ReadonlyArray<string>
): Doing<ReadonlyArray<Listing>, SourceError | StoreError | WarehouseError, Listings | Warehouse> {
  const listings = yield* Listings
  const warehouse = yield* Warehouse
  const folder = join(warehouse.folders.pages, "listings")
  const remove = onDisk("remove what was loaded", folder, (disk) => removeAll(disk, folder))
  yield* onDisk("make room for what is loaded", folder, (disk) =>
    Effect.zipRight(removeAll(disk, folder), makeOwnFolder(disk, folder))
  )
  return yield* Effect.gen(function* () {
    const fetched = yield* warehouse.sharing.away(listings.download(names, folder))
    for (const listing of fetched) yield* land(listings.connection, listing)
    return fetched
  }).pipe(
    Effect.onError(() => Effect.ignore(remove)),
    Effect.zipLeft(remove)
  )
})

/** The name of the table of a listing that was landed. */
export const listedTable = ({ form }: Pick<Listing, "form">): Sql => named(listedOf(form))

/** The instant up to which all that changed is in every one of some listings. */
export const knownUntil = (listings: ReadonlyArray<Listing>): string =>
  listings.flatMap(({ files }) => files.at(-1)?.asOf ?? []).toSorted()[0] ?? ""

const land = Effect.fnUntraced(function* (connection: string, { files, form }: Listing) {
  const warehouse = yield* Warehouse
  const lines = listedLinesOf(form)
  yield* warehouse.execute(emptied(lines))
  for (const [index, file] of files.entries()) {
    yield* warehouse.execute(sql`${about(`read ${file.name}`)}INSERT INTO ${named(lines)}
SELECT ${columnsOf(form, file)}, ${timestamp(file.asOf)}, ${index} FROM ${linesOf(form, file)}`)
    yield* refuseFaults(connection, file)
  }
  const rows = form.mostRows === null ? 0 : yield* countRows(sql`FROM ${named(lines)} WHERE _file = 0`)
  if (form.mostRows !== null && rows >= form.mostRows) {
    return yield* new SourceError({
      reason: "Incomplete",
      connection,
      request: files[0]?.name ?? form.name,
      detail: `it has ${rows} lines, and a file has ${form.mostRows} at most: others may be missing`,
      hint: "Nothing of it was taken: so large a listing tells of nothing that is not in it"
    })
  }
  const keys = form.key.map((column) => quoted(column))
  const keyless = yield* countRows(
    sql`FROM ${named(lines)} WHERE NOT (${all(keys.map((key) => sql`${key} IS NOT NULL`))})`
  )
  if (keyless > 0) {
    return yield* new SourceError({
      reason: "Malformed",
      connection,
      request: form.name,
      detail: `${keyless} of its lines lack ${form.key.join(" or ")}, by which they are known`,
      hint: again
    })
  }
  // A row without a version cannot be told from one with a version: then the later file is the newer for all.
  const version = files.every(({ header }) => form.version !== null && header.includes(form.version))
    ? form.version
    : null
  const newest = [...(version === null ? [] : [sql`${quoted(version)} DESC NULLS LAST`]), sql`_file DESC`]
  const columns = form.columns.map((column) => quoted(column.name))
  yield* warehouse.execute(sql`${about(`${form.name}: the newest row of each key`)}${made(listedOf(form))}
SELECT ${joined(columns, ", ")}, max(_as_of) OVER (PARTITION BY ${joined(keys, ", ")}) AS _as_of FROM ${named(lines)}
QUALIFY row_number() OVER (PARTITION BY ${joined(keys, ", ")} ORDER BY ${joined(newest, ", ")}) = 1;
DROP TABLE ${named(lines)}`)
})

/** The columns of a form as a file has them: null where it comes without. */
const columnsOf = (form: ListingForm, { header }: ListingFile): Sql =>
  joined(
    form.columns.map(({ name }) => (header.includes(name) ? quoted(name) : sql`NULL AS ${quoted(name)}`)),
    ", "
  )

/**
 * The lines of a file by the names of its header. Types of columns are checked as the lines are read, so that a fault has its
 * line. Instants are read with their zone: a TIMESTAMP would pass over it.
 */
const linesOf = (form: ListingForm, { header, path }: ListingFile): Sql => {
  const types = typesOfListing(form)
  const typeOf = (column: string): string =>
    types[column] === "TIMESTAMP" ? "TIMESTAMPTZ" : (types[column] ?? "VARCHAR")
  const columns = joined(
    header.map((column) => sql`${quoted(column)}: ${typeOf(column)}`),
    ", "
  )
  return sql`read_csv(${path}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {${columns}},
  store_rejects = true, rejects_table = ${refusedLineTable.name}, rejects_scan = ${refusedFileTable.name})`
}

const Fault = Schema.Struct({ line: Count, column: TextOrNull, kind: Text, faults: Count })

const refuseFaults = Effect.fnUntraced(function* (connection: string, file: ListingFile) {
  const warehouse = yield* Warehouse
  // Never what stands there, which may be somebody's name.
  const [fault] = yield* warehouse.rows(
    sql`${about(`lines of ${file.name} that cannot be read`)}SELECT line, column_name AS "column", error_type::VARCHAR AS kind, count(*) OVER () AS faults
FROM ${named(refusedLineTable)} ORDER BY line, column_idx LIMIT 1`,
    Fault
  )
  yield* warehouse.execute(sql`DROP TABLE ${named(refusedLineTable)}; DROP TABLE ${named(refusedFileTable)}`)
  if (fault === undefined) return
  const column = fault.column === null ? "" : `, column ${fault.column}`
  return yield* new SourceError({
    reason: "Malformed",
    connection,
    request: file.name,
    detail: `line ${fault.line}${column}: ${faultsInWords[fault.kind] ?? "it cannot be read"}${fault.faults > 1 ? `, and ${fault.faults - 1} more faults` : ""}`,
    hint: again
  })
})

const again = "Nothing of it was taken: it is to be made again"

/** Kinds of faults, as the engine calls them. */
const faultsInWords: Readonly<Record<string, string>> = {
  CAST: "this is no value of the column's type",
  "MISSING COLUMNS": "the line has fewer columns than line 1",
  "TOO MANY COLUMNS": "the line has more columns than line 1",
  "UNQUOTED VALUE": "a quotation mark is not closed, or stands where none may",
  "LINE SIZE OVER MAXIMUM": "the line is too long",
  "INVALID ENCODING": "the line is not UTF-8"
}
