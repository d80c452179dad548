import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { TargetWriterService, WriteStep } from "../../core/ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { builtInTypes } from "./lookup.ts"
import { offeringFields, spelledOut } from "./offering.ts"
import { parentsOf } from "./parents.ts"
import { userFields } from "./user.ts"
import { CourseOffering, Enrollment, Id, OrgUnitProperties, SectionPeople, User } from "./wire.ts"

type Fields = Readonly<Record<string, string | null>>

/**
 * Reads back what a tenant answers without naming it: changes of people, org units and offerings, places in sections, and
 * what was ended, the recycle bin and relationships. What cannot be read is not known: an empty list of the recycle bin, of
 * auditees or of relationships is what a role sees that may not look, and D2L does not publish the fields of the last.
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
        if (step.action === "delete") return yield* recycled(id)
        const held = yield* read(CourseOffering, { product: "lp", method: "GET", path: `/courses/${id}` })
        return step.action === "deactivate" ? !held.IsActive : arrived(spelledOut(step), offeringFields(held))
      }
      case "org_unit":
      case "course_template":
      case "section": {
        if (step.action === "delete") return yield* recycled(id)
        const unit = yield* read(OrgUnitProperties, { product: "lp", method: "GET", path: `/orgstructure/${id}` })
        const named = arrived(step, { name: unit.Name, code: unit.Code })
        if (named !== null || !step.changed.includes("parent")) return named
        const parent = step.fields["parent"] ?? (yield* directory.organization).id
        return (yield* parentsOf(tenant, id)).some((one) => one.Identifier === parent)
      }
      case "enrollment":
      case "section_enrollment":
        return yield* enrolled(step, id)
      case "parent_relationship":
        return yield* related(step, id)
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
    if (role === null) return isEnd ? yield* hasLeft(orgUnit, user) : true
    const isIt = held.RoleId === (yield* directory.roleId(role))
    return isEnd ? !isIt : isIt
  })

  /** A section shows its own people; who has a place above is shown in it as well, by a role that comes down. */
  const hasLeft = Effect.fnUntraced(function* (section: string, user: string) {
    const type = yield* directory.typeId(builtInTypes.course_offering)
    const [offering] = yield* parentsOf(tenant, section, type)
    if (offering === undefined) return null
    const path = `/${offering.Identifier}/sections/${section}`
    const { Enrollments: people } = yield* read(SectionPeople, { product: "lp", method: "GET", path })
    return people === null ? null : !people.includes(user)
  })

  /** An org unit in the bin is recycled; one that is in no bin that shows anything, and can be read, is not. */
  const recycled = Effect.fnUntraced(function* (id: string) {
    const isIt = (one: typeof Recycled.Type): boolean => one.Identifier === id
    const bin = yield* tenant.askPages(
      Recycled,
      { product: "lp", method: "GET", path: "/orgstructure/recyclebin/" },
      (page) => page.some(isIt)
    )
    if (bin.some(isIt)) return true
    if (bin.length === 0) return null
    const path = `/orgstructure/${id}`
    return (yield* orMissing(read(OrgUnitProperties, { product: "lp", method: "GET", path }))) === null
  })

  const related = Effect.fnUntraced(function* (step: WriteStep, id: string) {
    const [parent = "", student = ""] = id.split("/")
    const { childField, parentField, route } = tenant.connection.relationships
    if (route === "off") return null
    const path = route === "bfp" ? `/relationships/${parent}` : `/auditing/auditors/${parent}/auditees/`
    const product = route === "bfp" ? "bfp" : "le"
    const listed = yield* read(Schema.Array(Member), { product, method: "GET", path })
    const pairs = listed.flatMap((one) => {
      const child = idIn(route === "bfp" ? one[childField] : (one["Identifier"] ?? one["UserId"]))
      const by = route === "bfp" ? idIn(one[parentField]) : parent
      return child === null || by === null ? [] : [`${by}/${child}`]
    })
    // Fields of other names say nothing of who is tied to whom.
    if (pairs.length < listed.length || listed.length === 0) return null
    return pairs.includes(`${parent}/${student}`) !== (step.action === "delete")
  })

  return (step, remoteId) => Effect.catchAll(looked(step, remoteId), () => Effect.succeed(null))
}

const Recycled = Schema.Struct({ Identifier: Id })

/** One of a list, of which not all is published. */
const Member = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const idIn = (value: unknown): string | null => Option.getOrNull(Schema.decodeUnknownOption(Id)(value))

/** Whether anything of what a step changes stands; null where none of it can be seen. Servers may spell a value their way. */
const arrived = (step: WriteStep, held: Fields): boolean | null => {
  if (step.action === "restore" && held["is_active"] === "false") return false
  const seen = step.changed.filter(
    (field) => field in held && field in step.fields && (step.overwrite[field] ?? "always") === "always"
  )
  return seen.length === 0 ? null : seen.some((field) => (held[field] ?? "") === (step.fields[field] ?? ""))
}
