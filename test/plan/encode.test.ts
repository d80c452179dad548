import * as fc from "fast-check"
import { expect, it } from "vitest"
import type { PlanHeader } from "../../src/plan/plan.ts"
import { isProblem, openPlan, sealPlan } from "../../src/plan/encode.ts"
import type { GuardName } from "../../src/guards/derived.ts"
import { earlierGuardNames } from "../../src/guards/earlier-names.ts"
import { header } from "./samples.ts"

const sealed = sealPlan(header())

it("opens what it sealed, however the file is indented and its keys are ordered", () => {
  expect(openPlan(JSON.stringify(sealed, null, 2))).toEqual(sealed)
  expect(openPlan(JSON.stringify(Object.fromEntries(Object.entries(sealed).toReversed())))).toEqual(sealed)
})

it("opens a plan of an earlier build, in which guards and keys have other names", () => {
  const hold = {
    id: "hold-1",
    entity: "user",
    school: null,
    section: null,
    limit: 0,
    value: 2,
    steps: 2,
    say: "2 of 9 user would be removed"
  }
  for (const [earlier, now] of earlierGuardNames) {
    const made = sealPlan({ ...header(), holds: [{ ...hold, guard: earlier as GuardName }] })
    expect(openPlan(JSON.stringify(made))).toMatchObject({ plan_id: made.plan_id, holds: [{ ...hold, guard: now }] })
  }
  const { definition_pieces: definition_parts, ...others } = header({ definition_pieces: { "time zone": "1" } })
  const made = sealPlan({ ...others, definition_parts } as unknown as PlanHeader)
  expect(openPlan(JSON.stringify(made))).toMatchObject({ definition_pieces: definition_parts })
})

it("refuses a plan in which anything was changed", () => {
  const changes = [
    { as_of: "2026-10-02" },
    { expires_at: "2027-10-02T07:00:00.000Z" },
    { ledger_version: 4 },
    { steps: { ...sealed.steps, sha256: "another" } },
    { counts: [] },
    { content_hash: "0".repeat(64) }
  ]
  for (const change of changes) {
    expect(openPlan(JSON.stringify({ ...sealed, ...change })), JSON.stringify(change)).toMatchObject({
      problem: "altered"
    })
  }
})

it("refuses a format it does not know, and says which it knows", () => {
  const opened = openPlan(JSON.stringify({ ...sealed, format_version: 2 }))
  expect(opened).toEqual({
    problem: "unreadable",
    say: "the plan has format_version 2; this rollbook reads 1"
  })
})

it("refuses an id that would lead out of the folder of plans", () => {
  for (const plan_id of ["../elsewhere-2026-10-01-7", "a/b-2026-10-01-7", "", "..", ".hidden-2026-10-01-7", "roster"]) {
    const opened = openPlan(JSON.stringify(sealPlan(header({ plan_id }))))
    expect(opened, plan_id).toMatchObject({ problem: "unreadable" })
  }
})

it("says of any other text that it is no plan", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(isProblem(openPlan(text))).toBe(true)
    })
  )
})
