import * as Effect from "effect/Effect"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import { orMissing, type Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { builtInTypes, orgUnitsBy } from "./lookup.ts"
import { decideRef, rewrite, untouched, withFields } from "./merge.ts"
import { addParent, parentsOf, removeParent } from "./parents.ts"
import { recycle, takeOutOfBin } from "./recycle-bin.ts"
import { need, needRemoteId, type ResourceWriter, result, settleCreate, unsupported } from "./resource.ts"
import { atLeast } from "./versions.ts"
import { CourseOffering, richTextInput } from "./wire.ts"

type Held = typeof CourseOffering.Type

/**
 * Course offerings. Routes: `courses/`; template and semester are not part of its PUT and change by way of the parents
 * in `orgstructure/`. An offering that is no longer wanted is deactivated or recycled, never deleted.
 */
export const offeringWriter = (tenant: Tenant, directory: Directory): ResourceWriter => {
  const connection = tenant.connection.name

  const read = (id: string): Effect.Effect<Held, TargetError> =>
    tenant.ask(CourseOffering, { product: "lp", method: "GET", path: `/courses/${id}` })

  const put = Effect.fnUntraced(function* (held: Held, fields: Readonly<Record<string, string | null>>) {
    const { lp = "" } = yield* tenant.versions
    yield* tenant.tell({
      product: "lp",
      method: "PUT",
      path: `/courses/${held.Identifier}`,
      // The whole block is replaced: what is not ours goes back as it came.
      body: {
        Name: fields["name"],
        Code: fields["code"],
        StartDate: fields["start_date"],
        EndDate: fields["end_date"],
        IsActive: fields["is_active"] === "true",
        Description: richTextInput(held.Description),
        CanSelfRegister: held.CanSelfRegister,
        ...(atLeast(lp, "1.54")
          ? { LocaleId: held.LocaleId, ForceLocale: held.ForceLocale, ShowAddressBook: held.ShowAddressBook }
          : {})
      }
    })
  })

  const create = Effect.fnUntraced(function* (given: WriteStep) {
    const step = spelledOut(given)
    const { lp = "" } = yield* tenant.versions
    const semester = step.fields["semester"] ?? null
    const isActive = step.fields["is_active"] !== "false"
    const created = yield* tenant.ask(CourseOffering, {
      product: "lp",
      method: "POST",
      path: "/courses/",
      body: {
        Name: yield* need(connection, step, "name"),
        Code: yield* need(connection, step, "code"),
        Path: "",
        CourseTemplateId: Number(yield* need(connection, step, "template")),
        SemesterId: semester === null ? null : Number(semester),
        StartDate: step.fields["start_date"] ?? null,
        EndDate: step.fields["end_date"] ?? null,
        LocaleId: null,
        ForceLocale: false,
        ShowAddressBook: false,
        Description: richTextInput(null),
        CanSelfRegister: false,
        ...(atLeast(lp, "1.59") ? { IsActive: isActive } : {})
      }
    })
    if (created.IsActive === isActive) return { ...result(created.Identifier, true), isProven: true }
    // Before lp 1.59 the tenant decides. The offering stands: if this fails, the step must not be sent again.
    const switched = yield* Effect.either(put(created, { ...heldFields(created), is_active: String(isActive) }))
    return {
      ...result(created.Identifier, true, switched._tag === "Left" ? ["is_active"] : []),
      isProven: true
    }
  })

  const update = Effect.fnUntraced(function* (given: WriteStep) {
    const id = yield* needRemoteId(connection, given)
    const step = spelledOut(given)
    const returned = step.action === "restore" ? yield* bringBack(id) : { held: yield* read(id), wrote: false }
    const held = returned.held
    const block = yield* rewrite(step, Effect.succeed(held), heldFields, put)
    const template = yield* moveLink(step, id, "template", held.CourseTemplate?.Identifier ?? null)
    const semester = yield* moveLink(step, id, "semester", held.Semester?.Identifier ?? null)
    return result(id, returned.wrote || block.wrote || template.wrote || semester.wrote, [
      ...block.leftAlone,
      ...template.leftAlone,
      ...semester.leftAlone
    ])
  })

  /** It went by deactivation or into the recycle bin: which, the tenant knows. */
  const bringBack = Effect.fnUntraced(function* (id: string) {
    const held = yield* orMissing(read(id))
    if (held !== null && !held.IsActive) return { held, wrote: false }
    const wrote = yield* takeOutOfBin(tenant, id)
    return { held: held === null || wrote ? yield* read(id) : held, wrote }
  })

  const moveLink = Effect.fnUntraced(function* (
    step: WriteStep,
    id: string,
    field: "template" | "semester",
    held: string | null
  ) {
    if (!(field in step.fields)) return untouched
    const wanted = step.fields[field] ?? null
    // An offering always has a template.
    if (wanted === null && field === "template") return untouched
    const decision = decideRef(step, field, held)
    if (decision === "leave") return { wrote: false, leftAlone: [field] }
    if (decision === "same") return yield* leaveEarlier(step, id, field)
    if (wanted !== null) yield* addParent(tenant, id, wanted)
    if (held !== null) yield* removeParent(tenant, id, held)
    return { wrote: true, leftAlone: [] }
  })

  /**
   * A move that was cut short after the new parent was added left the earlier one as well, and the tenant shows but one
   * of two.
   */
  const leaveEarlier = Effect.fnUntraced(function* (step: WriteStep, id: string, field: "template" | "semester") {
    if (step.action === "adopt" || !step.changed.includes(field)) return untouched
    const parents = yield* parentsOf(tenant, id)
    const wanted = parents.find((parent) => parent.Identifier === step.fields[field])
    const others = parents.filter((parent) => parent !== wanted && parent.Type.Id === wanted?.Type.Id)
    yield* Effect.forEach(others, (parent) => removeParent(tenant, id, parent.Identifier))
    return { wrote: others.length > 0, leftAlone: [] }
  })

  const deactivate = Effect.fnUntraced(function* (step: WriteStep) {
    const id = yield* needRemoteId(connection, step)
    const held = yield* read(id)
    if (held.IsActive) yield* put(held, { ...heldFields(held), is_active: "false" })
    return result(id, held.IsActive)
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
        return recycle(tenant, step)
      case "unenroll":
        return unsupported(connection, step, "a course offering can be deactivated or recycled")
    }
  }

  return {
    perform,
    reconcile: Effect.fn("brightspace.reconcile-offering")(function* (step: WriteStep) {
      if (step.action !== "create") return yield* perform(step)
      const code = yield* need(connection, step, "code")
      const exact = Effect.gen(function* () {
        const found: Array<string> = []
        for (const unit of yield* orgUnitsBy({
          tenant,
          directory,
          type: builtInTypes.course_offering,
          filter: "exactOrgUnitCode",
          value: code
        })) {
          if (unit.Name !== step.fields["name"] || unit.Code !== code) continue
          const held = yield* read(unit.Identifier)
          if (
            (held.CourseTemplate?.Identifier ?? null) === (step.fields["template"] ?? null) &&
            (held.Semester?.Identifier ?? null) === (step.fields["semester"] ?? null)
          ) {
            found.push(unit.Identifier)
          }
        }
        return found
      })
      const settled = yield* settleCreate(connection, step, exact, create(step))
      if (settled.wrote) return settled
      // A create may end in a second request, which may not have been sent either.
      return yield* update({ ...step, action: "adopt", remoteId: settled.remoteId, overwrite: {} })
    })
  }
}

const heldFields = (held: Held): Readonly<Record<string, string | null>> => ({
  name: held.Name,
  code: held.Code,
  start_date: instant(held.StartDate),
  end_date: instant(held.EndDate),
  is_active: String(held.IsActive)
})

/** As `heldFields`, with what it stands in. */
export const offeringFields = (held: Held): Readonly<Record<string, string | null>> => ({
  ...heldFields(held),
  template: held.CourseTemplate?.Identifier ?? null,
  semester: held.Semester?.Identifier ?? null
})

/** Instants as the tenant spells them, `is_active` true where left out; what comes back is active whatever was there. */
export const spelledOut = (step: WriteStep): WriteStep => {
  const fields: Record<string, string | null> = {}
  for (const field of ["start_date", "end_date"]) {
    if (field in step.fields) fields[field] = instant(step.fields[field] ?? null)
  }
  const returns = step.action === "restore"
  if (returns || "is_active" in step.fields) fields["is_active"] = step.fields["is_active"] ?? "true"
  const before: Record<string, string | null> = { ...step.before }
  for (const field of ["start_date", "end_date"]) {
    if (field in before) before[field] = instant(before[field] ?? null)
  }
  const overwrite = returns ? { ...step.overwrite, is_active: "always" as const } : step.overwrite
  return { ...withFields(step, fields), before, overwrite }
}

/** `2026-08-17 05:00:00` and `2026-08-17T05:00:00Z` are one instant, in UTC; what is not an instant stays for the tenant to refuse. */
const instant = (text: string | null): string | null => {
  if (text === null || text === "") return null
  const iso = text
    .trim()
    .replace(" ", "T")
    .replace(/(T.*[+-]\d{2})$/, "$1:00")
  const isLocal = iso.includes("T") && !/(Z|[+-]\d{2}:?\d{2})$/i.test(iso)
  const milliseconds = Date.parse(isLocal ? `${iso}Z` : iso)
  return Number.isNaN(milliseconds) ? text : new Date(milliseconds).toISOString()
}
