import { foldName } from "../../core/fold.ts"
import type { Standing } from "../../core/ports/people.ts"
import type { LtiRegistration } from "../../pipeline/access-settings.ts"
import type { Session } from "../access/session.ts"
import type { Launch } from "./verify.ts"

/**
 * What a launched person may: by the roles that they hold, as the learning platform says when it is asked, and by nothing
 * that the launch claims. Whoever holds no role that is named has no right.
 */
export const grantOf = (
  { rolesInCourse, rolesInOrganization }: Pick<LtiRegistration, "rolesInCourse" | "rolesInOrganization">,
  { course, language, name, subject }: Launch,
  { roleInCourse, roleInOrganization, userName }: Standing
): Omit<Session, "startedAt" | "expiresAt"> => ({
  who: userName ?? `user ${subject}`,
  name,
  by: "lti",
  rights: rightsOf(rolesInOrganization, roleInOrganization),
  course:
    course === null
      ? null
      : { orgUnit: course.id, title: course.title, role: roleInCourse, rights: rightsOf(rolesInCourse, roleInCourse) },
  language
})

const rightsOf = <R>(roles: Readonly<Record<string, ReadonlyArray<R>>>, held: string | null): ReadonlyArray<R> =>
  held === null
    ? []
    : [...new Set(Object.entries(roles).flatMap(([role, rights]) => (foldName(role) === foldName(held) ? rights : [])))]
