import type { Sandbox } from "../../src/sandbox/sandbox.ts"
import { call, type Reply, text } from "./rehearsal.ts"

export const le = "/le/1.95"
/** The first org units and users that are made have these ids. */
export const [semester, course, section] = [6700, 6702, 6703]
export const [ada, bo, cy] = [30_001, 30_002, 30_003]
export const grades = `${le}/${course}/grades`

/** The sandbox's own routes, no token needed. */
export const controlOf =
  (sandbox: () => Sandbox) =>
  (path: string, method = "GET", body?: unknown): Promise<Reply> =>
    call(`${sandbox().brightspaceUrl}${path}`, { method, body })

/** Gives a score in the course E1; for the essay of `77`, if nothing else is said. */
export const scoreOf =
  (sandbox: () => Sandbox) =>
  async (given: Record<string, unknown>): Promise<void> => {
    const body = { course: "E1", item: "Essay", user: "77", ...given }
    const reply = await controlOf(sandbox)("/sandbox/score", "PUT", body)
    if (reply.status !== 204) throw new Error(reply.text)
  }

export const namesOf = (reply: Reply): ReadonlyArray<unknown> =>
  (reply.body as ReadonlyArray<{ Name: string }>).map((one) => one.Name)
export const objectsOf = (reply: Reply): ReadonlyArray<Record<string, unknown>> =>
  (reply.body as { Objects: ReadonlyArray<Record<string, unknown>> }).Objects
export const nextOf = (reply: Reply): string | null => (reply.body as { Next: string | null }).Next
export const idOf = (reply: Reply): number => (reply.body as { Id: number }).Id
export const detailOf = (reply: Reply): unknown => [reply.status, (reply.body as { detail?: string } | null)?.detail]

export const numeric = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  Name: "Essay",
  ShortName: "",
  GradeType: "Numeric",
  CategoryId: null,
  Description: text("Two pages"),
  GradeSchemeId: null,
  MaxPoints: 20,
  CanExceedMaxPoints: false,
  IsBonus: false,
  ExcludeFromFinalGradeCalculation: false,
  AssociatedTool: null,
  ...more
})
export const category = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  Name: "Writing",
  ShortName: "W",
  CanExceedMax: false,
  ExcludeFromFinalGrade: false,
  StartDate: null,
  EndDate: null,
  Weight: null,
  MaxPoints: null,
  AutoPoints: null,
  WeightDistributionType: null,
  NumberOfHighestToDrop: null,
  NumberOfLowestToDrop: null,
  ...more
})
export const value = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  Comments: text(""),
  PrivateComments: text(""),
  GradeObjectType: 1,
  PointsNumerator: 17,
  ...more
})

/** As the tester of Infinite Campus writes an assignment. */
export const lineItem = (more: Record<string, unknown> = {}): unknown => ({
  lineItem: {
    title: "Essay 1",
    assignDate: "2026-09-15T17:00:00.000Z",
    dueDate: "2026-09-15T17:00:00.000Z",
    resultValueMin: 0,
    resultValueMax: 20,
    class: { sourcedId: "5001" },
    ...more
  }
})
export const result = (more: Record<string, unknown> = {}): unknown => ({
  result: {
    score: 17.5,
    scoreStatus: "fully graded",
    scoreDate: "2026-09-16T09:30:00.000Z",
    lineItem: { sourcedId: "essay" },
    student: { sourcedId: "s41001" },
    ...more
  }
})
