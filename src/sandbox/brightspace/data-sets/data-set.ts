import type { Tenant } from "../tenant.ts"

/** A row of a data set, by column; null is an empty field. */
export type Row = Readonly<Record<string, string | null>>

/** One of the Brightspace Data Sets. */
export interface DataSet {
  readonly name: string
  /** In the order of the file. `Version` is counted by whoever makes the extracts. */
  readonly columns: ReadonlyArray<string>
  readonly key: ReadonlyArray<string>
  /** The rows of a tenant; `before` has those of the extract before, by key, and `at` is the instant of this one. */
  readonly rows: (tenant: Tenant, before: ReadonlyMap<string, Row>, at: string) => ReadonlyArray<Row>
  /** A row that is no longer in the tenant, as the set goes on telling of it; without it, the set tells nothing of it. */
  readonly deleted?: (row: Row, at: string) => Row
}

export const keyOf = (set: Pick<DataSet, "key">, row: Row): string =>
  set.key.map((column) => row[column] ?? "").join("/")

export const bit = (value: boolean): string => (value ? "True" : "False")

/** `decimal(19, 9)`. */
export const decimal = (value: number | null): string | null => (value === null ? null : value.toFixed(9))

export const id = (value: number | null): string | null => (value === null ? null : String(value))
