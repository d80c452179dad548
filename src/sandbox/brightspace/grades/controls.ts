import * as Schema from "effect/Schema"
import { done, type Exchange, parameter, type Route } from "../../http/exchange.ts"
import { orgUnitOfType, type Tenant, typeIds } from "../tenant.ts"
import { gradebookOf, gradeObjectOf, orgUnitWithCode, restoreGradeObject } from "./gradebook.ts"
import type { Gradebook } from "./model.ts"
import { editItem, giveScore, ItemEdit, Score } from "./seed.ts"

const strictly = { onExcessProperty: "error" } as const

/** Controls for the acts of a teacher in a grade book. No token is asked for. */
export const gradebookControls = (tenant: () => Tenant): ReadonlyArray<Route> => {
  const at = (exchange: Exchange): Gradebook =>
    gradebookOf(tenant(), orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering))
  const template = "/sandbox/gradebook/:orgUnitId/items/:id"
  return [
    {
      method: "PUT",
      template: "/sandbox/score",
      answer: (exchange) => {
        const { course, ...score } = Schema.decodeUnknownSync(Score)(JSON.parse(exchange.body), strictly)
        giveScore(tenant(), orgUnitWithCode(tenant(), typeIds.offering, course), score)
        return done(204)
      }
    },
    {
      method: "PUT",
      template,
      answer: (exchange) => {
        const gradebook = at(exchange)
        const edit = Schema.decodeUnknownSync(ItemEdit)(JSON.parse(exchange.body), strictly)
        editItem(tenant(), gradebook, gradeObjectOf(gradebook, parameter(exchange, "id")), edit)
        return done(204)
      }
    },
    {
      method: "DELETE",
      template,
      answer: (exchange) => {
        gradeObjectOf(at(exchange), parameter(exchange, "id")).isDeleted = true
        return done(204)
      }
    },
    {
      method: "POST",
      template: `${template}/restore`,
      answer: (exchange) => {
        restoreGradeObject(at(exchange), parameter(exchange, "id"))
        return done(204)
      }
    }
  ]
}
