import { expect } from "vitest"
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts"
import { ask, asOf, type Journey, startJourney } from "./harness.ts"
import { twoClasses } from "./small-district.ts"

/** The grade book of the stand-in of Infinite Campus, by sourcedId. */
export interface CampusGrades {
  readonly lineItems: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly results: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface GradeNight {
  readonly plan: {
    readonly plan_id: string
    readonly holds: ReadonlyArray<{ readonly guard: string; readonly entity: string; readonly steps: number }>
    readonly steps: { readonly count: number }
    readonly unknown: ReadonlyArray<string>
  }
  readonly apply: {
    readonly done: number
    readonly failed: number
    readonly stopped: number
    readonly notReached: number
  }
  readonly stdout: string
  readonly stderr: string
}

/** A journey whose roster stands in Brightspace, with what teachers do there and what Infinite Campus has of it. */
export interface GradeJourney extends Journey {
  /** Code of the offering of a class, by the class's SIS id. */
  readonly courseOf: (classId: string) => string
  /** Org Defined IDs of the students of a class. */
  readonly studentsOf: (classId: string) => ReadonlyArray<string>
  /** Code of a term, by its SIS id. */
  readonly termOf: (sessionId: string) => string
  readonly give: (course: string, item: string, user: string, points: number | null, comment?: string) => Promise<void>
  /** What a teacher does with a grade item, by course and name. */
  readonly edit: (course: string, item: string, change: unknown) => Promise<void>
  readonly remove: (course: string, item: string) => Promise<void>
  readonly restore: (course: string, item: string) => Promise<void>
  /** `run grades`; a code other than the one expected fails with what was said. */
  readonly gradeNight: (expectedCode?: number, ...words: ReadonlyArray<string>) => Promise<GradeNight>
  /** PUTs that reached Infinite Campus since the log was last cleared, by collection and status. */
  readonly puts: () => Promise<Readonly<Record<string, number>>>
  readonly campus: () => Promise<CampusGrades>
  /** What Infinite Campus has of a student in an assignment of this title; undefined where it has nothing. */
  readonly sent: (title: string, user: string) => Promise<Readonly<Record<string, unknown>> | undefined>
  readonly campusDigest: () => Promise<unknown>
}

interface GradebookState {
  readonly gradebooks: ReadonlyArray<{
    readonly orgUnitId: number
    readonly code: string
    readonly items: ReadonlyArray<{ readonly id: number; readonly name: string }>
  }>
}

interface RosterState {
  readonly orgUnits: ReadonlyArray<{
    readonly id: number
    readonly type: string
    readonly code: string
    readonly name: string
  }>
  readonly enrollments: ReadonlyArray<{ readonly orgUnitId: number; readonly userId: number; readonly role: string }>
  readonly users: ReadonlyArray<{ readonly id: number; readonly orgDefinedId: string }>
}

/** How the offering of a class is named, by its SIS id. */
const nameOf = (classId: string): string => `1200 ${Number(classId) - 5000} English 9`

export const startGrades = async (options: Partial<SandboxOptions> = {}): Promise<GradeJourney> => {
  const journey = await startJourney({ data: twoClasses(4), ...options })
  await journey.night()
  const state = (await journey.state()) as unknown as RosterState
  const offeringOf = (classId: string): RosterState["orgUnits"][number] => {
    const found = state.orgUnits.find((one) => one.type === "Course Offering" && one.name === nameOf(classId))
    if (found === undefined) throw new Error(`there is no offering of class ${classId}`)
    return found
  }
  const control = async (course: string, item: string): Promise<string> => {
    const { gradebooks } = (await ask(`${journey.brightspaceUrl}/sandbox/state`)) as GradebookState
    const gradebook = gradebooks.find((one) => one.code === course)
    const found = gradebook?.items.findLast((one) => one.name === item)
    if (gradebook === undefined || found === undefined) throw new Error(`there is no ${item} in ${course}`)
    return `${journey.brightspaceUrl}/sandbox/gradebook/${gradebook.orgUnitId}/items/${found.id}`
  }
  const campus = async (): Promise<CampusGrades> => (await ask(`${journey.campusUrl}/sandbox/state`)) as CampusGrades
  return {
    ...journey,
    courseOf: (classId) => offeringOf(classId).code,
    studentsOf: (classId) => {
      const students = new Set(
        state.enrollments
          .filter((one) => one.orgUnitId === offeringOf(classId).id && one.role === "Student")
          .map((one) => one.userId)
      )
      return state.users.filter((user) => students.has(user.id)).map((user) => user.orgDefinedId)
    },
    termOf: (sessionId) => {
      const found = state.orgUnits.filter((one) => one.type === "Semester")[sessionId === "301" ? 0 : 1]
      if (found === undefined) throw new Error(`there is no term ${sessionId}`)
      return found.code
    },
    give: async (course, item, user, points, comment) =>
      void (await ask(`${journey.brightspaceUrl}/sandbox/score`, "PUT", {
        course,
        item,
        user,
        points,
        ...(comment === undefined ? {} : { comment })
      })),
    edit: async (course, item, change) => void (await ask(await control(course, item), "PUT", change)),
    remove: async (course, item) => void (await ask(await control(course, item), "DELETE")),
    restore: async (course, item) => void (await ask(`${await control(course, item)}/restore`, "POST")),
    gradeNight: async (expectedCode = 0, ...words) => {
      const ended = await journey.rollbook("run", "grades", "--as-of", asOf, "--json", ...words)
      // Not the plan on stdout: it is hundreds of lines.
      expect(ended.code, ended.stderr).toBe(expectedCode)
      return {
        ...(JSON.parse(ended.stdout) as Pick<GradeNight, "plan" | "apply">),
        stdout: ended.stdout,
        stderr: ended.stderr
      }
    },
    puts: async () => {
      const counts: Record<string, number> = {}
      for (const { method, route, outcome, count } of await journey.requests("campus")) {
        const [collection] = /(lineItems|results)(?=\/:sourcedId$)/.exec(route) ?? []
        if (method === "PUT" && collection !== undefined) counts[`${collection} ${outcome}`] = count
      }
      return counts
    },
    campus,
    sent: async (title, user) => {
      const { lineItems, results } = await campus()
      return Object.values(results).find(
        (one) => lineItems[idIn(one["lineItem"])]?.["title"] === title && idIn(one["student"]) === `s${user.slice(2)}`
      )
    },
    campusDigest: () => ask(`${journey.campusUrl}/sandbox/state?digest=1`)
  }
}

const idIn = (ref: unknown): string => String((ref as { readonly sourcedId?: unknown } | undefined)?.sourcedId)

/** A category that goes to the SIS, and items in it, each with what a test says of it. */
export const gradebookOf = (
  course: string,
  session: string,
  items: ReadonlyArray<string | (Readonly<Record<string, unknown>> & { readonly name: string })>
): unknown => ({
  gradebook: {
    course,
    categories: [{ name: "Tests", exportToSis: true }],
    items: items.map((item) => ({
      type: "Numeric",
      maxPoints: 20,
      category: "Tests",
      session,
      ...(typeof item === "string" ? { name: item } : item)
    }))
  }
})
