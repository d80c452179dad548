import { randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { exitCodes } from "../core/exit-codes.ts"
import { nothingDone, type RunEnded } from "../core/ports/runner.ts"
import type { Asker } from "./access/asker.ts"
import { type Verdict, verdictOf } from "./verdict.ts"

/** A run that a person asked for, beside those of the schedule. Instants are milliseconds since the epoch. */
export interface AskedRun extends RunWish {
  readonly id: string
  readonly askedAt: number
  readonly begunAt: number | null
  readonly notBefore: number
  readonly ended: (RunEnded & { readonly at: number; readonly verdict: Verdict }) | null
}

export interface RunWish {
  readonly pipeline: string
  readonly by: string
  /** By which they are asked about again when it begins; those of earlier builds say nothing of it. */
  readonly asker?: Asker
  /** Id of the course offering from which it was asked for. */
  readonly orgUnit?: string
  /** SIS ids of sections, and titles of academic sessions; empty = everything. */
  readonly sections: ReadonlyArray<string>
  readonly sessions: ReadonlyArray<string>
}

/** The runs that people asked for; kept on disk, so that a restart forgets none. */
export interface AskedRuns {
  /**
   * Asks for a run. One of the same person that waits for the same already is that run: whoever presses twice has asked once.
   * `refused`: why it may not begin; it has ended then, and is kept to be told.
   */
  readonly ask: (wish: RunWish, refused?: string | null) => Effect.Effect<AskedRun>
  /** All that wait or are at work, and the last that ended; in the order in which they were asked for. */
  readonly all: () => ReadonlyArray<AskedRun>
  /** Those that may begin now, in the order in which they were asked for. */
  readonly ready: (now: number) => ReadonlyArray<AskedRun>
  readonly begin: (id: string) => Effect.Effect<void>
  readonly end: (id: string, ended: RunEnded, isStopping: boolean) => Effect.Effect<void>
  /** It may no longer begin, and why: nothing was done. */
  readonly refuse: (id: string, why: string) => Effect.Effect<void>
}

/** Runs that have ended and are still kept. */
const endedKept = 200

/** Milliseconds until a workspace that another process holds is asked for again. */
const heldPause = 5_000

/** `known`: as they were kept last; what was at work then was cut off, and is made again: it sends what is not sent yet. */
export const makeAskedRuns = (
  known: ReadonlyArray<AskedRun>,
  keep: (runs: ReadonlyArray<AskedRun>) => Effect.Effect<void>
): AskedRuns => {
  let runs = askedOnce(known.map((run) => (run.ended === null ? { ...run, begunAt: null, notBefore: 0 } : run)))
  const change = (id: string, to: (run: AskedRun) => AskedRun): Effect.Effect<void> =>
    Effect.suspend(() => {
      const changed = askedOnce(runs.map((run) => (run.id === id ? to(run) : run)))
      const leaving = changed.filter((run) => run.ended !== null).slice(0, -endedKept)
      runs = changed.filter((run) => !leaving.includes(run))
      return keep(runs)
    })
  return {
    ask: (wish, refused = null) =>
      Effect.gen(function* () {
        const same = runs.find((run) => isWaiting(run) && isSame(run, wish))
        if (same !== undefined) return same
        const now = yield* Clock.currentTimeMillis
        const asked: AskedRun = {
          ...wish,
          id: randomUUID(),
          askedAt: now,
          begunAt: null,
          notBefore: 0,
          ended: refused === null ? null : endedRefused(refused, now)
        }
        runs = [...runs, asked]
        yield* keep(runs)
        return asked
      }),
    all: () => runs,
    // A pause that is longer than any is of a clock that was ahead.
    ready: (now) => runs.filter((run) => isWaiting(run) && (run.notBefore <= now || run.notBefore - now > heldPause)),
    begin: (id) => Effect.flatMap(Clock.currentTimeMillis, (now) => change(id, (run) => ({ ...run, begunAt: now }))),
    end: (id, ended, isStopping) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        change(id, (run) => {
          const verdict = verdictOf(ended)
          if (verdict === "not begun" || (verdict === "interrupted" && isStopping)) {
            return { ...run, begunAt: null, notBefore: now + heldPause }
          }
          return { ...run, ended: { ...ended, at: now, verdict } }
        })
      ),
    refuse: (id, refused) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        change(id, (run) => ({ ...run, ended: endedRefused(refused, at) }))
      )
  }
}

const endedRefused = (refused: string, at: number): AskedRun["ended"] => ({
  ...nothingDone(exitCodes.unexpected),
  at,
  verdict: "failing",
  refused
})

/** Whether it is an export of single sections, which goes beside whatever else is at work. */
export const isOfCourse = ({ sections }: RunWish): boolean => sections.length > 0

/** How the command line of its run says who asked, and for what alone. */
export const wordsOf = ({ by, sections, sessions }: RunWish): ReadonlyArray<string> => {
  const written = (key: string, values: ReadonlyArray<string>): ReadonlyArray<string> =>
    values.map((value) => `${key}=${value.replaceAll(",", "\\,")}`)
  const only = [...written("section", sections), ...written("session", sessions)]
  return [`--as=${by}`, ...(only.length === 0 ? [] : [`--only=${only.join(",")}`])]
}

const isWaiting = (run: AskedRun): boolean => run.ended === null && run.begunAt === null

/** Runs without those that the same person has asked for since one was cut off, which waits again and does for them: however often that happens, one is left. */
const askedOnce = (runs: ReadonlyArray<AskedRun>): ReadonlyArray<AskedRun> =>
  runs.filter(
    (run, at) => !isWaiting(run) || !runs.slice(0, at).some((earlier) => isWaiting(earlier) && isSame(earlier, run))
  )

const isSame = (run: AskedRun, wish: RunWish): boolean =>
  run.pipeline === wish.pipeline &&
  run.by === wish.by &&
  JSON.stringify([run.sections, run.sessions]) === JSON.stringify([wish.sections, wish.sessions])
