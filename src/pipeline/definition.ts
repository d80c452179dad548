import type { CollectionContract, ResourceContract } from "../core/ports/contracts.ts"
import type { Limits } from "../guards/derived.ts"
import type { ClassNames, FamilyNames } from "../guards/guard.ts"
import type { Limit } from "../guards/keys.ts"
import type { Gates } from "./definition-gates.ts"
import type { ScheduleDefinition } from "./schedule.ts"

export type { Limit } from "../guards/keys.ts"
export type { Freeze, Gates } from "./definition-gates.ts"

/**
 * A pipeline as the rest of the program sees it: decoded, its names resolved, entities in dependency order.
 * `decode.ts` and `resolve.ts` make it of a file that `check.ts` has nothing against; nothing after them looks at the file again.
 */

/** The place of a value in its file. Lines and columns count from 1; `offset` counts characters from 0. */
export interface SourceRange {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly offset: number
  readonly length: number
}

/** One DuckDB expression as the engineer wrote it. */
export interface SqlText {
  readonly sql: string
  readonly at: SourceRange
}

export type CleanStep =
  | { readonly step: "trim" }
  | { readonly step: "collapse_spaces" }
  | { readonly step: "replace"; readonly characters: string; readonly with: string }
  | { readonly step: "shorten"; readonly to: number }
  | { readonly step: "lower" }
  | { readonly step: "upper" }

/** How one value is made. Every kind compiles to one SQL expression, but for `unique`, which needs the whole entity. */
export type Value =
  | { readonly kind: "sql"; readonly sql: SqlText }
  | { readonly kind: "rule"; readonly rule: string; readonly at: SourceRange }
  | {
      readonly kind: "template"
      readonly pieces: ReadonlyArray<{ readonly text: string } | { readonly hole: Value }>
      /** The text that a null hole becomes; without it a null hole makes the whole value null. */
      readonly nullHole: string | null
      readonly at: SourceRange
    }
  | {
      readonly kind: "first_of"
      readonly branches: ReadonlyArray<{ readonly when: SqlText | null; readonly value: Value }>
      readonly at: SourceRange
    }
  | {
      readonly kind: "map"
      readonly of: Value
      readonly table: ReadonlyArray<readonly [from: string, to: string]>
      readonly unmapped: { readonly do: "reject" | "keep" } | { readonly do: "value"; readonly value: string }
      readonly at: SourceRange
    }
  | { readonly kind: "clean"; readonly of: Value; readonly steps: ReadonlyArray<CleanStep>; readonly at: SourceRange }
  | {
      /** The first of `tries` that no other row of the entity could carry; comparison ignores case. */
      readonly kind: "unique"
      readonly tries: ReadonlyArray<Value>
      readonly at: SourceRange
    }
  | {
      readonly kind: "date"
      readonly of: Value
      readonly as: "date" | "end_of_day"
      /** IANA name; null = the district's. */
      readonly timezone: string | null
      readonly at: SourceRange
    }

export type FieldDefinition =
  | { readonly name: string; readonly kind: "value"; readonly value: Value; readonly at: SourceRange }
  | {
      readonly name: string
      readonly kind: "ref"
      /** Looked for in this order; the first entity that holds the key wins. */
      readonly entities: ReadonlyArray<string>
      readonly key: Value
      /** An optional ref may be null; a required one that is null turns the row away. */
      readonly optional: boolean
      readonly at: SourceRange
    }

/** One part of the source per row of a relation: an earlier dataset or an entity of another pipeline. */
export interface DatasetParts {
  readonly relation: string
  readonly alias: string
  readonly id: SqlText
  readonly when: SqlText | null
  readonly at: SourceRange
}

/** A row of an earlier dataset that came or changed since a part was last read is news of it, where it gives the part's id. */
export interface NewsDefinition {
  readonly relation: string
  readonly alias: string
  readonly id: SqlText
  readonly at: SourceRange
}

export type DatasetMode =
  /** All that there is, on every run. */
  | { readonly kind: "whole" }
  /**
   * Records that changed since the part, or the collection that is read without parts, was last read; whole at least every so
   * many days. What was read before is kept.
   */
  | {
      readonly kind: "delta"
      readonly overlapHours: number
      readonly wholeEveryDays: number
      /** A part is read whole where there is news of it. */
      readonly wholeWith: ReadonlyArray<NewsDefinition>
    }
  /** The part as it was last read, until one of these says otherwise; none is asked for after `minutes` (null = no bound). */
  | {
      readonly kind: "kept"
      readonly againAfterDays: number
      readonly minutes: number | null
      readonly againWhen: SqlText | null
      /** A part is read again where there is news of it. */
      readonly againWith: ReadonlyArray<NewsDefinition>
    }
  /** Nothing is read: what stands at the target of a pipeline, by its ledger. */
  | { readonly kind: "ledger"; readonly pipeline: string; readonly entity: string }
  /** Nothing is read: a CSV file beside the pipeline's, its rows in the order of `columns`. */
  | {
      readonly kind: "file"
      readonly file: string
      readonly columns: ReadonlyArray<string>
      readonly rows: ReadonlyArray<ReadonlyArray<string | null>>
    }
  /** Nothing is read: what people said of single items, kept in rollbook's state. */
  | { readonly kind: "choices" }
  /** Nothing is read: the academic sessions that the pipelines used here read last, kept in rollbook's state. */
  | { readonly kind: "sessions"; readonly pipelines: ReadonlyArray<string> }
  /** Nothing is read: which parts of a dataset have been read, and whether all of that is as of now. */
  | { readonly kind: "parts"; readonly dataset: string }

export interface DatasetDefinition {
  readonly name: string
  readonly endpoint: string
  readonly filter: string | null
  readonly fields: ReadonlyArray<string>
  /** The parts, if the source is read part by part; null if it is read as a whole. */
  readonly parts: DatasetParts | null
  readonly mode: DatasetMode
  /** Fewer rows than this stop the run before anything is planned. */
  readonly minRows: number
  /** With more rows than this in quarantine for one reason, the read is not proven whole. */
  readonly turnedAway: Limit
  readonly at: SourceRange
}

export interface JoinDefinition {
  /** A dataset or an earlier entity. */
  readonly relation: string
  readonly alias: string
  readonly on: SqlText
  /** The row stays without a match, and whatever is wrong with the match. Of an entity only kept rows match. */
  readonly optional: boolean
  readonly at: SourceRange
}

/** A condition with its reason. */
export interface Rule {
  readonly id: string
  readonly when: SqlText
  readonly say: string
  /** Expression that is put behind the reason: the id of another record; null where there is none. It may give nothing. */
  readonly names: SqlText | null
}

/** A rule that turns rows away into quarantine. */
export interface RejectRule extends Rule {
  /** Whether many records are turned away by it in an ordinary district, so that they raise no doubt of the read. */
  readonly isUsual: boolean
}

export interface EntityDefinition {
  readonly name: string
  readonly describe: string
  readonly from: { readonly relation: string; readonly alias: string; readonly at: SourceRange }
  /** Further entities whose rows are taken as those of `from` are. */
  readonly alsoFrom: ReadonlyArray<string>
  readonly joins: ReadonlyArray<JoinDefinition>
  /** One row per element of a list column: alias → list expression. */
  readonly each: ReadonlyArray<{ readonly alias: string; readonly list: SqlText }>
  readonly where: SqlText | null
  /**
   * The first in this order stays of the rows that share these values. The others are not wanted, or, with `reject`, go to
   * quarantine under its id, with the id of the record that stayed after the reason.
   */
  readonly pick: {
    readonly onePer: ReadonlyArray<SqlText>
    readonly orderBy: ReadonlyArray<SqlText>
    readonly reject: { readonly id: string; readonly say: string } | null
  } | null
  readonly key: Value
  /** The label that people read instead of the key; null if none is declared. */
  readonly label: Value | null
  /** The school and section to which the row belongs, for guards, filters and reports. */
  readonly scope: { readonly school: Value | null; readonly section: Value | null }
  readonly fields: ReadonlyArray<FieldDefinition>
  /** Rows that are not wanted, each with the reason that people are told. */
  readonly skip: ReadonlyArray<Rule>
  readonly reject: ReadonlyArray<RejectRule>
  readonly warn: ReadonlyArray<Rule>
  /** The run stops where the entity has fewer rows; `show` lists what was found instead. */
  readonly expect: {
    readonly minRows: number
    readonly say: string
    readonly show: SqlText | null
    readonly showFrom: string | null
  } | null
  readonly at: SourceRange
}

export type OnGone = "keep" | "deactivate" | "unenroll" | "recycle" | "remove"
export type Overwrite = "always" | "never" | "if_ours"

/** The limits of the guards that look at an entity, as its guards declare them. */
export type GuardLimits = Limits<"guards">

/** The entity and fields that say who is in which class, and as what; with the limits in people. */
export type ClassPeople = ClassNames & Limits<"classes">

/** The entity and fields that say who is whose guardian; with the limits in people. */
export type FamilyPeople = FamilyNames & Limits<"families">

export interface PeopleDefinition {
  readonly classes: ClassPeople | null
  readonly families: FamilyPeople | null
}

/** How a record is known again that returns under a new key. */
export interface RekeyDefinition {
  /** Lists of fields that must all agree, the surest list first; `school` and `section` stand for the scope. */
  readonly match: ReadonlyArray<ReadonlyArray<string>>
  /** As `match`, but agreement makes the pair likely and not certain: it is held. */
  readonly unsure: ReadonlyArray<ReadonlyArray<string>>
  /** So much of the larger roster must be the same; null where nothing hangs on the record. */
  readonly shared: {
    readonly entity: string
    readonly of: string
    readonly by: string
    readonly percent: number
  } | null
}

export interface LoadEntityDefinition {
  readonly entity: string
  readonly resource: string
  /** Org unit type of the target, by name or code; only for resources that have types. */
  readonly type: string | null
  readonly matchExisting: ReadonlyArray<string>
  /** Refs that an existing record must share with the one it is taken for. */
  readonly matchWithin: ReadonlyArray<string>
  readonly onGone: OnGone
  /** A gone row for which this holds (over its last fields and `run`) stays as it is: an ended term is concluded, not torn down. */
  readonly keepWhen: SqlText | null
  /** A ref field whose removal in the same plan takes this row with it, so that no request is needed. */
  readonly removedWith: string | null
  /** A ref field to an enrollment above; where that one's role cascades, this row needs no request. */
  readonly coveredBy: string | null
  readonly overwrite: ReadonlyMap<string, Overwrite>
  /** Fields kept in rollbook's state and never sent. */
  readonly stateOnly: ReadonlyArray<string>
  /** Fields that are sent with the others, and whose change alone is no reason to write. */
  readonly sentAlong: ReadonlyArray<string>
  /** `write`: a kept record that was not wanted for a while is written again, whether it differs or not. */
  readonly onReturn: "compare" | "write"
  /** The policy for a record that somebody changed at the target since; null = nobody looks for such edits. */
  readonly onTargetEdit: "overwrite" | "hold" | null
  /** At most so many of the records about to be overwritten are looked at; null = all. */
  readonly targetEditSample: number | null
  /** Field that names the person a record is about. */
  readonly person: string | null
  /** Fields without which the target takes no record: a row that lacks one goes to quarantine. */
  readonly required: ReadonlyArray<string>
  /** Fields of which the target lets no two records have the same. */
  readonly unique: ReadonlyArray<string>
  /** Those, and fields of which some targets do not either. */
  readonly contested: ReadonlyArray<ContestedField>
  readonly guards: GuardLimits
  readonly rekey: RekeyDefinition | null
  readonly at: SourceRange
}

/** A field of which a target may let no two records have the same, among those that agree in the fields of `within`. */
export interface ContestedField {
  readonly field: string
  readonly within: ReadonlyArray<string>
}

export interface LoadDefinition {
  readonly connection: string
  /** In dependency order: what a row refers to comes before it. */
  readonly entities: ReadonlyArray<LoadEntityDefinition>
  readonly people: PeopleDefinition
  /** A plan older than this is refused. */
  readonly planExpiresAfterHours: number
  readonly gates: Gates
}

/** Rows as a test names them: only the columns that matter. */
export type TestRows = ReadonlyArray<Readonly<Record<string, unknown>>>

export interface PipelineTest {
  readonly name: string
  readonly asOf: string | null
  /** Null = that of the pipeline. */
  readonly timezone: string | null
  /** Rows per dataset. Columns left out are null; datasets left out are empty. */
  readonly given: ReadonlyMap<string, TestRows>
  /** Expected rows per entity; only the columns named are compared. Entities not named are not compared. */
  readonly expect: ReadonlyMap<string, TestRows>
  /** All rows in quarantine of the entities named; empty = none at all; null = not compared. */
  readonly quarantine: TestRows | null
  /** As `quarantine`, for records that a `warn` rule points at. */
  readonly warnings: TestRows | null
  /** Text in the message with which the run must stop; null = it must not. */
  readonly stops: string | null
  readonly at: SourceRange
}

export interface Definition {
  readonly name: string
  readonly file: string
  /** sha256 of the decoded definition, so that comments and spacing do not change it. */
  readonly hash: string
  /** sha256 of each of its pieces, by name: what differs between two definitions can be said. */
  readonly pieces: Readonly<Record<string, string>>
  /** IANA name of the district's time zone. */
  readonly timezone: string
  readonly schedule: ScheduleDefinition | null
  readonly source: string
  /** So many proven reads are kept as they came. */
  readonly keepReads: number
  /** Every so many nights everything is computed, though all is as it was. */
  readonly fullEvery: number
  /** In the order in which they are read; what other pipelines have at their targets and tables come first. */
  readonly datasets: ReadonlyArray<DatasetDefinition>
  /** The columns of what is not read: of what other pipelines have at their targets, by `pipeline.entity`, and of tables. */
  readonly used: ReadonlyMap<string, CollectionContract>
  /** The collections of the source, and `used`, by endpoint. */
  readonly collections: ReadonlyMap<string, CollectionContract>
  /** The resources of the target, by name. */
  readonly resources: ReadonlyMap<string, ResourceContract>
  readonly rules: ReadonlyMap<string, Value>
  /** In dependency order. */
  readonly entities: ReadonlyArray<EntityDefinition>
  readonly load: LoadDefinition
  readonly tests: ReadonlyArray<PipelineTest>
}
