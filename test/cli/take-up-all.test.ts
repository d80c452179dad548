import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { exitCodes } from "../../src/core/exit-codes.ts"
import { reportApply } from "../../src/cli/apply-report.ts"
import { takeUpAll } from "../../src/cli/take-up-all.ts"
import type { Applied } from "../../src/run/apply.ts"

/** What `resume` does with several applies that were interrupted together. */

const apply = (run: number, { held = 0, notReached = 0 } = {}): Applied =>
  ({
    run,
    plan: { plan_id: `grades-2026-10-01-${run}`, pipeline: "grades", undo: null, holds: [], not_read: [] },
    held,
    approvals: [],
    execution: {
      done: 1,
      failed: 0,
      alreadySo: 0,
      readBack: 0,
      followed: 0,
      stopped: 0,
      notReached,
      stoppedBy: notReached > 0 ? "no answer" : null
    }
  }) as unknown as Applied

const resume = (interrupted: ReadonlyArray<Applied>) => {
  const left = [...interrupted]
  return Effect.runPromise(
    takeUpAll(
      Effect.sync(() => left.shift() ?? null),
      (applied) => reportApply(applied, true)
    )
  ).then(({ applied, ended }) => ({ runs: applied.map(({ run }) => run), code: ended?.code ?? exitCodes.done }))
}

it("goes on after an apply that ends with something held, and ends with its code", async () => {
  expect(await resume([apply(3, { held: 2 }), apply(4)])).toEqual({ runs: [3, 4], code: exitCodes.held })
  expect(await resume([apply(3), apply(4)])).toEqual({ runs: [3, 4], code: exitCodes.done })
  expect(await resume([])).toEqual({ runs: [], code: exitCodes.done })
})

it("goes no further where the target does not answer, and ends with that code whatever was held before", async () => {
  expect(await resume([apply(3, { held: 2 }), apply(4, { notReached: 1 }), apply(5)])).toEqual({
    runs: [3, 4],
    code: exitCodes.targetFailed
  })
})
