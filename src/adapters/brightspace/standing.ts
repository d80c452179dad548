import * as Effect from "effect/Effect"
import { byRemoteId, type ExistingRecord, type FindRequest, TargetError } from "../../core/ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { allOrgUnitsOf, allUsers, builtInTypes, type OrgUnitRecord, type UserRecord } from "./lookup.ts"
import { userFields } from "./user.ts"
import { Enrollment, OrgUnitProperties, User } from "./wire.ts"
import type { Doing } from "../../core/doing.ts"

/** Up to so many records are asked for one by one; beyond, reading the whole list takes fewer requests. */
export const askOneByOneUpTo = 200

/**
 * Reads records of the tenant that are known by their own ids: `users/{id}`, `orgstructure/{id}` and
 * `enrollments/orgUnits/{id}/users/{id}`. What is gone is not among them. Relationships and section enrollments cannot be
 * asked for.
 */
export const findStanding = Effect.fn("brightspace.find-standing")(function* (
  tenant: Tenant,
  directory: Directory,
  request: FindRequest
): Doing<ReadonlyArray<ExistingRecord>, TargetError> {
  const ids = [...new Set(request.wanted.flatMap((wanted) => wanted[byRemoteId] ?? []))]
  const wanted = new Set(ids)
  const each = <A>(
    ask: (id: string) => Effect.Effect<A | null, TargetError>
  ): Effect.Effect<ReadonlyArray<A>, TargetError> =>
    Effect.map(Effect.forEach(ids, ask, { concurrency: tenant.connection.budget.concurrency }), (found) =>
      found.flatMap((one) => one ?? [])
    )
  switch (request.resource) {
    case "user": {
      const users =
        ids.length > askOneByOneUpTo
          ? yield* allUsers(tenant)
          : yield* each((id) => orMissing(tenant.ask(User, { product: "lp", method: "GET", path: `/users/${id}` })))
      return users.filter((user) => wanted.has(user.UserId)).map(existingUser)
    }
    case "org_unit":
    case "course_template":
    case "course_offering":
    case "section": {
      const type = request.resource === "org_unit" ? request.type : builtInTypes[request.resource]
      const units =
        type !== null && ids.length > askOneByOneUpTo
          ? yield* allOrgUnitsOf(tenant, directory, type)
          : yield* each((id) =>
              orMissing(tenant.ask(OrgUnitProperties, { product: "lp", method: "GET", path: `/orgstructure/${id}` }))
            )
      return units.filter((unit) => wanted.has(unit.Identifier)).map(existingOrgUnit)
    }
    case "enrollment": {
      const roles = new Map((yield* directory.roles).map((role) => [role.id, role.name]))
      return yield* each((id) => {
        const [orgUnit = "", user = ""] = id.split("/")
        const path = `/enrollments/orgUnits/${orgUnit}/users/${user}`
        return Effect.map(orMissing(tenant.ask(Enrollment, { product: "lp", method: "GET", path })), (held) =>
          held === null ? null : { remoteId: id, fields: { role: roles.get(held.RoleId) ?? held.RoleId } }
        )
      })
    }
    default:
      return yield* new TargetError({
        reason: "Unsupported",
        connection: tenant.connection.name,
        request: `find ${request.resource}`,
        detail: "records of this kind cannot be asked for by their ids"
      })
  }
})

/** A user by the names of the resource contract. */
export const existingUser = (user: UserRecord): ExistingRecord => ({
  remoteId: user.UserId,
  fields: userFields(user)
})

/** An org unit by the names of the resource contract. */
export const existingOrgUnit = (unit: OrgUnitRecord): ExistingRecord => ({
  remoteId: unit.Identifier,
  fields: { name: unit.Name, code: unit.Code }
})
