import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { CollectionContract } from "./contracts.ts"
import { errorSentence, type FailedRequest } from "./error-sentence.ts"
import type { ListedSource } from "./listings.ts"

export type SourceErrorReason =
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "Throttled"
  | "Unreachable"
  | "Malformed"
  | "Refused"
  | "Looping"
  | "Incomplete"
  /** Pages could not be kept on this machine's disk. */
  | "Disk"
  | "Unknown"

/** A source could not be read. */
export class SourceError extends Data.TaggedError("SourceError")<
  FailedRequest & { readonly reason: SourceErrorReason }
> {
  override get message(): string {
    return errorSentence(this)
  }
}

/** One part of a source whose parts are read one by one: the gradebook of a course, or a record of it. */
export interface ReadScope {
  /** The source's own id of the part. */
  readonly id: string
  /** ISO instant after which records were modified, where the source can tell; null = everything. */
  readonly since: string | null
}

export interface CollectionRequest {
  readonly dataset: string
  readonly endpoint: string
  readonly filter: string | null
  readonly fields: ReadonlyArray<string>
  /** ISO instant, UTC: only what was modified then or later, where the collection's contract `tellsChanges`; else everything. */
  readonly since?: string
  /** The parts to read, where the source is read part by part; such a source reads nothing without them. */
  readonly scopes?: ReadonlyArray<ReadScope>
  /** After so many minutes no further part is asked for; no bound where it is left out. */
  readonly minutes?: number | null
  /** Whether an earlier run read any part of the collection, where a source is read part by part. */
  readonly wasReadBefore?: boolean
  /** Tags of an earlier read, to be compared; they are not, where it was asked for in another way. */
  readonly before?: TaggedRead
  /** Whether nothing need be sent that is as it was in that read. */
  readonly unlessSame?: boolean
  /** sha256 of the records as the last read that was proven whole brought them: where the same come, none of them is missing. */
  readonly wholeBefore?: string | null
  /** An existing folder into which page files are written as they arrive. */
  readonly directory: string
  /** Called after each page with rows read so far and the announced total, if any. */
  readonly onProgress: (rows: number, total: number | null) => void
}

/** One file of records as they came, one a line, best of a few megabytes; none may exceed 16 MB. */
export interface PageFile {
  readonly path: string
  readonly rows: number
  /**
   * Whether no text of its records needs to be cleaned: all is ASCII, the first and the last character of each text can be
   * seen, and nothing is escaped but `"`, `\\` and `/`. Where it is left out, that is not known.
   */
  readonly isPlain?: boolean
}

/** One page of a collection: its place, the server's name for what stands there (`ETag`, RFC 9110, section 8.8.3), and what came. */
export interface PageTag {
  readonly offset: number
  readonly limit: number
  readonly etag: string
  /** sha256 of the page's records. */
  readonly sha256: string
}

/** A read of which every page came with an `ETag`: what a later one is compared with, and may be asked by. */
export interface TaggedRead {
  /** sha256 of where it was asked for, by whom and for what. */
  readonly asked: string
  readonly pages: ReadonlyArray<PageTag>
  /**
   * Whether these names tell when a page is another: true once a page that became another was seen to be called another;
   * false once one was not, and from then on; null until either was seen.
   */
  readonly honest: boolean | null
  readonly proof: ReadProof
  /** sha256 of the records of all pages, as in `CollectionPages`. */
  readonly sha256: string
}

/** Observations made while a collection was read; kept with the run, shown in the plan. */
export interface ReadProof {
  readonly dataset: string
  readonly endpoint: string
  readonly mode: "full" | "delta"
  readonly requests: number
  readonly pages: number
  readonly rowsRead: number
  readonly totalAtStart: number | null
  readonly totalAtEnd: number | null
  /** How the end of the data was recognised; `unproven` = it was not. */
  readonly endRecognisedBy: "empty_page" | "total_reached" | "no_next_link" | "whole_collection" | "unproven"
  readonly sortedByKey: boolean
  /**
   * A record that had been read stood elsewhere afterwards, though no total says so: another may be on none of the pages. Left out
   * where it is not so, or is not known.
   */
  readonly moved?: true
  /** ISO instant, UTC, by the server's own clock, before anything was asked for; left out where the server does not tell. */
  readonly beganAt?: string
  /** The server said of every page that it is as it was when it was read before, and sent none; left out where it is not so. */
  readonly notModified?: true
  /** In plain words, safe to print. */
  readonly warnings: ReadonlyArray<string>
  /** Remarks in the server's own words, which may name anybody; shown only in reports asked for with `--reveal`. */
  readonly said?: ReadonlyArray<string>
}

export interface CollectionPages {
  /** None where the proof says `notModified`: the records are those of the read that it was asked by. */
  readonly files: ReadonlyArray<PageFile>
  /**
   * sha256 over the records of all pages as they came, whatever the order in which the pages did: where it is that of another
   * read, so are the records. Left out where a source does not tell.
   */
  readonly sha256?: string
  /** The tags by which a later read is compared; left out where not every page has a name, or nobody asked for that. */
  readonly tagged?: TaggedRead
  /** Parts of which nothing could be read, where a source is read part by part; the warnings say why. */
  readonly unread?: ReadonlyArray<string>
  /** Those of them that were not asked for, because the minutes were over. */
  readonly late?: ReadonlyArray<string>
  readonly proof: ReadProof
}

/** The answer of a source that is asked only for the changes of a collection. */
export interface ChangesOfSource {
  /** sha256 of the address that is asked and of who asks: what somebody else was told elsewhere is no part of it. */
  readonly asker: string
  /** One look at a collection, at what was modified since an instant or at all of it: `rows` came of at most one. */
  readonly look: (
    endpoint: string,
    since: string | null
  ) => Effect.Effect<{ readonly rows: number; readonly total: number | null }, SourceError>
}

/** The read side of a system whose collections become datasets. Reading a page is repeated as `design` allows; a failure after that is an error. */
export interface SourceService {
  readonly connection: string
  readonly contracts: ReadonlyMap<string, CollectionContract>
  readonly read: (request: CollectionRequest) => Effect.Effect<CollectionPages, SourceError>
  /** Left out where no collection of the source tells what changed. */
  readonly changes?: ChangesOfSource
  /** Left out where nothing is to be read from listings. */
  readonly listed?: ListedSource
  /** Requests sent so far, tries and tokens included. */
  readonly requestsSent: () => number
}

export class Source extends Context.Tag("rollbook/Source")<Source, SourceService>() {}
