import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** A run that the schedule asks for. */
export interface RunAsked {
  readonly pipeline: string
  /** ISO instant at which it was due. */
  readonly due: string
}

/** How a run ended. Counts and ids alone: nothing of it names anybody. */
export interface RunEnded {
  /** Its exit code, by the one table; 7 = another process holds the workspace, and nothing was done. */
  readonly code: number
  /** Number of the apply; null where it came to none. */
  readonly run: number | null
  /** Id of the plan; null where none was made. */
  readonly plan: string | null
  /** Steps, by how they ended; null where nothing was carried out. */
  readonly steps: {
    readonly done: number
    readonly failed: number
    readonly notReached: number
    readonly held: number
  } | null
  /** Whether the pipeline's own switch kept it from running. */
  readonly switchedOff: boolean
}

export interface RunnerService {
  /** Carries out a pipeline, whatever becomes of it. One at a time. */
  readonly run: (asked: RunAsked) => Effect.Effect<RunEnded>
  /** Asks the run that is at work to end: what is in flight is answered first. Nothing where none is. */
  readonly stop: Effect.Effect<void>
}

/** A line that a run says, with its pipeline, its number and the stage that it is in, as far as they are known. */
export interface RunLine {
  readonly level: "info" | "warn" | "error"
  readonly message: string
  readonly fields: Readonly<Record<string, string | number>>
}

/** How runs are started as processes of their own. */
export interface RunnerOptions {
  /** The program and what stands before the words of a command line. */
  readonly command: readonly [program: string, ...words: ReadonlyArray<string>]
  /** The words of a run: machine output on stdout, JSON lines on stderr. */
  readonly words: (pipeline: string) => ReadonlyArray<string>
  readonly environment: () => Readonly<Record<string, string | undefined>>
  readonly onLine: (line: RunLine) => void
}

/** What carries out the runs of the schedule. */
export class Runner extends Context.Tag("rollbook/Runner")<Runner, RunnerService>() {}
