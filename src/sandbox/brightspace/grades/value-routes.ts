import * as Schema from "effect/Schema"
import { type Answer, done, type Exchange, json, parameter } from "../../http/exchange.ts"
import { userSummary } from "../enrollment-routes.ts"
import { refuse } from "../refusals.ts"
import { type OrgUnit, orgUnitOfType, serviceUserId, type Tenant, typeIds, type User } from "../tenant.ts"
import {
  type ApiRoute,
  emptyObjectList,
  idInQuery,
  objectListPage,
  pageSizeInQuery,
  readBody,
  RichTextInput,
  UtcDateTime
} from "../wire.ts"
import { gradebookOf, gradeObjectOf, learnerOf, learnersOf, liveObjects, putValue } from "./gradebook.ts"
import { gradeValueJson } from "./json.ts"
import { type GradeObject, gradeTypes, type GradeValue } from "./model.ts"
import { schemes } from "./schemes.ts"

const commented = { Comments: RichTextInput, PrivateComments: RichTextInput }
const IncomingGradeValue = Schema.Union(
  Schema.Struct({
    ...commented,
    GradeObjectType: Schema.Literal(1),
    PointsNumerator: Schema.Number.pipe(Schema.nonNegative())
  }),
  Schema.Struct({ ...commented, GradeObjectType: Schema.Literal(2), Pass: Schema.Boolean }),
  Schema.Struct({ ...commented, GradeObjectType: Schema.Literal(3), Value: Schema.String }),
  Schema.Struct({ ...commented, GradeObjectType: Schema.Literal(4), Text: Schema.String })
)

/** Grade values of learners; nobody's who has left. Source: Valence le, grades. */
export const gradeValueRoutes = (tenant: () => Tenant, pageSize: () => number): ReadonlyArray<ApiRoute> => {
  const offeringAt = (exchange: Exchange): OrgUnit =>
    orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering)
  const objectAt = (exchange: Exchange): GradeObject =>
    gradeObjectOf(gradebookOf(tenant(), offeringAt(exchange)), parameter(exchange, "gradeObjectId"))
  const learnerAt = (exchange: Exchange): User =>
    learnerOf(tenant(), offeringAt(exchange), parameter(exchange, "userId"))
  return [
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/values/",
      scope: "grades:gradevalues:read",
      unseen: emptyObjectList,
      answer: (exchange) => courseValues(tenant(), offeringAt(exchange), exchange, pageSize())
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId/values/",
      scope: "grades:gradevalues:read",
      unseen: emptyObjectList,
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        const object = objectAt(exchange)
        const isGraded = exchange.query.get("isGraded")?.toLowerCase() ?? null
        const rows = learnersOf(tenant(), offering)
          .map((user) => ({ user, value: object.values.get(user.id) ?? null }))
          .filter(({ value }) => isGraded === null || String(value !== null && value.points !== null) === isGraded)
        return objectListPage(
          exchange,
          rows,
          ({ user }) => [user.id],
          ({ user, value }) => ({
            User: userSummary(user),
            GradeValue: value === null ? null : gradeValueJson(offering, object, user.id, value)
          }),
          pageSizeInQuery(exchange, pageSize())
        )
      }
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId/values/:userId",
      scope: "grades:gradevalues:read",
      answer: (exchange) => {
        const object = objectAt(exchange)
        const user = learnerAt(exchange)
        const value = object.values.get(user.id)
        if (value === undefined) throw refuse(404, "The user has no grade.")
        return json(gradeValueJson(offeringAt(exchange), object, user.id, value))
      }
    },
    {
      method: "PUT",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId/values/:userId",
      scope: "grades:gradevalues:write",
      answer: (exchange) => {
        const object = objectAt(exchange)
        const user = learnerAt(exchange)
        const body = readBody(IncomingGradeValue, exchange)
        if (body.GradeObjectType !== gradeTypes[object.type]) {
          throw refuse(400, "GradeObjectType is not the type of the grade object.")
        }
        putValue(object, user, {
          ...graded(object, body),
          outOf: object.maxPoints,
          comment: body.Comments.Content,
          privateComment: body.PrivateComments.Content,
          releasedDate: object.values.get(user.id)?.releasedDate ?? null,
          modifiedBy: serviceUserId
        })
        return done()
      }
    }
  ]
}

/** All values of a course, by grade object and user. A deleted grade object has none. */
const courseValues = (tenant: Tenant, offering: OrgUnit, exchange: Exchange, pageSize: number): Answer => {
  const since = exchange.query.get("modifiedSince")
  if (since !== null && !Schema.is(UtcDateTime)(since)) throw refuse(400, "modifiedSince is not an instant in UTC.")
  const typeId = idInQuery(exchange, "gradeObjectTypeId")
  const learners = new Set(learnersOf(tenant, offering).map((user) => user.id))
  const rows = liveObjects(gradebookOf(tenant, offering))
    .filter((object) => typeId === null || gradeTypes[object.type] === typeId)
    .flatMap((object) =>
      [...object.values]
        .filter(([userId, value]) => learners.has(userId) && (since === null || value.lastModified >= since))
        .sort(([a], [b]) => a - b)
        .map(([userId, value]) => ({ object, userId, value }))
    )
  return objectListPage(
    exchange,
    rows,
    ({ object, userId }) => [object.id, userId],
    ({ object, userId, value }) => gradeValueJson(offering, object, userId, value),
    pageSizeInQuery(exchange, pageSize)
  )
}

const graded = (
  object: GradeObject,
  body: typeof IncomingGradeValue.Type
): Pick<GradeValue, "points"> & Partial<Pick<GradeValue, "displayed">> => {
  const max = object.maxPoints ?? 0
  switch (body.GradeObjectType) {
    case 1:
      if (body.PointsNumerator > max && !object.canExceedMaxPoints) {
        throw refuse(400, "PointsNumerator is more than the maximum.")
      }
      return { points: body.PointsNumerator }
    case 2:
      return { points: body.Pass ? max : 0, displayed: body.Pass ? "Pass" : "Fail" }
    case 3: {
      const range = schemes.get(object.gradeSchemeId ?? 0)?.ranges.find((one) => one.symbol === body.Value)
      if (range === undefined) throw refuse(400, "Value is not a symbol of the scheme.")
      return { points: ((range.assigned ?? range.percentStart) * max) / 100, displayed: range.symbol }
    }
    case 4:
      return { points: null, displayed: body.Text }
  }
}
