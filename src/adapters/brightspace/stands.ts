import * as Effect from "effect/Effect"
import type { TargetWriterService, WriteStep } from "../../ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { offeringFields, spelledOut } from "./offering.ts"
import { parentsOf } from "./parents.ts"
import { userFields } from "./user.ts"
import { CourseOffering, Enrollment, OrgUnitProperties, User } from "./wire.ts"

type Fields = Readonly<Record<string, string | null>>

/**
 * Reads back what a tenant answers without naming it: changes of people, org units and offerings, places in sections, and
 * what was ended. Relationships and the recycle bin cannot be asked. What cannot be read is not known.
 */
export const standsAt = (tenant: Tenant, directory: Directory): NonNullable<TargetWriterService["stands"]> => {
  const read: typeof tenant.ask = (schema, request) => tenant.ask(schema, request)

  const looked = Effect.fnUntraced(function* (step: WriteStep, id: string) {
    switch (step.resource) {
      case "user": {
        const user = yield* read(User, { product: "lp", method: "GET", path: `/users/${id}` })
        return step.action === "deactivate" ? !user.Activation.IsActive : arrived(step, userFields(user))
      }
      case "course_offering": {
        if (step.action === "delete") return null
        const held = yield* read(CourseOffering, { product: "lp", method: "GET", path: `/courses/${id}` })
        return step.action === "deactivate" ? !held.IsActive : arrived(spelledOut(step), offeringFields(held))
      }
      case "org_unit":
      case "course_template":
      case "section": {
        if (step.action === "delete") return null
        const unit = yield* read(OrgUnitProperties, { product: "lp", method: "GET", path: `/orgstructure/${id}` })
        const named = arrived(step, { name: unit.Name, code: unit.Code })
        if (named !== null || !step.changed.includes("parent")) return named
        const parent = step.fields["parent"] ?? (yield* directory.organization).id
        return (yield* parentsOf(tenant, id)).some((one) => one.Identifier === parent)
      }
      case "enrollment":
      case "section_enrollment":
        return yield* enrolled(step, id)
      default:
        return null
    }
  })

  /** A role that comes down from above is shown as one held here: of what was ended, only the role that it had counts. */
  const enrolled = Effect.fnUntraced(function* (step: WriteStep, id: string) {
    const [orgUnit = "", user = ""] = id.split("/")
    const path = `/enrollments/orgUnits/${orgUnit}/users/${user}`
    const held = yield* orMissing(read(Enrollment, { product: "lp", method: "GET", path }))
    const isEnd = step.action === "unenroll"
    const role = step.fields["role"] ?? null
    if (held === null) return isEnd
    if (role === null) return isEnd ? null : true
    const isIt = held.RoleId === (yield* directory.roleId(role))
    return isEnd ? !isIt : isIt
  })

  return (step, remoteId) => Effect.catchAll(looked(step, remoteId), () => Effect.succeed(null))
}

/** Whether anything of what a step changes stands; null where none of it can be seen. Servers may spell a value their way. */
const arrived = (step: WriteStep, held: Fields): boolean | null => {
  if (step.action === "restore" && held["is_active"] === "false") return false
  const seen = step.changed.filter(
    (field) => field in held && field in step.fields && (step.overwrite[field] ?? "always") === "always"
  )
  return seen.length === 0 ? null : seen.some((field) => (held[field] ?? "") === (step.fields[field] ?? ""))
}
