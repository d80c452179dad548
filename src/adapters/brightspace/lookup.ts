import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { TargetError } from "../../core/ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { OrgUnitProperties, User } from "./wire.ts"

export type UserRecord = typeof User.Type
export type OrgUnitRecord = typeof OrgUnitProperties.Type

/** How the tenant calls the org unit types that every tenant has. */
export const builtInTypes = {
  course_template: "Course Template",
  course_offering: "Course Offering",
  section: "Section"
} as const

/** Users with an Org Defined ID; several may have the same. The route answers with an array. */
export const usersByOrgDefinedId = (
  tenant: Tenant,
  orgDefinedId: string
): Effect.Effect<ReadonlyArray<UserRecord>, TargetError> =>
  Effect.map(
    orMissing(
      tenant.ask(Schema.Array(User), { product: "lp", method: "GET", path: "/users/", query: { orgDefinedId } })
    ),
    (users) => users ?? []
  )

/** The user of a username, or none. The route answers with one object, or 404. */
export const usersByUsername = (
  tenant: Tenant,
  userName: string
): Effect.Effect<ReadonlyArray<UserRecord>, TargetError> =>
  Effect.map(
    orMissing(tenant.ask(User, { product: "lp", method: "GET", path: "/users/", query: { userName } })),
    (user) => (user === null ? [] : [user])
  )

/** All users. The route answers with pages. */
export const allUsers = (tenant: Tenant): Effect.Effect<ReadonlyArray<UserRecord>, TargetError> =>
  tenant.askPages(User, { product: "lp", method: "GET", path: "/users/" })

/** Org units by the filters of the route; all without any. */
const orgUnits = (
  tenant: Tenant,
  query: Readonly<Record<string, string>>
): Effect.Effect<ReadonlyArray<OrgUnitRecord>, TargetError> =>
  tenant.askPages(OrgUnitProperties, { product: "lp", method: "GET", path: "/orgstructure/", query })

/** Org units of a type with exactly this code or name; the plain forms of the filters would match parts of them. */
export const orgUnitsBy = Effect.fn("brightspace.find-org-units")(function* ({
  tenant,
  directory,
  type,
  filter,
  value
}: {
  readonly tenant: Tenant
  readonly directory: Directory
  readonly type: string
  readonly filter: "exactOrgUnitCode" | "exactOrgUnitName"
  readonly value: string
}) {
  return yield* orgUnits(tenant, { orgUnitType: yield* directory.typeId(type), [filter]: value })
})

/** Org units of whatever type with exactly this code. */
export const orgUnitsOfCode = (tenant: Tenant, exactOrgUnitCode: string) => orgUnits(tenant, { exactOrgUnitCode })

/** All org units, of whatever type. */
export const allOrgUnits = (tenant: Tenant) => orgUnits(tenant, {})

/** All org units of a type. */
export const allOrgUnitsOf = Effect.fn("brightspace.list-org-units")(function* (
  tenant: Tenant,
  directory: Directory,
  type: string
) {
  return yield* orgUnits(tenant, { orgUnitType: yield* directory.typeId(type) })
})
