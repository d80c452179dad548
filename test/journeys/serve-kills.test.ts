import { existsSync, readdirSync, readFileSync } from "node:fs"
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
 * One history: `serve` is killed at one moment after the other while a night of the grades is at work, or teachers export what they
 * have just corrected, and is started again; its run outlives it, or dies with it. Before that it is asked to end, with something
 * in flight. What stands at the end is compared once. `npm run kills` takes a hundred, `ROLLBOOK_KILLS=20 ROLLBOOK_SEED=7` so
 * many, at other moments.
 */

const kills = Number(process.env["ROLLBOOK_KILLS"] ?? 20)
const isLong = kills > 20
const random = draws(Number(process.env["ROLLBOOK_SEED"] ?? 1))
/** Writes that are on their way to the SIS at once. */
const inFlight = 4

/**
 * A life of a service, by what is killed at its end. A run costs several times what a start of `serve` does: some wait
 * for none, and leave one that has begun alone; one takes it down however far it is, one in its work, one in its writes.
 */
type Life = "as it starts" | "serve" | "whatever is there" | "a run at work" | "a run that writes"
const livesOfMany: ReadonlyArray<Life> = [
  "as it starts",
  "serve",
  "a run that writes",
  "whatever is there",
  "as it starts",
  "a run at work"
]
/** Lives in turn. Of twenty, three take a run with them, so that they cost hardly more than six; of many, every other one does. */
const lives: ReadonlyArray<Life> = isLong
  ? livesOfMany
  : [...livesOfMany, ...Array.from({ length: 14 }, (_, at): Life => (at % 2 === 0 ? "serve" : "as it starts"))]
const takesRun = (life: Life | undefined): boolean => life !== "as it starts" && life !== "serve"

let journey: GradeJourney
let courses: ReadonlyArray<Taught>
beforeAll(async () => {
  journey = await startGrades({ data: classesOf(3, 2), asOf: new Date().toISOString().slice(0, 10) })
  courses = await taughtCourses(journey, ["5001", "5002", "5003"])
})
afterAll(() => journey.stop())

it(
  `killed ${kills} times, it signs nobody out, loses nothing, and sends nothing twice with effect`,
  { timeout: 2_400_000 + kills * 60_000 },
  async () => {
    const admin = await beginSession(journey, { who: "admin", rights: ["see console"] })
    const pointsOf = (round: number) => (student: number) => 1 + ((round * 2 + student) % 19)
    // Points come again each nineteenth round: those before the first kill are of none of the lives that come next.
    const atFirst = 18
    await endInOrder(pointsOf(atFirst))
    // So that a good part of the moments comes in the middle of the writes.
    await slowWrites(150)
    let [killedRuns, amidWrites, asked] = [0, 0, 0]
    const given = new Map(courses.map((course) => [course, atFirst]))
    for (let round = 0; round < kills; round++) {
      const life = lives[round % lives.length]
      // Whoever killed it comes to a night that is due, beside what was cut off.
      if (random() < 0.5) missNight(journey, "grades")
      if (life === "as it starts") {
        const starting = journey.begin("serve", "--port", "0")
        await sleep(random() * 1_500)
        for (const pid of childrenOf(starting.process.pid).filter((one) => !isRun(one))) kill9(pid)
        starting.process.kill("SIGKILL")
        await starting.ended
        continue
      }
      // A write is on its way for as long as it takes to kill its run.
      if (life === "a run that writes") await slowWrites(3_000)
      const left = journalsOf(journey)
      const service = await startService(journey)
      // The sessions are those of before the kill.
      expect((await asking(service.address, admin, "/api/pipelines")).status).toBe(200)
      const most = life === "serve" ? 1 : courses.length
      for (const course of [...courses].sort(() => random() - 0.5).slice(0, most)) {
        await sleep(random() * 200)
        await giveAll(journey, course, pointsOf(round))
        given.set(course, round)
        expect((await askForExport(service.address, course)).status).toBe(202)
        asked++
      }
      await sleep(random() * 500)
      if (life === "a run at work") await atWork(journey).then(() => sleep(random() * 1_500))
      if (life === "a run that writes") {
        await soon(() => unanswered(journey).some((file) => !left.includes(file)))
        await sleep(random() * 200)
      }
      const begun = childrenOf(service.process.pid)
      const runs = life === "serve" ? [] : [...begun.filter(isRun), ...holderOf(journey)]
      const [isRunFirst, between] = [random() < 0.5, random() * (life === "a run at work" ? 1_000 : 200)]
      const killRuns = (): void => {
        const killed = runs.filter(kill9)
        if (killed.length > 0) killedRuns++
        if (killed.length > 0 && unanswered(journey).length > 0) amidWrites++
      }
      if (isRunFirst) killRuns()
      if (runs.length > 0) await sleep(between)
      service.process.kill("SIGKILL")
      if (!isRunFirst) killRuns()
      // What only proves the definitions would go on for nobody, in each life for as long as a run takes.
      begun.filter((pid) => !isRun(pid)).forEach(kill9)
      await service.ended
      if (life === "a run that writes") await slowWrites(150)
    }
    // Moments that hit nothing prove nothing.
    const aimed = Array.from({ length: kills }, (_, round) => lives[round % lives.length]).filter(takesRun).length
    expect(killedRuns).toBeGreaterThanOrEqual(Math.ceil(aimed / 3))
    expect(amidWrites).toBeGreaterThanOrEqual(Math.ceil(aimed / 6))

    const service = await startService(journey)
    expect((await asking(service.address, admin, "/api/pipelines")).status).toBe(200)
    await untilAllIsDone(service)
    service.process.kill("SIGTERM")
    const { code, stderr } = await service.ended
    expect(code, stderr).toBe(0)

    expect(await scoresIn(journey)).toEqual(
      scoresGiven(courses, (course, student) => pointsOf(given.get(course) ?? atFirst)(student))
    )
    // A write whose answer was lost with its run may come again, as it was; nothing else does.
    const again = await sentForNothing(journey)
    const times = Object.values(again).reduce((sum, each) => sum + each, 0)
    expect(times, JSON.stringify(again)).toBeLessThanOrEqual(killedRuns * inFlight)
    expect(journalsOf(journey)).toEqual([])
    await journey.clearFaults()
    await journey.forgetRequests()
    expect((await journey.rollbook("run", "grades")).code).toBe(0)
    expect(await journey.puts()).toEqual({})
    if (isLong) {
      process.stdout.write(
        `${kills} kills, ${killedRuns} with the run, ${amidWrites} of these amid its writes; ${asked} exports asked for; again: ${times}\n`
      )
    }
  }
)

/** Ends when neither the night nor an export is at work or waits: as long as that takes on a machine that does much else. */
const untilAllIsDone = async (service: Served): Promise<void> => {
  const stillToDo = async (): Promise<ReadonlyArray<unknown>> => {
    const told = await Promise.all(courses.map((course) => exportsTold(service.address, course)))
    const exports = told.flatMap((all): ReadonlyArray<unknown> => all?.filter((one) => one.state !== "ended") ?? [all])
    return isNightDue(journey, "grades") ? ["the night", ...exports] : exports
  }
  await expect.poll(stillToDo, { timeout: 900_000, interval: 500 }).toEqual([])
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
  // Long enough for what is in flight to be so still when the service is asked to end.
  await slowWrites(2_000)
  const isSending = async (): Promise<boolean> => (await written()) > 0
  for (const course of courses) await giveAll(journey, course, points)
  missNight(journey, "grades")
  if (isLong) {
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
  const noted = journalsOf(journey).flatMap((file) => [...parseJournal(readFileSync(file, "utf8")).outcomes.keys()])
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

/** From now on the SIS takes so long for each write, and has no other faults. */
const slowWrites = async (milliseconds: number): Promise<void> => {
  await ask(`${journey.campusUrl}/sandbox/faults`, "DELETE")
  await journey.faults("campus", [
    { do: "slow", milliseconds, match: { method: "PUT", pattern: "/(lineItems|results)/" } }
  ])
}

/** Writes that reached the SIS. */
const written = async (): Promise<number> => Object.values(await journey.puts()).reduce((sum, each) => sum + each, 0)

/** Applies that were begun and have not ended. */
const journalsOf = ({ workspace }: Journey): ReadonlyArray<string> => {
  const folder = join(workspace, ".rollbook", "journal")
  return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : []
}

/** Those of them that have writes without an answer. */
const unanswered = (of: Journey): ReadonlyArray<string> =>
  journalsOf(of).filter((file) => {
    try {
      return parseJournal(readFileSync(file, "utf8")).unsure.size > 0
    } catch {
      // A run that has ended took it away.
      return false
    }
  })

/** Looks again and again for what may never come: whoever it is for counts how often it came. */
const soon = async (isReached: () => boolean | Promise<boolean>): Promise<void> => {
  for (let look = 0; look < 2_400 && !(await isReached()); look++) await sleep(50)
}

const atWork = (of: Journey): Promise<void> => soon(() => holderOf(of).length > 0)

/** Process id of the run that holds the workspace. */
const holderOf = ({ workspace }: Journey): ReadonlyArray<number> => {
  try {
    const held = JSON.parse(readFileSync(join(workspace, ".rollbook", "holder.json"), "utf8")) as {
      readonly pid: number
    }
    return isRun(held.pid) ? [held.pid] : []
  } catch {
    // None, or one that is being written.
    return []
  }
}

/** Process ids of what a process has started, where the system tells them. */
const childrenOf = (pid = 0): ReadonlyArray<number> => {
  const file = `/proc/${pid}/task/${pid}/children`
  return existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number) : []
}

/** Whether a process is a run; where the system does not tell its words, whether it is there. */
const isRun = (pid: number): boolean => {
  if (!existsSync("/proc/self/cmdline")) return process.kill(pid, 0)
  const file = `/proc/${pid}/cmdline`
  return existsSync(file) && readFileSync(file, "utf8").split("\0").includes("run")
}

/** Whether there was something to kill. */
const kill9 = (pid: number): boolean => {
  try {
    return process.kill(pid, "SIGKILL")
  } catch {
    return false
  }
}
