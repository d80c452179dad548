import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { startSandbox } from "../../src/sandbox/sandbox.ts"
import { gradebookOf, type GradeJourney, startGrades } from "./gradebook.ts"
import { ask, type BrightspaceState } from "./harness.ts"
import { twoClasses } from "./small-district.ts"
import { asking, beginSession, type Served, startService } from "./serving.ts"

/**
 * Two districts, each with its SIS and its Brightspace, in one workspace. Org unit ids of the one are ids of the other too,
 * so that a course is known by its platform and its id together. Roles are asked over a connection of their own.
 */

let journey: GradeJourney
let scope: Scope.CloseableScope
let service: Served
let north: Readonly<Record<string, string>>
/** An org unit that is a course in both. */
let orgUnit = ""
/** Teachers of that course, each launched from one of the two, and somebody who is signed in by the district. */
let teacher = ""
let northTeacher = ""
let admin = ""

const essay = "Essay"
const secret = "Northern essay"

const get = (session: string, ...words: ReadonlyArray<string>) =>
  asking(service.address, session, ["/api/courses", ...words].join("/"))
const itemsOf = async (session: string, course = orgUnit) => {
  const { json, status } = await get(session, course, "items")
  return status === 200
    ? (json as { readonly items: ReadonlyArray<{ readonly name: string }> }).items.map(({ name }) => name)
    : status
}
const startExport = (session: string, course = orgUnit) =>
  asking(service.address, session, `/api/courses/${course}/exports`, { section: null, session: null })

const rightsOfTeachers = ["see grades", "export grades"] as const
const registration = (issuer: string, connection: string) => ({
  issuer,
  client_id: "rollbook",
  deployment_ids: ["1"],
  authorization_url: `${issuer}/d2l/lti/authenticate`,
  keys_url: `${issuer}/d2l/.well-known/jwks`,
  connection,
  roles_in_course: { Teacher: rightsOfTeachers }
})
const serviceOf = (...lti: ReadonlyArray<ReturnType<typeof registration>>): string =>
  `${JSON.stringify({ service: { access: { lti } } }, null, 2)}\n`

const teacherIn = ({ enrollments }: BrightspaceState): string => {
  const found = enrollments.find((one) => String(one["orgUnitId"]) === orgUnit && one["role"] === "Teacher")
  return String(found?.["userId"])
}

beforeAll(async () => {
  const asOf = new Date().toISOString().slice(0, 10)
  journey = await startGrades({ asOf })
  scope = Effect.runSync(Scope.make())
  const options = { data: twoClasses(4), campusPort: 0, brightspacePort: 0, asOf, faults: [] }
  const other = await Effect.runPromise(
    Scope.extend(startSandbox({ ...options, brightspace: { creditsPerMinute: 10_000_000 } }), scope)
  )
  north = other.environment
  const folder = join(journey.workspace, "pipelines")
  const connections = readFileSync(join(folder, "connections.yaml"), "utf8")
  const variable = /\$\{env:([A-Z_]+)(?::-[^}]*)?\}/g
  writeFileSync(
    join(folder, "connections.yaml"),
    `${connections}\n${connections
      .slice(connections.indexOf("  campus:"))
      .replace("  campus:", "  north_campus:")
      .replace("  brightspace:\n", "  north_brightspace:\n")
      .concat(connections.slice(connections.indexOf("  brightspace:")).replace("  brightspace:", "  north_roles:"))
      .replaceAll(variable, (_, name: string) => `\${env:NORTH_${name}:-}`)}`
  )
  appendFileSync(
    join(journey.workspace, ".env"),
    Object.entries(north)
      .map(([name, value]) => `NORTH_${name}="${value.replaceAll("\n", "\\n")}"\n`)
      .join("")
  )
  for (const pipeline of ["roster", "grades"]) {
    const text = readFileSync(join(folder, `${pipeline}.yaml`), "utf8")
    writeFileSync(
      join(folder, `north${pipeline}.yaml`),
      text
        .replace(`pipeline: ${pipeline}`, `pipeline: north${pipeline}`)
        .replaceAll(/^ {2}connection: (campus|brightspace)$/gm, "  connection: north_$1")
        .replaceAll(/^ {2}(roster|grades): \[/gm, "  north$1: [")
        .replaceAll(/\b(roster|grades)\.(?=[a-z])/g, "north$1.")
        .replaceAll("after: [roster]", "after: [northroster]")
    )
  }
  const run = async (pipeline: string): Promise<void> => {
    const { code, stderr } = await journey.rollbook("run", pipeline)
    expect(code, stderr).toBe(0)
  }
  await run("northroster")

  const stateOf = async (url: string) => (await ask(`${url}/sandbox/state`)) as BrightspaceState
  const [here, there] = [await journey.state(), await stateOf(other.brightspaceUrl)]
  const coursesOf = ({ orgUnits }: BrightspaceState) => orgUnits.filter(({ type }) => type === "Course Offering")
  const known = new Map(coursesOf(there).map((one) => [one.id, one]))
  const shared = coursesOf(here).find((one) => known.has(one.id))
  orgUnit = String(shared?.id)
  const term = journey.termOf(new Date().getMonth() >= 7 ? "301" : "302")
  await journey.seed(gradebookOf(shared?.code ?? "", term, [essay]))
  const seeded = gradebookOf(known.get(shared?.id ?? "")?.code ?? "", term, [secret])
  await ask(`${other.brightspaceUrl}/sandbox/seed`, "POST", seeded)
  for (const pipeline of ["grades", "northgrades"]) await run(pipeline)

  writeFileSync(
    join(journey.workspace, "service.yaml"),
    serviceOf(registration(journey.brightspaceUrl, "brightspace"), registration(other.brightspaceUrl, "north_roles"))
  )
  const launchedFrom = (issuer: string, user: string, who: string) =>
    beginSession(journey, {
      who,
      course: { orgUnit, title: null, role: "Teacher", rights: rightsOfTeachers },
      launched: { issuer, clientId: "rollbook", subject: `7f6e_${user}` }
    })
  teacher = await launchedFrom(journey.brightspaceUrl, teacherIn(here), "teacher")
  northTeacher = await launchedFrom(other.brightspaceUrl, teacherIn(there), "north teacher")
  admin = await beginSession(journey, { who: "admin", rights: ["see grades", "export grades"] })
  service = await startService(journey)
})
afterAll(async () => {
  service.process.kill("SIGTERM")
  await service.ended
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await journey.stop()
})

it("a teacher sees the course of the platform that launched them, and not the one that has its id elsewhere", async () => {
  expect(await itemsOf(teacher)).toEqual([essay])
  expect(await itemsOf(northTeacher)).toEqual([secret])
  const exportsOf = async (session: string) =>
    (
      (await get(session, orgUnit, "exports")).json as {
        readonly exports: ReadonlyArray<{ readonly pipeline: string }>
      }
    ).exports
  expect((await exportsOf(teacher)).map(({ pipeline }) => pipeline)).toEqual(["grades"])
  expect((await exportsOf(northTeacher)).map(({ pipeline }) => pipeline)).toEqual(["northgrades"])
})

it("no address leads them to the other one", async () => {
  for (const session of [teacher, northTeacher]) {
    for (const connection of ["brightspace", "north_brightspace"]) {
      expect(await itemsOf(session, `${connection}:${orgUnit}`)).toBe(403)
      expect((await startExport(session, `${connection}:${orgUnit}`)).status).toBe(403)
    }
  }
  const [run] = (
    (await get(northTeacher, orgUnit, "exports")).json as { readonly exports: ReadonlyArray<{ readonly run: number }> }
  ).exports
  expect((await get(northTeacher, orgUnit, "exports", String(run?.run))).status).toBe(200)
  expect((await get(teacher, orgUnit, "exports", String(run?.run))).status).toBe(404)
})

it("an export is asked of the platform it was launched from, and goes to its pipelines alone", async () => {
  for (const [session, pipeline] of [
    [teacher, "grades"],
    [northTeacher, "northgrades"]
  ] as const) {
    expect(await startExport(session)).toMatchObject({ status: 202, json: { pipeline } })
    await expect
      .poll(
        async () => {
          const { json } = await get(session, orgUnit, "exports")
          return (json as { readonly exports: ReadonlyArray<{ readonly pipeline: string }> }).exports.map(
            (one) => one.pipeline
          )
        },
        { timeout: 120_000, interval: 300 }
      )
      .toEqual([pipeline, pipeline])
  }
}, 300_000)

it("who may everywhere says which platform is meant, and sees that one alone", async () => {
  const refused = await get(admin, orgUnit, "items")
  expect(refused).toMatchObject({
    status: 409,
    json: {
      reason: "WhichPlatform",
      message:
        "several learning platforms are connected (brightspace, north_brightspace): the course is to be written as brightspace:ID"
    }
  })
  expect((await startExport(admin)).status).toBe(409)
  expect(await itemsOf(admin, `brightspace:${orgUnit}`)).toEqual([essay])
  expect(await itemsOf(admin, `north_brightspace:${orgUnit}`)).toEqual([secret])
  expect(await startExport(admin, `north_brightspace:${orgUnit}`)).toMatchObject({
    status: 202,
    json: { pipeline: "northgrades" }
  })
})

it("a registration that asks one platform about the people of the other is refused, and one of no connection", async () => {
  const north = readFileSync(join(journey.workspace, ".env"), "utf8").match(/NORTH_BRIGHTSPACE_URL="(.*)"/)?.[1] ?? ""
  const complaintOf = async (lti: ReturnType<typeof registration>) => {
    const file = join(journey.workspace, "service.yaml")
    const kept = readFileSync(file, "utf8")
    writeFileSync(file, serviceOf(lti))
    const { code, stdout } = await journey.rollbook("validate", "pipelines/grades.yaml")
    writeFileSync(file, kept)
    return `${code}: ${stdout}`
  }
  expect(await complaintOf(registration(north, "brightspace"))).toMatch(
    /^2: [\s\S]*service\.yaml:13:\d+[\s\S]*another installation[\s\S]*connection: north_brightspace/
  )
  expect(await complaintOf(registration(north, "brightspac"))).toMatch(
    /^2: [\s\S]*service\.yaml:13:\d+[\s\S]*there is no connection brightspac[\s\S]*brightspace/
  )
  expect(await complaintOf(registration(north, "campus"))).toMatch(
    /^2: [\s\S]*service\.yaml:13:\d+[\s\S]*the people of campus/
  )
})

it("grades out of one platform for the classes of the other are refused, and out of its own over another connection are not", async () => {
  const file = join(journey.workspace, "pipelines", "northgrades.yaml")
  const kept = readFileSync(file, "utf8")
  const outOf = async (connection: string) => {
    writeFileSync(file, kept.replace("connection: north_brightspace", `connection: ${connection}`))
    const [validated, planned] = [
      await journey.rollbook("validate", file),
      await journey.rollbook("plan", "northgrades")
    ]
    writeFileSync(file, kept)
    return `${validated.code}: ${validated.stdout}${planned.code}: ${planned.stderr}`
  }
  const refused =
    /^2: [\s\S]*northgrades\.yaml:18:15[\s\S]*brightspace is another installation than north_brightspace[\s\S]*connection: north_brightspace[\s\S]*2: /
  expect(await outOf("brightspace")).toMatch(refused)
  expect(await outOf("north_roles")).toMatch(/^0: [^]*0: /)
})
