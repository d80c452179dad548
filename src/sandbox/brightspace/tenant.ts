import { type Gradebooks, makeGradebooks } from "./grades/model.ts"
import { refuse, refuseHtml } from "./refusals.ts"

/** A tenant. Everything is kept in memory and changed in place. */
export interface Tenant {
  readonly name: string
  readonly timeZone: string
  readonly rootId: number
  readonly types: Map<number, OrgUnitType>
  readonly roles: ReadonlyMap<number, Role>
  readonly orgUnits: Map<number, OrgUnit>
  readonly users: Map<number, User>
  /** Org units by code, type and parent aside. */
  readonly byCode: Map<string, Set<number>>
  /** Users by name in lower case. */
  readonly byUserName: Map<string, number>
  readonly byOrgDefinedId: Map<string, Set<number>>
  /** `parent child`, in the order in which they were made. */
  readonly relationships: Map<string, Relationship>
  /** Auditor to auditees. */
  readonly auditees: Map<number, Set<number>>
  readonly gradebooks: Gradebooks
  nextOrgUnitId: number
  nextUserId: number
  nextTypeId: number
}

export interface OrgUnitType {
  readonly id: number
  readonly code: string
  readonly name: string
  readonly description: string
  readonly sortOrder: number
  /** Comes with the platform and cannot be changed. */
  readonly isBuiltIn: boolean
}

export interface Role {
  readonly id: number
  readonly name: string
  readonly code: string
  readonly isCascading: boolean
  /** "User Is Parent/Guardian". */
  readonly isParent: boolean
}

export interface OrgUnit {
  readonly id: number
  readonly typeId: number
  name: string
  code: string
  path: string
  readonly parents: Set<number>
  readonly children: Set<number>
  isRecycled: boolean
  /** Set on course offerings; null on others. */
  course: Course | null
  /** Set on course offerings whose sections were set up; null on others. */
  sectionSettings: SectionSettings | null
  /** Used by sections alone. */
  description: string
  /** By user; without those that cascade down to it. */
  readonly enrollments: Map<number, Enrollment>
}

export interface Course {
  readonly isActive: boolean
  readonly startDate: string | null
  readonly endDate: string | null
  readonly localeId: number | null
  readonly forceLocale: boolean
  readonly showAddressBook: boolean
  readonly description: string
  readonly canSelfRegister: boolean
}

export interface SectionSettings {
  readonly EnrollmentStyle: number
  readonly EnrollmentQuantity: number
  readonly AutoEnroll: boolean
  readonly RandomizeEnrollments: boolean
  readonly DescriptionsVisibleToEnrollees: boolean
}

export interface User {
  readonly id: number
  firstName: string
  middleName: string | null
  lastName: string
  userName: string
  email: string | null
  orgDefinedId: string | null
  pronouns: string | null
  isActive: boolean
  /** By org unit; without those that cascade. */
  readonly enrollments: Map<number, Enrollment>
}

export interface Enrollment {
  readonly orgUnitId: number
  readonly userId: number
  readonly roleId: number
  readonly enrolledBy: number
  /** UTC instant. */
  readonly enrolledAt: string
}

export interface Relationship {
  readonly parentId: number
  readonly childId: number
}

/** Org unit types that come with the platform. */
export const typeIds = { organization: 1, template: 2, offering: 3, group: 4, semester: 5, section: 7, department: 103 }

/** The user as whom the client with the private key acts, and an administrator who works by hand. */
export const serviceUserId = 169
export const administratorId = 170

/** The user under whom enrollments that came in a batch are noted. */
export const integrationUserId = 171

export const makeTenant = (timeZone: string): Tenant => {
  const tenant: Tenant = {
    name: "Sandbox Academy",
    timeZone,
    rootId: 6606,
    types: new Map(presetTypes.map((type) => [type.id, type])),
    roles: new Map(presetRoles.map((role) => [role.id, role])),
    orgUnits: new Map(),
    users: new Map(),
    byCode: new Map(),
    byUserName: new Map(),
    byOrgDefinedId: new Map(),
    relationships: new Map(),
    auditees: new Map(),
    gradebooks: makeGradebooks(),
    nextOrgUnitId: 6700,
    nextUserId: 30_001,
    nextTypeId: 104
  }
  const root = newOrgUnit(tenant.rootId, typeIds.organization, tenant.name, "sandbox", "/")
  tenant.orgUnits.set(root.id, root)
  indexed(tenant.byCode, root.code).add(root.id)
  for (const [id, lastName] of [
    [serviceUserId, "Service"],
    [administratorId, "Administrator"]
  ] as const) {
    const user: User = {
      id,
      firstName: "Sandbox",
      middleName: null,
      lastName,
      userName: `sandbox.${lastName.toLowerCase()}`,
      email: null,
      orgDefinedId: null,
      pronouns: null,
      isActive: true,
      enrollments: new Map()
    }
    addUser(tenant, user)
    putEnrollment(tenant, root, user, administratorRoleId, id)
  }
  return tenant
}

export const newOrgUnit = (id: number, typeId: number, name: string, code: string, path: string): OrgUnit => ({
  id,
  typeId,
  name,
  code,
  path,
  parents: new Set(),
  children: new Set(),
  isRecycled: false,
  course: null,
  sectionSettings: null,
  description: "",
  enrollments: new Map()
})

/** An org unit that can be seen: neither recycled nor a section of a recycled offering. 404 otherwise, as for one that the caller may not see. */
export const orgUnitOf = (tenant: Tenant, id: string | number): OrgUnit => {
  const found = tenant.orgUnits.get(Number(id))
  if (found === undefined || isHidden(tenant, found)) throw refuseHtml(404, "The org unit was not found.")
  return found
}

export const isHidden = (tenant: Tenant, orgUnit: OrgUnit): boolean =>
  orgUnit.isRecycled ||
  (orgUnit.typeId === typeIds.section &&
    [...orgUnit.parents].some((id) => tenant.orgUnits.get(id)?.isRecycled === true))

/** An org unit of one type, 404 otherwise. */
export const orgUnitOfType = (tenant: Tenant, id: string | number, typeId: number): OrgUnit => {
  const found = orgUnitOf(tenant, id)
  if (found.typeId !== typeId) throw refuseHtml(404, "The org unit was not found.")
  return found
}

export const userOf = (tenant: Tenant, id: string | number): User => {
  const found = tenant.users.get(Number(id))
  if (found === undefined) throw refuse(404, "The user was not found.")
  return found
}

export const roleOf = (tenant: Tenant, id: number): Role => {
  const found = tenant.roles.get(id)
  if (found === undefined) throw refuse(400, "There is no role with this RoleId.")
  return found
}

export const typeOf = (tenant: Tenant, orgUnit: OrgUnit): OrgUnitType => {
  const found = tenant.types.get(orgUnit.typeId)
  if (found === undefined) throw refuse(500, "The org unit has no type.")
  return found
}

export const addUser = (tenant: Tenant, user: User): void => {
  tenant.users.set(user.id, user)
  tenant.byUserName.set(user.userName.toLowerCase(), user.id)
  if (user.orgDefinedId !== null) indexed(tenant.byOrgDefinedId, user.orgDefinedId).add(user.id)
}

export const removeUserFromIndexes = (tenant: Tenant, user: User): void => {
  tenant.byUserName.delete(user.userName.toLowerCase())
  if (user.orgDefinedId !== null) tenant.byOrgDefinedId.get(user.orgDefinedId)?.delete(user.id)
}

/** Enrolls, or changes the role of who is enrolled. Who enrolled and when is kept from the first time. */
export const putEnrollment = (
  tenant: Tenant,
  orgUnit: OrgUnit,
  user: User,
  roleId: number,
  enrolledBy: number
): Enrollment => {
  const before = orgUnit.enrollments.get(user.id)
  const enrollment: Enrollment = {
    orgUnitId: orgUnit.id,
    userId: user.id,
    roleId,
    enrolledBy: before?.enrolledBy ?? enrolledBy,
    enrolledAt: before?.enrolledAt ?? new Date().toISOString()
  }
  orgUnit.enrollments.set(user.id, enrollment)
  user.enrollments.set(orgUnit.id, enrollment)
  if (orgUnit.sectionSettings?.AutoEnroll === true) {
    const first = childrenOfType(tenant, orgUnit, typeIds.section)[0]
    if (first !== undefined && !first.enrollments.has(user.id)) putEnrollment(tenant, first, user, roleId, enrolledBy)
  }
  return enrollment
}

/** The children of a type that can be seen, by id. */
export const childrenOfType = (tenant: Tenant, orgUnit: OrgUnit, typeId: number): ReadonlyArray<OrgUnit> =>
  [...orgUnit.children]
    .map((id) => tenant.orgUnits.get(id))
    .filter((child) => child !== undefined)
    .filter((child) => child.typeId === typeId && !isHidden(tenant, child))

/** Everything above (or below) an org unit that can be seen, each once, without itself. */
export const allAlong = (tenant: Tenant, from: OrgUnit, direction: "parents" | "children"): ReadonlyArray<OrgUnit> => {
  const seen = new Set<number>([from.id])
  const found: Array<OrgUnit> = []
  const open = [...from[direction]]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const orgUnit = tenant.orgUnits.get(id)
    if (seen.has(id) || orgUnit === undefined || isHidden(tenant, orgUnit)) continue
    seen.add(id)
    found.push(orgUnit)
    open.push(...orgUnit[direction])
  }
  return found.sort((a, b) => a.id - b.id)
}

export const indexed = (index: Map<string, Set<number>>, key: string): Set<number> => {
  const known = index.get(key) ?? new Set<number>()
  index.set(key, known)
  return known
}

const presetTypes: ReadonlyArray<OrgUnitType> = [
  [typeIds.organization, "Organization", true],
  [typeIds.template, "Course Template", true],
  [typeIds.offering, "Course Offering", true],
  [typeIds.group, "Group", true],
  [typeIds.semester, "Semester", true],
  [typeIds.section, "Section", true],
  [101, "District", false],
  [102, "School", false],
  [typeIds.department, "Department", false]
].map(([id, name, isBuiltIn]) => ({
  id: Number(id),
  code: String(name),
  name: String(name),
  description: "",
  sortOrder: Number(id),
  isBuiltIn: isBuiltIn === true
}))

const administratorRoleId = 117

const presetRoles: ReadonlyArray<Role> = (
  [
    [110, "Student", false, false],
    [109, "Teacher", false, false],
    [111, "Teaching Aide", false, false],
    [112, "Guardian", false, true],
    [113, "Relative", false, false],
    [114, "District Administrator", true, false],
    [115, "School Administrator", false, false],
    [administratorRoleId, "Administrator", false, false]
  ] as const
).map(([id, name, isCascading, isParent]) => ({
  id,
  name,
  code: name.toLowerCase().replaceAll(" ", "_"),
  isCascading,
  isParent
}))
