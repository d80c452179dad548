import type { Told } from "./http/contract/told.ts"
import type { SchoolInShort } from "./http/contract/plans.ts"
import type { Verdict } from "./verdict.ts"

/** The own sentences of the mail of a night, beside those of its plans. */
export interface NightWords {
  readonly subject: (day: string, verdict: ReadonlyArray<string>) => string
  readonly allWell: string
  readonly notWell: (pipelines: number, of: number) => string
  readonly decisions: (waiting: number) => string
  readonly waitingUnknown: string
  readonly waitingUnread: string
  readonly atWork: (pipeline: string) => string
  readonly notBegun: (pipeline: string) => string
  readonly leftOut: (pipeline: string) => string
  readonly switchedOff: (pipeline: string) => string
  /** The whole sentence, with its stop. */
  readonly ended: (ended: Ended) => string
  readonly decide: (one: Decide) => string
  readonly unknown: (one: Omit<Decide, "until">) => string
}

/** How the run of a pipeline ended. */
export interface Ended {
  readonly pipeline: string
  readonly verdict: Verdict
  readonly run: number | null
  readonly steps: {
    readonly done: number
    readonly failed: number
    readonly notReached: number
    readonly held: number
    readonly stopped: number
    readonly awaited: number
  } | null
}

/** Changes of a pipeline that wait; `until` is a moment in words, with its zone. */
export interface Decide {
  readonly pipeline: string
  readonly held: number
  readonly of: number
  readonly until: string
}

/** All by which a mail is written in one language. */
export interface NightSpeech {
  readonly words: NightWords
  readonly tell: (told: Told, zone: string) => string
  readonly school: (one: SchoolInShort) => string
  /** An instant in a zone, with the zone. */
  readonly moment: (instant: string, zone: string) => string
  readonly day: (day: string) => string
}
