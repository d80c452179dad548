import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { PlanFile, PlanStep } from "../../src/plan/plan.ts"
import { readPlanSteps, samplePlanSteps } from "../../src/history/plan-steps.ts"
import { writeManySteps } from "../plan/many-steps.ts"

const folder = mkdtempSync(join(tmpdir(), "rollbook-steps-"))
const all = { actions: [], school: null, section: null, entity: null }
let plan: PlanFile

beforeAll(() => {
  plan = writeManySteps(folder, 20_000).plan
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const kinds = (steps: ReadonlyArray<PlanStep>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { action, entity } of steps) {
    const kind = `${action} ${entity}`
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

it("lists removals first, though they are carried out last", async () => {
  const { steps, matching } = await Effect.runPromise(readPlanSteps(plan, folder, { ...all, limit: 125 }))
  expect(matching).toBe(20_000)
  expect(kinds(steps)).toEqual({ "delete section": 3, "unenroll enrollment": 120, "create enrollment": 2 })
  expect(steps[0]?.action).toBe("delete")
})

it("a title that holds what readline takes for the end of a line is one text", async () => {
  const label = "Art\u2028Music\u2029Dance\u0085 \u000b\u000c 😀"
  const step = { entity: "section", action: "delete", key: "k", school: null, section: null, label }
  // As the engine writes it: as it is, and longer than one piece of what is read.
  const lines = Array.from({ length: 40 }, (_, seq) => JSON.stringify({ ...step, seq, say: "é".repeat(5_000) }))
  const own = mkdtempSync(join(folder, "own-"))
  writeFileSync(join(own, plan.steps.file), `${lines.join("\n")}\n`)
  const { steps, matching } = await Effect.runPromise(readPlanSteps(plan, own, { ...all, limit: 100 }))
  expect([matching, new Set(steps.map((one) => one.label))]).toEqual([40, new Set([label])])
})

it("samples every removal, and of all else some of each kind and school", async () => {
  const { steps, matching } = await Effect.runPromise(
    samplePlanSteps(plan, folder, all, { removals: 3000, others: 400 })
  )
  expect(matching).toBe(20_000)
  expect(kinds(steps)).toEqual({
    "delete section": 3,
    "unenroll enrollment": 120,
    "create enrollment": 200,
    "update user": 200
  })
  expect(new Set(steps.filter((step) => step.action === "create").map((step) => step.school)).size).toBe(20)
})

it("keeps rare removals whole where frequent ones must share", async () => {
  const { steps } = await Effect.runPromise(samplePlanSteps(plan, folder, all, { removals: 50, others: 0 }))
  expect(kinds(steps)["delete section"]).toBe(3)
  expect(steps.length).toBeLessThanOrEqual(50)
})

it("takes of one school what it is asked for", async () => {
  const choice = { ...all, school: "school-3", actions: ["unenroll" as const] }
  const { steps, matching } = await Effect.runPromise(
    samplePlanSteps(plan, folder, choice, { removals: 3000, others: 400 })
  )
  expect([steps.length, matching]).toEqual([41, 41])
})
