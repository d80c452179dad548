import * as Effect from "effect/Effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { filterOf } from "../../../src/cli/console/step-filter.ts"
import { indexSteps, pageOfSteps, type StepIndex } from "../../../src/history/step-index.ts"
import { maskStep } from "../../../src/plan/mask.ts"
import { planActions, type PlanStep, removalActions } from "../../../src/plan/plan.ts"
import type { PlanSummary } from "../../../src/plan/summary.ts"
import type { StepsWanted } from "../../../src/service/http/contract/plans.ts"
import { writeManySteps } from "../../plan/many-steps.ts"
import { inFolder } from "../../tools/definitions.ts"

/** Pages of the steps of a plan, against what reading them all would give. */

const seen = (step: PlanStep): PlanStep => step
const masked = (step: PlanStep): PlanStep => maskStep(step, (_, field) => field === "last_name" || field === "user")

const textOf = ({ after, before, key, label, reason }: PlanStep): string =>
  [key, label ?? "", reason, ...Object.values(before ?? {}), ...Object.values(after ?? {})].join(" ").toLowerCase()

const byReadingAll = (
  steps: ReadonlyArray<PlanStep>,
  wanted: StepsWanted,
  summary: PlanSummary,
  shown: (step: PlanStep) => PlanStep
): ReadonlyArray<PlanStep> => {
  const sections = summary.sections.filter((one) => one.course === wanted.course).map(({ id }) => id)
  const found = steps.filter(
    (step) =>
      (wanted.action === undefined || removalActions.has(step.action) === (wanted.action === "removals")) &&
      (wanted.school === undefined || step.school === wanted.school) &&
      (wanted.section === undefined || step.section === wanted.section) &&
      (wanted.course === undefined || step.key === wanted.course || sections.includes(step.section ?? "")) &&
      (wanted.entity === undefined || step.entity === wanted.entity) &&
      (wanted.held === undefined || (step.hold !== null) === wanted.held) &&
      (wanted.hold === undefined || step.hold === wanted.hold) &&
      (wanted.words ?? "")
        .toLowerCase()
        .split(/\s+/)
        .every((word) => textOf(shown(step)).includes(word))
  )
  return planActions.flatMap((action) => found.filter((step) => step.action === action))
}

const page = (
  index: StepIndex,
  wanted: StepsWanted,
  summary: PlanSummary,
  shown = seen,
  name: string | null = null
) => {
  const { limit = 50, offset = 0, ...filter } = wanted
  return Effect.runPromise(pageOfSteps(index, { ...filterOf(filter, summary, shown), limit, offset }, name))
}

it("a page has the steps that reading them all would find, whatever they are chosen by", () =>
  inFolder(async (folder) => {
    const { plan, summary } = writeManySteps(folder, 3_000)
    const file = join(folder, "steps.ndjson")
    const odd: Partial<PlanStep> = { key: 'q"1', label: 'René "Dux" Łuć\u2028Ó\\n', school: null, section: null }
    const lines = readFileSync(file, "utf8").trimEnd().split("\n")
    lines.splice(7, 0, JSON.stringify({ ...(JSON.parse(lines[0] ?? "") as PlanStep), ...odd }))
    writeFileSync(file, `${lines.join("\n")}\n`)
    const steps = lines.map((line) => JSON.parse(line) as PlanStep)
    const index = await Effect.runPromise(indexSteps(plan, folder))
    const wishes: ReadonlyArray<StepsWanted> = [
      {},
      { limit: 500, offset: 100 },
      { action: "removals", limit: 500 },
      { action: "others", school: "school-7" },
      { held: true },
      { held: false, action: "removals" },
      { hold: "hold-1", section: "c3" },
      { entity: "section" },
      { course: "course-1", limit: 500 },
      { course: "c2", limit: 500 },
      { course: "course-1", words: "S12", limit: 500 },
      { words: "last_name" },
      { words: "Student course_offering:c1" },
      { words: 'rené "dux"' },
      { words: "łuć ó\\n" },
      { words: "***", limit: 500, offset: 1_400 },
      { words: "*" },
      { words: "nothing of the kind" },
      { offset: 10_000 }
    ]
    for (const wanted of wishes) {
      for (const shown of [seen, masked]) {
        const { limit = 50, offset = 0 } = wanted
        const all = byReadingAll(steps, wanted, summary, shown)
        const found = await page(index, wanted, summary, shown)
        expect([wanted, found.matching, found.steps]).toEqual([wanted, all.length, all.slice(offset, offset + limit)])
      }
    }
  }))

it("the next page of what was looked for reads no more than that page", () =>
  inFolder(async (folder) => {
    const { plan, summary } = writeManySteps(folder, 600)
    const index = await Effect.runPromise(indexSteps(plan, folder))
    const first = await page(index, { words: "student", limit: 10 }, summary, seen, "student")
    expect(index.found.get("student")).toHaveLength(first.matching)
    // Looked for once more, what stands in this place would be found no longer.
    const file = join(folder, "steps.ndjson")
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("student", "persons"))
    const next = await page(index, { words: "student", limit: 10, offset: 10 }, summary, seen, "student")
    expect([next.matching, next.steps.length]).toEqual([first.matching, 10])
    for (let at = 0; at < 20; at++) await page(index, { words: "student" }, summary, seen, `other ${at}`)
    expect(index.found.size).toBe(8)
  }))
