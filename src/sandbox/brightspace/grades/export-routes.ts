import * as Schema from "effect/Schema"
import { type Exchange, json, parameter } from "../../http/exchange.ts"
import { refuse } from "../refusals.ts"
import { type OrgUnit, orgUnitOfType, type Tenant, typeIds } from "../tenant.ts"
import { type ApiRoute, core, readBody } from "../wire.ts"
import { categoryOf, gradebookOf, gradeObjectOf } from "./gradebook.ts"
import type { GradeCategory, GradeObject } from "./model.ts"
import { schemeJson, schemes } from "./schemes.ts"

/** Codes of course offerings; `*` is all of them. */
export interface ExportSettings {
  /** Not managed by an integration. */
  readonly unmanagedCourses: ReadonlyArray<string>
  /** Courses in which the caller may not manage grades. */
  readonly forbiddenExports: ReadonlyArray<string>
}

const ItemExport = Schema.Struct({
  AcademicSessionOrgUnitId: Schema.NullOr(Schema.Int),
  EndOfCourse: Schema.Boolean,
  PowerSchoolGradeType: Schema.NullOr(Schema.Literal(0, 1, 2)),
  SectionOrgUnitId: Schema.NullOr(Schema.Int)
})

const CategoryExport = Schema.Struct({
  ExportToSIS: Schema.Boolean,
  AcademicSessionOrgUnitId: Schema.NullOr(Schema.Int)
})

const Setup = Schema.Struct({
  GradingSystem: Schema.Literal("Points", "Weighted", "Formula"),
  IsNullGradeZero: Schema.Boolean,
  DefaultGradeSchemeId: Schema.Int
})

/**
 * Routes of the settings that the integration with a SIS keeps about grade objects and categories. Source: Valence le,
 * IPSIS.
 */
export const exportRoutes = (tenant: () => Tenant, settings: () => ExportSettings): ReadonlyArray<ApiRoute> => {
  const managedAt = (exchange: Exchange): OrgUnit => {
    const offering = orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering)
    const isIn = (codes: ReadonlyArray<string>): boolean => codes.includes("*") || codes.includes(offering.code)
    if (isIn(settings().forbiddenExports)) throw refuse(403, "The user may not manage grades.")
    if (isIn(settings().unmanagedCourses)) throw refuse(404, "The course is not managed by an integration.")
    return offering
  }
  const objectAt = (exchange: Exchange): GradeObject =>
    gradeObjectOf(gradebookOf(tenant(), managedAt(exchange)), parameter(exchange, "gradeObjectId"))
  const categoryAt = (exchange: Exchange): GradeCategory =>
    categoryOf(gradebookOf(tenant(), managedAt(exchange)), parameter(exchange, "categoryId"))
  const demandSession = (id: number | null): void => {
    const session = id === null ? undefined : tenant().orgUnits.get(id)
    if (id !== null && (session?.typeId !== typeIds.semester || session.isRecycled)) {
      throw refuse(400, "AcademicSessionOrgUnitId is not the id of a semester.")
    }
  }
  const categoryJson = ({ exportToSis, sessionId }: GradeCategory): unknown => ({
    ExportToSIS: exportToSis,
    AcademicSessionOrgUnitId: sessionId
  })
  return [
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId/ipsis",
      scope: "grades:gradeobjects:read",
      answer: (exchange) => json(objectAt(exchange).export)
    },
    {
      method: "PUT",
      product: "le",
      path: "/:orgUnitId/grades/:gradeObjectId/ipsis",
      scope: "grades:gradeobjects:write",
      answer: (exchange) => {
        const object = objectAt(exchange)
        const body = readBody(ItemExport, exchange)
        demandSession(body.AcademicSessionOrgUnitId)
        const section = body.SectionOrgUnitId
        if (section !== null && tenant().orgUnits.get(section)?.parents.has(managedAt(exchange).id) !== true) {
          throw refuse(400, "SectionOrgUnitId is not the id of a section of the course.")
        }
        object.export = body
        return json(body)
      }
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/categories/:categoryId/ipsis",
      scope: core,
      answer: (exchange) => json(categoryJson(categoryAt(exchange)))
    },
    {
      method: "PUT",
      product: "le",
      path: "/:orgUnitId/grades/categories/:categoryId/ipsis",
      scope: core,
      answer: (exchange) => {
        const category = categoryAt(exchange)
        const body = readBody(CategoryExport, exchange)
        demandSession(body.AcademicSessionOrgUnitId)
        category.exportToSis = body.ExportToSIS
        category.sessionId = body.AcademicSessionOrgUnitId
        return json(body)
      }
    }
  ]
}

/** Schemes and the setup of a grade book. Source: Valence le, grades. */
export const setupRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const offeringAt = (exchange: Exchange): OrgUnit =>
    orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering)
  return [
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/schemes/",
      scope: "grades:gradeschemes:read",
      unseen: [],
      answer: (exchange) => {
        offeringAt(exchange)
        return json([...schemes.values()].map(schemeJson))
      }
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/schemes/:gradeSchemeId",
      scope: "grades:gradeschemes:read",
      answer: (exchange) => {
        offeringAt(exchange)
        const scheme = schemes.get(Number(parameter(exchange, "gradeSchemeId")))
        if (scheme === undefined) throw refuse(404, "The grade scheme was not found.")
        return json(schemeJson(scheme))
      }
    },
    {
      method: "GET",
      product: "le",
      path: "/:orgUnitId/grades/setup/",
      scope: "grades:gradesettings:read",
      answer: (exchange) => json(gradebookOf(tenant(), offeringAt(exchange)).setup)
    },
    {
      method: "PUT",
      product: "le",
      path: "/:orgUnitId/grades/setup/",
      scope: "grades:gradesettings:write",
      answer: (exchange) => {
        const gradebook = gradebookOf(tenant(), offeringAt(exchange))
        gradebook.setup = readBody(Setup, exchange)
        return json(gradebook.setup)
      }
    }
  ]
}
