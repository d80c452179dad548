import * as Effect from "effect/Effect"
import type { ContestedField } from "../pipeline/definition.ts"
import type { StepOutcome } from "../core/ports/journal.ts"
import type { TargetWriterService } from "../core/ports/target.ts"
import { afterAside, backFromAside, nextRound, type StepAside, towardsAside } from "./clashes.ts"
import type { Work } from "./work.ts"

/** A step that was refused and may go once another one has given up its name, with its outcome if that stays so. */
export interface Clash {
  readonly work: Work
  readonly outcome: StepOutcome
}

/**
 * Whether a refused step may go later in its phase: where the target says that a name is taken, and, whatever it says
 * and by whatever status, where another step of the phase gives up the very name that it wants. What may have made a
 * record although it was refused is not sent twice.
 */
export const mayClash = ({ outcome, work }: Clash): boolean => {
  switch (outcome.reason) {
    case "Conflict":
      return true
    case "Forbidden":
    case "Invalid":
    case "Malformed":
    case "NotFound":
    case "Unknown":
      return (
        work.wantsAnothersName && (work.step.action !== "create" || !outcome.isDoubtful || outcome.remoteId !== null)
      )
    default:
      return false
  }
}

/**
 * Sends refused steps again, each when the name that it wants may be free, and lets one of each circle step aside. `send`
 * gives back what was refused once more. Gives what failed for good.
 */
export const exchangeNames = Effect.fn("load.exchanges")(function* <E, R>(
  refused: ReadonlyArray<Clash>,
  contested: ReadonlyArray<ContestedField>,
  perform: TargetWriterService["perform"],
  send: (works: ReadonlyArray<Work>) => Effect.Effect<ReadonlyArray<Clash>, E, R>
) {
  let waiting = refused
  let failed: ReadonlyArray<Clash> = []
  let isHelping = false
  const asides = new Map<number, StepAside>()
  const without = (works: ReadonlyArray<Work>): ReadonlyArray<Clash> =>
    waiting.filter((clash) => !works.includes(clash.work))
  while (waiting.length > 0) {
    const { aside, ready } = nextRound(worksOf(waiting), contested)
    if (ready.length > 0) {
      const again = yield* send(ready)
      isHelping ||= again.length < ready.length
      waiting = without(ready)
      failed = [...failed, ...again]
      continue
    }
    for (const one of aside) {
      const clash = waiting.find(({ work }) => work === one.work)
      if (clash === undefined) continue
      const stepped = yield* Effect.either(perform(towardsAside(one)))
      waiting = without([one.work])
      // A step that may not even stand aside clashes as before and says so.
      if (stepped._tag === "Left") failed = [...failed, clash]
      else {
        asides.set(one.work.step.sequence, one)
        waiting = [...waiting, { ...clash, work: afterAside(one) }]
      }
    }
  }
  // A name may have become free of which nobody here knew who has it: what clashed is tried as long as that helps.
  while (failed.length > 0 && isHelping) {
    const again = yield* send(worksOf(failed))
    isHelping = again.length < failed.length
    failed = again
  }
  return yield* Effect.forEach(failed, (clash) => {
    const aside = asides.get(clash.work.step.sequence)
    return aside === undefined ? Effect.succeed(clash) : goBack(clash, aside, perform)
  })
})

/** Gives a record its name back. It was written, so that the ledger no longer vouches for it, and the next run sends it again. */
const goBack = (clash: Clash, aside: StepAside, perform: TargetWriterService["perform"]): Effect.Effect<Clash> =>
  Effect.map(Effect.either(perform(backFromAside(aside))), (went) => ({
    ...clash,
    outcome: {
      ...clash.outcome,
      isDoubtful: true,
      remoteId: aside.work.step.remoteId ?? clash.outcome.remoteId,
      detail: `${clash.outcome.detail ?? ""}${went._tag === "Right" ? "" : `; its ${aside.field} ends in ~${aside.work.step.sequence} until then`}`
    }
  }))

const worksOf = (clashes: ReadonlyArray<Clash>): ReadonlyArray<Work> => clashes.map(({ work }) => work)
