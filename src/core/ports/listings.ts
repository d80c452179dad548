import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Sql } from "../sql.ts"
import type { SourceError } from "./source.ts"

/** A column of a listing, found in a file by its name; others are not looked at. */
export interface ListingColumn {
  readonly name: string
  readonly kind: "text" | "id" | "number" | "boolean" | "timestamp"
  /** False: files may come without it, and it is null then. */
  readonly required: boolean
}

/** The form of a listing: known without a request. */
export interface ListingForm {
  readonly name: string
  readonly key: ReadonlyArray<string>
  /** Column that grows with every change of a row; null where there is none, and the later file is the newer. */
  readonly version: string | null
  readonly columns: ReadonlyArray<ListingColumn>
  /** Rows that the system writes into a full file at most: one of so many may lack others. Null where there is no bound. */
  readonly mostRows: number | null
}

/** A file as the system made it: all rows, or those that came or changed since the file before. RFC 4180, UTF-8. */
export interface ListingFile {
  /** As people find it there, without anybody's name. */
  readonly name: string
  readonly path: string
  /** ISO instant, UTC: what changed before it is in the file; what changed after it may be. */
  readonly asOf: string
  /** Every column in the order of the file. */
  readonly header: ReadonlyArray<string>
}

/** Files that a system made itself of all that it holds of a kind: a full one, then the changes after it, oldest first. */
export interface Listing {
  readonly form: ListingForm
  readonly files: ReadonlyArray<ListingFile>
  /** In words, why later files were left out; null where none was. */
  readonly doubt: string | null
}

/** How records of a resource are found in the listings. */
export interface ListedResource {
  /** Names of the listings that it takes. */
  readonly listings: ReadonlyArray<string>
  /** Fields that are told, by their names in the resource contract. Others cannot be compared. */
  readonly fields: ReadonlyArray<string>
  /** Fields that are part of the remote id, and so the same wherever that is found. */
  readonly inId: ReadonlyArray<string>
  /** Values that stand where rollbook wrote none; empty of all other fields. */
  readonly unset: Readonly<Record<string, string>>
  /** Fields that stay as they are where rollbook wrote none. */
  readonly leftAlone: ReadonlyArray<string>
  /**
   * The records that the listings tell of: `remote_id`; `within` (a kind or place, null where there is one alone); `as_of`, when it was
   * last seen; `is_there`; and the fields, lists of text of those that may be spelled in several ways, or point to several
   * records, by their remote ids. Each listing is a table of its columns and `_as_of`.
   */
  readonly select: (table: (listing: string) => Sql) => Sql
}

/**
 * How the records of a collection that is read part by part are found in the listings. Each listing is a table as for a
 * `ListedResource`.
 */
export interface ListedCollection {
  /** Names of the listings that it takes. */
  readonly listings: ReadonlyArray<string>
  /** Every record of which they tell, in the columns and types of the collection's contract. */
  readonly select: (table: (listing: string) => Sql) => Sql
  /** Digits behind the point to which they tell numbers. */
  readonly decimals: number
  /** Parts, as `id`, of which they do not tell all that the collection itself would. */
  readonly untold: (table: (listing: string) => Sql) => Sql
  /**
   * Another collection of the same parts, on whose records these hang. `differs` gives the parts, as `id`, in which its
   * records, as they were asked for now, are others than in the listings: there, nothing says what became of these.
   */
  readonly hangsOn: {
    readonly endpoint: string
    readonly differs: (records: Sql, table: (listing: string) => Sql) => Sql
  }
}

/** Listings in which the parts of a source's collections stand too. */
export interface ListedSource {
  readonly listings: ListingsService
  /** Until the listings are so many hours old, changes that came after them wait for the next ones; 0: they are always asked for. */
  readonly askAfterHours: number
}

/** A system that makes listings of what it holds, by itself, now and then. */
export interface ListingsService {
  readonly connection: string
  /** Null for a resource that no listing tells of. */
  readonly resource: (resource: string) => Effect.Effect<ListedResource | null, SourceError>
  /** By endpoint; null for a collection that no listing tells of. */
  readonly collection: (endpoint: string) => ListedCollection | null
  /**
   * Brings the newest full file of each listing, and the changes after it, into a folder. `NotFound`: the system makes no such
   * listing, or has made none yet.
   */
  readonly download: (
    names: ReadonlyArray<string>,
    folder: string
  ) => Effect.Effect<ReadonlyArray<Listing>, SourceError>
}

export class Listings extends Context.Tag("rollbook/Listings")<Listings, ListingsService>() {}
