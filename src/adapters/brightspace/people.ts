import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { People, Standing } from "../../core/ports/people.ts"
import type { TargetError } from "../../core/ports/target.ts"
import { makeTenant, orMissing } from "./client.ts"
import { makeDirectory } from "./directory.ts"
import { roleHeld } from "./enrollment.ts"
import type { BrightspaceConnection } from "./settings.ts"
import { User } from "./wire.ts"
import type { Doing } from "../../core/doing.ts"

/**
 * Roles of people, asked one at a time. Routes: GET `users/{user}`, GET `enrollments/orgUnits/{org unit}/users/{user}`, which
 * answers 404 where there is no enrollment.
 */
export const makePeople = Effect.fn("brightspace.people")(function* (
  connection: BrightspaceConnection
): Doing<People, TargetError, Scope.Scope> {
  // The hours of its budget are those of runs: a person who waits for a page is not kept waiting for them.
  const tenant = yield* makeTenant(connection, "UTC")
  const directory = makeDirectory(tenant)
  const roleIn = Effect.fnUntraced(function* (orgUnit: string, user: string) {
    const held = yield* roleHeld(tenant, orgUnit, user)
    if (held === null) return null
    return (yield* directory.roles).find(({ id }) => id === held)?.name ?? null
  })
  return {
    standing: Effect.fn("brightspace.standing")(function* (subject: string, course: string | null) {
      const user = userOf(subject)
      if (user === null) return null
      const found = yield* orMissing(tenant.ask(User, { product: "lp", method: "GET", path: `/users/${user}` }))
      if (found === null) return null
      const { id: organization } = yield* directory.organization
      const isOpen = found.Activation.IsActive
      return {
        userName: found.UserName,
        roleInOrganization: isOpen ? yield* roleIn(organization, user) : null,
        roleInCourse: isOpen && course !== null && isId(course) ? yield* roleIn(course, user) : null
      } satisfies Standing
    })
  }
})

/** The `sub` of a launch is `{guid of the tenant}_{user id}`. */
const userOf = (subject: string): string | null => /_(\d{1,18})$/.exec(subject)?.[1] ?? null

const isId = (text: string): boolean => /^\d{1,18}$/.test(text)
