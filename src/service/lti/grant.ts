import { foldName } from "../../core/fold.ts"
import type { Standing } from "../../core/ports/people.ts"
import type { LtiRegistration } from "../../pipeline/access-settings.ts"
import type { CourseRight, Right } from "../../pipeline/rights.ts"
import type { NewSession } from "../access/session.ts"
import type { Launch } from "./verify.ts"

/**
 * Rights of a launched person: by the roles that they hold, as the learning platform says when it is asked, and by nothing
 * that the launch claims. Whoever holds no role that is named has no right.
 */
export const grantOf = (
  registration: LtiRegistration,
  { course, language, name, subject }: Launch,
  standing: Standing
): NewSession & { readonly by: "lti" } => {
  const { everywhere, inCourse } = rightsIn(registration, standing)
  return {
    who: standing.userName ?? `user ${subject}`,
    name,
    by: "lti",
    rights: everywhere,
    course:
      course === null
        ? null
        : { orgUnit: course.id, title: course.title, role: standing.roleInCourse, rights: inCourse },
    language,
    launched: { issuer: registration.issuer, clientId: registration.clientId, subject }
  }
}

/** The rights of the roles that a person holds. */
export const rightsIn = (
  { rolesInCourse, rolesInOrganization }: Pick<LtiRegistration, "rolesInCourse" | "rolesInOrganization">,
  { roleInCourse, roleInOrganization }: Standing
): { readonly everywhere: ReadonlyArray<Right>; readonly inCourse: ReadonlyArray<CourseRight> } => ({
  everywhere: rightsOf(rolesInOrganization, roleInOrganization),
  inCourse: rightsOf(rolesInCourse, roleInCourse)
})

const rightsOf = <R>(roles: Readonly<Record<string, ReadonlyArray<R>>>, held: string | null): ReadonlyArray<R> =>
  held === null
    ? []
    : [...new Set(Object.entries(roles).flatMap(([role, rights]) => (foldName(role) === foldName(held) ? rights : [])))]
