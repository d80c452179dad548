import type { Rule, SourceRange } from "./definition.ts"

/** A time in which nothing is written. Moments are `YYYY-MM-DDTHH:MM` in the district's time zone, both inclusive. */
export interface Freeze {
  readonly from: string
  /** Null = without end. */
  readonly until: string | null
  /** SIS ids; empty = all. */
  readonly schools: ReadonlyArray<string>
  /** Ids or titles of academic sessions, those of grading periods by what is due in them; empty = all. */
  readonly sessions: ReadonlyArray<string>
  readonly say: string
  readonly at: SourceRange
}

/** The conditions that must hold at the moment of sending. */
export interface Gates {
  readonly nightly: boolean
  readonly onDemand: boolean
  readonly openWhen: ReadonlyArray<Rule>
  readonly freezes: ReadonlyArray<Freeze>
  /** Names that administrators may set beside the file: `nightly`, `on_demand`, ids of `openWhen`; `freeze`: add freezes. */
  readonly switchable: ReadonlyArray<string>
}
