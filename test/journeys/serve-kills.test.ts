import { createInterface } from "node:readline"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, expect, it } from "vitest"
import { draws } from "../tools/draws.ts"
import type { Journey } from "./harness.ts"
import { type GradeJourney, gradebookOf, startGrades } from "./gradebook.ts"

/**
 * `serve` killed at random moments while teachers export, and started again: nobody is signed out, nothing is lost, nothing is
 * sent twice with effect. Each kill costs ten seconds of a processor, so that they are asked for: `npm run kills`, or
 * `ROLLBOOK_KILLS=20 ROLLBOOK_SEED=7` for so many, at other moments. What a restart must find again is tested by itself.
 */

const kills = Number(process.env["ROLLBOOK_KILLS"] ?? 0)
const random = draws(Number(process.env["ROLLBOOK_SEED"] ?? 1))

let journey: GradeJourney
let courses: ReadonlyArray<{
  readonly code: string
  readonly orgUnit: string
  readonly students: ReadonlyArray<string>
}>
beforeAll(async () => {
  if (kills === 0) return
  journey = await startGrades({ asOf: new Date().toISOString().slice(0, 10) })
  const term = journey.termOf(new Date().getMonth() >= 7 ? "301" : "302")
  const { orgUnits } = (await journey.state()) as unknown as {
    readonly orgUnits: ReadonlyArray<{ readonly id: number; readonly code: string; readonly type: string }>
  }
  courses = ["5001", "5002"].map((id) => {
    const code = journey.courseOf(id)
    const found = orgUnits.find((one) => one.code === code && one.type === "Course Offering")
    return { code, orgUnit: String(found?.id), students: journey.studentsOf(id) }
  })
  for (const { code } of courses) await journey.seed(gradebookOf(code, term, ["Essay"]))
})
afterAll(() => (kills === 0 ? undefined : journey.stop()))

it.runIf(kills > 0)(
  `killed ${kills} times, it signs nobody out, loses nothing, and sends nothing twice with effect`,
  { timeout: 240_000 + kills * 60_000 },
  async () => {
    let service = await start()
    const link = await fetch(service.link, { redirect: "manual" })
    const cookie = link.headers.getSetCookie()[0]?.split(";")[0] ?? ""
    let points = 0
    for (let kill = 0; kill < kills; kill++) {
      points = kill + 1
      for (const { code, orgUnit, students } of courses) {
        for (const student of students) await journey.give(code, "Essay", student, points)
        expect(await exportsOf(service.address, orgUnit, cookie, "POST")).toMatchObject({ state: expect.any(String) })
      }
      await sleep(random() * 4000)
      const atWork = random() < 0.5 ? holder(journey) : null
      service.process.kill("SIGKILL")
      if (atWork !== null) kill9(atWork)
      await service.ended
      service = await start()
      // The session is that of before the kill, and what was asked for still stands.
      expect((await fetch(`${service.address}/api/session`, { headers: { cookie } })).status).toBe(200)
    }
    for (const { orgUnit } of courses) {
      await expect
        .poll(async () => underWay(await exportsOf(service.address, orgUnit, cookie, "GET")), {
          timeout: 180_000,
          interval: 500
        })
        .toEqual([])
    }
    await inOrder(service)
    const { lineItems, results } = await journey.campus()
    expect(Object.values(lineItems).filter(({ title }) => title === "Essay")).toHaveLength(courses.length)
    const sent = Object.values(results).map(({ score }) => Number(score))
    expect(sent).toEqual(courses.flatMap(({ students }) => students.map(() => points)))
    await journey.forgetRequests()
    expect((await journey.rollbook("run", "grades")).code).toBe(0)
    expect(await journey.puts()).toEqual({})
  }
)

interface Begun extends ReturnType<Journey["begin"]> {
  readonly address: string
  /** Signs an administrator in, once. */
  readonly link: string
}

const start = async (): Promise<Begun> => {
  const begun = journey.begin("serve", "--port", "0", "--admin")
  const { stdout } = begun.process
  if (stdout === null) throw new Error("no output")
  const link = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on("line", (line) => {
      const { sign_in: url } = JSON.parse(line) as { readonly sign_in?: string }
      if (url !== undefined) resolve(url)
    })
    void begun.ended.then(({ stderr }) => reject(new Error(stderr)))
  })
  return { ...begun, link, address: new URL(link).origin }
}

const inOrder = async (service: Begun): Promise<void> => {
  service.process.kill("SIGTERM")
  expect((await service.ended).code).toBe(0)
}

const exportsOf = async (
  address: string,
  orgUnit: string,
  cookie: string,
  method: "GET" | "POST"
): Promise<unknown> => {
  const answer = await fetch(`${address}/api/courses/${orgUnit}/exports`, {
    method,
    headers: {
      cookie,
      "sec-fetch-site": "same-origin",
      ...(method === "POST" && { "content-type": "application/json" })
    },
    ...(method === "POST" && { body: JSON.stringify({ section: null, session: null }) })
  })
  return answer.json()
}

const underWay = (answer: unknown): ReadonlyArray<unknown> =>
  (answer as { readonly under_way?: ReadonlyArray<{ readonly state: string }> }).under_way?.filter(
    ({ state }) => state !== "ended"
  ) ?? [answer]

/** Process id of the run that holds the workspace; null where none does. */
const holder = ({ workspace }: Journey): number | null => {
  try {
    return (JSON.parse(readFileSync(join(workspace, ".rollbook", "holder.json"), "utf8")) as { readonly pid: number })
      .pid
  } catch {
    return null
  }
}

const kill9 = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended by itself.
  }
}
