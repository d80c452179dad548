import { type Exchange, json, parameter } from "../../http/exchange.ts"
import { refuse } from "../refusals.ts"
import { orgUnitOfType, type Tenant, typeIds } from "../tenant.ts"
import { type ApiRoute, emptyObjectList, minorVersion, objectListPage } from "../wire.ts"
import { gradebookOf } from "./gradebook.ts"
import type { Activity, Gradebook, Tool } from "./model.ts"

/** Topics of a course stand in one forum. */
const forumId = 1

/** Assignment folders, quizzes and discussion topics with their dates. Sources: Valence le, dropbox, quizzing, discussions. */
export const activityRoutes = (tenant: () => Tenant, pageSize: () => number): ReadonlyArray<ApiRoute> => {
  const at = (exchange: Exchange): Gradebook =>
    gradebookOf(tenant(), orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering))
  const one = (exchange: Exchange, tool: Tool, name: string): Activity => {
    const found = ofTool(at(exchange), tool).find(({ id }) => id === Number(parameter(exchange, name)))
    if (found === undefined) throw refuse(404, "The activity was not found.")
    return found
  }
  return [
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/dropbox/folders/",
      scope: "dropbox:folders:read",
      unseen: [],
      answer: (exchange) => json(ofTool(at(exchange), "dropbox").map((folder) => folderJson(at(exchange), folder)))
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/dropbox/folders/:folderId",
      scope: "dropbox:folders:read",
      answer: (exchange) => json(folderJson(at(exchange), one(exchange, "dropbox", "folderId")))
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/quizzes/",
      scope: "quizzing:quizzes:read",
      unseen: emptyObjectList,
      answer: (exchange) =>
        objectListPage(
          exchange,
          ofTool(at(exchange), "quiz"),
          ({ id }) => [id],
          (quiz) => quizJson(at(exchange), quiz),
          pageSize()
        )
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/quizzes/:quizId",
      scope: "quizzing:quizzes:read",
      answer: (exchange) => json(quizJson(at(exchange), one(exchange, "quiz", "quizId")))
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/discussions/forums/",
      scope: "discussions:forums:readonly",
      unseen: [],
      answer: (exchange) =>
        json(
          ofTool(at(exchange), "discussion").length === 0
            ? []
            : [{ ForumId: forumId, Name: "Discussions", StartDate: null, EndDate: null, IsHidden: false }]
        )
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/discussions/forums/:forumId/topics/",
      scope: "discussions:topics:readonly",
      unseen: [],
      answer: (exchange) => {
        const topics = ofTool(at(exchange), "discussion")
        if (Number(parameter(exchange, "forumId")) !== forumId || topics.length === 0) {
          throw refuse(404, "The forum was not found.")
        }
        return json(topics.map((topic) => topicJson(exchange, at(exchange), topic)))
      }
    }
  ]
}

const ofTool = (gradebook: Gradebook, tool: Tool): ReadonlyArray<Activity> =>
  gradebook.activities.filter((activity) => activity.tool === tool)

/** The grade object that an activity feeds, as long as it is there. */
const liveId = (gradebook: Gradebook, { gradeObjectId }: Activity): number | null =>
  gradebook.objects.get(gradeObjectId)?.isDeleted === false ? gradeObjectId : null

const folderJson = (gradebook: Gradebook, folder: Activity): unknown => ({
  Id: folder.id,
  Name: folder.name,
  DueDate: folder.due,
  Availability:
    folder.end === null
      ? null
      : { StartDate: null, EndDate: folder.end, StartDateAvailabilityType: null, EndDateAvailabilityType: 1 },
  GradeItemId: liveId(gradebook, folder)
})

const quizJson = (gradebook: Gradebook, quiz: Activity): unknown => ({
  QuizId: quiz.id,
  Name: quiz.name,
  IsActive: true,
  GradeItemId: liveId(gradebook, quiz),
  StartDate: null,
  EndDate: quiz.end,
  DueDate: quiz.due
})

/** A topic does not name its grade object. It tells when it is due from le 1.90 on. */
const topicJson = (exchange: Exchange, gradebook: Gradebook, topic: Activity): unknown => ({
  TopicId: topic.id,
  ForumId: forumId,
  Name: topic.name,
  StartDate: null,
  EndDate: topic.end,
  ...(minorVersion(exchange) >= 90 ? { DueDate: topic.due } : {}),
  ScoreOutOf: gradebook.objects.get(topic.gradeObjectId)?.maxPoints ?? null
})
