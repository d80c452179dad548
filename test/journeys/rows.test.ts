import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, expect, it } from "vitest"
import { call, tenantOf } from "../sandbox/rehearsal.ts"
import { type Journey, startJourney } from "./harness.ts"
import { twoClasses } from "./small-district.ts"

const journeys: Array<Journey> = []
afterAll(() => Promise.all(journeys.map((one) => one.stop())))

/** A district whose sections have codes of their own: by a row an org unit is known by its code alone. */
const begin = async (): Promise<Journey> => {
  const journey = await startJourney({ data: twoClasses(8) })
  journeys.push(journey)
  journey.editPipeline("roster", "        code: offering.code\n", "        code: \"'S ' || left(offering.code, 48)\"\n")
  return journey
}

const asRows = (journey: Journey): void => {
  journey.editConnections("core:*:*", "core:*:*\n        - ipsis:batch:upload")
  journey.editConnections(
    "    budget: { concurrency: 8,",
    '    bulk: { source_system: "1042", at: 5, enrolled_by: "171" }\n    budget: { concurrency: 8,'
  )
}

const batches = async ({ brightspaceUrl }: Journey, verb: "" | "/work-off" = "") =>
  (await call(`${brightspaceUrl}/sandbox/batches${verb}`, verb === "" ? {} : { method: "POST" }))
    .body as ReadonlyArray<{
    readonly state: string
    readonly rows: number
    readonly errors: ReadonlyArray<string>
  }>

it("comes to the same tenant by rows as one by one, and goes on over a kill after the upload", async () => {
  const plainly = await begin()
  await plainly.night()

  const journey = await begin()
  asRows(journey)
  await journey.settings("brightspace", { batches: "asked" })
  const { plan } = await journey.plan()
  const told = await journey.rollbook("show", plan.plan_id)
  expect(told.stdout).toMatch(/Way: up to \d+ steps go as rows \(D2L Standard CSV\)/)

  const apply = journey.begin("apply", plan.plan_id)
  while ((await batches(journey)).length === 0) await sleep(50)
  apply.process.kill("SIGKILL")
  await apply.ended
  await batches(journey, "/work-off")
  await journey.settings("brightspace", { batches: "soon" })
  const resumed = await journey.rollbook("resume")
  expect(resumed.stderr).not.toContain("Stopped")
  expect(resumed.code).toBe(0)

  const all = await batches(journey)
  expect(all.flatMap(({ errors }) => errors)).toEqual([])
  expect(new Set(all.map(({ state }) => state))).toEqual(new Set(["done"]))
  expect(await journey.digest()).toEqual(await plainly.digest())
  // People and their places went by rows and in no other way.
  const posted = (await journey.requests("brightspace")).filter(({ method }) => method === "POST")
  expect(posted.filter(({ route }) => /users\/$|\/enrollments\/$/.test(route))).toEqual([])

  // Who leaves is taken out, though it was the integration that enrolled them.
  const places = async () => ((await journey.digest()) as { readonly enrollments: ReadonlyArray<string> }).enrollments
  const isIn = (place: string): boolean => place.startsWith("Course Offering") && place.includes(" 0041001 ")
  expect((await places()).filter(isIn)).toHaveLength(1)
  await journey.source.remove("enrollments", "e41001")
  await journey.night()
  expect((await places()).filter(isIn)).toEqual([])
  expect(await batches(journey)).toHaveLength(all.length)
})

it("takes many out of their classes by rows, and nobody whom somebody enrolled by hand", async () => {
  const journey = await begin()
  asRows(journey)
  await journey.night()
  const made = (await batches(journey)).length
  const { enrollments, orgUnits, users } = await journey.state()
  const inCourse = new Set(orgUnits.filter(({ type }) => type === "Course Offering").map(({ id }) => Number(id)))
  const places = (held: typeof enrollments): ReadonlyArray<string> =>
    held.filter(({ orgUnitId }) => inCourse.has(Number(orgUnitId))).map(({ userId }) => String(userId))
  const leavers = [41_001, 41_002, 41_003, 41_004, 41_005, 41_006]
  const idOf = (number: number): string =>
    String(users.find(({ orgDefinedId }) => orgDefinedId === `00${number}`)?.["id"])
  // One of them was taken out and put back by a person.
  const [first = 0] = leavers
  const course = enrollments
    .filter(({ userId }) => String(userId) === idOf(first))
    .map(({ orgUnitId }) => Number(orgUnitId))
    .find((one) => inCourse.has(one))
  const tenant = await tenantOf(journey, "core:*:* enrollment:orgunit:*")
  const gone = await tenant.remove(`/lp/1.59/enrollments/orgUnits/${course}/users/${idOf(first)}`)
  expect(gone.status).toBe(200)
  const code = orgUnits.find(({ id }) => Number(id) === course)?.code
  await journey.seed({ enrollments: [{ user: `00${first}`, orgUnit: code, role: "Student" }] })

  for (const one of leavers) await journey.source.remove("enrollments", `e${one}`)
  await journey.forgetRequests()
  // Guards hold them, as they would one by one.
  const { plan } = await journey.plan(3)
  expect(plan.holds.map(({ guard }) => guard)).toContain("students_without_class")
  const approved = await journey.rollbook(
    "approve",
    plan.plan_id,
    "--all",
    "--as",
    "registrar",
    "--why",
    "term is over"
  )
  expect(approved.code, approved.stderr).toBe(0)
  const applied = await journey.rollbook("apply", plan.plan_id)
  expect(applied.code, applied.stdout + applied.stderr).toBe(0)
  const rows = (await batches(journey)).slice(made)
  expect(rows).toMatchObject([{ state: "done", rows: 5, errors: [] }])
  const stay = places((await journey.state()).enrollments)
  expect(leavers.filter((one) => stay.includes(idOf(one)))).toEqual([first])
  expect(stay).toHaveLength(places(enrollments).length - 5)
  expect((await journey.requests("brightspace")).filter(({ method }) => method === "DELETE")).toEqual([])
  // And nothing is left to do.
  expect((await journey.plan()).steps).toEqual([])
})

it("puts nobody by rows into a course that another integration made under the same code", async () => {
  const journey = await begin()
  asRows(journey)
  // Last year's course of that teacher, as the roster would name this year's.
  await journey.seed({
    orgUnits: [
      { type: "Course Template", name: "English", code: "OLD" },
      { type: "Semester", name: "Last year", code: "LAST" },
      { type: "Course Offering", name: "1200 1 English 9", code: "Hernandez_Olivia 1200 1", parents: ["OLD", "LAST"] }
    ]
  })
  const { plan } = await journey.plan(3)
  expect(plan.holds.map(({ guard }) => guard)).toEqual(["name_conflict"])
  await journey.rollbook("approve", plan.plan_id, "--all", "--as", "registrar", "--why", "they are two")
  const applied = await journey.rollbook("apply", plan.plan_id)
  expect(applied.stderr).not.toContain("Stopped")
  const { enrollments, orgUnits } = await journey.state()
  const [old, ...others] = orgUnits.filter(({ code }) => code === "Hernandez_Olivia 1200 1")
  expect(enrollments.filter(({ orgUnitId }) => orgUnitId === old?.id)).toEqual([])
  // This year's was made beside it by itself, or refused: where it was made, it has its people.
  const seated = others.map(({ id }) => enrollments.filter(({ orgUnitId }) => orgUnitId === id).length)
  expect([applied.code, seated]).toEqual(others.length === 0 ? [5, []] : [0, [9]])
  expect((await batches(journey)).flatMap(({ errors }) => errors)).toEqual([])
})

/** Puts students of one class into another one as well. */
const alsoIn = async ({ source }: Journey, course: string, students: ReadonlyArray<number>): Promise<void> => {
  for (const one of students) {
    await source.put("enrollments", `x${one}`, {
      status: "active",
      class: { sourcedId: course, type: "class" },
      user: { sourcedId: `s${one}`, type: "user" },
      school: { sourcedId: "5BB7FB0F-D8D9-415B-8725-460B8CE504DB", type: "org" },
      role: "student",
      primary: "false"
    })
  }
}

it("names places in rows as they are called when the rows are worked off, whoever renames them", async () => {
  const journey = await begin()
  await journey.night()
  asRows(journey)
  await journey.settings("brightspace", { batches: "asked" })
  // The code of a course follows its teacher's name, and is written after the first rows have gone.
  await journey.source.put("users", "t1001", { familyName: "Marsh" })
  await alsoIn(journey, "5001", [41_002, 41_004, 41_006, 41_008])
  const night = journey.begin("run", "roster")
  while ((await batches(journey)).length === 0) await sleep(50)
  night.process.kill("SIGTERM")
  await night.ended
  await batches(journey, "/work-off")
  await journey.settings("brightspace", { batches: "soon" })
  const resumed = await journey.rollbook("resume")
  expect(resumed.code, resumed.stderr).toBe(0)
  const renamed = await batches(journey)
  expect(renamed.map(({ errors, rows }) => ({ errors, rows }))).toEqual([
    { errors: [], rows: 4 },
    { errors: [], rows: 4 }
  ])

  // The other one's is changed by hand, of which no ledger knows.
  const { orgUnits } = await journey.state()
  const course = orgUnits.find(({ code }) => code === "Marsh_Olivia 1200 2")
  const tenant = await tenantOf(journey, "core:*:* orgunits:course:*")
  const path = `/lp/1.59/courses/${course?.id}`
  const held = (await tenant.get(path)).body as Record<string, unknown>
  const changed = await tenant.put(path, { ...held, Code: "By hand", Description: { Content: "", Type: "Text" } })
  expect(changed.status).toBe(200)
  await alsoIn(journey, "5002", [41_001, 41_003, 41_005, 41_007])
  await journey.night()
  const byHand = (await batches(journey)).slice(renamed.length)
  expect(byHand.map(({ errors, rows }) => ({ errors, rows }))).toEqual([{ errors: [], rows: 4 }])
  const people = (await journey.state()).enrollments.filter(({ orgUnitId }) => orgUnitId === course?.id)
  expect(people).toHaveLength(9 + 4)
})
