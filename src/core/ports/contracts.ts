import type { DigestColumn } from "../digest.ts"
import { joined, name as quoted, type Sql, sql } from "../sql.ts"
import type { AnyServes } from "./meanings.ts"

/**
 * Statements of a connector about itself, known without a request: the columns of a source's collections and the
 * resources of a target. Plain data, so that a definition can be checked with no network.
 */

/** How a wire value becomes a column; each kind is lenient in what it reads. */
export type ColumnKind =
  /** text; numbers and booleans by their spelling; "" is null */
  | "text"
  /** true/"true"/"True"/1/"yes"/"t" */
  | "boolean"
  | "number"
  /** calendar date; a date-time keeps its date part */
  | "date"
  /** UTC instant; a bare date is its midnight */
  | "timestamp"
  /** an object that holds the id under the collection's `refKey`, or the bare id → the id */
  | "ref"
  /** list of refs → list of ids */
  | "refs"
  /** list of text; a single text is a list of one */
  | "texts"
  /** list of records → list of structs of the column's `members`; a single record is a list of one */
  | "records"

export interface ColumnContract {
  /** Column name in SQL, and the wire's own key unless `path` says otherwise. */
  readonly name: string
  readonly kind: ColumnKind
  /** Keys from the record down to the value, where it is not `[name]`. */
  readonly path?: ReadonlyArray<string>
  /** Places of the value in other wire forms; looked at only if its own place holds nothing. */
  readonly otherwise?: ListedValue
  /** A null turns the record away. */
  readonly required?: boolean
  /** For `records`: the members that are kept of each, in this order. */
  readonly members?: ReadonlyArray<ColumnContract>
  /** The wire knows no such thing: the column is there, and null. */
  readonly isAbsent?: boolean
  /** Allowed values, compared without case; stored as spelled here. Others turn the record away. */
  readonly values?: ReadonlyArray<string>
  /** Other values pass as they came: it is for the pipeline to say what they are. */
  readonly isOpen?: boolean
  /** Spellings seen in the wild → the value they mean, lower case on the left. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Never in a log, error or unprivileged report. */
  readonly personal?: boolean
}

/**
 * A value in a list of records inside the record, such as `role` in OneRoster 1.2's `roles`. A column of one value takes
 * that of the preferred record, else of the first; a `refs` column takes all of them, in order of id.
 */
export interface ListedValue {
  readonly list: string
  readonly member: string
  /** Member and value, lower case, by which a record is preferred. */
  readonly prefer?: { readonly member: string; readonly value: string }
}

export interface CollectionContract {
  readonly endpoint: string
  /** Key under which a page carries its rows, then other keys that servers have been seen to use. */
  readonly pageKeys: ReadonlyArray<string>
  /** Column that identifies a record inside its collection. */
  readonly key: string
  /** Column that names the part of the source from which a record came, where it is read part by part. */
  readonly part?: string
  /**
   * Column that is false where the source would not tell: such a record takes no place of one that was told before, whose
   * part counts as unread instead.
   */
  readonly told?: string
  /** Column of the last modification, by which the newest of two differing duplicates is chosen; null = none. */
  readonly modified: string | null
  /** Whether the source can be asked for what was modified since an instant, by `modified`: `ChangesOfSource`. */
  readonly tellsChanges?: boolean
  /** Key under which an object that points to a record holds its id; refs are bare ids where left out. */
  readonly refKey?: string
  /** Column and its value that say that a record stands, where others are marked as deleted. */
  readonly standing?: { readonly column: string; readonly value: string }
  /** The meaning that rollbook itself attaches to it. */
  readonly serves?: AnyServes
  readonly columns: ReadonlyArray<ColumnContract>
}

/** The columns that come where these fields are asked for, all where none is: what the record contract demands is always among them. */
export const columnsAsked = (
  { columns, modified }: Pick<CollectionContract, "columns" | "modified">,
  fields: ReadonlyArray<string>
): ReadonlyArray<ColumnContract> =>
  columns.filter(
    ({ name, required }) => fields.length === 0 || fields.includes(name) || required === true || name === modified
  )

/** The limits of a field at the target, which refuses any text beyond them. */
export interface FieldLimits {
  readonly maxLength?: number
  /**
   * Unit of the length: `utf16` as Java and .NET count, where an emoji counts two; `characters` where it counts one,
   * or where nobody told.
   */
  readonly unit: "utf16" | "characters"
  /** Characters that the target refuses, one after the other. */
  readonly forbidden?: string
}

export interface ResourceField {
  readonly name: string
  /** `ref` fields hold the key of another entity and become its remote id when a step is carried out. */
  readonly kind: "text" | "boolean" | "number" | "date" | "timestamp" | "ref" | "role"
  readonly required: boolean
  readonly personal?: boolean
  /** No two records of the resource, and of one type where it has types, can carry the same value, whatever its case. */
  readonly unique?: boolean
  /**
   * Some servers let no two records have the same value, whatever its case, among those that agree in these fields; none
   * named: among all. Others take it. What is `unique` is so everywhere and need not say it.
   */
  readonly contestedWithin?: ReadonlyArray<string>
  readonly limits?: FieldLimits
  /** A description for people, without the limits. */
  readonly description: string
}

/** A field in a few words, with its limits. */
export const fieldInWords = ({ description, limits }: ResourceField): string =>
  [
    ...(description === "" ? [] : [description]),
    ...(limits?.maxLength === undefined ? [] : [`${limits.maxLength} characters at most`]),
    ...(limits?.forbidden === undefined ? [] : [`without ${[...limits.forbidden].join(" ")}`])
  ].join(", ")

/**
 * The limits common to all fields of a target that refuse some characters: text within them fits every one; null
 * without such a field.
 */
export const codeLimits = (fields: Iterable<ResourceField>): Required<FieldLimits> | null => {
  const limited = [...fields].flatMap(({ limits }) =>
    limits?.forbidden === undefined || limits.maxLength === undefined ? [] : [limits]
  )
  const [first] = limited
  if (first === undefined) return null
  return {
    maxLength: Math.min(...limited.map(({ maxLength = Infinity }) => maxLength)),
    unit: first.unit,
    forbidden: [...new Set(limited.flatMap(({ forbidden = "" }) => [...forbidden]))].join("")
  }
}

export interface ResourceContract {
  readonly resource: string
  readonly description: string
  readonly fields: ReadonlyArray<ResourceField>
  /** Fields by which an existing record can be adopted. */
  readonly matchable: ReadonlyArray<string>
  /** The gradebook's name for it, of a resource of one: rollbook knows how these are cleaned up. Absent of others. */
  readonly serves?: "assignment" | "score"
  /** Why a run that wrote such records is never undone; absent where it can be. */
  readonly irrevocable?: string
  /** Refs that are known of an existing record, so that it can be looked for within what they point to; none where left out. */
  readonly within?: ReadonlyArray<string>
  readonly onGone: ReadonlyArray<"keep" | "deactivate" | "unenroll" | "recycle" | "remove">
  /** Whether a record that was written can be asked for by its id, so that edits at the target are seen. */
  readonly isReadable: boolean
  /** Whether `type` (an org unit type) must, may or must not be given. */
  readonly type: "required" | "optional" | "none"
}

/** A column as it goes into the digest of a row. */
export const digestColumn = ({ kind, name }: ColumnContract): DigestColumn => ({
  name,
  isList: kind === "refs" || kind === "texts" || kind === "records"
})

/** DuckDB type of a column as a pipeline sees it. */
export const columnType = ({ kind, members = [] }: Pick<ColumnContract, "kind" | "members">): Sql => {
  switch (kind) {
    case "text":
    case "ref":
      return sql`VARCHAR`
    case "boolean":
      return sql`BOOLEAN`
    case "number":
      return sql`DOUBLE`
    case "date":
      return sql`DATE`
    case "timestamp":
      return sql`TIMESTAMP`
    case "refs":
    case "texts":
      return sql`VARCHAR[]`
    case "records":
      return sql`STRUCT(${joined(
        members.map((member) => sql`${quoted(member.name)} ${columnType(member)}`),
        ", "
      )})[]`
  }
}
