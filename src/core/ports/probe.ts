/**
 * A finding about a connected system, made by asking it and changing nothing. Shape of a probe's result; grain: one
 * finding per question and collection. All texts are safe to print: they hold no record's values.
 */
export interface Finding {
  /** The subject: `credentials`, `totals`, `order`…; the same words in every probe of a kind of connection. */
  readonly about: string
  /** Collection it was found in; null where it is of the connection as a whole. */
  readonly endpoint: string | null
  /**
   * `good` = as the standard has it; `limited` = rollbook gets by, at a cost that is said; `failing` = what the pipelines
   * need is not to be had; `unknown` = it could not be told.
   */
  readonly state: "good" | "limited" | "failing" | "unknown"
  readonly says: string
}

/** How a collection behaves when it is read. A later read that finds it otherwise is not trusted with removals. */
export interface CollectionBehaviour {
  readonly endpoint: string
  /** Whether an answer announces how many rows there are, and sends no other number of them. */
  readonly announcesTotals: boolean
  /** Whether rows come in the order of their keys. */
  readonly sortsByKey: boolean
}

export interface Probed {
  readonly connection: string
  readonly findings: ReadonlyArray<Finding>
  /** The collections that could be read. */
  readonly collections: ReadonlyArray<CollectionBehaviour>
  readonly requests: number
}

/** The collections and resources of a connection that the pipelines of a workspace use. */
export interface ProbeWish {
  /** Collections that are read whole, by endpoint. */
  readonly endpoints: ReadonlyArray<string>
  /** Whether grades are sent to it. */
  readonly takesGrades: boolean
  /** Time zone of the district, IANA name. */
  readonly timezone: string
  /** Org unit types that the pipelines name at it. */
  readonly orgUnitTypes: ReadonlyArray<string>
  /** Roles that the pipelines may give people at it. */
  readonly roles: ReadonlyArray<string>
}
