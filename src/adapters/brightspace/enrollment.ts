import * as Effect from "effect/Effect"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { builtInTypes } from "./lookup.ts"
import { parentsOf } from "./parents.ts"
import { need, needRemoteId, type ResourceWriter, result, unsupported } from "./resource.ts"
import { Enrollment, UserOrgUnit } from "./wire.ts"

/** Said of an enrollment that stays because a person made it. */
export const byHand = "enrolled by hand"

/**
 * Enrollments in org units and offerings, remote id `{org unit}/{user}`. Route: POST `enrollments/`, which makes one or
 * changes its role: one request, and repeatable. Cascading roles are left out when the plan is made.
 */
export const enrollmentWriter = (tenant: Tenant, directory: Directory): ResourceWriter => {
  const connection = tenant.connection.name

  const enroll = Effect.fnUntraced(function* (step: WriteStep) {
    const orgUnit = yield* need(connection, step, "org_unit")
    const user = yield* need(connection, step, "user")
    const role = yield* Effect.flatMap(need(connection, step, "role"), directory.roleId)
    const id = `${orgUnit}/${user}`
    const wrote = yield* putEnrollment(tenant, orgUnit, user, role).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => error.reason === "Conflict",
        (conflict) =>
          // Some tenants are said to refuse a second enrollment: with the same role it is the one wanted.
          Effect.flatMap(roleHeld(tenant, orgUnit, user), (held) =>
            held === role ? Effect.succeed(false) : Effect.fail(conflict)
          )
      )
    )
    yield* leaveFormer(tenant, directory, step, id)
    return { ...result(id, wrote), isProven: true }
  })

  const perform = performer(tenant, directory, enroll, "an enrollment can be ended by unenrolling and nothing else")
  return { perform, reconcile: perform }
}

/**
 * Enrolls a person, or changes the role, in one request, which is repeatable. The answer names place, person and role;
 * where it does not, the enrollment is read back, and if it does not stand, the answer is none (`Malformed`).
 */
export const putEnrollment = (
  tenant: Tenant,
  orgUnit: string,
  user: string,
  role: string
): Effect.Effect<void, TargetError> => {
  const sent = tenant.ask(
    Enrollment,
    {
      product: "lp",
      method: "POST",
      path: "/enrollments/",
      body: { OrgUnitId: Number(orgUnit), UserId: Number(user), RoleId: Number(role) },
      // Another role replaces the one before it, the same one changes nothing.
      idempotent: true
    },
    (held) => held.OrgUnitId === orgUnit && held.UserId === user && held.RoleId === role
  )
  return Effect.asVoid(sent).pipe(
    Effect.catchIf(
      (error) => error.reason === "Malformed",
      (error) =>
        Effect.flatMap(Effect.either(roleHeld(tenant, orgUnit, user)), (held) =>
          held._tag === "Right" && held.right === role ? Effect.void : Effect.fail(error)
        )
    )
  )
}

/** Id of the role that a person has in an org unit; null where the person has none. */
export const roleHeld = (tenant: Tenant, orgUnit: string, user: string): Effect.Effect<string | null, TargetError> =>
  Effect.map(
    orMissing(
      tenant.ask(Enrollment, { product: "lp", method: "GET", path: `/enrollments/orgUnits/${orgUnit}/users/${user}` })
    ),
    (held) => held?.RoleId ?? null
  )

/**
 * Enrollments in sections, remote id `{section}/{user}`. Route: POST `{offering}/sections/{section}/enrollments/`, for
 * people who are in the offering already. The API has no way out of a section but that out of any org unit.
 */
export const sectionEnrollmentWriter = (tenant: Tenant, directory: Directory): ResourceWriter => {
  const connection = tenant.connection.name

  const enroll = Effect.fnUntraced(function* (step: WriteStep) {
    const section = yield* need(connection, step, "section")
    const user = yield* need(connection, step, "user")
    const id = `${section}/${user}`
    const offering = yield* offeringOf(step, section)
    const wrote = yield* tenant
      .tell({
        product: "lp",
        method: "POST",
        path: `/${offering}/sections/${section}/enrollments/`,
        body: { UserId: Number(user) },
        idempotent: true
      })
      .pipe(
        Effect.as(true),
        Effect.catchIf(
          (error) => error.reason === "Conflict",
          () => Effect.succeed(false)
        )
      )
    yield* leaveFormer(tenant, directory, step, id)
    return result(id, wrote)
  })

  /** The enrollment that stands first says which offering; without one the section is asked. */
  const offeringOf = Effect.fnUntraced(function* (step: WriteStep, section: string) {
    const [offering = ""] = (step.fields["enrollment"] ?? "").split("/")
    if (offering !== "") return offering
    const type = yield* directory.typeId(builtInTypes.course_offering)
    const [parent] = yield* parentsOf(tenant, section, type)
    return parent?.Identifier ?? (yield* unsupported(connection, step, "the section stands in no offering"))
  })

  const perform = performer(tenant, directory, enroll, "a section is left by unenrolling and in no other way")
  return { perform, reconcile: perform }
}

const performer =
  (
    tenant: Tenant,
    directory: Directory,
    enroll: ResourceWriter["perform"],
    otherwise: string
  ): ResourceWriter["perform"] =>
  (step) => {
    switch (step.action) {
      case "create":
      case "adopt":
      case "update":
      case "restore":
        return enroll(step)
      case "unenroll":
        return unenroll(tenant, directory, step)
      case "deactivate":
      case "delete":
        return unsupported(tenant.connection.name, step, otherwise)
    }
  }

const unenroll = Effect.fn("brightspace.unenroll")(function* (tenant: Tenant, directory: Directory, step: WriteStep) {
  const id = yield* needRemoteId(tenant.connection.name, step)
  const end = yield* endEnrollment(tenant, directory, id)
  return result(id, end === "ended", end === "by hand" ? [byHand] : [])
})

/** Ends the enrollment that a record was before it moved to another org unit or person. */
const leaveFormer = (
  tenant: Tenant,
  directory: Directory,
  step: WriteStep,
  id: string
): Effect.Effect<void, TargetError> =>
  step.action !== "update" || step.remoteId === null || step.remoteId === id
    ? Effect.void
    : Effect.asVoid(endEnrollment(tenant, directory, step.remoteId))

/**
 * Ends an enrollment unless somebody else made it. A listing that does not show it says nothing about who did: the
 * tenant shows an empty one to roles that may not look.
 */
const endEnrollment = Effect.fn("brightspace.end-enrollment")(function* (
  tenant: Tenant,
  directory: Directory,
  remoteId: string
) {
  const [orgUnit = "", user = ""] = remoteId.split("/")
  const isIt = (one: typeof UserOrgUnit.Type): boolean => one.OrgUnit.Id === orgUnit
  const listed = yield* orMissing(
    tenant.askPages(
      UserOrgUnit,
      { product: "lp", method: "GET", path: `/enrollments/users/${user}/orgUnits/` },
      (page) => page.some(isIt)
    )
  )
  const enrolledBy = listed?.find(isIt)?.EnrolledByUserId ?? null
  const isOurs =
    enrolledBy === null || enrolledBy === tenant.connection.bulk?.enrolledBy || enrolledBy === (yield* directory.me)
  if (!isOurs) return "by hand"
  return yield* tenant
    .tell({ product: "lp", method: "DELETE", path: `/enrollments/orgUnits/${orgUnit}/users/${user}` })
    .pipe(
      Effect.as("ended" as const),
      Effect.catchIf(
        (error) => error.reason === "NotFound",
        () => Effect.succeed("gone" as const)
      )
    )
})
