import * as Effect from "effect/Effect"
import type { Applied } from "../run/apply.ts"
import type { EndedWith } from "./exit.ts"

/** Applies that were taken up, in that order, and how the first of them ended that did not end well; null where all did. */
export interface TakenUp {
  readonly applied: ReadonlyArray<Applied>
  readonly ended: EndedWith | null
}

/**
 * Takes up one interrupted apply after the other: a night and the exports that went beside it may have been cut off together,
 * and one that ends with something held leaves the others to be done. Where a target does not answer it stops, for that apply
 * would be taken up again.
 */
export const takeUpAll = <E, R, R2>(
  next: Effect.Effect<Applied | null, E, R>,
  report: (applied: Applied) => Effect.Effect<void, EndedWith, R2>
): Effect.Effect<TakenUp, E, R | R2> =>
  Effect.gen(function* () {
    const applied: Array<Applied> = []
    let ended: EndedWith | null = null
    for (;;) {
      const one = yield* next
      if (one === null) return { applied, ended }
      applied.push(one)
      const said = yield* Effect.either(report(one))
      if (said._tag === "Left") ended ??= said.left
      if (one.execution.notReached > 0) return { applied, ended: said._tag === "Left" ? said.left : ended }
    }
  })
