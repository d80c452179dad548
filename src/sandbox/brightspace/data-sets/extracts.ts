import { strToU8, zipSync } from "fflate"
import { createHash } from "node:crypto"
import type { Tenant } from "../tenant.ts"
import { type DataSet, keyOf, type Row } from "./data-set.ts"
import { gradeSets } from "./grade-sets.ts"
import { rosterSets } from "./roster-sets.ts"

export type BdsType = "Full" | "Differential"

/** A file that was made at some moment, and is never made again. */
export interface Extract {
  /** Counts up over all sets. */
  readonly id: number
  readonly set: DataSet
  readonly type: BdsType
  /** UTC instants: when it was asked for, and when it was there. */
  readonly queuedAt: string
  readonly createdAt: string
  readonly zip: Uint8Array
}

export interface ExtractRequest {
  readonly type: BdsType
  /** By name; all sets where left out. */
  readonly sets?: ReadonlyArray<string>
  readonly queuedAt: string
  readonly createdAt: string
}

export interface Extracts {
  readonly of: (set: DataSet) => ReadonlyArray<Extract>
  /** Downloads of this minute. */
  readonly loads: { began: number; taken: number }
  /**
   * Makes extracts of what stands in the tenant: full ones of every row, differential ones of the rows that came or changed
   * since the differential one before, or, of the first one, since the full one. Columns that are left out are named
   * `Set.Column`. Gives a fault in words, null where they were made.
   */
  readonly make: (tenant: Tenant, request: ExtractRequest, leftOut: ReadonlyArray<string>) => string | null
}

export const dataSets: ReadonlyArray<DataSet> = [...rosterSets, ...gradeSets]

/** Ids of sets and of their two kinds of extracts are GUIDs, the same on every start. */
export const guidOf = (name: string): string =>
  createHash("sha256")
    .update(name)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5")

export const makeExtracts = (): Extracts => {
  const made: Array<Extract> = []
  const known = new Map<DataSet, Map<string, Row>>()
  const atLastDifferential = new Map<DataSet, ReadonlyMap<string, Row>>()
  let version = 0

  /** Brings what is known of a set to what stands in the tenant. A changed row has a version above all others. */
  const look = (set: DataSet, tenant: Tenant, at: string): ReadonlyMap<string, Row> => {
    const before = known.get(set) ?? new Map<string, Row>()
    const now = new Map<string, Row>()
    const put = (row: Row): void => {
      const key = keyOf(set, row)
      const was = before.get(key)
      const isSame = was !== undefined && Object.keys(row).every((column) => row[column] === was[column])
      now.set(key, isSame ? was : { ...row, Version: String(++version), RowVersion: String(version) })
    }
    for (const row of set.rows(tenant, before, at)) put(row)
    const { deleted } = set
    if (deleted !== undefined) {
      for (const [key, { Version: _1, RowVersion: _2, ...row }] of before) if (!now.has(key)) put(deleted(row, at))
    }
    known.set(set, now)
    return now
  }

  return {
    loads: { began: Number.NEGATIVE_INFINITY, taken: 0 },
    of: (set) => made.filter((one) => one.set === set),
    make: (tenant, { createdAt, queuedAt, sets, type }, leftOut) => {
      const unknown = sets?.find((name) => !dataSets.some((one) => one.name === name))
      if (unknown !== undefined) return `There is no data set ${unknown}.`
      if (queuedAt > createdAt) return "createdAt lies before queuedAt."
      for (const set of dataSets) {
        if (sets?.includes(set.name) === false) continue
        const before = atLastDifferential.get(set)
        if (type === "Differential" && before === undefined) return `No full extract of ${set.name} was made yet.`
        const now = look(set, tenant, queuedAt)
        const rows = [...now].filter(([key, row]) => type === "Full" || before?.get(key) !== row)
        if (type === "Differential" || before === undefined) atLastDifferential.set(set, now)
        const columns = set.columns.filter((column) => !leftOut.includes(`${set.name}.${column}`))
        const csv = csvOf(
          columns,
          rows.map(([, row]) => row)
        )
        const zip = zipSync({ [`${set.name.replaceAll(" ", "")}.csv`]: strToU8(csv) })
        made.push({ id: made.length + 1, set, type, queuedAt, createdAt, zip })
      }
      return null
    }
  }
}

/** RFC 4180, with a mark of the byte order in front. */
const csvOf = (columns: ReadonlyArray<string>, rows: ReadonlyArray<Row>): string =>
  `\uFEFF${[columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))]
    .map((cells) => `${cells.map(cell).join(",")}\r\n`)
    .join("")}`

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
