import { done, type Exchange, json, parameter } from "../../http/exchange.ts"
import { userSummary } from "../enrollment-routes.ts"
import { refuse } from "../refusals.ts"
import { type OrgUnit, orgUnitOfType, type Tenant, typeIds, type User } from "../tenant.ts"
import type { ApiRoute } from "../wire.ts"
import { gradebookOf, gradeObjectOf, learnerOf, learnersOf, liveObjects } from "./gradebook.ts"
import { gradeValueJson } from "./json.ts"
import { type GradeObject, gradeTypes } from "./model.ts"

/**
 * Routes of exemptions. An exemption leaves the grade value, and when it was modified, as it is. Source: Valence le,
 * grades.
 */
export const exemptionRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const offeringAt = (exchange: Exchange): OrgUnit =>
    orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering)
  const objectAt = (exchange: Exchange): GradeObject =>
    gradeObjectOf(gradebookOf(tenant(), offeringAt(exchange)), parameter(exchange, "gradeObjectId"))
  const learnerAt = (exchange: Exchange): User =>
    learnerOf(tenant(), offeringAt(exchange), parameter(exchange, "userId"))
  const path = "/:orgUnitId/grades/:gradeObjectId/exemptions/"
  return [
    {
      method: "GET",
      product: "le",
      path,
      scope: "grades:gradeobjects:read",
      unseen: [],
      answer: (exchange) => {
        const { exemptions } = objectAt(exchange)
        return json(
          learnersOf(tenant(), offeringAt(exchange))
            .filter(({ id }) => exemptions.has(id))
            .map(userSummary)
        )
      }
    },
    {
      method: "GET",
      product: "le",
      path: `${path}:userId`,
      scope: "grades:gradeobjects:read",
      answer: (exchange) => {
        const user = learnerAt(exchange)
        if (!objectAt(exchange).exemptions.has(user.id)) throw refuse(404, "The user is not exempt.")
        return json(userSummary(user))
      }
    },
    {
      method: "POST",
      product: "le",
      path: `${path}:userId`,
      scope: "grades:gradeobjects:write",
      answer: (exchange) => {
        objectAt(exchange).exemptions.add(learnerAt(exchange).id)
        return done()
      }
    },
    {
      method: "DELETE",
      product: "le",
      path: `${path}:userId`,
      scope: "grades:gradeobjects:delete",
      answer: (exchange) => {
        if (!objectAt(exchange).exemptions.delete(learnerAt(exchange).id)) {
          throw refuse(404, "The user is not exempt.")
        }
        return done()
      }
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/exemptions/:userId",
      scope: "grades:gradeobjects:read",
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        const { id } = learnerAt(exchange)
        const gradebook = gradebookOf(tenant(), offering)
        const items = liveObjects(gradebook).map((object) => {
          const value = object.values.get(id)
          return {
            GradeObjectCategory: gradebook.categories.get(object.categoryId ?? 0)?.name ?? "",
            GradeObjectId: object.id,
            GradeObjectName: object.name,
            GradeObjectType: gradeTypes[object.type],
            GradeValue: value === undefined ? null : gradeValueJson(offering, object, id, value),
            IsExempt: object.exemptions.has(id)
          }
        })
        return json({ Items: items, ExemptionAccessDate: new Date().toISOString() })
      }
    }
  ]
}
