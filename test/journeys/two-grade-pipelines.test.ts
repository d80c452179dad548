import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { gradebookOf, type GradeJourney, startGrades } from "./gradebook.ts"
import { asking, beginSession, type Served, startService } from "./serving.ts"

/**
 * Two pipelines that take grades to the SIS: `grades` has the essays of one class, `projects` its projects, and all of another
 * class. Teachers see their course whole, whichever takes it; commands and the console know both.
 */

interface Teacher {
  readonly orgUnit: string
  readonly session: string
}

let journey: GradeJourney
let service: Served
/** Of the class that `projects` has alone, and of the one that both share. */
let alone: Teacher
let shared: Teacher
let admin = ""

const get = async <A>({ orgUnit, session }: Teacher, ...rest: ReadonlyArray<string>): Promise<A> => {
  const { json, status } = await asking(service.address, session, ["/api/courses", orgUnit, ...rest].join("/"))
  expect(status, JSON.stringify(json)).toBe(200)
  return json as A
}
const configure = async (body: object): Promise<void> => {
  const { json, status } = await asking(service.address, admin, "/api/configuration", body)
  expect(status, JSON.stringify(json)).toBe(200)
}
const startExport = ({ orgUnit, session }: Teacher, part: object = {}) =>
  asking(service.address, session, `/api/courses/${orgUnit}/exports`, { section: null, session: null, ...part })

interface Exports {
  readonly under_way: ReadonlyArray<{ readonly pipeline: string; readonly state: string; readonly outcome: string }>
  readonly exports: ReadonlyArray<{
    readonly run: number
    readonly pipeline: string
    readonly items: number
    readonly scores: number
  }>
}
/** The exports of a course once all that was asked for has ended, and what they sent is this. */
const exported = async (teacher: Teacher, expected: ReadonlyArray<string>): Promise<Exports> => {
  let told: Exports = { under_way: [], exports: [] }
  await expect
    .poll(
      async () => {
        told = await get<Exports>(teacher, "exports")
        const open = told.under_way.filter(({ state }) => state !== "ended").map(() => "under way")
        const sent = told.exports.map((one) => `${one.pipeline}: ${one.items} items, ${one.scores} scores`)
        return [...open, ...sent].toSorted()
      },
      { timeout: 120_000, interval: 300 }
    )
    .toEqual(expected)
  return told
}
const going = async (teacher: Teacher) =>
  (
    await get<{ readonly items: ReadonlyArray<{ readonly name: string; readonly goes: boolean }> }>(teacher, "items")
  ).items.map(({ goes, name }) => [name, goes])

beforeAll(async () => {
  journey = await startGrades({ asOf: new Date().toISOString().slice(0, 10) })
  const folder = join(journey.workspace, "pipelines")
  const projects = readFileSync(join(folder, "grades.yaml"), "utf8")
    .replace("pipeline: grades", "pipeline: projects")
    .replace("  grades: [line_item]", "  projects: [line_item]")
    .replaceAll("grades.line_item", "projects.line_item")
    .replace('cron: "30 3 * * *"', 'cron: "30 1 * * *"')
  const only = (text: string, when: string): string =>
    text.replace("      skip:\n", `      skip:\n        - { id: elsewhere, when: "${when}", say: it goes elsewhere }\n`)
  writeFileSync(
    join(folder, "projects.yaml"),
    only(projects, "offering.key <> '5001' AND NOT starts_with(item.Name, 'Project')")
  )
  journey.editPipeline("grades", "run.as_of - 30, true)", "run.as_of - 30, true) AND offering.key = '5002'")
  const grades = readFileSync(join(folder, "grades.yaml"), "utf8")
  writeFileSync(join(folder, "grades.yaml"), only(grades, "starts_with(item.Name, 'Project')"))

  const term = journey.termOf(new Date().getMonth() >= 7 ? "301" : "302")
  const { orgUnits } = await journey.state()
  const teacherOf = async (classId: string): Promise<Teacher> => {
    const code = journey.courseOf(classId)
    await journey.seed(gradebookOf(code, term, ["Essay", "Project 1"]))
    for (const item of ["Essay", "Project 1"]) await journey.give(code, item, journey.studentsOf(classId)[0] ?? "", 17)
    const orgUnit = String(orgUnits.find((one) => one.code === code && one.type === "Course Offering")?.id)
    const rights = ["see grades", "export grades"] as const
    const course = { orgUnit, title: null, role: "Teacher", rights }
    return { orgUnit, session: await beginSession(journey, { who: `teacher.${classId}`, course }) }
  }
  alone = await teacherOf("5001")
  shared = await teacherOf("5002")
  admin = await beginSession(journey, {
    who: "admin",
    rights: ["see console", "see configuration", "change configuration"]
  })
  service = await startService(journey)
})
afterAll(async () => {
  service.process.kill("SIGTERM")
  await service.ended
  await journey.stop()
})

it("an export goes to each pipeline that takes the course, and is told with those of the others", async () => {
  expect((await startExport(alone)).status).toBe(202)
  expect((await startExport(shared)).status).toBe(202)
  // Before a run has read it, either may take it: whoever asked sees what became of both, whichever ends first.
  const asked = (await get<Exports>(alone, "exports")).under_way
  expect(asked.map(({ pipeline }) => pipeline)).toEqual(["grades", "projects"])
  await exported(alone, ["grades: 0 items, 0 scores", "projects: 2 items, 2 scores"])
  const both = await exported(shared, ["grades: 1 items, 1 scores", "projects: 1 items, 1 scores"])
  expect(both.exports.map(({ run }) => run)).toEqual(both.exports.map(({ run }) => run).toSorted((a, b) => b - a))
  for (const { pipeline, run } of both.exports) {
    expect(await get(shared, "exports", String(run))).toMatchObject({
      pipeline,
      item_results: [{ item: expect.stringContaining(pipeline === "grades" ? "Essay" : "Project 1"), state: "sent" }]
    })
  }
  // By now it is known which.
  await journey.give(journey.courseOf("5001"), "Essay", journey.studentsOf("5001")[0] ?? "", 12)
  expect(await startExport(alone)).toMatchObject({ status: 202, json: { pipeline: "projects" } })
  await exported(alone, ["grades: 0 items, 0 scores", "projects: 0 items, 1 scores", "projects: 2 items, 2 scores"])
}, 300_000)

it("a course shows each item once, as whichever pipeline sends it, and the next run of those that take it", async () => {
  for (const teacher of [alone, shared]) {
    expect(await going(teacher)).toEqual([
      ["Essay", true],
      ["Project 1", true]
    ])
  }
  const due = async (teacher: Teacher) => (await get<{ readonly next: string }>(teacher)).next
  const { pipelines } = (await asking(service.address, admin, "/api/dashboard")).json as {
    readonly pipelines: ReadonlyArray<{ readonly pipeline: string; readonly next: string }>
  }
  const nextOf = Object.fromEntries(pipelines.map(({ next, pipeline }) => [pipeline, next]))
  expect(Object.keys(nextOf)).toEqual(["grades", "projects", "roster"])
  expect(await due(alone)).toBe(nextOf["projects"])
  expect([nextOf["grades"] ?? "", nextOf["projects"] ?? ""].toSorted()[0]).toBe(await due(shared))
})

it("freezes and switches are those of the pipeline: what the others take goes on", async () => {
  const freeze = { from: "2026-01-01", until: null, schools: [], sessions: [], why: "closed" }
  await configure({ pipeline: "projects", what: "freeze", ...freeze })
  expect(await going(alone)).toEqual([
    ["Essay", false],
    ["Project 1", false]
  ])
  expect(await going(shared)).toEqual([
    ["Essay", true],
    ["Project 1", false]
  ])
  await configure({ pipeline: "projects", what: "switch", name: "on_demand", value: false, why: "closed" })
  await configure({ pipeline: "projects", what: "switch", name: "nightly", value: false, why: "closed" })
  expect(await get(alone)).toMatchObject({ unavailable: "SwitchedOff" })
  expect(await get(shared)).toMatchObject({ unavailable: null, scheduled_export: true })
  expect((await startExport(alone)).status).toBe(409)
  await journey.give(journey.courseOf("5002"), "Essay", journey.studentsOf("5002")[0] ?? "", 12)
  expect(((await startExport(shared)).json as { readonly pipeline: string }).pipeline).toBe("grades")
  await exported(shared, ["grades: 0 items, 1 scores", "grades: 1 items, 1 scores", "projects: 1 items, 1 scores"])
}, 300_000)

it("who teaches the course of an id sees no section that has that id in the SIS", async () => {
  const course = { orgUnit: "5001", title: null, role: "Teacher", rights: ["see grades", "export grades"] } as const
  const other = { orgUnit: "5001", session: await beginSession(journey, { who: "teacher.else", course }) }
  expect(await get(other)).toMatchObject({ name: null, sections: [], sessions: [] })
  expect((await startExport(other)).status).toBe(409)
  expect(await get(other, "exports")).toMatchObject({ exports: [] })
})

it("commands find the pipeline of a section, and say where one is to be named", async () => {
  const items = async (...words: ReadonlyArray<string>) => {
    const { code, stderr, stdout } = await journey.rollbook("items", ...words)
    return code === 0 ? stdout : `${code}: ${stderr}`
  }
  expect(await items("5001")).toMatch(/Essay .* no .*closed/)
  expect(await items("5002")).toMatch(
    /^1: several pipelines take the grades of section 5002: grades, projects: .*rollbook items .*--pipeline grades 5002\n$/
  )
  expect(await items("5002", "--pipeline", "grades")).toMatch(/Essay .* yes /)
  const cleanup = await journey.rollbook("cleanup")
  expect([cleanup.code, cleanup.stderr]).toEqual([
    1,
    expect.stringMatching(/several pipelines take grades to the SIS: grades, projects: .*rollbook cleanup .*grades\n$/)
  ])
  expect((await journey.rollbook("cleanup", "projects", "--offline")).stdout).toBe("Nothing is to be done by hand.\n")
})

it("what is to be cleaned up is told whoever has sent it", async () => {
  for (const classId of ["5001", "5002"]) {
    for (const item of ["Essay", "Project 1"]) await journey.remove(journey.courseOf(classId), item)
  }
  for (const pipeline of ["grades", "projects"]) {
    const run = await journey.rollbook("plan", pipeline)
    expect(run.code, run.stderr).toBeLessThan(4)
  }
  for (const teacher of [alone, shared]) {
    const { entries } = await get<{ readonly entries: ReadonlyArray<{ readonly title: string }> }>(teacher, "cleanup")
    expect(entries.map(({ title }) => title).toSorted()).toEqual(["Essay", "Project 1"])
  }
})
