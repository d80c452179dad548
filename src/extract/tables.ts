import { type CollectionContract, columnType } from "../core/ports/contracts.ts"
import type { ListingColumn, ListingForm } from "../core/ports/listings.ts"
import { type Columns, type ColumnType, sql } from "../core/sql.ts"
import type { Table, Temporary } from "../core/table.ts"
import { datasetTable, faultsTable, landedTable } from "../pipeline/relations.ts"

/** The tables of reading, each declared once: those that last, and those that live as long as the command. */

/** Results of the newest probe of a connection; findings and collections are JSON. */
export const probeTable: Table = {
  name: "probe",
  grain: "one row per connection",
  columns: { connection: "VARCHAR", probed_at: "VARCHAR", findings: "VARCHAR", collections: "VARCHAR" }
}

/** Academic sessions as a pipeline read them last, when that read was proven whole. */
export const sessionTable: Table = {
  name: "academic_session",
  grain: "one row per pipeline and session",
  columns: {
    pipeline: "VARCHAR",
    id: "VARCHAR",
    title: "VARCHAR",
    type: "VARCHAR",
    parent: "VARCHAR",
    start_date: "DATE",
    end_date: "DATE"
  }
}

/** Choices of people for single items. */
export const choiceTable: Table = {
  name: "item_choice",
  grain: "one row per pipeline and key",
  columns: { pipeline: "VARCHAR", key: "VARCHAR", choice: "VARCHAR", said_by: "VARCHAR", said_at: "VARCHAR" }
}

export const sessionNowTable: Temporary = {
  name: "session_now",
  grain: "one row per academic session that was read now",
  columns: { id: "VARCHAR", title: "VARCHAR", type: "VARCHAR", parent: "VARCHAR", start_date: "DATE", end_date: "DATE" }
}

export const askedPartTable: Temporary = {
  name: "asked_part",
  grain: "one row per part that is due",
  columns: {
    id: "VARCHAR",
    since: "VARCHAR",
    fingerprint: "UBIGINT",
    read_at: "TIMESTAMP",
    whole_at: "TIMESTAMP",
    has_news: "BOOLEAN"
  }
}

export const heldTable: Temporary = {
  name: "held",
  grain: "one row per record that was read again",
  columns: { key: "VARCHAR", content: "UBIGINT", _since: "TIMESTAMP" }
}

/** The fault of a record, or null. */
const fault: Columns = { _fault: sql`STRUCT(rule VARCHAR, say VARCHAR)` }

const columnsOf = ({ columns }: CollectionContract): Columns =>
  Object.fromEntries(columns.map((column) => [column.name, columnType(column)]))

/** A collection as it was read, duplicates among it; then, under the other name, one copy of each record. */
export const landedOf = (dataset: string, contract: CollectionContract): Temporary => ({
  name: landedTable(dataset),
  grain: "one row per record read",
  columns: { ...columnsOf(contract), ...fault }
})

export const datasetOf = (dataset: string, contract: CollectionContract): Temporary => ({
  name: datasetTable(dataset),
  grain: "one row per key, the newest copy",
  columns: { ...columnsOf(contract), ...fault }
})

export const faultsOf = (dataset: string): Temporary => ({
  name: faultsTable(dataset),
  grain: "one row per record that does not fit its contract",
  columns: { key: "VARCHAR", rule: "VARCHAR", say: "VARCHAR" }
})

/** Rows of a file beside the pipeline, all text. */
export const linesOf = (dataset: string, columns: ReadonlyArray<string>): Temporary => ({
  name: `lines_${dataset}`,
  grain: "one row per line",
  columns: Object.fromEntries(columns.map((column) => [column, "VARCHAR" as const]))
})

/** The parts of another dataset, as a pipeline sees them. */
export const knownPartsOf = (dataset: string): Temporary => ({
  name: datasetTable(dataset),
  grain: "one row per part that was ever read",
  columns: { id: "VARCHAR", is_current: "BOOLEAN", ...fault }
})

/** Parts that the run is about. */
export const scopeOf = (dataset: string): Temporary => ({
  name: `scope_${dataset}`,
  grain: "one row per part",
  columns: { id: "VARCHAR", fingerprint: "UBIGINT" }
})

/** Parts that were to be read in this run and were not; of some it is not known which. */
export const unreadOf = (dataset: string): Temporary => ({
  name: `unread_${dataset}`,
  grain: "one row per part",
  columns: { id: "VARCHAR", is_late: "BOOLEAN" }
})

/** In a run that looks at some schools or sections alone: what could not be read, and what hangs below such parts. */
export const staleOf = (dataset: string): Temporary => ({
  name: `stale_${dataset}`,
  grain: "one row per part",
  columns: { id: "VARCHAR" }
})

/** The records of a dataset that is read part by part, and since when they are as they are. It lasts. */
export const readOf = (pipeline: string, dataset: string, contract: CollectionContract): Table => ({
  name: readTableName(pipeline, dataset),
  grain: "one row per record",
  columns: { ...columnsOf(contract), ...fault, _since: "TIMESTAMP" }
})

/** Fingerprint of a part that the pipeline is about no more, as of its last whole run. */
export const leftFingerprint = 0

/** State of each part: the fingerprint of the rows that named it, when it was last read, and when whole. It lasts. */
export const partOf = (pipeline: string, dataset: string): Table => ({
  name: partTableName(pipeline, dataset),
  grain: "one row per part",
  columns: { id: "VARCHAR", fingerprint: "UBIGINT", read_at: "TIMESTAMP", whole_at: "TIMESTAMP" }
})

export const readTableName = (pipeline: string, dataset: string): string => `read_${pipeline}_${dataset}`

export const partTableName = (pipeline: string, dataset: string): string => `part_${pipeline}_${dataset}`

/** Under this name stands what was read of a dataset in this run, where more of it is known from before. */
export const freshName = (dataset: string): string => `fresh_${dataset}`

/** Parts of a dataset of which listings tell all, as of one instant. */
export const listedPartTable: Temporary = {
  name: "known_by_listing",
  grain: "one row per part",
  columns: { id: "VARCHAR", fingerprint: "UBIGINT" }
}

/** The records of these parts as the listings tell them, in the columns of their contract. */
export const listedRecordTable: Temporary = {
  name: "record_by_listing",
  grain: "one row per record",
  columns: {},
  further: "the columns of the collection"
}

const listedTypes: Readonly<Record<ListingColumn["kind"], ColumnType>> = {
  text: "VARCHAR",
  id: "BIGINT",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMP"
}

const listedName = (listing: string): string => `listed_${listing.toLowerCase().replaceAll(/\W+/g, "_")}`

/** Types of the columns of a listing, by name. */
export const typesOfListing = ({ columns }: ListingForm): Readonly<Record<string, ColumnType>> =>
  Object.fromEntries(columns.map((column) => [column.name, listedTypes[column.kind]]))

/** The rows of a listing, each with the instant up to which it is known to have stood so. */
export const listedOf = (form: ListingForm): Temporary => ({
  name: listedName(form.name),
  grain: "one row per key, the newest",
  columns: { ...typesOfListing(form), _as_of: "TIMESTAMP" }
})

/** The rows of its files, one after the other. */
export const listedLinesOf = (form: ListingForm): Temporary => ({
  name: `${listedName(form.name)}_lines`,
  grain: "one row per line of a file",
  columns: { ...typesOfListing(form), _as_of: "TIMESTAMP", _file: "INTEGER" }
})

/** Lines that the engine could not read, as it names them. */
export const refusedLineTable: Temporary = {
  name: "refused_line",
  grain: "one row per fault",
  columns: {},
  further: "those of the engine's table of rejected lines"
}

/** The files in which they stand. */
export const refusedFileTable: Temporary = {
  name: "refused_file",
  grain: "one row per file",
  columns: {},
  further: "those of the engine's table of scans with rejected lines"
}
