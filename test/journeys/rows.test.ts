import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, expect, it } from "vitest"
import { call } from "../sandbox/rehearsal.ts"
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
