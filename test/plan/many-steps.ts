import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { PlanFile, PlanStep } from "../../src/plan/plan.ts"
import { sealPlan } from "../../src/plan/encode.ts"
import type { PlanSummary } from "../../src/plan/summary.ts"
import { header, step } from "./samples.ts"

/** A school whose name would be markup if anything let it. */
export const hostileName = `<script>document.title = "taken over"</script>`

export const schoolName = (school: string): string => (school === "school-7" ? hostileName : `Name of ${school}`)

/** A plan of so many steps in forty schools, 123 of them removals at the very end, written as a steps file. */
export const writeManySteps = (
  folder: string,
  count: number
): { readonly plan: PlanFile; readonly summary: PlanSummary } => {
  const steps = Array.from({ length: count }, (_, index) =>
    index < count - removalCount ? gain(index) : loss(index, index - count + removalCount)
  )
  writeFileSync(join(folder, "steps.ndjson"), `${steps.map((one) => JSON.stringify(one)).join("\n")}\n`)
  const plan = sealPlan(
    header({
      steps: { file: "steps.ndjson", count, sha256: "not looked at" },
      holds: [
        {
          id: "hold-1",
          guard: "per_school",
          entity: "enrollment",
          school: "school-3",
          section: null,
          limit: 10,
          value: 41,
          steps: 41,
          say: "school Name of school-3 would lose 41 of 100 enrollment; 10 are allowed"
        }
      ],
      counts: [
        counts("user", { update: count - removalCount - creates(count) }),
        counts("enrollment", { create: creates(count), unenroll: 120 }),
        counts("section", { delete: 3 })
      ]
    })
  )
  return { plan, summary: summaryOf(steps) }
}

const removalCount = 123

const creates = (count: number): number => Math.ceil((count - removalCount) / 2)

const counts = (entity: string, actions: PlanFile["counts"][number]["actions"]): PlanFile["counts"][number] => ({
  entity,
  resource: entity,
  actions,
  held: entity === "enrollment" ? 41 : 0,
  implied: 0,
  desired: 200_000,
  present: 200_000,
  unchanged: 100_000,
  covered: 0,
  keptThoughGone: 0
})

/** Every other one enrolls somebody, every other one renames somebody. */
const gain = (index: number): PlanStep => {
  const school = `school-${index % 40}`
  const common = { seq: index + 1, school, label: `student s${index}` }
  return index % 2 === 0
    ? step({
        ...common,
        entity: "enrollment",
        key: `c${index % 4000}/s${index}`,
        action: "create",
        reason: "new at the source",
        section: `c${index % 4000}`,
        before: null,
        after: { org_unit: `course_offering:c${index % 4000}`, user: `user:s${index}`, role: "Student" },
        changed: ["org_unit", "user", "role"]
      })
    : step({
        ...common,
        key: `s${index}`,
        reason: "changed at the source: last_name",
        edited: index === 1 ? { last_name: "Fisher-Hall", nickname: "<b>Ida</b>" } : null
      })
}

/** The first 41 at school-3 and held, then at school-7, the last three of sections. */
const loss = (index: number, nth: number): PlanStep =>
  step({
    seq: index + 1,
    entity: nth < 120 ? "enrollment" : "section",
    key: nth < 120 ? `c${nth}/s${nth}` : `c${nth}`,
    action: nth < 120 ? "unenroll" : "delete",
    reason: "no longer at the source",
    school: nth < 41 ? "school-3" : "school-7",
    section: `c${nth}`,
    before: { user: `user:s${nth}`, role: "Student" },
    after: null,
    changed: [],
    hold: nth < 41 ? "hold-1" : null
  })

const summaryOf = (steps: ReadonlyArray<PlanStep>): PlanSummary => {
  const changes = new Map<string, { steps: number; held: number }>()
  for (const { school, entity, action, hold } of steps) {
    const name = JSON.stringify([school, entity, action])
    const sums = changes.get(name) ?? { steps: 0, held: 0 }
    changes.set(name, { steps: sums.steps + 1, held: sums.held + (hold === null ? 0 : 1) })
  }
  const section = (nth: number): PlanSummary["sections"][number] => ({
    id: `c${nth}`,
    name: `1200 ${nth} English 9`,
    school: nth < 41 ? "school-3" : "school-7",
    course: "course-1",
    removed: 1,
    added: 0,
    changed: 0,
    held: nth < 41 ? 1 : 0,
    before: 28,
    after: 27 - (nth % 20),
    afterWithoutHeld: nth < 41 ? 28 : 27
  })
  return {
    changes: [...changes].map(([name, sums]) => {
      const [school = "", entity = "", action = ""] = JSON.parse(name) as ReadonlyArray<string>
      return { school, entity, action, ...sums }
    }),
    schools: Array.from({ length: 40 }, (_, index) => ({
      id: `school-${index}`,
      name: schoolName(`school-${index}`)
    })),
    courses: [{ id: "course-1", name: "English 9", school: "school-3", removed: 123, added: 0, changed: 0, held: 41 }],
    coursesTouched: 1,
    sections: Array.from({ length: 123 }, (_, nth) => section(nth)),
    sectionsTouched: 4000,
    runs: Array.from({ length: 30 }, (_, index) => ({
      run: index + 1,
      as_of: "2026-09-01",
      steps: 100 + index,
      removals: index,
      held: 0
    }))
  }
}
