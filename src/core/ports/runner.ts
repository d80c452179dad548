import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A run that the schedule, or somebody who is signed in, asks for. */
export interface RunAsked {
  readonly pipeline: string
  /** ISO instant at which it was due. */
  readonly due: string
  /** Further words of its command line, as `--only section=5001 --as m.oneil`; none for the schedule. */
  readonly words?: ReadonlyArray<string>
  /** By which the lines of a run that somebody asked for are told apart; none for the schedule. */
  readonly id?: string
  /** The same as in the words, of an export of single sections: a run at work takes it in beside itself. */
  readonly course?: CourseAsked
  /** Asked when its turn comes, before anything is done: whether it may still begin. Absent: it may. */
  readonly mayBegin?: Effect.Effect<boolean>
}

/** An export of single sections, asked for by somebody who is signed in. */
export interface CourseAsked {
  readonly pipeline: string
  readonly by: string
  /** SIS ids. */
  readonly sections: ReadonlyArray<string>
  /** Titles of academic sessions; empty = all. */
  readonly sessions: ReadonlyArray<string>
}

/** An approval that somebody who is signed in gives: of all that a plan holds, or of a part of it. */
export interface ApprovalAsked {
  readonly plan: string
  readonly pipeline: string
  /** Ids of holds; null = all that can be approved. */
  readonly holds: ReadonlyArray<string> | null
  /** SIS ids; empty lists filter nothing. */
  readonly schools: ReadonlyArray<string>
  readonly sections: ReadonlyArray<string>
  /** Single steps by their place in the plan; empty filters nothing. */
  readonly steps: ReadonlyArray<number>
  readonly by: string
  readonly why: string
  /** ISO instant at which it was given; one person gives no two at the same, so that carrying it out again changes nothing. */
  readonly at: string
  /** ISO instant until which it is good; absent or null: as long as the plan is. */
  readonly expiresAt?: string | null
  readonly evenUnproven: boolean
}

/** Outcome of an approval: it stands, or why it does not. Counts and ids, and who gave it why. */
export type ApprovalEnded =
  { readonly given: ApprovalGiven } | { readonly refused: { readonly reason: string; readonly detail: string } }

export interface ApprovalGiven {
  readonly id: string
  readonly holds: ReadonlyArray<string>
  readonly approvedBy: string
  readonly why: string
  /** ISO instants, UTC. */
  readonly approvedAt: string
  readonly expiresAt: string
  readonly withdrawnAt: string | null
  readonly steps: number
  readonly byHold: ReadonlyArray<{ readonly hold: string; readonly steps: number; readonly of: number }>
  /** Steps among them that a run has carried out since. */
  readonly carriedOut: number
  /** Steps among them that follow from others, that were left out as a run had carried them out, and that wait for others still; why. */
  readonly followers: number
  readonly alreadyCarriedOut: number
  readonly waiting: number
  readonly because: ReadonlyArray<string>
}

/** How a run carries out what it takes in beside itself; null: not at all, and nothing was done. */
export interface CarriesOut {
  readonly export: (asked: CourseAsked, say: (line: RunLine) => void) => Effect.Effect<RunEnded | null>
  readonly approval: (asked: ApprovalAsked) => Effect.Effect<ApprovalEnded | null>
}

/** A run that takes in exports and approvals beside itself. */
export interface TakingIn {
  /** Takes nothing in any more, and waits for the end of what was taken in. */
  readonly close: Effect.Effect<void>
  /** Takes nothing in any more, and interrupts what was taken in. */
  readonly cutOff: Effect.Effect<void>
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
    /** By a gate that closed; absent where none did. */
    readonly stopped?: number
    /** Handed over as rows of which nothing shows yet; absent where none were. */
    readonly awaited?: number
  } | null
  /** Whether the pipeline's own switch kept it from running. */
  readonly switchedOff: boolean
  /** Why what somebody asked for might not begin any more, in words for them; absent where it might. */
  readonly refused?: string
}

/** The steps of an apply as its report counts them, in which those awaited are among those not reached. */
export const stepsAsEnded = ({
  awaited = 0,
  done,
  failed,
  held,
  notReached,
  stopped = 0
}: NonNullable<RunEnded["steps"]>): NonNullable<RunEnded["steps"]> => ({
  done,
  failed,
  notReached: notReached - awaited,
  held,
  ...(stopped > 0 && { stopped }),
  ...(awaited > 0 && { awaited })
})

/** How a run ended with that exit code in which nothing was done. */
export const nothingDone = (code: number): RunEnded => ({
  code,
  run: null,
  plan: null,
  steps: null,
  switchedOff: false
})

/**
 * Carries out runs and commands that write: one at a time, in the order in which they are asked for. Exports of single sections
 * are taken in by the run at work, whichever it is.
 */
export interface RunnerService {
  /** Carries out a pipeline, whatever becomes of it. */
  readonly run: (asked: RunAsked) => Effect.Effect<RunEnded>
  /** Lets the run at work carry an approval out beside itself; null where none takes it in, or it ended before it said so. */
  readonly approve: (asked: ApprovalAsked) => Effect.Effect<ApprovalEnded | null>
  /**
   * Carries out the commands that other processes of this user hand over, until the scope ends, and gives their approvals to the
   * run at work; gives the path of the socket,
   * in the folder or wherever its path is short enough, null where none can be made. What is at work when the scope ends
   * comes to an orderly end first.
   */
  readonly answerCommands: (folder: string) => Effect.Effect<string | null, never, Scope.Scope>
  /** Asks what is at work to end: what is in flight is answered first. Nothing is begun any more. */
  readonly stop: Effect.Effect<void>
}

/** A command line that is handed over to whoever carries commands out. */
export interface CommandAsked {
  readonly words: ReadonlyArray<string>
  /** The folder from which relative paths in it count. */
  readonly directory: string
  /** Variables that it was typed with, beside those of the process that carries it out. */
  readonly environment: Readonly<Record<string, string>>
}

/** News of a command that is being carried out: its output, and its place in the queue. */
export type CommandSaid = { readonly out: Uint8Array } | { readonly err: Uint8Array } | { readonly waits: true }

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

/** Carries out the runs of the schedule. */
export class Runner extends Context.Tag("rollbook/Runner")<Runner, RunnerService>() {}
