import { refuse } from "./refusals.ts"
import { indexed, newOrgUnit, type OrgUnit, type Tenant, typeIds, typeOf, allAlong } from "./tenant.ts"

/** Characters that no code of an org unit may hold. */
const forbiddenInCodes = /[\\:*?"<>|'#,%&]/

/** Refuses names that are empty or longer than 128, and codes that are longer than 50 or hold what codes may not. */
export const demandNameAndCode = (name: string, code: string, codeMayBeEmpty = false): void => {
  if (name.trim() === "") throw refuse(400, "Name is empty.")
  if (name.length > 128) throw refuse(400, "Name is longer than 128 characters.")
  if (code === "" && !codeMayBeEmpty) throw refuse(400, "Code is empty.")
  if (code.length > 50) throw refuse(400, "Code is longer than 50 characters.")
  if (forbiddenInCodes.test(code)) throw refuse(400, "Code holds a character that is not allowed.")
}

/** Refuses a code that another org unit of the type has; with an offering, one of the same offering. */
export const demandFreeCode = (
  tenant: Tenant,
  typeId: number,
  code: string,
  status: 400 | 409,
  self: OrgUnit | null,
  offering: OrgUnit | null = null
): void => {
  if (code === "") return
  for (const id of tenant.byCode.get(code) ?? []) {
    const other = tenant.orgUnits.get(id)
    if (other === undefined || other === self || other.typeId !== typeId || other.isRecycled) continue
    if (offering !== null && !other.parents.has(offering.id)) continue
    throw refuse(status, "The code is already in use.")
  }
}

/** Makes an org unit under parents; name, code and parents are checked by the caller. */
export const createOrgUnit = (
  tenant: Tenant,
  typeId: number,
  name: string,
  code: string,
  parents: ReadonlyArray<OrgUnit>
): OrgUnit => {
  const id = tenant.nextOrgUnitId++
  const orgUnit = newOrgUnit(id, typeId, name, code, `/content/enforced/${id}-${code}/`)
  tenant.orgUnits.set(id, orgUnit)
  indexed(tenant.byCode, code).add(id)
  for (const parent of parents) link(tenant, parent, orgUnit)
  return orgUnit
}

export const renameOrgUnit = (tenant: Tenant, orgUnit: OrgUnit, name: string, code: string): void => {
  tenant.byCode.get(orgUnit.code)?.delete(orgUnit.id)
  orgUnit.name = name
  orgUnit.code = code
  indexed(tenant.byCode, code).add(orgUnit.id)
}

/** Puts a child under a parent; refuses a circle. */
export const link = (tenant: Tenant, parent: OrgUnit, child: OrgUnit): void => {
  if (parent === child || allAlong(tenant, child, "children").includes(parent)) {
    throw refuse(400, "An org unit cannot stand under itself.")
  }
  parent.children.add(child.id)
  child.parents.add(parent.id)
}

export const unlink = (parent: OrgUnit, child: OrgUnit): void => {
  if (!parent.children.delete(child.id)) throw refuse(404, "The org units are not parent and child.")
  child.parents.delete(parent.id)
}

/** Deletes for good, with its sections and everybody's enrollments in it. */
export const deleteOrgUnit = (tenant: Tenant, orgUnit: OrgUnit): void => {
  for (const id of orgUnit.children) {
    const child = tenant.orgUnits.get(id)
    if (child?.typeId === typeIds.section) deleteOrgUnit(tenant, child)
    else child?.parents.delete(orgUnit.id)
  }
  for (const id of orgUnit.parents) tenant.orgUnits.get(id)?.children.delete(orgUnit.id)
  for (const userId of orgUnit.enrollments.keys()) tenant.users.get(userId)?.enrollments.delete(orgUnit.id)
  tenant.byCode.get(orgUnit.code)?.delete(orgUnit.id)
  tenant.orgUnits.delete(orgUnit.id)
}

/** `OrgUnit` of the API. */
export const orgUnitJson = (tenant: Tenant, orgUnit: OrgUnit): Readonly<Record<string, unknown>> => {
  const type = typeOf(tenant, orgUnit)
  return {
    Identifier: String(orgUnit.id),
    Name: orgUnit.name,
    Code: orgUnit.code,
    Type: { Id: type.id, Code: type.code, Name: type.name }
  }
}

/** `BasicOrgUnit` of the API: the first parent of a type, or null. */
export const parentOfType = (tenant: Tenant, orgUnit: OrgUnit, typeId: number): unknown => {
  for (const id of orgUnit.parents) {
    const parent = tenant.orgUnits.get(id)
    if (parent?.typeId === typeId) return { Identifier: String(id), Name: parent.name, Code: parent.code }
  }
  return null
}
