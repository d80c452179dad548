import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type GradeJourney, startGrades } from "./gradebook.ts"
import {
  askForExport,
  asking,
  beginSession,
  exportsTold,
  giveAll,
  missNight,
  scoresGiven,
  scoresIn,
  sentForNothing,
  startService,
  type Taught,
  taughtCourses
} from "./serving.ts"
import { classesOf } from "./small-district.ts"

/**
 * Teachers who correct scores and export at once while the night of the grades is at work, with their pages open, and people
 * who approve what an earlier plan holds, in the console and at a terminal: nothing is lost, nothing is sent that stood so already, and pages answer. `npm run load` takes fifty of them and prints how long pages
 * waited; `ROLLBOOK_LOAD=20`: so many; `slow` in ROLLBOOK_LOAD_FAULTS: the SIS answers in three seconds; `lossy`: one answer
 * in twenty is lost after the write was carried out.
 */

const teachers = Number(process.env["ROLLBOOK_LOAD"] ?? 0)
const courseCount = teachers > 0 ? teachers : 3
const studentsOfEach = Number(process.env["ROLLBOOK_LOAD_STUDENTS"] ?? (teachers > 0 ? 8 : 2))
const faults = new Set((process.env["ROLLBOOK_LOAD_FAULTS"] ?? "").split(",").filter((word) => word !== ""))

let journey: GradeJourney
let courses: ReadonlyArray<Taught>
beforeAll(async () => {
  journey = await startGrades({
    data: classesOf(courseCount, studentsOfEach),
    asOf: new Date().toISOString().slice(0, 10)
  })
  courses = await taughtCourses(
    journey,
    Array.from({ length: courseCount }, (_, index) => String(5001 + index))
  )
  for (const course of courses) await giveAll(journey, course, (student) => 1 + student)
})
afterAll(() => journey.stop())

it(
  "of exports asked for at once during a night nothing is lost and nothing is sent for nothing, and pages answer",
  { timeout: 3_600_000 },
  async () => {
    const match = { method: "PUT", pattern: "/(lineItems|results)/" } as const
    if (faults.has("slow")) await journey.faults("campus", [{ do: "slow", milliseconds: 3_000, match }])
    if (faults.has("lossy")) await journey.faults("campus", [{ do: "answer_lost", match: { ...match, every: 20 } }])
    const admin = await beginSession(journey, { who: "admin", rights: ["see console", "see metrics"] })
    const decider = await beginSession(journey, { who: "registrar", rights: ["see console", "approve holds"] })
    const undo = await journey.rollbook("undo", "last", "--json")
    const { plan_id: held } = JSON.parse(undo.stdout) as { readonly plan_id: string }
    const idle = teachers > 0 ? await withoutWork(journey, admin) : null
    missNight(journey, "grades")
    const service = await startService(journey)
    const latencies = makeLatencies()
    const timed = async <A>(route: string, request: Promise<A>): Promise<A> => {
      const begun = performance.now()
      const answer = await request
      latencies.note(route, performance.now() - begun)
      return answer
    }
    const pagesOf = { isOpen: true }
    const looksOn = async (path: string): Promise<void> => {
      while (pagesOf.isOpen) {
        const { status } = await timed(`GET ${path}`, asking(service.address, admin, path))
        expect(status).toBe(200)
        await sleep(teachers > 0 ? 1_000 : 500)
      }
    }
    const pages = ["/api/dashboard", "/api/runs", "/api/pipelines"].map(looksOn)
    await expect
      .poll(async () => JSON.stringify((await asking(service.address, admin, "/api/dashboard")).json), {
        interval: 200,
        timeout: 60_000
      })
      // It has the state by then.
      .toMatch(/"stage":"/)

    const approved = await timed(
      "POST /api/plans/:plan/approvals",
      asking(service.address, decider, `/api/plans/${held}/approvals`, { why: "seen by the registrar" })
    )
    expect([200, 202], JSON.stringify(approved.json)).toContain(approved.status)

    const typed = await journey.rollbook("approve", held, "--all", "--why", "seen as well", "--as", "dana", "--json")
    expect([typed.code, typed.stderr]).toEqual([0, expect.not.stringContaining("waits for its turn")])
    expect(JSON.parse(typed.stdout)).toMatchObject({ plan: held, approvedBy: "dana", withdrawnAt: null })

    // The first student's score is corrected: the export brings the new one, and no night the former one back.
    for (const course of courses) await journey.give(course.code, "Essay", course.students[0] ?? "", 19)
    const begun = performance.now()
    const ends = await Promise.all(
      courses.map(async (course) => {
        const asked = await timed("POST /api/courses/:course/exports", askForExport(service.address, course))
        expect(asked.status).toBe(202)
        const { id } = asked.json as { readonly id: string }
        for (;;) {
          await sleep(teachers > 0 ? 2_000 : 500)
          const told = await timed("GET /api/courses/:course/exports", exportsTold(service.address, course))
          expect(told).not.toBeNull()
          const mine = told?.find((one) => one.id === id)
          if (mine?.state === "ended") return { outcome: mine.outcome, took: performance.now() - begun }
        }
      })
    ).finally(() => {
      pagesOf.isOpen = false
    })
    await Promise.all(pages)
    await expect
      .poll(async () => (await asking(service.address, decider, `/api/plans/${held}/review`)).json, { timeout: 60_000 })
      .toMatchObject({
        asked: [],
        approvals: [
          { approved_by: expect.stringMatching(/^(?:registrar|dana)$/) },
          { approved_by: expect.stringMatching(/^(?:registrar|dana)$/) }
        ]
      })
    latencies.note("an export, from click to end", ...ends.map(({ took }) => took))
    const turn = await longestTurn(service.address, admin)
    const peak = memoryOf(service.process.pid, "VmHWM")
    service.process.kill("SIGTERM")
    const { code, stderr } = await service.ended
    if (teachers > 0) {
      process.stdout.write(`${latencies.table()}
the night gave way at the latest after ${turn} s
serve answered ${idle?.answers} ms after its start; its memory: ${idle?.begun} MB without work, ${idle?.read} MB some seconds after reads, ${peak} MB at most\n`)
    }
    const outcomes = ends.map(({ outcome }) => outcome)
    expect(
      outcomes,
      stderr
        .split("\n")
        .filter((line) => /"(warn|error)"/.test(line))
        .join("\n")
    ).toEqual(courses.map(() => "good"))
    expect(code).toBe(0)

    expect(await scoresIn(journey)).toEqual(scoresGiven(courses, (_, student) => (student === 0 ? 19 : 1 + student)))
    const again = await sentForNothing(journey)
    const lost = (await journey.requests("campus")).filter(
      ({ method, outcome }) => method === "PUT" && outcome === "answer lost"
    )
    // A write whose answer was lost is sent once more, and stands so already; nothing else is.
    expect(sum(Object.values(again)), JSON.stringify(again)).toBeLessThanOrEqual(sum(lost.map(({ count }) => count)))
    expect(lost.length > 0).toBe(faults.has("lossy"))
    await journey.clearFaults()
    await journey.forgetRequests()
    expect((await journey.rollbook("run", "grades")).code).toBe(0)
    expect(await journey.puts()).toEqual({})
  }
)

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((one, other) => one + other, 0)

/** Longest time, in seconds, for which the night did not give way, as `/metrics` tells it once the night has ended. */
const longestTurn = async (address: string, session: string): Promise<number> => {
  let seconds = 0
  const told = async (): Promise<number> => {
    const metrics = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${session}` } })
    const [, found = "0"] =
      /^rollbook_run_longest_turn_seconds\{pipeline="grades"\} (\S+)$/m.exec(await metrics.text()) ?? []
    return (seconds = Number(found))
  }
  await expect.poll(told).toBeGreaterThan(0)
  return seconds
}

/** Megabytes that a process has in memory, or had at most; "unknown" where the system has no /proc. */
const memoryOf = (pid: number | undefined, which: "VmRSS" | "VmHWM"): string => {
  try {
    const [, kilobytes] =
      new RegExp(`^${which}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
    return kilobytes === undefined ? "unknown" : String(Math.round(Number(kilobytes) / 1_000))
  } catch {
    return "unknown"
  }
}

/**
 * A service that has nothing to do: milliseconds until it answers, and its memory once it has proven the definitions, and again some
 * seconds after pages were read.
 */
const withoutWork = async (journey: GradeJourney, session: string) => {
  const started = performance.now()
  const service = await startService(journey)
  const answers = Math.round(performance.now() - started)
  await sleep(settled)
  const begun = memoryOf(service.process.pid, "VmRSS")
  for (const path of ["/api/dashboard", "/api/runs", "/api/pipelines"]) await asking(service.address, session, path)
  await sleep(settled)
  const read = memoryOf(service.process.pid, "VmRSS")
  service.process.kill("SIGTERM")
  await service.ended
  return { answers, begun, read }
}

/** Milliseconds. */
const settled = 25_000

/** How long answers took, in milliseconds, by route. */
const makeLatencies = () => {
  const taken = new Map<string, Array<number>>()
  return {
    note: (route: string, ...milliseconds: ReadonlyArray<number>): void => {
      taken.set(route, [...(taken.get(route) ?? []), ...milliseconds])
    },
    table: (): string => {
      const rows = [...taken].map(([route, all]) => {
        const sorted = all.toSorted((one, other) => one - other)
        const at = (share: number): string => String(Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0))
        return [route, String(sorted.length), at(0.5), at(0.95), at(1)]
      })
      return [["route", "answers", "p50 ms", "p95 ms", "max ms"], ...rows]
        .map((row) => row.map((cell, place) => (place === 0 ? cell.padEnd(36) : cell.padStart(9))).join(""))
        .join("\n")
    }
  }
}
