import { parse } from "csv-parse/sync"
import { unzipSync } from "fflate"

/** D2L Standard CSV as IPSIS reads it. Source: D2L's pages on files, headers and manifest. */

export const versions = ["2.1", "3.0"] as const
export type Version = (typeof versions)[number]

type Kind = "org units" | "users" | "enrollments"

const headers: Readonly<Record<Version, Readonly<Record<Kind, string>>>> = {
  "2.1": {
    "org units":
      "type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code",
    users:
      "type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name,sort_last_name",
    enrollments: "type,action,child_code,role_name,parent_code"
  },
  "3.0": {
    "org units":
      "type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code,discover",
    users:
      "type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name,sort_last_name,pronouns",
    enrollments: "type,action,child_code,role_name,parent_code"
  }
}

/** A row of a file: its place, and its cells by column. */
export interface BatchRow {
  readonly file: string
  /** Line of the record in its file, from 2: the header is the first. */
  readonly row: number
  readonly kind: Kind
  readonly cells: Readonly<Record<string, string>>
}

/** The rows of a batch in the order in which they are worked off; why the batch is refused as a whole, if it is. */
export const rowsOfBatch = (zip: Uint8Array, version: Version): ReadonlyArray<BatchRow> | string => {
  let entries: Readonly<Record<string, Uint8Array>>
  try {
    entries = unzipSync(zip)
  } catch {
    return "It is no zip archive."
  }
  const manifest = entries["manifest.json"]
  if (manifest === undefined) return "manifest.json is missing."
  try {
    const said = (JSON.parse(textOf(manifest)) as { readonly version?: unknown }).version
    if (said !== version)
      return `The manifest says version ${String(said)}, and the source system is set to ${version}.`
  } catch {
    return "manifest.json cannot be read."
  }
  const rows: Array<BatchRow> = []
  for (const file of Object.keys(entries).toSorted()) {
    if (file === "manifest.json") continue
    if (!/^\d{1,2}[- ].*\.csv$/.test(file)) return `${file} is no file of the format.`
    const read = rowsOfFile(file, entries[file] ?? new Uint8Array(), version)
    if (typeof read === "string") return `${file}: ${read}`
    for (const row of read) rows.push(row)
  }
  return rows
}

const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)

const rowsOfFile = (file: string, bytes: Uint8Array, version: Version): ReadonlyArray<BatchRow> | string => {
  let records: ReadonlyArray<ReadonlyArray<string>>
  try {
    records = parse(textOf(bytes), { relaxColumnCount: false })
  } catch {
    return "It is no CSV in UTF-8 whose rows all have as many cells."
  }
  const [header = [], ...rest] = records
  const kinds = Object.entries(headers[version]) as ReadonlyArray<readonly [Kind, string]>
  const kind = kinds.find(([, columns]) => columns === header.join(","))?.[0]
  if (kind === undefined) return "The header is none of the format's."
  return rest.map((cells, index) => ({
    file,
    row: index + 2,
    kind,
    cells: Object.fromEntries(header.map((column, at) => [column, cells[at] ?? ""]))
  }))
}
