import * as Schema from "effect/Schema"
import { type Answer, type Exchange, json, parameter } from "../http/exchange.ts"
import { refuse } from "./refusals.ts"
import {
  childrenOfType,
  type Enrollment,
  isHidden,
  type OrgUnit,
  orgUnitOf,
  putEnrollment,
  roleOf,
  serviceUserId,
  type Tenant,
  typeIds,
  typeOf,
  type User,
  userOf,
  allAlong
} from "./tenant.ts"
import { displayName } from "./user-routes.ts"
import { type ApiRoute, emptyPage, idInQuery, pagedResultSet, readBody } from "./wire.ts"

const CreateEnrollmentData = Schema.Struct({ OrgUnitId: Schema.Int, UserId: Schema.Int, RoleId: Schema.Int })

/** An enrollment as it counts in one org unit: its own, or one that came down from above. */
interface Effective {
  readonly enrollment: Enrollment
  readonly orgUnit: OrgUnit
  readonly isCascading: boolean
}

/** Enrollments in org units of every kind. Source: Valence lp, enrollments. */
export const enrollmentRoutes = (tenant: () => Tenant, pageSize: () => number): ReadonlyArray<ApiRoute> => {
  const remove = (exchange: Exchange): Answer => {
    const orgUnit = orgUnitOf(tenant(), parameter(exchange, "orgUnitId"))
    const user = userOf(tenant(), parameter(exchange, "userId"))
    const enrollment = orgUnit.enrollments.get(user.id)
    if (enrollment === undefined) throw refuse(404, "The user is not enrolled in the org unit.")
    if (orgUnit.typeId === typeIds.organization) throw refuse(403, "Nobody is removed from the organization.")
    unenroll(tenant(), orgUnit, user)
    return json(enrollmentJson(tenant(), enrollment))
  }
  return [
    {
      method: "POST",
      product: "lp",
      path: "/enrollments/",
      scope: "enrollment:orgunit:create",
      answer: (exchange) => {
        const body = readBody(CreateEnrollmentData, exchange)
        const orgUnit = orgUnitOf(tenant(), body.OrgUnitId)
        const user = userOf(tenant(), body.UserId)
        const role = roleOf(tenant(), body.RoleId)
        if (
          orgUnit.typeId === typeIds.section &&
          !offeringsOf(tenant(), orgUnit).some((one) => one.enrollments.has(user.id))
        ) {
          throw refuse(400, "The user is not enrolled in the course offering.")
        }
        return json(enrollmentJson(tenant(), putEnrollment(tenant(), orgUnit, user, role.id, serviceUserId)))
      }
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/enrollments/orgUnits/:orgUnitId/users/:userId",
      scope: "enrollment:orgunit:delete",
      answer: remove
    },
    {
      method: "DELETE",
      product: "lp",
      path: "/enrollments/users/:userId/orgUnits/:orgUnitId",
      scope: "enrollment:orgunit:delete",
      answer: remove
    },
    {
      method: "GET",
      product: "lp",
      path: "/enrollments/orgUnits/:orgUnitId/users/:userId",
      scope: "enrollment:orgunit:read",
      answer: (exchange) => {
        const orgUnit = orgUnitOf(tenant(), parameter(exchange, "orgUnitId"))
        const user = userOf(tenant(), parameter(exchange, "userId"))
        const found = effectiveIn(tenant(), orgUnit).get(user.id)
        if (found === undefined) throw refuse(404, "The user is not enrolled in the org unit.")
        return json({ ...enrollmentJson(tenant(), found.enrollment), OrgUnitId: orgUnit.id })
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/enrollments/orgUnits/:orgUnitId/users/",
      scope: "enrollment:orgunit:read",
      unseen: emptyPage,
      answer: (exchange) => {
        const orgUnit = orgUnitOf(tenant(), parameter(exchange, "orgUnitId"))
        const roleId = idInQuery(exchange, "roleId")
        const isActive = exchange.query.get("isActive")
        const rows = [...effectiveIn(tenant(), orgUnit).values()]
          .filter(({ enrollment }) => roleId === null || enrollment.roleId === roleId)
          .map((row) => ({ ...row, user: userOf(tenant(), row.enrollment.userId) }))
          .filter(({ user }) => isActive === null || String(user.isActive) === isActive.toLowerCase())
          .sort((a, b) => a.user.id - b.user.id)
        return pagedResultSet(
          exchange,
          rows,
          ({ user }) => user.id,
          ({ user, enrollment }) => ({ User: userSummary(user), Role: roleJson(tenant(), enrollment.roleId) }),
          pageSize()
        )
      }
    },
    {
      method: "GET",
      product: "lp",
      path: "/enrollments/users/:userId/orgUnits/",
      scope: "enrollment:orgunit:read",
      unseen: emptyPage,
      answer: (exchange) => {
        const user = userOf(tenant(), parameter(exchange, "userId"))
        const roleId = idInQuery(exchange, "roleId")
        const types = (exchange.query.get("orgUnitTypeId") ?? "").split(",").filter((one) => one !== "")
        const rows = [...effectiveOf(tenant(), user).values()]
          .filter(({ enrollment }) => roleId === null || enrollment.roleId === roleId)
          .filter(({ orgUnit }) => types.length === 0 || types.includes(String(orgUnit.typeId)))
          .sort((a, b) => a.orgUnit.id - b.orgUnit.id)
        return pagedResultSet(
          exchange,
          rows,
          ({ orgUnit }) => orgUnit.id,
          (row) => userOrgUnit(tenant(), row),
          pageSize()
        )
      }
    }
  ]
}

/** Takes a person out of an org unit, and out of its sections when it is an offering. */
export const unenroll = (tenant: Tenant, orgUnit: OrgUnit, user: User): void => {
  orgUnit.enrollments.delete(user.id)
  user.enrollments.delete(orgUnit.id)
  for (const section of childrenOfType(tenant, orgUnit, typeIds.section)) unenroll(tenant, section, user)
}

const offeringsOf = (tenant: Tenant, section: OrgUnit): ReadonlyArray<OrgUnit> =>
  [...section.parents].map((id) => tenant.orgUnits.get(id)).filter((one) => one !== undefined)

/** People in an org unit. Cascading roles held above count here too, unless the person has a role of its own here. */
const effectiveIn = (tenant: Tenant, orgUnit: OrgUnit): ReadonlyMap<number, Effective> => {
  const found = new Map<number, Effective>()
  for (const enrollment of orgUnit.enrollments.values()) {
    found.set(enrollment.userId, { enrollment, orgUnit, isCascading: cascades(tenant, enrollment) })
  }
  for (const above of allAlong(tenant, orgUnit, "parents")) {
    for (const enrollment of above.enrollments.values()) {
      if (!found.has(enrollment.userId) && cascades(tenant, enrollment)) {
        found.set(enrollment.userId, { enrollment, orgUnit, isCascading: true })
      }
    }
  }
  return found
}

/** Places of a person, by org unit. */
const effectiveOf = (tenant: Tenant, user: User): ReadonlyMap<number, Effective> => {
  const found = new Map<number, Effective>()
  for (const enrollment of user.enrollments.values()) {
    const orgUnit = tenant.orgUnits.get(enrollment.orgUnitId)
    if (orgUnit === undefined || isHidden(tenant, orgUnit)) continue
    found.set(orgUnit.id, { enrollment, orgUnit, isCascading: cascades(tenant, enrollment) })
  }
  const cascading = [...found.values()].filter((one) => one.isCascading)
  for (const { enrollment, orgUnit } of cascading) {
    for (const below of allAlong(tenant, orgUnit, "children")) {
      if (!user.enrollments.has(below.id)) found.set(below.id, { enrollment, orgUnit: below, isCascading: true })
    }
  }
  return found
}

const cascades = (tenant: Tenant, enrollment: Enrollment): boolean => roleOf(tenant, enrollment.roleId).isCascading

const enrollmentJson = (tenant: Tenant, enrollment: Enrollment): Readonly<Record<string, unknown>> => ({
  OrgUnitId: enrollment.orgUnitId,
  UserId: enrollment.userId,
  RoleId: enrollment.roleId,
  IsCascading: cascades(tenant, enrollment)
})

const roleJson = (tenant: Tenant, roleId: number): unknown => {
  const role = roleOf(tenant, roleId)
  return { Id: role.id, Code: role.code, Name: role.name }
}

/** `User` of the API, as lists of people carry it. */
export const userSummary = (user: User): unknown => ({
  Identifier: String(user.id),
  DisplayName: displayName(user),
  EmailAddress: user.email,
  OrgDefinedId: user.orgDefinedId,
  ProfileBadgeUrl: null,
  ProfileIdentifier: `profile-${user.id}`,
  UserName: user.userName
})

const userOrgUnit = (tenant: Tenant, { enrollment, orgUnit, isCascading }: Effective): unknown => {
  const type = typeOf(tenant, orgUnit)
  return {
    OrgUnit: {
      Id: orgUnit.id,
      Type: { Id: type.id, Code: type.code, Name: type.name },
      Name: orgUnit.name,
      Code: orgUnit.code
    },
    Role: roleJson(tenant, enrollment.roleId),
    IsCascading: isCascading,
    EnrolledByUserId: enrollment.enrolledBy,
    EnrolledByUserDate: enrollment.enrolledAt
  }
}
