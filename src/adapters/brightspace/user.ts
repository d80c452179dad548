import * as Effect from "effect/Effect"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { putEnrollment } from "./enrollment.ts"
import { type UserRecord, usersByOrgDefinedId, usersByUsername } from "./lookup.ts"
import { decide, merge, rewrite, type Written, untouched, withFields } from "./merge.ts"
import { need, needRemoteId, type ResourceWriter, result, settleCreate, touches, unsupported } from "./resource.ts"
import { Activation, Enrollment, User } from "./wire.ts"

/**
 * People. Routes: `users/`, `users/{id}/activation`; the role at the organization is not part of its PUT and changes by
 * an enrollment in the organization. Nobody is deleted: who is no longer wanted is deactivated. The tenant sends no
 * mail to those created.
 */
export const userWriter = (tenant: Tenant, directory: Directory): ResourceWriter => {
  const connection = tenant.connection.name

  const create = Effect.fnUntraced(function* (step: WriteStep) {
    const role = yield* Effect.flatMap(need(connection, step, "role"), directory.roleId)
    const created = yield* tenant.ask(User, {
      product: "lp",
      method: "POST",
      path: "/users/",
      body: {
        OrgDefinedId: yield* need(connection, step, "org_defined_id"),
        FirstName: yield* need(connection, step, "first_name"),
        MiddleName: step.fields["middle_name"] ?? null,
        LastName: yield* need(connection, step, "last_name"),
        ExternalEmail: step.fields["email"] ?? null,
        UserName: yield* need(connection, step, "username"),
        RoleId: Number(role),
        IsActive: step.fields["is_active"] !== "false",
        SendCreationEmail: false,
        Pronouns: null
      }
    })
    return { ...result(created.UserId, true), isProven: true }
  })

  const update = Effect.fnUntraced(function* (given: WriteStep) {
    const id = yield* needRemoteId(connection, given)
    const step = spelledOut(given)
    const profile = touches(step, profileFields) ? yield* putProfile(step, id) : untouched
    const role = touches(step, ["role"]) ? yield* writeRole(step, id) : untouched
    return {
      ...result(id, profile.wrote || role.wrote, [...profile.leftAlone, ...role.leftAlone]),
      // The answer to a role names it; that to a profile names nothing.
      ...(role.wrote && !profile.wrote ? { isProven: true } : {})
    }
  })

  const putProfile = (step: WriteStep, id: string): Effect.Effect<Written, TargetError> => {
    const path = `/users/${id}`
    return rewrite(step, tenant.ask(User, { product: "lp", method: "GET", path }), userFields, (held, fields) =>
      tenant.tell({
        product: "lp",
        method: "PUT",
        path,
        // The whole block is replaced: what is not ours goes back as it came.
        body: {
          OrgDefinedId: fields["org_defined_id"],
          FirstName: fields["first_name"],
          MiddleName: fields["middle_name"],
          LastName: fields["last_name"],
          ExternalEmail: fields["email"],
          UserName: fields["username"],
          Activation: { IsActive: fields["is_active"] === "true" },
          Pronouns: held.Pronouns
        }
      })
    )
  }

  /** The present role is asked only where it matters: writing it again costs no more than looking. */
  const writeRole = Effect.fnUntraced(function* (step: WriteStep, id: string) {
    const role = step.fields["role"] ?? null
    if (role === null) return untouched
    if (step.action === "restore" && !step.changed.includes("role")) return untouched
    const wanted = yield* directory.roleId(role)
    const { id: organization } = yield* directory.organization
    if (step.action === "adopt" || (step.overwrite["role"] ?? "always") !== "always") {
      const held = yield* orMissing(
        tenant.ask(Enrollment, {
          product: "lp",
          method: "GET",
          path: `/enrollments/orgUnits/${organization}/users/${id}`
        })
      )
      const before = step.before["role"] ?? null
      const byId: WriteStep = {
        ...withFields(step, { role: wanted }),
        before: before === null ? {} : { role: yield* earlierRole(before) }
      }
      const decision = decide(byId, "role", held?.RoleId ?? null)
      if (decision === "leave") return { wrote: false, leftAlone: ["role"] }
      if (decision === "same") return untouched
    }
    yield* putEnrollment(tenant, organization, id, wanted)
    return { wrote: true, leftAlone: [] }
  })

  /** A role that the tenant no longer has is no id that it could hold. */
  const earlierRole = (role: string): Effect.Effect<string | null, TargetError> =>
    Effect.catchIf(
      directory.roleId(role) as Effect.Effect<string | null, TargetError>,
      (error) => error.reason === "Misconfigured",
      () => Effect.succeed(null)
    )

  const deactivate = Effect.fnUntraced(function* (step: WriteStep) {
    const id = yield* needRemoteId(connection, step)
    const path = `/users/${id}/activation`
    const { IsActive } = yield* tenant.ask(Activation, { product: "lp", method: "GET", path })
    if (IsActive) yield* tenant.tell({ product: "lp", method: "PUT", path, body: { IsActive: false } })
    return result(id, IsActive)
  })

  const perform: ResourceWriter["perform"] = (step) => {
    switch (step.action) {
      case "create":
        return create(step)
      case "adopt":
      case "update":
      case "restore":
        return update(step)
      case "deactivate":
        return deactivate(step)
      case "delete":
      case "unenroll":
        return unsupported(connection, step, "a person can be deactivated and nothing else")
    }
  }

  return {
    perform,
    reconcile: Effect.fn("brightspace.reconcile-user")(function* (step: WriteStep) {
      if (step.action !== "create") return yield* perform(step)
      const number = yield* need(connection, step, "org_defined_id")
      const username = yield* need(connection, step, "username")
      const exact = Effect.gen(function* () {
        const found = [...(yield* usersByOrgDefinedId(tenant, number)), ...(yield* usersByUsername(tenant, username))]
        return found
          .filter((user) => !merge({ ...spelledOut(step), overwrite: {} }, userFields(user)).differs)
          .map((user) => user.UserId)
      })
      return yield* settleCreate(connection, step, exact, create(step))
    })
  }
}

const profileFields = [
  "first_name",
  "middle_name",
  "last_name",
  "username",
  "email",
  "org_defined_id",
  "is_active"
] as const

/** A user by the names of the resource contract. */
export const userFields = (user: UserRecord): Readonly<Record<(typeof profileFields)[number], string | null>> => ({
  first_name: user.FirstName,
  middle_name: user.MiddleName,
  last_name: user.LastName,
  username: user.UserName,
  email: user.ExternalEmail,
  org_defined_id: user.OrgDefinedId,
  is_active: String(user.Activation.IsActive)
})

/**
 * `is_active` is true where left out, and a middle name that is left out stays as it is. Who comes back is active
 * again, whatever the policy: it was rollbook that deactivated them.
 */
const spelledOut = (step: WriteStep): WriteStep => {
  const fields: Record<string, string | null> = { ...step.fields }
  if ((fields["middle_name"] ?? null) === null) delete fields["middle_name"]
  const returns = step.action === "restore"
  if (returns || "is_active" in fields) fields["is_active"] ??= "true"
  return { ...step, fields, overwrite: returns ? { ...step.overwrite, is_active: "always" } : step.overwrite }
}
