import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Journey, type PlanJson, startJourney } from "./harness.ts"
import { twoClasses } from "./small-district.ts"

/** Nights of a roster whose people and enrollments are read by what changed. They build on each other. */

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ data: twoClasses(25) })
  journey.editPipeline("roster", "{ endpoint: /users, ", "{ endpoint: /users, mode: { delta: {} }, ")
  journey.editPipeline("roster", "{ endpoint: /enrollments }", "{ endpoint: /enrollments, mode: { delta: {} } }")
})
afterAll(() => journey.stop())

const read = ({ source }: PlanJson, dataset: string) => source.find((one) => one.dataset === dataset)
const enrollments = async () => (await journey.requests("campus")).find(({ route }) => route.endsWith("/enrollments"))

it("are as those of whole reads, and say what they cannot see", async () => {
  const first = await journey.night()
  expect(first.stdout).toMatch(/users was read whole: no night before is there to go on from/)

  // Marked as deleted: gone at once. Another name: written. Nobody else is asked for, or about.
  await journey.source.put("enrollments", "e41001", { status: "tobedeleted" })
  await journey.source.put("users", "s41002", { familyName: "Lindqvist" })
  await journey.forgetRequests()
  const { plan, steps } = await journey.plan()
  expect(steps.map(({ action, entity }) => `${action} ${entity}`).toSorted()).toEqual([
    "unenroll enrollment",
    "unenroll section_enrollment",
    "update user"
  ])
  expect(read(plan, "users")).toMatchObject({ proven: true, rows: 51, delta: { changed: 1 } })
  expect(read(plan, "enrollments")).toMatchObject({ proven: true, rows: 52, delta: { changed: 1 } })
  expect(await enrollments()).toMatchObject({ count: 2 })

  // Deleted without a mark: the count departs, and what was to be read by delta is read whole in the same run.
  await journey.source.remove("enrollments", "e41003")
  const third = await journey.plan()
  expect(read(third.plan, "users")).toMatchObject({ delta: { changed: 0 } })
  expect(read(third.plan, "enrollments")?.read_whole).toBe(
    "the server has 51 records, and with what changed 52 are known"
  )
  expect(third.steps.filter(({ action }) => action === "unenroll")).toHaveLength(4)

  // A filter that brings nothing is found out: no change is lost by it.
  await journey.source.put("users", "s41004", { familyName: "Moreau" })
  await journey.settings("campus", { modifiedFilter: "nothing" })
  const fourth = await journey.plan()
  expect(read(fourth.plan, "users")?.read_whole).toMatch(/did not come again/)
  expect(fourth.steps.filter(({ action }) => action === "update")).toHaveLength(2)
})

it("are sent nothing that is as it was, once the ETags of the source were seen to change with its pages", async () => {
  journey.editConnections("paging: { limit: 10000 }", "paging: { limit: 10000, etags: true }")
  await journey.settings("campus", { modifiedFilter: "instants", etags: "honest" })
  await journey.plan()
  await journey.source.put("classes", "5001", { title: "Latin" })
  const second = await journey.plan()
  expect(second.plan.source.some(({ not_modified }) => not_modified === true)).toBe(false)
  await journey.forgetRequests()
  const third = await journey.plan()
  expect(read(third.plan, "classes")).toMatchObject({ proven: true, not_modified: true, rows: 2 })
  // No page of it was another yet: whether its ETags tell is not known.
  expect(read(third.plan, "courses")?.not_modified).toBeUndefined()
  expect(third.steps).toEqual(second.steps)
})

it("after a restore go on from what the backup knew, and no plan of before takes out who came back since", async () => {
  const { plan, steps } = await journey.plan()
  expect(steps.map(({ action, key }) => `${action} ${key}`)).toContain("unenroll 5001/s41001")
  const file = join(journey.workspace, "district.tar.gz")
  expect((await journey.rollbook("backup", file)).code).toBe(0)
  expect((await journey.rollbook("apply", plan.plan_id)).code).toBe(0)
  await journey.source.put("enrollments", "e41001", { status: "active" })
  await journey.night()
  const restored = await journey.rollbook("restore", file)
  expect(restored.code, restored.stderr).toBe(0)
  await journey.forgetRequests()
  const old = await journey.rollbook("apply", plan.plan_id)
  expect(old.code).toBe(1)
  expect(old.stderr).toContain("the workspace was restored from a backup since it was made")
  expect(await journey.writes()).toEqual({})
  const digest = await journey.digest()
  const next = await journey.night()
  expect(next.stdout).toMatch(/Read by what changed: .*users/)
  expect(await journey.digest()).toEqual(digest)
  expect((await journey.plan()).steps).toEqual([])
})
