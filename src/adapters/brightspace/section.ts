import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { builtInTypes } from "./lookup.ts"
import { namesOf, rewrite } from "./merge.ts"
import { onceEach } from "./once.ts"
import { parentsOf } from "./parents.ts"
import { recyclable, takeOutOfBin } from "./recycle-bin.ts"
import { need, needRemoteId, type ResourceWriter, result, settleCreate, unsupported } from "./resource.ts"
import { richTextInput, Section } from "./wire.ts"

/**
 * How an offering's sections are set up before the first one: nobody is put into one by the tenant itself. The API has
 * no style without automatic enrollment, and one large section is the least that the style could make.
 */
const rosteredSections = {
  EnrollmentStyle: 1,
  EnrollmentQuantity: 1000,
  AutoEnroll: false,
  RandomizeEnrollments: false,
  DescriptionsVisibleToEnrollees: false
}

/** Sections of offerings. Routes: `{offering}/sections/`; removal by the recycle bin, for a section is an org unit. */
export const sectionWriter = (tenant: Tenant, directory: Directory): ResourceWriter => {
  const connection = tenant.connection.name
  const initialise = Effect.fnUntraced(function* (offering: string) {
    const settings = yield* orMissing(
      tenant.ask(Schema.Object, { product: "lp", method: "GET", path: `/${offering}/sections/settings` })
    )
    if (settings === null) {
      yield* tenant.tell({ product: "lp", method: "PUT", path: `/${offering}/sections/`, body: rosteredSections })
    }
  })

  /** Once per offering, however many of its sections are made side by side. */
  const setUp = onceEach(initialise)

  const create = Effect.fnUntraced(function* (step: WriteStep) {
    const offering = yield* need(connection, step, "offering")
    yield* setUp(offering)
    const created = yield* tenant.ask(Section, {
      product: "lp",
      method: "POST",
      path: `/${offering}/sections/`,
      body: {
        Name: yield* need(connection, step, "name"),
        Code: yield* need(connection, step, "code"),
        Description: richTextInput(null)
      }
    })
    return { ...result(created.SectionId, true), isProven: true }
  })

  const update = Effect.fnUntraced(function* (step: WriteStep) {
    const id = yield* needRemoteId(connection, step)
    const restored = step.action === "restore" && (yield* takeOutOfBin(tenant, id))
    const { path, held } = yield* read(step, id)
    const named = yield* rewrite(step, Effect.succeed(held), namesOf, ({ Description }, fields) =>
      tenant.tell({
        product: "lp",
        method: "PUT",
        path,
        body: { Name: fields["name"], Code: fields["code"], Description: richTextInput(Description) }
      })
    )
    return result(id, restored || named.wrote, named.leftAlone)
  })

  const read = Effect.fnUntraced(function* (step: WriteStep, id: string) {
    const offering = yield* need(connection, step, "offering")
    const under = (parent: string): string => `/${parent}/sections/${id}`
    const ask = (path: string): Effect.Effect<typeof Section.Type, TargetError> =>
      tenant.ask(Section, { product: "lp", method: "GET", path })
    const there = yield* orMissing(ask(under(offering)))
    if (there !== null) return { path: under(offering), held: there }
    // Courses can be merged on the tenant: the section then lives on in another offering.
    const type = yield* directory.typeId(builtInTypes.course_offering)
    const other = (yield* orMissing(parentsOf(tenant, id, type)))?.find((parent) => parent.Identifier !== offering)
    if (other === undefined) return { path: under(offering), held: yield* ask(under(offering)) }
    if (step.action === "adopt" || step.changed.includes("offering")) {
      return yield* unsupported(
        connection,
        step,
        "the section stands in another offering, and the tenant has no way to move it"
      )
    }
    return { path: under(other.Identifier), held: yield* ask(under(other.Identifier)) }
  })

  const perform = recyclable(tenant, "a section", create, update)

  return {
    perform,
    reconcile: Effect.fn("brightspace.reconcile-section")(function* (step: WriteStep) {
      if (step.action !== "create") return yield* perform(step)
      const offering = yield* need(connection, step, "offering")
      const sections = orMissing(
        tenant.ask(Schema.Array(Section), { product: "lp", method: "GET", path: `/${offering}/sections/` })
      )
      const exact = Effect.map(sections, (all) =>
        (all ?? [])
          .filter((section) => section.Name === step.fields["name"] && section.Code === step.fields["code"])
          .map((section) => section.SectionId)
      )
      return yield* settleCreate(connection, step, exact, create(step))
    })
  }
}
