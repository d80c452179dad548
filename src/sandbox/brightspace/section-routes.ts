import * as Schema from "effect/Schema"
import { done, type Exchange, json, parameter } from "../http/exchange.ts"
import { createOrgUnit, deleteOrgUnit, demandFreeCode, demandNameAndCode, renameOrgUnit } from "./org-units.ts"
import { refuse, refuseLegacy } from "./refusals.ts"
import {
  childrenOfType,
  type OrgUnit,
  orgUnitOfType,
  putEnrollment,
  type SectionSettings,
  serviceUserId,
  type Tenant,
  typeIds,
  userOf
} from "./tenant.ts"
import { type ApiRoute, readBody, richText, RichTextInput } from "./wire.ts"

const SectionSettingsData = Schema.Struct({
  EnrollmentStyle: Schema.Literal(1, 2),
  EnrollmentQuantity: Schema.Int.pipe(Schema.positive()),
  AutoEnroll: Schema.Boolean,
  RandomizeEnrollments: Schema.Boolean,
  DescriptionsVisibleToEnrollees: Schema.Boolean
})

const SectionInfo = Schema.Struct({ Name: Schema.String, Code: Schema.String, Description: RichTextInput })
const SectionEnrollment = Schema.Struct({ UserId: Schema.Int })

/** Sections of course offerings. Source: Valence lp, sections. */
export const sectionRoutes = (tenant: () => Tenant, isCodeOfTenant: () => boolean): ReadonlyArray<ApiRoute> => {
  const scopeOfCodes = (offering: OrgUnit): OrgUnit | null => (isCodeOfTenant() ? null : offering)
  const offeringAt = (exchange: Exchange): OrgUnit =>
    orgUnitOfType(tenant(), parameter(exchange, "orgUnitId"), typeIds.offering)
  const settingsOf = (offering: OrgUnit): SectionSettings => {
    if (offering.sectionSettings === null) throw refuseLegacy(404, "Sections have not been set up.")
    return offering.sectionSettings
  }
  const sectionAt = (exchange: Exchange, offering: OrgUnit): OrgUnit => {
    settingsOf(offering)
    const section = tenant().orgUnits.get(Number(parameter(exchange, "sectionId")))
    if (section?.typeId !== typeIds.section || section.isRecycled || !section.parents.has(offering.id)) {
      throw refuseLegacy(404, "The section was not found.")
    }
    return section
  }
  return [
    {
      method: "GET",
      product: "lp",
      path: "/:orgUnitId/sections/settings",
      scope: "sections:section:read",
      answer: (exchange) => json(settingsOf(offeringAt(exchange)))
    },
    {
      method: "PUT",
      product: "lp",
      path: "/:orgUnitId/sections/",
      scope: "sections:section:create",
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        const settings = readBody(SectionSettingsData, exchange)
        if (offering.sectionSettings !== null) throw refuseLegacy(400, "Sections have been set up already.")
        offering.sectionSettings = settings
        return done()
      }
    },
    {
      method: "PUT",
      product: "lp",
      path: "/:orgUnitId/sections/settings",
      scope: "sections:section:update",
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        settingsOf(offering)
        offering.sectionSettings = readBody(SectionSettingsData, exchange)
        return done()
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/:orgUnitId/sections/",
      scope: "sections:section:read",
      unseen: [],
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        settingsOf(offering)
        return json(childrenOfType(tenant(), offering, typeIds.section).map(sectionJson))
      }
    },
    {
      method: "POST",
      product: "lp",
      path: "/:orgUnitId/sections/",
      scope: "sections:section:create",
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        settingsOf(offering)
        const body = readBody(SectionInfo, exchange)
        demandNameAndCode(body.Name, body.Code, true)
        demandFreeCode(tenant(), typeIds.section, body.Code, 409, null, scopeOfCodes(offering))
        const section = createOrgUnit(tenant(), typeIds.section, body.Name, body.Code, [offering])
        section.description = body.Description.Content
        return json(sectionJson(section))
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/:orgUnitId/sections/:sectionId",
      scope: "sections:section:read",
      answer: (exchange) => json(sectionJson(sectionAt(exchange, offeringAt(exchange))))
    },
    {
      method: "PUT",
      product: "lp",
      path: "/:orgUnitId/sections/:sectionId",
      scope: "sections:section:update",
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        const section = sectionAt(exchange, offering)
        const body = readBody(SectionInfo, exchange)
        demandNameAndCode(body.Name, body.Code, true)
        demandFreeCode(tenant(), typeIds.section, body.Code, 409, section, scopeOfCodes(offering))
        renameOrgUnit(tenant(), section, body.Name, body.Code)
        section.description = body.Description.Content
        return json(sectionJson(section))
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/:orgUnitId/sections/:sectionId",
      scope: "sections:section:delete",
      answer: (exchange) => {
        deleteOrgUnit(tenant(), sectionAt(exchange, offeringAt(exchange)))
        return done()
      }
    },
    {
      method: "POST",
      product: "lp",
      path: "/:orgUnitId/sections/:sectionId/enrollments/",
      scope: "sections:enrollment:create",
      answer: (exchange) => {
        const offering = offeringAt(exchange)
        const section = sectionAt(exchange, offering)
        const user = userOf(tenant(), readBody(SectionEnrollment, exchange).UserId)
        const enrollment = offering.enrollments.get(user.id)
        if (enrollment === undefined) throw refuse(400, "The user is not enrolled in the course offering.")
        putEnrollment(tenant(), section, user, enrollment.roleId, serviceUserId)
        return done()
      }
    }
  ]
}

const sectionJson = (section: OrgUnit): unknown => ({
  SectionId: section.id,
  Name: section.name,
  Code: section.code,
  Description: richText(section.description),
  Enrollments: [...section.enrollments.keys()].sort((a, b) => a - b)
})
