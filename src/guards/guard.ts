import type * as Effect from "effect/Effect"
import type { Sql } from "../core/sql.ts"
import type { Warehouse, WarehouseError } from "../core/ports/warehouse.ts"
import type { Keys, LimitsOf } from "./keys.ts"

/**
 * The form of a guard, and what is shown to it. A guard sees the change set, counts and its own keys, and nothing of a
 * pipeline's form.
 */

export type Asked<A> = Effect.Effect<A, WarehouseError, Warehouse>

/** An excess, or something not known, that a guard found at one place. Its steps wait. */
export interface Trip {
  readonly entity: string
  /** SIS id of the school or section it looked at; null = the whole district. */
  readonly school: string | null
  readonly section: string | null
  /** The allowed amount, and the one found, in rows or people. */
  readonly limit: number
  readonly value: number
  /** One sentence for people. */
  readonly say: string
  /** A field or a kind of step by which its steps are told from those of the guard's other trips; not part of a plan. */
  readonly of?: string
}

/** A record that goes on, though something is odd about it; counted by rule. */
export interface Warning {
  readonly entity: string
  readonly rule: string
  readonly rows: number
  readonly say: string
}

/**
 * The matter that a guard weighs: `read` = whether the source was read whole; `rows` and `people` = amounts, in rows or in
 * people; `chain` = what hangs on what is held; `record` = single records of which something is odd or not known.
 */
export type Weighs = "read" | "rows" | "people" | "chain" | "record"

/** The places of its keys in a pipeline's file: under `load.guards`, by entity, or beside who is who in `load.people`. */
export interface Places {
  readonly guards: object
  readonly classes: ClassNames
  readonly families: FamilyNames
}

/**
 * A guard: what it may be told, what it looks at, what is too much, and which steps wait then. `keys` and what `at` names
 * come together as `given`.
 */
export interface Guard<Name extends string, At extends keyof Places, K extends Keys, Seen> {
  /** Stands in plans: a name once used keeps its meaning, and one that becomes another goes into `earlier-names.ts`. */
  readonly name: Name
  readonly weighs: Weighs
  /** The steps that it holds, in words, for the list of all guards. */
  readonly describe: string
  readonly at: At
  readonly keys: K
  /** Done once, before it is asked of the first entity. */
  before?(night: Night): Asked<void>
  /** Entities in the order of their dependence, or from the leaves up. */
  readonly from?: "leaves"
  measure(entity: WatchedEntity, given: Places[At] & LimitsOf<K>, night: Night): Asked<Seen>
  trip(seen: Seen, given: Places[At] & LimitsOf<K>, entity: WatchedEntity): ReadonlyArray<Trip>
  /** Condition over the change set for the steps that wait. Those that an earlier hold has stay under that one. */
  steps(trip: Trip, given: Places[At] & LimitsOf<K>, night: Night): Sql
  /** Withholds them where that is more than a condition; gives how many the hold has. */
  withhold?(id: string, trip: Trip): Asked<number>
  /**
   * The sentence where earlier holds have some of the steps: `counted` = how many each has; `joined` = where they have all,
   * the sentence goes to the first of them, for what befalls people is said in any case.
   */
  readonly shares?: "counted" | "joined"
  /** Whom it is about, a line each, by id and never by name. `hold` is null where an earlier one has all of its steps. */
  tells?(trip: Trip, given: Places[At] & LimitsOf<K>, hold: string | null): Asked<ReadonlyArray<string>>
  warns?(seen: Seen, given: Places[At] & LimitsOf<K>, entity: WatchedEntity): ReadonlyArray<Warning>
}

/** Any guard, as the one who asks sees it. */
export type AnyGuard = Guard<string, keyof Places, Keys, unknown>

/** Says that a record is a guard, and of which types. */
export const guard = <const Name extends string, At extends keyof Places, K extends Keys, Seen>(
  one: Guard<Name, At, K, Seen>
): Guard<Name, At, K, Seen> => one

/** A ref field, with the entities to whose records it may point. */
export interface Ref {
  readonly field: string
  readonly entities: ReadonlyArray<string>
}

/** An entity and its refs, as far as needed to find the steps that wait for others. */
export interface Referring {
  readonly name: string
  readonly refs: ReadonlyArray<Ref>
  /** The table of what was last written. */
  readonly ledger: Sql
}

/** An entity that is written, as guards see it. */
export interface WatchedEntity extends Referring {
  readonly tables: { readonly snapshot: Sql; readonly history: Sql; readonly candidates: Sql; readonly desired: Sql }
  readonly amounts: Amounts
  /** Fields by which its records are found at the target, and those that no two of them may share. */
  readonly matchExisting: ReadonlyArray<string>
  readonly unique: ReadonlyArray<string>
  /** Entities from whose rows its values come by a join. */
  readonly upstream: ReadonlyArray<string>
  /** Why the datasets that it is made from may not have been read whole, in words. */
  readonly doubts: ReadonlyArray<string>
  /** Whether edits at the target are to be held, and were looked for. */
  readonly edits: "not held" | "looked for" | "not looked for"
  /** The most that one of so many of the last good runs let through. */
  readonly baseline: (runs: number) => EntityBaseline
  readonly unsure: UnsureRecords | null
  readonly pipelineChange: PipelineChange | null
}

/** Counts of an entity; `present` is what stands by the ledger before the plan. */
export interface Amounts {
  /** All steps. */
  readonly steps: number
  readonly present: number
  readonly desired: number
  readonly gone: number
  readonly added: number
  readonly changed: number
  /** Records known again under a new key. */
  readonly rekeyed: number
  /** Steps of which it is not known what they would do. */
  readonly unknown: number
}

export interface EntityBaseline {
  readonly runs: number
  readonly gone: number
  readonly added: number
}

/** Records that may have come back under a new key, or not. */
export interface UnsureRecords {
  readonly gone: number
  readonly fresh: number
  /** The largest share of a roster that any two of them have in common, 0 to 100; null where no roster is compared. */
  readonly shared: number | null
}

/** An edit of the pipeline, or another engine, that may be behind an entity's steps. */
export interface PipelineChange {
  /** The last good run before the edit. */
  readonly since: number
  readonly cause: "pipeline" | "engine"
  /** True on the first run after the edit; later only what was held then still waits. */
  readonly isFirst: boolean
  readonly gone: number
  readonly changed: number
  /** Condition for the steps that it is about. */
  readonly steps: Sql
}

/** The entity that says who is in which class, with the names of its fields and the values of its role. */
export interface ClassNames {
  readonly entity: string
  readonly person: string
  readonly class: string
  readonly role: string
  readonly teachers: ReadonlyArray<string>
  readonly students: ReadonlyArray<string>
}

/** The entity that says who is whose guardian, with the names of its fields. */
export interface FamilyNames {
  readonly entity: string
  readonly student: string
  readonly guardian: string
}

/** A plan in the making, as guards see it. */
export interface Night {
  /** All that is written, what is referred to first. */
  readonly entities: ReadonlyArray<WatchedEntity>
  /** Why the source may not have been read whole, in words. */
  readonly doubts: ReadonlyArray<string>
  /** Numbers of earlier runs whose read was proven, newest first. */
  readonly goodRuns: ReadonlyArray<number>
  /** Names of schools and sections that the change set touches, as `school:id` and `section:id`. */
  readonly names: Asked<ReadonlyMap<string, string>>
  /** Measures what several guards need, once. */
  readonly once: <A>(what: string, measure: Asked<A>) => Asked<A>
}

/** A trip about the whole district. */
export const district = (entity: WatchedEntity, limit: number, value: number, say: string): Trip => ({
  entity: entity.name,
  school: null,
  section: null,
  limit,
  value,
  say
})
