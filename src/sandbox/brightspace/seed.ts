import * as Schema from "effect/Schema"
import { GradebookSeed, seedGradebook } from "./grades/seed.ts"
import { createOrgUnit } from "./org-units.ts"
import { refuse } from "./refusals.ts"
import {
  administratorId,
  type OrgUnit,
  orgUnitOf,
  putEnrollment,
  type Role,
  type Tenant,
  typeIds,
  userOf
} from "./tenant.ts"
import { createUser, demandPerson } from "./user-routes.ts"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

export const Seed = Schema.Struct({
  orgUnits: optional(
    Schema.Array(
      Schema.Struct({
        /** By name or code. */
        type: Schema.String,
        name: Schema.String,
        code: Schema.String,
        /** Codes; the organization when there are none. */
        parents: optional(Schema.Array(Schema.String))
      })
    )
  ),
  users: optional(
    Schema.Array(
      Schema.Struct({
        orgDefinedId: Schema.NullOr(Schema.String),
        userName: Schema.String,
        firstName: Schema.String,
        lastName: Schema.String,
        email: optional(Schema.NullOr(Schema.String)),
        role: Schema.String
      })
    )
  ),
  enrollments: optional(
    Schema.Array(
      Schema.Struct({
        /** Org Defined ID. */
        user: Schema.String,
        /** Code; of several org units with it the first. */
        orgUnit: Schema.String,
        role: Schema.String
      })
    )
  ),
  /** One grade book or several. */
  gradebook: optional(Schema.Union(GradebookSeed, Schema.Array(GradebookSeed)))
})

/** Puts org units, people, enrollments and grades into a tenant as an administrator would by hand. */
export const seed = (tenant: Tenant, wanted: typeof Seed.Type): void => {
  for (const { type, name, code, parents = [] } of wanted.orgUnits ?? []) {
    const found = [...tenant.types.values()].find((one) => one.name === type || one.code === type)
    if (found === undefined) throw refuse(400, `There is no org unit type ${type}.`)
    const above = parents.length === 0 ? [orgUnitOf(tenant, tenant.rootId)] : parents.map((one) => byCode(tenant, one))
    const orgUnit = createOrgUnit(tenant, found.id, name, code, above)
    if (found.id === typeIds.section) for (const offering of above) offering.sectionSettings ??= presetSectionSettings
    if (found.id === typeIds.offering) orgUnit.course = presetCourse
  }
  for (const user of wanted.users ?? []) {
    const person = {
      OrgDefinedId: user.orgDefinedId,
      FirstName: user.firstName,
      MiddleName: null,
      LastName: user.lastName,
      ExternalEmail: user.email ?? null,
      UserName: user.userName,
      Pronouns: null,
      IsActive: true
    }
    demandPerson(tenant, person, null)
    const role = roleNamed(tenant, user.role)
    createUser(tenant, { ...person, RoleId: role.id, SendCreationEmail: false }, role, administratorId)
  }
  for (const { user, orgUnit, role } of wanted.enrollments ?? []) {
    const [id] = tenant.byOrgDefinedId.get(user) ?? []
    if (id === undefined) throw refuse(400, `There is no user with the Org Defined ID ${user}.`)
    putEnrollment(tenant, byCode(tenant, orgUnit), userOf(tenant, id), roleNamed(tenant, role).id, administratorId)
  }
  for (const gradebook of [wanted.gradebook ?? []].flat()) seedGradebook(tenant, gradebook)
}

const byCode = (tenant: Tenant, code: string): OrgUnit => {
  const [id] = tenant.byCode.get(code) ?? []
  if (id === undefined) throw refuse(400, `There is no org unit with the code ${code}.`)
  return orgUnitOf(tenant, id)
}

const roleNamed = (tenant: Tenant, name: string): Role => {
  const found = [...tenant.roles.values()].find((role) => role.name === name)
  if (found === undefined) throw refuse(400, `There is no role ${name}.`)
  return found
}

const presetCourse = {
  isActive: true,
  startDate: null,
  endDate: null,
  localeId: null,
  forceLocale: false,
  showAddressBook: true,
  description: "",
  canSelfRegister: false
}

const presetSectionSettings = {
  EnrollmentStyle: 1,
  EnrollmentQuantity: 1,
  AutoEnroll: false,
  RandomizeEnrollments: false,
  DescriptionsVisibleToEnrollees: false
}
