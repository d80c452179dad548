import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import { byRemoteId, TargetReader, type WriteStep } from "../../src/core/ports/target.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { listSent } from "../../src/history/sent.ts"
import { clock, districtWith, inWorkspace, night, plan, rosterWith } from "./edited-nights.ts"
import { district } from "./nights.ts"

const renamed = districtWith({
  classes: [{ sourcedId: "c2", title: "English 9 Honors" }],
  users: [{ sourcedId: "s27", givenName: "Noor" }]
})
const holding = [
  "match_within: [semester, template]\n      on_gone: deactivate\n      on_target_edit: overwrite",
  "match_within: [semester, template]\n      on_gone: deactivate\n      on_target_edit: hold"
] as const

/** How the apply of a plan goes when courses have `before` as their name while it is made, and `then` when it is applied. */
const applied = async (edits: ReadonlyArray<readonly [string, string]>, before: string | null, then: string | null) => {
  const definition = await rosterWith(...edits)
  const edited: Record<string, Record<string, string>> = {}
  const stands = (name: string | null): void => {
    edited["course_offering"] = name === null ? {} : { name }
  }
  const sent: Array<string> = []
  const answer = (step: WriteStep) => {
    sent.push(`${step.action} ${step.entity} ${step.key}`)
    return null
  }
  return inWorkspace(
    () =>
      Effect.gen(function* () {
        yield* night(definition, district)
        stands(before)
        const { plan_id, holds } = (yield* plan(definition, renamed)).plan
        stands(then)
        sent.length = 0
        const { execution, run } = yield* applyPlan({
          id: plan_id,
          definition,
          now: clock.now,
          part: wholePlan,
          extent: "everything",
          onProgress: () => undefined
        })
        const choice = { entity: null, outcome: "failed", school: null, section: null, limit: 10 } as const
        const { steps } = yield* listSent(definition, run, plan_id, choice)
        // Once the plan is no longer kept, nothing is told as one of a section: it may be anybody's.
        rmSync(join((yield* Warehouse).folders.plans, plan_id), { recursive: true })
        const ofSection = yield* listSent(definition, run, plan_id, { ...choice, outcome: null, section: "c2" })
        expect(ofSection).toEqual({ steps: [], matching: 0, hasDetails: false })
        return { holds: holds.length, failed: execution.failed, steps, sent }
      }),
    { answer, edited }
  )
}

it("leaves what somebody changed once more after the plan showed an edit, and carries out the rest", async () => {
  const { failed, sent, steps } = await applied([], "Ours", "Ours again")
  expect(failed).toBe(1)
  expect(steps).toMatchObject([
    {
      entity: "course_offering",
      key: "c2",
      reason: "EditedSince",
      detail: "changed at the target since the plan was made: name"
    }
  ])
  expect(sent).toContain("update user s27")
  expect(sent).not.toContain("update course_offering c2")
})

it("overwrites the edit that the plan showed, and one that was taken back since", async () => {
  for (const then of ["Ours", null]) {
    const { failed, sent } = await applied([], "Ours", then)
    expect(failed).toBe(0)
    expect(sent).toContain("update course_offering c2")
  }
})

it("leaves what was changed since a plan that saw no edit, where edits are held", async () => {
  const { failed, holds, sent } = await applied([holding], null, "Ours")
  expect({ failed, holds }).toEqual({ failed: 1, holds: 0 })
  expect(sent).not.toContain("update course_offering c2")
})

it("asks nothing about the steps that an interrupted apply is known to have done", async () => {
  const definition = await rosterWith(holding)
  let isAway = false
  const sent: Array<string> = []
  const answer = (step: WriteStep) => {
    if (isAway && step.entity === "user") return Effect.interrupt
    sent.push(`${step.action} ${step.entity} ${step.key}`)
    return null
  }
  await inWorkspace(
    () =>
      Effect.gen(function* () {
        yield* night(definition, district)
        const { plan_id } = (yield* plan(definition, renamed)).plan
        const asked: Array<string> = []
        const apply = Effect.map(TargetReader, (reader) => ({
          ...reader,
          find: (wish: Parameters<typeof reader.find>[0]) => {
            asked.push(...wish.wanted.map((one) => `${wish.resource} ${one[byRemoteId] ?? ""}`))
            return reader.find(wish)
          }
        })).pipe(
          Effect.flatMap((reader) =>
            Effect.provideService(
              applyPlan({
                id: plan_id,
                definition,
                now: clock.now,
                part: wholePlan,
                extent: "everything",
                onProgress: () => undefined
              }),
              TargetReader,
              reader
            )
          )
        )
        isAway = true
        expect(Exit.isInterrupted(yield* Effect.exit(apply))).toBe(true)
        expect(asked).toEqual([expect.stringMatching(/^course_offering /)])
        isAway = false
        asked.length = 0
        sent.length = 0
        expect((yield* apply).execution).toMatchObject({ failed: 0, notReached: 0 })
        expect(asked).toEqual([])
        expect(sent).toEqual(["update user s27"])
      }),
    { answer }
  )
})
