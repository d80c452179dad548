import * as Schema from "effect/Schema"
import { done, type Exchange, json, parameter } from "../http/exchange.ts"
import {
  createOrgUnit,
  deleteOrgUnit,
  demandFreeCode,
  demandNameAndCode,
  parentOfType,
  renameOrgUnit
} from "./org-units.ts"
import { refuse } from "./refusals.ts"
import { type Course, type OrgUnit, orgUnitOf, orgUnitOfType, type Tenant, typeIds } from "./tenant.ts"
import { type ApiRoute, core, minorVersion, readBody, richText, RichTextInput, UtcDateTime } from "./wire.ts"

const TemplateCreateData = Schema.Struct({
  Name: Schema.String,
  Code: Schema.String,
  Path: Schema.String,
  ParentOrgUnitIds: Schema.NonEmptyArray(Schema.Int)
})

const TemplateInfo = Schema.Struct({ Name: Schema.String, Code: Schema.String })

const named = {
  Name: Schema.String,
  Code: Schema.String,
  StartDate: Schema.NullOr(UtcDateTime),
  EndDate: Schema.NullOr(UtcDateTime),
  Description: RichTextInput,
  CanSelfRegister: Schema.Boolean
}
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
/** Demanded from lp 1.54 on. */
const locale = {
  LocaleId: Schema.NullOr(Schema.Int),
  ForceLocale: Schema.Boolean,
  ShowAddressBook: Schema.Boolean
}
const optionalLocale = {
  LocaleId: optional(locale.LocaleId),
  ForceLocale: optional(locale.ForceLocale),
  ShowAddressBook: optional(locale.ShowAddressBook)
}
const created = {
  ...named,
  Path: Schema.String,
  CourseTemplateId: Schema.Int,
  SemesterId: Schema.NullOr(Schema.Int)
}

const OfferingCreateData146 = Schema.Struct({ ...created, ...optionalLocale, IsActive: optional(Schema.Boolean) })
const OfferingCreateData154 = Schema.Struct({ ...created, ...locale, IsActive: optional(Schema.Boolean) })
const OfferingCreateData159 = Schema.Struct({ ...created, ...locale, IsActive: Schema.Boolean })

const OfferingInfo146 = Schema.Struct({ ...named, ...optionalLocale, IsActive: Schema.Boolean })
const OfferingInfo154 = Schema.Struct({ ...named, ...locale, IsActive: Schema.Boolean })

/** Course templates and course offerings. Source: Valence lp, courses. */
export const courseRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => [
  ...templateRoutes(tenant),
  ...offeringRoutes(tenant)
]

const templateRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const at = (exchange: Exchange): OrgUnit =>
    orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.template)
  const asJson = (template: OrgUnit): unknown => ({
    Identifier: String(template.id),
    Name: template.name,
    Code: template.code,
    Path: template.path
  })
  return [
    {
      method: "POST",
      product: "lp",
      path: "/coursetemplates/",
      scope: "orgunits:coursetemplate:create",
      answer: (exchange) => {
        const body = readBody(TemplateCreateData, exchange)
        demandNameAndCode(body.Name, body.Code)
        demandFreeCode(tenant(), typeIds.template, body.Code, 409, null)
        const parents = body.ParentOrgUnitIds.map((id) => orgUnitOf(tenant(), id))
        return json(asJson(createOrgUnit(tenant(), typeIds.template, body.Name, body.Code, parents)))
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/coursetemplates/:orgUnitId",
      scope: core,
      answer: (exchange) => json(asJson(at(exchange)))
    },
    {
      method: "PUT",
      product: "lp",
      path: "/coursetemplates/:orgUnitId",
      scope: core,
      answer: (exchange) => {
        const template = at(exchange)
        const body = readBody(TemplateInfo, exchange)
        demandNameAndCode(body.Name, body.Code)
        demandFreeCode(tenant(), typeIds.template, body.Code, 409, template)
        renameOrgUnit(tenant(), template, body.Name, body.Code)
        return done()
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/coursetemplates/:orgUnitId",
      scope: core,
      answer: (exchange) => {
        const template = at(exchange)
        if (template.children.size > 0) throw refuse(400, "The course template has course offerings.")
        deleteOrgUnit(tenant(), template)
        return done()
      }
    }
  ]
}

const offeringRoutes = (tenant: () => Tenant): ReadonlyArray<ApiRoute> => {
  const at = (exchange: Exchange): OrgUnit =>
    orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering)
  return [
    {
      method: "POST",
      product: "lp",
      path: "/courses/",
      scope: "orgunits:course:create",
      answer: (exchange) => {
        const version = minorVersion(exchange)
        const body: typeof OfferingCreateData146.Type =
          version >= 59
            ? readBody(OfferingCreateData159, exchange)
            : version >= 54
              ? readBody(OfferingCreateData154, exchange)
              : readBody(OfferingCreateData146, exchange)
        demandNameAndCode(body.Name, body.Code)
        const template = tenant().orgUnits.get(body.CourseTemplateId)
        if (template?.typeId !== typeIds.template || template.isRecycled) {
          throw refuse(400, "CourseTemplateId is not the id of a course template.")
        }
        const semester = body.SemesterId === null ? null : tenant().orgUnits.get(body.SemesterId)
        if (
          semester === undefined ||
          (semester !== null && (semester.typeId !== typeIds.semester || semester.isRecycled))
        ) {
          throw refuse(400, "SemesterId is not the id of a semester.")
        }
        demandFreeCode(tenant(), typeIds.offering, body.Code, 409, null)
        const parents = semester === null ? [template] : [template, semester]
        const offering = createOrgUnit(tenant(), typeIds.offering, body.Name, body.Code, parents)
        if (body.Path !== "") offering.path = body.Path
        offering.course = courseFrom(body, body.IsActive ?? true)
        return json(offeringJson(tenant(), offering))
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/courses/:orgUnitId",
      scope: "orgunits:course:read",
      answer: (exchange) => json(offeringJson(tenant(), at(exchange)))
    },
    {
      method: "PUT",
      product: "lp",
      path: "/courses/:orgUnitId",
      scope: "orgunits:course:update",
      answer: (exchange) => {
        const offering = at(exchange)
        const body: typeof OfferingInfo146.Type =
          minorVersion(exchange) >= 54 ? readBody(OfferingInfo154, exchange) : readBody(OfferingInfo146, exchange)
        demandNameAndCode(body.Name, body.Code)
        demandFreeCode(tenant(), typeIds.offering, body.Code, 409, offering)
        renameOrgUnit(tenant(), offering, body.Name, body.Code)
        offering.course = courseFrom(body, body.IsActive)
        return done()
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/courses/:orgUnitId",
      scope: "orgunits:course:delete",
      answer: (exchange) => {
        deleteOrgUnit(tenant(), at(exchange))
        return done()
      }
    }
  ]
}

const courseFrom = (body: Omit<typeof OfferingInfo146.Type, "IsActive">, isActive: boolean): Course => ({
  isActive,
  startDate: body.StartDate,
  endDate: body.EndDate,
  localeId: body.LocaleId ?? null,
  forceLocale: body.ForceLocale ?? false,
  showAddressBook: body.ShowAddressBook ?? true,
  description: body.Description.Content,
  canSelfRegister: body.CanSelfRegister
})

const offeringJson = (tenant: Tenant, offering: OrgUnit): unknown => ({
  Identifier: String(offering.id),
  Name: offering.name,
  Code: offering.code,
  IsActive: offering.course?.isActive ?? true,
  Path: offering.path,
  StartDate: offering.course?.startDate ?? null,
  EndDate: offering.course?.endDate ?? null,
  LocaleId: offering.course?.localeId ?? null,
  ForceLocale: offering.course?.forceLocale ?? false,
  CourseTemplate: parentOfType(tenant, offering, typeIds.template),
  Semester: parentOfType(tenant, offering, typeIds.semester),
  Department: parentOfType(tenant, offering, typeIds.department),
  Description: richText(offering.course?.description ?? ""),
  CanSelfRegister: offering.course?.canSelfRegister ?? false,
  ShowAddressBook: offering.course?.showAddressBook ?? true
})
