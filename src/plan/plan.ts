import type { GuardLimits } from "../pipeline/definition.ts"

/** Version of the plan file's form; a reader refuses what it does not know. */
export const planFormatVersion = 1

/** Actions in the order in which people want to see them. `unknown` = what the step would do could not be found out. */
export const planActions = [
  "delete",
  "unenroll",
  "deactivate",
  "unknown",
  "create",
  "adopt",
  "restore",
  "update"
] as const
export type PlanAction = (typeof planActions)[number]

export const removals: ReadonlyArray<PlanAction> = ["delete", "unenroll", "deactivate"]

/** Steps withheld until someone approves them. */
export interface Hold {
  /** `hold-1`, `hold-2`… within the plan. */
  readonly id: string
  readonly guard: "incomplete" | "empty" | "gone" | "changed" | "per_school" | "per_section" | "depends" | "unknown"
  readonly entity: string
  /** SIS id of the school or section the guard looked at; null = the whole district. */
  readonly school: string | null
  readonly section: string | null
  /** What was allowed and what was found, in rows. */
  readonly limit: number
  readonly value: number
  /** Number of steps it withholds. */
  readonly steps: number
  /** One sentence for people. */
  readonly say: string
}

export interface EntityPlanCounts {
  readonly entity: string
  readonly resource: string
  /** Steps per action, held ones included. */
  readonly actions: Readonly<Partial<Record<PlanAction, number>>>
  readonly held: number
  /** Removals that follow from another step, so that no request is sent. */
  readonly implied: number
  readonly desired: number
  readonly present: number
  readonly unchanged: number
  readonly covered: number
  readonly keptThoughGone: number
}

export interface SourceSummary {
  readonly dataset: string
  readonly proven: boolean
  readonly doubts: ReadonlyArray<string>
  readonly rows: number
  readonly pages: number
  readonly requests: number
  readonly totalAtStart: number | null
  readonly totalAtEnd: number | null
  readonly endRecognisedBy: string
  readonly duplicates: number
  readonly warnings: ReadonlyArray<string>
  readonly became: number
  readonly quarantined: number
  readonly unwanted: number
}

export interface QuarantineCount {
  readonly entity: string
  readonly rule: string
  readonly rows: number
}

/** The header of a plan: everything but its steps, which lie beside it, one JSON object a line. */
export interface PlanHeader {
  readonly format_version: typeof planFormatVersion
  readonly plan_id: string
  readonly pipeline: string
  readonly run: number
  readonly created_at: string
  /** After this instant the plan is refused. */
  readonly expires_at: string
  readonly as_of: string
  readonly definition_hash: string
  /** The plan holds for this state of the ledger; it is refused when the ledger has moved on. */
  readonly ledger_version: number
  readonly source: ReadonlyArray<SourceSummary>
  readonly counts: ReadonlyArray<EntityPlanCounts>
  readonly guards: Readonly<Record<string, GuardLimits>>
  readonly holds: ReadonlyArray<Hold>
  readonly quarantine: ReadonlyArray<QuarantineCount>
  /** What could not be known while planning, in words; never empty silently. */
  readonly unknown: ReadonlyArray<string>
  readonly steps: { readonly file: string; readonly count: number; readonly sha256: string }
}

/** A plan as it lies on disk: the header with its own hash. */
export interface PlanFile extends PlanHeader {
  /** sha256 over the canonical form of the header, which holds that of the steps. */
  readonly content_hash: string
}

/** One step as it lies in the steps file. */
export interface PlanStep {
  readonly seq: number
  readonly phase: number
  readonly entity: string
  readonly key: string
  readonly action: PlanAction
  readonly reason: string
  readonly label: string | null
  readonly school: string | null
  readonly section: string | null
  readonly remote_id: string | null
  readonly before: Readonly<Record<string, string | null>> | null
  readonly after: Readonly<Record<string, string | null>> | null
  readonly changed: ReadonlyArray<string>
  /** The step on whose removal this one follows, as `entity:key`. */
  readonly implied_by: string | null
  /** Id of the hold that withholds it. */
  readonly hold: string | null
}
