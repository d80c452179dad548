import { gradebookDigest, gradebooksOf } from "./grades/state.ts"
import { type OrgUnit, type Tenant, typeIds, type User } from "./tenant.ts"

/** Everything in a tenant, in the order of its ids. */
export const stateOf = (tenant: Tenant): unknown => ({
  orgUnits: inOrder(tenant.orgUnits.values()).map((one) => ({
    id: one.id,
    type: typeName(tenant, one),
    name: one.name,
    code: one.code,
    parents: [...one.parents].sort((a, b) => a - b),
    parentCodes: parentCodes(tenant, one),
    isRecycled: one.isRecycled,
    course: one.course
  })),
  users: inOrder(tenant.users.values()).map((user) => ({
    id: user.id,
    orgDefinedId: user.orgDefinedId,
    userName: user.userName,
    firstName: user.firstName,
    middleName: user.middleName,
    lastName: user.lastName,
    email: user.email,
    isActive: user.isActive,
    role: roleName(tenant, user.enrollments.get(tenant.rootId)?.roleId)
  })),
  enrollments: enrollments(tenant, false),
  sectionEnrollments: enrollments(tenant, true),
  relationships: [...tenant.relationships.values()].sort((a, b) => a.parentId - b.parentId || a.childId - b.childId),
  auditors: [...tenant.auditees]
    .flatMap(([auditorId, auditees]) => [...auditees].map((auditeeId) => ({ auditorId, auditeeId })))
    .sort((a, b) => a.auditorId - b.auditorId || a.auditeeId - b.auditeeId),
  gradebooks: gradebooksOf(tenant)
})

const enrollments = (tenant: Tenant, inSections: boolean): ReadonlyArray<unknown> =>
  inOrder(tenant.orgUnits.values())
    .filter((one) => (one.typeId === typeIds.section) === inSections)
    .flatMap((one) =>
      [...one.enrollments.values()]
        .sort((a, b) => a.userId - b.userId)
        .map(({ orgUnitId, userId, roleId, enrolledBy }) => ({
          orgUnitId,
          userId,
          role: roleName(tenant, roleId),
          enrolledBy
        }))
    )

/**
 * The content of a tenant, without an id of its own: org units by type and code (sections by their offering's too),
 * people by Org Defined ID. Two runs that end in the same state have the same digest. What is recycled is left out.
 */
export const digestOf = (tenant: Tenant): unknown => {
  const visible = [...tenant.orgUnits.values()].filter((one) => !one.isRecycled)
  return {
    orgUnits: sortedEntries(
      visible.map((one) => [
        orgUnitKey(tenant, one),
        {
          name: one.name,
          parents: [...one.parents]
            .map((id) => tenant.orgUnits.get(id))
            .filter((parent) => parent !== undefined)
            .map((parent) => orgUnitKey(tenant, parent))
            .sort(),
          ...(one.course === null
            ? {}
            : { isActive: one.course.isActive, startDate: one.course.startDate, endDate: one.course.endDate })
        }
      ])
    ),
    users: sortedEntries(
      [...tenant.users.values()].map((user) => [
        userKey(user),
        {
          userName: user.userName,
          name: [user.firstName, user.middleName, user.lastName].filter((part) => part !== null).join(" "),
          email: user.email,
          isActive: user.isActive
        }
      ])
    ),
    enrollments: visible
      .flatMap((one) =>
        [...one.enrollments.values()].map((enrollment) => {
          const user = tenant.users.get(enrollment.userId)
          const who = user === undefined ? "" : userKey(user)
          return `${orgUnitKey(tenant, one)} · ${who} · ${roleName(tenant, enrollment.roleId)}`
        })
      )
      .sort(),
    relationships: [...tenant.relationships.values()]
      .map(({ parentId, childId }) =>
        [parentId, childId]
          .map((id) => tenant.users.get(id))
          .map((user) => (user === undefined ? "" : userKey(user)))
          .join(" · ")
      )
      .sort(),
    gradebooks: gradebookDigest(tenant, (offering) => orgUnitKey(tenant, offering), userKey)
  }
}

const orgUnitKey = (tenant: Tenant, orgUnit: OrgUnit): string => {
  const offerings = orgUnit.typeId === typeIds.section ? parentCodes(tenant, orgUnit).map((code) => `${code}/`) : []
  return `${typeName(tenant, orgUnit)}|${offerings.join("")}${orgUnit.code}`
}

const userKey = (user: User): string => user.orgDefinedId ?? `user name ${user.userName}`

export const typeName = (tenant: Tenant, orgUnit: OrgUnit): string => tenant.types.get(orgUnit.typeId)?.name ?? ""

export const roleName = (tenant: Tenant, roleId: number | undefined): string =>
  roleId === undefined ? "" : (tenant.roles.get(roleId)?.name ?? "")

const parentCodes = (tenant: Tenant, orgUnit: OrgUnit): ReadonlyArray<string> =>
  [...orgUnit.parents].map((id) => tenant.orgUnits.get(id)?.code ?? "").sort()

const inOrder = <A extends { readonly id: number }>(all: Iterable<A>): ReadonlyArray<A> =>
  [...all].sort((a, b) => a.id - b.id)

const sortedEntries = (entries: ReadonlyArray<readonly [string, unknown]>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
