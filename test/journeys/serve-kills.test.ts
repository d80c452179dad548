import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, it } from "vitest"
import { parseJournal } from "../../src/adapters/journal/journal.ts"
import { exitCodes } from "../../src/core/exit-codes.ts"
import { draws } from "../tools/draws.ts"
import { type GradeJourney, startGrades } from "./gradebook.ts"
import { ask, type Journey } from "./harness.ts"
import {
  askForExport,
  asking,
  beginSession,
  exportsTold,
  giveAll,
  isNightDue,
  missNight,
  scoresGiven,
  scoresIn,
  type Served,
  sentForNothing,
  startService,
  type Taught,
  taughtCourses
} from "./serving.ts"
import { classesOf } from "./small-district.ts"

/**
 * One history: `serve` is killed at one random moment after the other while a night of the grades is at work and teachers export
 * what they have just corrected, and is started again; its run dies with it, or outlives it. Before that it is asked to end,
 * with something in flight. What stands at the end is compared once. Each kill costs seven seconds of a processor: `npm run kills` takes a hundred, `ROLLBOOK_KILLS=20 ROLLBOOK_SEED=7` so
 * many, at other moments.
 */

const kills = Number(process.env["ROLLBOOK_KILLS"] ?? 3)
const random = draws(Number(process.env["ROLLBOOK_SEED"] ?? 1))
/** Writes that are on their way to the SIS at once. */
const inFlight = 4

let journey: GradeJourney
let courses: ReadonlyArray<Taught>
beforeAll(async () => {
  journey = await startGrades({ data: classesOf(3, 2), asOf: new Date().toISOString().slice(0, 10) })
  courses = await taughtCourses(journey, ["5001", "5002", "5003"])
})
afterAll(() => journey.stop())

it(
  `killed ${kills} times, it signs nobody out, loses nothing, and sends nothing twice with effect`,
  { timeout: 900_000 + kills * 60_000 },
  async () => {
    const admin = await beginSession(journey, { who: "admin", rights: ["see console"] })
    const pointsOf = (round: number) => (student: number) => 1 + ((round * 2 + student) % 19)
    await endInOrder(pointsOf(kills))
    // So that a good part of the moments comes in the middle of the writes.
    const match = { method: "PUT", pattern: "/(lineItems|results)/" } as const
    await journey.faults("campus", [{ do: "slow", milliseconds: 150, match }])
    let killedRuns = 0
    let asked = 0
    for (let round = 0; round < kills; round++) {
      // Whoever killed it comes to a night that is due, beside what was cut off.
      missNight(journey, "grades")
      const service = await startService(journey)
      // The sessions are those of before the kill.
      expect((await asking(service.address, admin, "/api/pipelines")).status).toBe(200)
      const until = Date.now() + random() * 3_000
      for (const course of courses) {
        await sleep(random() * Math.max(0, until - Date.now()) * 0.6)
        await giveAll(journey, course, pointsOf(round))
        expect((await askForExport(service.address, course)).status).toBe(202)
        asked++
      }
      await sleep(Math.max(0, until - Date.now()))
      const [isRunKilled, isRunFirst, between] = [random() < 0.6, random() < 0.5, random() * 200]
      const run = isRunKilled ? await atWork(journey) : null
      if (run !== null) await sleep(random() * 2_000)
      if (run !== null && isRunFirst && kill9(run)) killedRuns++
      if (run !== null) await sleep(between)
      service.process.kill("SIGKILL")
      if (run !== null && !isRunFirst && kill9(run)) killedRuns++
      await service.ended
    }

    const service = await startService(journey)
    expect((await asking(service.address, admin, "/api/pipelines")).status).toBe(200)
    await untilAllIsDone(service)
    service.process.kill("SIGTERM")
    const { code, stderr } = await service.ended
    expect(code, stderr).toBe(0)

    expect(await scoresIn(journey)).toEqual(scoresGiven(courses, (_, student) => pointsOf(kills - 1)(student)))
    // A write whose answer was lost with its run may come again, as it was; nothing else does.
    const again = await sentForNothing(journey)
    const times = Object.values(again).reduce((sum, each) => sum + each, 0)
    expect(times, JSON.stringify(again)).toBeLessThanOrEqual(killedRuns * inFlight)
    expect(readdirSync(join(journey.workspace, ".rollbook", "journal"))).toEqual([])
    await journey.clearFaults()
    await journey.forgetRequests()
    expect((await journey.rollbook("run", "grades")).code).toBe(0)
    expect(await journey.puts()).toEqual({})
    if (kills > 3) {
      process.stdout.write(`${kills} kills, ${killedRuns} with the run; ${asked} exports asked for; again: ${times}\n`)
    }
  }
)

/** Ends when neither the night nor an export is at work or waits. */
const untilAllIsDone = async (service: Served): Promise<void> => {
  const stillToDo = async (): Promise<ReadonlyArray<unknown>> => {
    const told = await Promise.all(courses.map((course) => exportsTold(service.address, course)))
    const exports = told.flatMap((all): ReadonlyArray<unknown> => all?.filter((one) => one.state !== "ended") ?? [all])
    return isNightDue(journey, "grades") ? ["the night", ...exports] : exports
  }
  await expect.poll(stillToDo, { timeout: 180_000, interval: 500 }).toEqual([])
}

/** Asks `serve` to end while the night reads and sends, and while an export goes by itself: what is in flight is answered and noted, and that something is left is said. */
const endInOrder = async (points: (student: number) => number): Promise<void> => {
  const asks = async (service: Served, isReached: () => Promise<boolean>): Promise<void> => {
    await expect.poll(isReached, { timeout: 600_000, interval: 100 }).toBe(true)
    // Whoever ends a service may say so more than once.
    service.process.kill("SIGTERM")
    service.process.kill("SIGTERM")
    const { code, stderr } = await service.ended
    expect(code, stderr).toBe(exitCodes.interrupted)
  }
  const written = async (): Promise<number> => Object.values(await journey.puts()).reduce((sum, each) => sum + each, 0)
  // Long enough for what is in flight to be so still when the service is asked to end.
  const match = { method: "PUT", pattern: "/(lineItems|results)/" } as const
  await journey.faults("campus", [{ do: "slow", milliseconds: 2_000, match }])
  const isSending = async (): Promise<boolean> => (await written()) > 0
  for (const course of courses) await giveAll(journey, course, points)
  missNight(journey, "grades")
  if (kills > 3) {
    await journey.faults("brightspace", [{ do: "slow", milliseconds: 1_000, match: { pattern: "/grades/" } }])
    await journey.forgetRequests()
    await asks(await startService(journey), async () =>
      (await journey.requests("brightspace")).some(({ route }) => route.includes("/grades/"))
    )
    expect(await written()).toBe(0)
    await ask(`${journey.brightspaceUrl}/sandbox/faults`, "DELETE")
  }
  await journey.forgetRequests()
  await asks(await startService(journey), isSending)
  const folder = join(journey.workspace, ".rollbook", "journal")
  const noted = readdirSync(folder).flatMap((file) => [
    ...parseJournal(readFileSync(join(folder, file), "utf8")).outcomes.keys()
  ])
  expect(noted).toHaveLength(await written())

  const service = await startService(journey)
  await untilAllIsDone(service)
  await journey.forgetRequests()
  const [course] = courses
  if (course === undefined) throw new Error("there is no course")
  await giveAll(journey, course, (student) => points(student) + 1)
  expect((await askForExport(service.address, course)).status).toBe(202)
  await asks(service, isSending)
  await ask(`${journey.campusUrl}/sandbox/faults`, "DELETE")
}

/** Process id of the run that holds the workspace, as soon as one does; null where none came. */
const atWork = async ({ workspace }: Journey): Promise<number | null> => {
  for (let look = 0; look < 200; look++) {
    try {
      const held = JSON.parse(readFileSync(join(workspace, ".rollbook", "holder.json"), "utf8")) as {
        readonly pid: number
      }
      process.kill(held.pid, 0)
      return held.pid
    } catch {
      // None yet, or what a dead one left.
      await sleep(50)
    }
  }
  return null
}

/** Whether there was something to kill. */
const kill9 = (pid: number): boolean => {
  try {
    return process.kill(pid, "SIGKILL")
  } catch {
    return false
  }
}
