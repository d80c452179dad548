import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { TargetError } from "../../../core/ports/target.ts"
import type { Tenant } from "../client.ts"
import type { ItemHead } from "./items.ts"
import type { GradebookRow } from "./row-files.ts"
import { DropboxFolder, Forum, Quiz, Topic } from "./wire.ts"
import type { Doing } from "../../../core/doing.ts"

/**
 * The activities of a course that are graded, with their dates; grain: an activity and its grade object. Found from the
 * activities' side, since which number of `AssociatedTool.ToolId` is which tool is not documented: folders and quizzes
 * name their grade object. Topics do not; they are known by their id in what is left, and asked for only then.
 */
export const readActivities = Effect.fn("brightspace.read-activities")(function* (
  tenant: Tenant,
  orgUnitId: string,
  items: ReadonlyArray<ItemHead>
): Doing<ReadonlyArray<GradebookRow>, TargetError> {
  const row = (tool: string, toolItemId: string, gradeObjectId: string, dates: Dates): GradebookRow => ({
    RecordId: `${orgUnitId}/${tool}/${toolItemId}`,
    OrgUnitId: orgUnitId,
    Tool: tool,
    ToolItemId: toolItemId,
    GradeObjectId: gradeObjectId,
    DueDate: dates.DueDate,
    StartDate: dates.StartDate,
    EndDate: dates.EndDate
  })
  const folders = yield* tenant.ask(Schema.Array(DropboxFolder), {
    product: "le",
    method: "GET",
    path: `/${orgUnitId}/dropbox/folders/`
  })
  const quizzes = yield* tenant.askObjects(Quiz, { product: "le", method: "GET", path: `/${orgUnitId}/quizzes/` })
  const rows: Array<GradebookRow> = []
  for (const { Id, GradeItemId, DueDate, Availability } of folders) {
    if (GradeItemId === null) continue
    const dates = { DueDate, StartDate: Availability?.StartDate ?? null, EndDate: Availability?.EndDate ?? null }
    rows.push(row("dropbox", Id, GradeItemId, dates))
  }
  for (const quiz of quizzes) {
    if (quiz.GradeItemId !== null) rows.push(row("quiz", quiz.QuizId, quiz.GradeItemId, quiz))
  }
  const left = leftFor(items, new Set(rows.map((one) => String(one["GradeObjectId"]))))
  if (left.size === 0) return rows
  for (const topic of yield* topicsOf(tenant, orgUnitId)) {
    const gradeObjectId = left.get(topic.TopicId)
    if (gradeObjectId !== undefined && gradeObjectId !== null) {
      rows.push(row("discussion", topic.TopicId, gradeObjectId, topic))
    }
  }
  return rows
})

interface Dates {
  readonly DueDate: string | null
  readonly StartDate: string | null
  readonly EndDate: string | null
}

/** Tools whose number is known, and which are no discussions: assignments, and SCORM packages. */
const otherTools = new Set(["2000", "78000"])

/**
 * Grade objects that may belong to a topic, by the id of the thing they grade. Tools number their things each for
 * itself: what a folder or quiz has claimed, and other things of the same tool, are no topics; null where two are left.
 */
const leftFor = (items: ReadonlyArray<ItemHead>, claimed: ReadonlySet<string>): ReadonlyMap<string, string | null> => {
  const claimedTools = new Set(items.flatMap(({ id, tool }) => (tool !== null && claimed.has(id) ? [tool.ToolId] : [])))
  const left = new Map<string, string | null>()
  for (const { id, tool } of items) {
    if (tool === null || claimed.has(id) || otherTools.has(tool.ToolId) || claimedTools.has(tool.ToolId)) continue
    left.set(tool.ToolItemId, left.has(tool.ToolItemId) ? null : id)
  }
  return left
}

const topicsOf = Effect.fn("brightspace.read-topics")(function* (tenant: Tenant, orgUnitId: string) {
  const path = `/${orgUnitId}/discussions/forums/`
  const forums = yield* tenant.ask(Schema.Array(Forum), { product: "le", method: "GET", path })
  const topics = yield* Effect.forEach(
    forums,
    ({ ForumId }) =>
      tenant.ask(Schema.Array(Topic), { product: "le", method: "GET", path: `${path}${ForumId}/topics/` }),
    { concurrency: tenant.connection.budget.concurrency }
  )
  return topics.flat()
})
