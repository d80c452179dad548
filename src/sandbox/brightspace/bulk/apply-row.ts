import { createOrgUnit, link, renameOrgUnit } from "../org-units.ts"
import { unenroll } from "../enrollment-routes.ts"
import {
  addUser,
  integrationUserId,
  type OrgUnit,
  putEnrollment,
  removeUserFromIndexes,
  type Tenant,
  typeIds,
  type User
} from "../tenant.ts"
import type { BatchRow } from "./format.ts"

/** Why a row is turned away. The others of its batch go on. */
class RowRefused extends Error {}

const refuse = (why: string): RowRefused => new RowRefused(why)

/** Works off one row; gives why it was turned away, else null. */
export const applyRow = (tenant: Tenant, { cells, kind }: BatchRow): string | null => {
  try {
    if (Object.values(cells).some((cell) => cell !== "" && cell.trim() === ""))
      throw refuse("A cell holds only spaces.")
    const action = (cells["action"] ?? "").toUpperCase() || "UPDATE"
    if (!["CREATE", "UPDATE", "DELETE"].includes(action)) throw refuse("The action is none.")
    if (kind === "org units") applyOrgUnit(tenant, cells, action)
    else if (kind === "users") applyUser(tenant, cells, action)
    else applyEnrollment(tenant, cells, action)
    return null
  } catch (error) {
    if (error instanceof RowRefused) return error.message
    // A value that the API refuses is no better in a row.
    return "The row was turned away by the platform."
  }
}

type Cells = BatchRow["cells"]

const needed = (cells: Cells, column: string, longest: number): string => {
  const value = cells[column] ?? ""
  if (value === "") throw refuse(`${column} is empty.`)
  if (value.length > longest) throw refuse(`${column} is longer than ${longest}.`)
  return value
}

/** Values of `type`, to the types of the platform; those of custom types as IPSIS is set up to know them. */
const typeOf = (tenant: Tenant, type: string): number => {
  const builtIn = {
    semester: typeIds.semester,
    department: typeIds.department,
    "course template": typeIds.template,
    "course offering": typeIds.offering,
    "course section": typeIds.section
  }[type]
  const custom = [...tenant.types.values()].find((one) => !one.isBuiltIn && one.name.toLowerCase() === type)
  const found = builtIn ?? custom?.id
  if (found === undefined) throw refuse("The type is none that is set up.")
  return found
}

const unitsOf = (tenant: Tenant, code: string): ReadonlyArray<OrgUnit> =>
  [...(tenant.byCode.get(code) ?? [])]
    .map((id) => tenant.orgUnits.get(id))
    .filter((unit) => unit !== undefined)
    .filter((unit) => !unit.isRecycled)

/** The one org unit of a code. */
const unitOf = (tenant: Tenant, code: string, column: string): OrgUnit => {
  const [unit, ...others] = unitsOf(tenant, code)
  if (unit === undefined) throw refuse(`${column} names no org unit.`)
  if (others.length > 0) throw refuse(`${column} names several org units.`)
  return unit
}

const parentColumns: ReadonlyArray<readonly [column: string, typeId: number | null]> = [
  ["department_code", typeIds.department],
  ["template_code", typeIds.template],
  ["semester_code", typeIds.semester],
  ["offering_code", typeIds.offering],
  ["custom_code", null]
]

const applyOrgUnit = (tenant: Tenant, cells: Cells, action: string): void => {
  const typeId = typeOf(tenant, cells["type"] ?? "")
  // Longer ones are cut, as the format says.
  const code = needed(cells, "code", Number.POSITIVE_INFINITY).slice(0, 50)
  const standing = unitsOf(tenant, code)
  const unit = standing.find((one) => one.typeId === typeId)
  if (unit === undefined && standing.length > 0) throw refuse("The code is that of an org unit of another type.")
  if (action === "DELETE") {
    if (unit !== undefined) unit.isRecycled = true
    return
  }
  const name = needed(cells, "name", 128)
  if (action === "CREATE" && unit !== undefined) throw refuse("The org unit stands already.")
  const parents = parentColumns.flatMap(([column, type]) =>
    (cells[column] ?? "")
      .split("|")
      .filter((one) => one !== "")
      .map((one) => {
        const parent = unitOf(tenant, one, column)
        if (type !== null && parent.typeId !== type) throw refuse(`${column} names an org unit of another type.`)
        return parent
      })
  )
  const mustHave = typeId === typeIds.offering ? typeIds.template : typeId === typeIds.section ? typeIds.offering : null
  if (mustHave !== null && !parents.some((parent) => parent.typeId === mustHave)) {
    throw refuse("What it belongs to is not named.")
  }
  const root = tenant.orgUnits.get(tenant.rootId)
  const made = unit ?? createOrgUnit(tenant, typeId, name, code, [])
  if (unit !== undefined) renameOrgUnit(tenant, unit, name, code)
  const above = parents.length === 0 && root !== undefined ? [root] : parents
  for (const parent of above) if (!made.parents.has(parent.id)) link(tenant, parent, made)
  if (typeId === typeIds.offering) {
    made.course = {
      localeId: null,
      forceLocale: false,
      showAddressBook: false,
      description: "",
      canSelfRegister: false,
      ...made.course,
      isActive: flag(cells["is_active"] ?? ""),
      startDate: (cells["start_date"] ?? "") || null,
      endDate: (cells["end_date"] ?? "") || null
    }
  }
  if (typeId === typeIds.section) {
    for (const parent of parents) {
      parent.sectionSettings ??= {
        EnrollmentStyle: 1,
        EnrollmentQuantity: 1000,
        AutoEnroll: false,
        RandomizeEnrollments: false,
        DescriptionsVisibleToEnrollees: false
      }
    }
  }
}

const flag = (value: string): boolean => {
  const said = value.toUpperCase()
  if (said === "1" || said === "TRUE" || said === "") return true
  if (said === "0" || said === "FALSE") return false
  throw refuse("is_active is neither 1, 0, TRUE nor FALSE.")
}

const roleNamed = (tenant: Tenant, cells: Cells): number => {
  const name = needed(cells, "role_name", 256)
  // Values are case-sensitive.
  const role = [...tenant.roles.values()].find((one) => one.name === name)
  if (role === undefined) throw refuse("role_name names no role.")
  return role.id
}

const userNamed = (tenant: Tenant, orgDefinedId: string, column: string): User => {
  const ids = [...(tenant.byOrgDefinedId.get(orgDefinedId) ?? [])]
  const user = ids.length === 1 ? tenant.users.get(ids[0] ?? 0) : undefined
  if (user === undefined) throw refuse(`${column} names ${ids.length === 0 ? "nobody" : "several people"}.`)
  return user
}

const applyUser = (tenant: Tenant, cells: Cells, action: string): void => {
  if (cells["type"] !== "user") throw refuse("The type is not user.")
  const orgDefinedId = needed(cells, "org_defined_id", 256)
  const known = tenant.byOrgDefinedId.get(orgDefinedId)?.size ?? 0
  if (action === "DELETE") throw refuse("The stand-in deletes nobody.")
  if (action === "CREATE" && known > 0) throw refuse("The person stands already.")
  const userName = needed(cells, "username", 256)
  const firstName = needed(cells, "first_name", 64)
  const lastName = needed(cells, "last_name", 64)
  if ((cells["password"] ?? "").length > 50) throw refuse("password is longer than 50.")
  needed(cells, "is_active", 5)
  const isActive = flag(cells["is_active"] ?? "")
  const roleId = roleNamed(tenant, cells)
  const standing = known === 0 ? null : userNamed(tenant, orgDefinedId, "org_defined_id")
  const owner = tenant.byUserName.get(userName.toLowerCase())
  if (owner !== undefined && owner !== standing?.id) throw refuse("username is another person's.")
  const relations = relationsOf(tenant, cells["relationships"] ?? "")
  const user: User = standing ?? {
    id: tenant.nextUserId++,
    firstName,
    middleName: null,
    lastName,
    userName,
    email: null,
    orgDefinedId,
    pronouns: null,
    isActive,
    enrollments: new Map()
  }
  if (standing !== null) removeUserFromIndexes(tenant, standing)
  Object.assign(user, { firstName, lastName, userName, isActive })
  user.email = (cells["email"] ?? "") || null
  user.pronouns = (cells["pronouns"] ?? "") || null
  addUser(tenant, user)
  const root = tenant.orgUnits.get(tenant.rootId)
  if (root !== undefined) putEnrollment(tenant, root, user, roleId, integrationUserId)
  // A complete set: who is not in it is no longer related.
  for (const [key, { childId }] of tenant.relationships) if (childId === user.id) tenant.relationships.delete(key)
  for (const auditees of tenant.auditees.values()) auditees.delete(user.id)
  for (const { id, type } of relations) {
    if (type === "Parent") tenant.relationships.set(`${id} ${user.id}`, { parentId: id, childId: user.id })
    else tenant.auditees.set(id, (tenant.auditees.get(id) ?? new Set()).add(user.id))
  }
}

const relationsOf = (tenant: Tenant, text: string) =>
  text
    .split("|")
    .filter((one) => one !== "")
    .map((one) => {
      const [type = "", ...rest] = one.split(":")
      if (type !== "Parent" && type !== "Auditor") throw refuse("relationships holds what is none.")
      return { type, id: userNamed(tenant, rest.join(":"), "relationships").id }
    })

const applyEnrollment = (tenant: Tenant, cells: Cells, action: string): void => {
  if (cells["type"] !== "enrollment") throw refuse("The type is not enrollment.")
  const user = userNamed(tenant, needed(cells, "child_code", 256), "child_code")
  const unit = unitOf(tenant, needed(cells, "parent_code", 50), "parent_code")
  const roleId = roleNamed(tenant, cells)
  if (action === "DELETE") {
    if (unit.typeId === typeIds.organization) throw refuse("Nobody is removed from the organization.")
    if (!unit.enrollments.has(user.id)) throw refuse("The person is not enrolled there.")
    return unenroll(tenant, unit, user)
  }
  if (unit.typeId === typeIds.section) {
    for (const id of unit.parents) {
      const offering = tenant.orgUnits.get(id)
      if (offering !== undefined && !offering.enrollments.has(user.id)) {
        putEnrollment(tenant, offering, user, roleId, integrationUserId)
      }
    }
  }
  putEnrollment(tenant, unit, user, roleId, integrationUserId)
}
