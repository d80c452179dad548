import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { asOf, type Ended } from "./harness.ts"
import { gradebookOf, type GradeJourney, startGrades } from "./gradebook.ts"

/** Two pipelines over the same course: `grades` has what is no project, `projects` the projects. An item goes from one to the other. */

let journey: GradeJourney
let english: string
let student: string

const run = async (pipeline: string): Promise<Ended> => {
  const ended = await journey.rollbook("run", pipeline, "--as-of", asOf)
  expect(ended.code, ended.stderr).toBe(0)
  return ended
}
const rename = async (from: string, to: string, points: number): Promise<void> => {
  await journey.edit(english, from, { name: to })
  await journey.give(english, to, student, points)
}

beforeAll(async () => {
  journey = await startGrades()
  const file = (name: string): string => join(journey.workspace, "pipelines", `${name}.yaml`)
  const only = (text: string, when: string): string =>
    text.replace("      skip:\n", `      skip:\n        - { id: elsewhere, when: "${when}", say: it goes elsewhere }\n`)
  const grades = readFileSync(file("grades"), "utf8")
  const projects = grades
    .replace("pipeline: grades", "pipeline: projects")
    .replace("  grades: [line_item]", "  projects: [line_item]")
    .replaceAll("grades.line_item", "projects.line_item")
  writeFileSync(file("projects"), only(projects, "NOT starts_with(item.Name, 'Project')"))
  writeFileSync(file("grades"), only(grades, "starts_with(item.Name, 'Project')"))
  english = journey.courseOf("5001")
  student = journey.studentsOf("5001")[0] ?? ""
  await journey.seed(gradebookOf(english, journey.termOf("301"), ["Rivers"]))
  await journey.give(english, "Rivers", student, 17)
  await run("grades")
})

afterAll(() => journey.stop())

it("a score that is as a pipeline last sent it is sent again, where the other one has sent another since", async () => {
  await rename("Rivers", "Project rivers", 12)
  await run("grades")
  await run("projects")
  expect(await journey.sent("Project rivers", student)).toMatchObject({ score: 12 })
  await rename("Project rivers", "Rivers", 17)
  await run("projects")
  await run("grades")
  expect(await journey.sent("Rivers", student)).toMatchObject({ score: 17 })
})

it("so it is where the one has not seen that the item was the other's for a day; then nothing is sent any more", async () => {
  await rename("Rivers", "Project rivers", 9)
  await run("projects")
  await rename("Project rivers", "Rivers", 17)
  await run("projects")
  await run("grades")
  expect(await journey.sent("Rivers", student)).toMatchObject({ score: 17 })
  await journey.forgetRequests()
  for (const pipeline of ["projects", "grades", "projects", "grades"]) await run(pipeline)
  expect(await journey.puts()).toEqual({})
})
