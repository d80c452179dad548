import * as Effect from "effect/Effect"
import type { StepOutcome } from "../core/ports/journal.ts"
import type { TargetWriterService, WriteResult, WriteStep } from "../core/ports/target.ts"
import { tell } from "../core/told.ts"

/**
 * Looks at what the target answered well without naming what it wrote: of each resource and action the first such step,
 * and then one in fifty. Where one does not stand, none of its kind is believed unseen, those before it included.
 */
export interface ReadBack {
  /** The outcome as it is; failed, and in doubt, where nothing of the step stands. */
  readonly believe: (step: WriteStep, result: WriteResult, outcome: StepOutcome) => Effect.Effect<StepOutcome>
  /** Whether a step stands; true where that cannot be told. */
  readonly look: (step: WriteStep, remoteId: string) => Effect.Effect<boolean>
  /** Takes out the steps, by sequence, that were believed unseen and whose kind is no longer believed. */
  readonly takeDoubted: () => ReadonlyArray<number>
  /** Whether there are such steps. */
  readonly isDoubting: () => boolean
  /** Steps that were looked at. */
  readonly count: () => number
}

/** One step of so many of a kind is looked at. */
const oneIn = 50

/** Seconds until what was not found is looked for once more: some servers show late what they took. */
const secondLookAfterSeconds = 1

interface Kind {
  sent: number
  isDoubted: boolean
  unseen: Array<number>
}

export const makeReadBack = ({ stands }: Pick<TargetWriterService, "stands">): ReadBack => {
  const kinds = new Map<string, Kind>()
  let looked = 0
  const look: ReadBack["look"] = (step, remoteId) => {
    looked++
    return stands === undefined ? Effect.succeed(true) : Effect.map(stands(step, remoteId), (seen) => seen ?? true)
  }
  return {
    look,
    count: () => looked,
    isDoubting: () => {
      for (const kind of kinds.values()) if (kind.isDoubted && kind.unseen.length > 0) return true
      return false
    },
    takeDoubted: () =>
      [...kinds.values()].flatMap((kind) => {
        if (!kind.isDoubted) return []
        const { unseen } = kind
        kind.unseen = []
        return unseen
      }),
    believe: (step, result, outcome) => {
      if (stands === undefined || !result.wrote || result.isProven === true) return Effect.succeed(outcome)
      const name = `${step.resource} ${step.action}`
      const kind = kinds.get(name) ?? { sent: 0, isDoubted: false, unseen: [] }
      kinds.set(name, kind)
      const isSampled = isOfSample(kind.sent++)
      if (!isSampled && !kind.isDoubted) {
        kind.unseen.push(step.sequence)
        return Effect.succeed(outcome)
      }
      const settle = (isThere: boolean): StepOutcome => {
        if (isThere) return outcome
        kind.isDoubted = true
        return notWritten(outcome)
      }
      return Effect.flatMap(look(step, result.remoteId), (isThere) =>
        isThere || kind.isDoubted
          ? Effect.succeed(settle(isThere))
          : Effect.map(Effect.delay(look(step, result.remoteId), secondLookAfterSeconds * 1000), settle)
      )
    }
  }
}

/** The first, and one of each further fifty, never at the same place among them: what fails may fail by turns. */
const isOfSample = (index: number): boolean => index % oneIn === (Math.floor(index / oneIn) * 17) % oneIn

/** The outcome of a step that was answered well and whose record does not stand. */
export const notWritten = (outcome: StepOutcome): StepOutcome => ({
  ...outcome,
  outcome: "failed",
  wrote: false,
  reason: "NotWritten",
  detail: tell("failure.nothing-stood", {}),
  isDoubtful: true
})
