import * as Effect from "effect/Effect"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Entry } from "../../src/service/agenda.ts"
import { type Session, sessionsIn } from "../../src/service/access/session.ts"
import { ask, type Journey } from "./harness.ts"
import { type GradeJourney, gradebookOf } from "./gradebook.ts"

/** What journeys of the running service share: its start, the sessions of teachers, courses with scores, what was written. */

export interface Served extends ReturnType<Journey["begin"]> {
  readonly address: string
}

/** Starts `serve`; gives its address as soon as it answers. */
export const startService = async (journey: Journey): Promise<Served> => {
  const begun = journey.begin("serve", "--port", "0")
  const { stderr } = begun.process
  if (stderr === null) throw new Error("no output")
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stderr }).on("line", (line) => {
      const [, url] = /Answering at ([^\s"]+)/.exec(line) ?? []
      if (url !== undefined) resolve(url)
    })
    void begun.ended.then((ended) => reject(new Error(ended.stderr)))
  })
  return { ...begun, address }
}

/** Begins a session as a launch from a course does, without the launch; gives its id. */
export const beginSession = (
  { workspace }: Journey,
  {
    course = null,
    launched = null,
    rights = [],
    who
  }: Partial<Pick<Session, "course" | "launched" | "rights">> & {
    readonly who: string
  }
): Promise<string> =>
  Effect.runPromise(
    sessionsIn(join(workspace, ".rollbook", "service", "sessions")).start(
      { who, name: null, by: course === null ? "oidc" : "lti", rights, course, launched, language: null },
      Date.now()
    )
  )

/** A course with a teacher who is signed in. */
export interface Taught {
  readonly classId: string
  readonly code: string
  readonly orgUnit: string
  readonly students: ReadonlyArray<string>
  readonly session: string
}

/** The classes of a journey as courses, each with one item that goes to the SIS and a teacher who is signed in. */
export const taughtCourses = async (
  journey: GradeJourney,
  classIds: ReadonlyArray<string>
): Promise<ReadonlyArray<Taught>> => {
  const term = journey.termOf(new Date().getMonth() >= 7 ? "301" : "302")
  const { orgUnits } = await journey.state()
  const taught: Array<Taught> = []
  for (const classId of classIds) {
    const code = journey.courseOf(classId)
    const orgUnit = String(orgUnits.find((one) => one.code === code && one.type === "Course Offering")?.id)
    await journey.seed(gradebookOf(code, term, ["Essay"]))
    const session = await beginSession(journey, {
      who: `teacher.${classId}`,
      course: { orgUnit, title: null, role: "Teacher", rights: ["see grades", "export grades"] }
    })
    taught.push({ classId, code, orgUnit, students: journey.studentsOf(classId), session })
  }
  return taught
}

/** Gives every student of a course so many points. */
export const giveAll = async (
  journey: GradeJourney,
  { code, students }: Taught,
  points: (student: number) => number
): Promise<void> => {
  for (const [index, student] of students.entries()) await journey.give(code, "Essay", student, points(index))
}

/** One request of somebody who is signed in. */
export const asking = async (
  address: string,
  session: string,
  path: string,
  body?: object
): Promise<{ readonly status: number; readonly json: unknown }> => {
  const answer = await fetch(`${address}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${session}`,
      "sec-fetch-site": "same-origin",
      ...(body !== undefined && { "content-type": "application/json" })
    },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  return { status: answer.status, json: await answer.json() }
}

export const askForExport = (address: string, { orgUnit, session }: Taught): ReturnType<typeof asking> =>
  asking(address, session, `/api/courses/${orgUnit}/exports`, { section: null, session: null })

/** An export as its course's page tells of it. */
export interface Told {
  readonly id: string
  readonly state: "waiting" | "at work" | "ended"
  readonly outcome: string | null
}

/** What a course's page says of its exports; null where it did not answer so. */
export const exportsTold = async (
  address: string,
  { orgUnit, session }: Taught
): Promise<ReadonlyArray<Told> | null> => {
  const { json, status } = await asking(address, session, `/api/courses/${orgUnit}/exports`)
  return status === 200 ? (json as { readonly under_way: ReadonlyArray<Told> }).under_way : null
}

/** Lets the night of a pipeline be due as soon as a service starts: it was missed while none ran. What is known of it stays. */
export const missNight = ({ workspace }: Journey, pipeline: string): void => {
  const at = Date.now() - 36 * 3_600_000
  const known = agendaOf(workspace)
  const nothing = { firstSeenAt: at, waiting: null, begun: null, last: null, lastGoodAt: null }
  const folder = join(workspace, ".rollbook", "service")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(
    join(folder, "agenda.json"),
    JSON.stringify({ ...known, [pipeline]: { ...nothing, ...known[pipeline], seenUntil: at } })
  )
}

/** Whether the night of a pipeline is at work, or waits for its turn. */
export const isNightDue = ({ workspace }: Journey, pipeline: string): boolean => {
  const entry = agendaOf(workspace)[pipeline]
  return entry !== undefined && (entry.begun !== null || entry.waiting !== null)
}

const agendaOf = (workspace: string): Readonly<Record<string, Partial<Entry>>> => {
  const file = join(workspace, ".rollbook", "service", "agenda.json")
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Partial<Entry>>>) : {}
}

/** Score by class and student as they stand in the SIS; of each assignment one, of each student one. */
export const scoresIn = async (journey: GradeJourney): Promise<Readonly<Record<string, ReadonlyArray<number>>>> => {
  const { lineItems, results } = await journey.campus()
  const scores: Record<string, Array<number>> = {}
  for (const { lineItem, score, student } of Object.values(results)) {
    const name = `${idIn(lineItems[idIn(lineItem)]?.["class"])} ${idIn(student)}`
    ;(scores[name] ??= []).push(Number(score))
  }
  return scores
}

/** The same as it should be: one score each. */
export const scoresGiven = (
  courses: ReadonlyArray<Taught>,
  points: (course: Taught, student: number) => number
): Readonly<Record<string, ReadonlyArray<number>>> =>
  Object.fromEntries(
    courses.flatMap((course) =>
      course.students.map((student, index) => [
        `${course.classId} s${student.slice(2)}`,
        [points(course, index)] as ReadonlyArray<number>
      ])
    )
  )

/** Records that were sent to the SIS though they stood there so, with how often. */
export const sentForNothing = async ({ campusUrl }: Journey): Promise<Readonly<Record<string, number>>> => {
  const writes = (await ask(`${campusUrl}/sandbox/writes`)) as Readonly<Record<string, { readonly stoodSo: number }>>
  return Object.fromEntries(Object.entries(writes).flatMap(([id, { stoodSo }]) => (stoodSo > 0 ? [[id, stoodSo]] : [])))
}

const idIn = (ref: unknown): string => String((ref as { readonly sourcedId?: unknown } | undefined)?.sourcedId)
