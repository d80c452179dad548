import * as Effect from "effect/Effect"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import type { Tenant } from "./client.ts"
import type { Directory } from "./directory.ts"
import { orgUnitsBy } from "./lookup.ts"
import { namesOf, rewrite, type Written, untouched } from "./merge.ts"
import { parentsOf, moveUnderParent } from "./parents.ts"
import { recyclable, takeOutOfBin } from "./recycle-bin.ts"
import { need, needRemoteId, type ResourceWriter, result, settleCreate, touches, unsupported } from "./resource.ts"
import { Created, OrgUnitProperties } from "./wire.ts"

/**
 * Org units above the templates, and semesters. Routes: `orgstructure/`, its parents and its recycle bin. Semesters
 * have no dates here: the API has no field for them.
 */
export const orgUnitWriter = (tenant: Tenant, directory: Directory): ResourceWriter => {
  const connection = tenant.connection.name

  const parentOf = (step: WriteStep): Effect.Effect<string, TargetError> => {
    const parent = step.fields["parent"] ?? null
    return parent === null ? Effect.map(directory.organization, ({ id }) => id) : Effect.succeed(parent)
  }

  const typeOf = (step: WriteStep): Effect.Effect<string, TargetError> =>
    step.type === null ? unsupported(connection, step, "an org unit needs a type") : Effect.succeed(step.type)

  const create = Effect.fnUntraced(function* (step: WriteStep) {
    const type = yield* Effect.flatMap(typeOf(step), directory.typeId)
    const created = yield* tenant.ask(Created, {
      product: "lp",
      method: "POST",
      path: "/orgstructure/",
      body: {
        Type: Number(type),
        Name: yield* need(connection, step, "name"),
        Code: yield* need(connection, step, "code"),
        Parents: [Number(yield* parentOf(step))]
      }
    })
    return { ...result(created.Identifier, true), isProven: true }
  })

  const update = Effect.fnUntraced(function* (step: WriteStep) {
    const id = yield* needRemoteId(connection, step)
    const restored = step.action === "restore" && (yield* takeOutOfBin(tenant, id))
    const renamed = touches(step, ["name", "code"]) ? yield* rename(step, id) : untouched
    const moved = yield* moveUnderParent(tenant, step, id, yield* parentOf(step))
    return result(id, restored || renamed.wrote || moved.wrote, [...renamed.leftAlone, ...moved.leftAlone])
  })

  const rename = (step: WriteStep, id: string): Effect.Effect<Written, TargetError> => {
    const path = `/orgstructure/${id}`
    return rewrite(
      step,
      tenant.ask(OrgUnitProperties, { product: "lp", method: "GET", path }),
      namesOf,
      (held, fields) =>
        tenant.tell({
          product: "lp",
          method: "PUT",
          path,
          // Path and type must be sent, though only name, code and path are looked at.
          body: {
            Identifier: held.Identifier,
            Name: fields["name"],
            Code: fields["code"],
            Path: held.Path,
            Type: { ...held.Type, Id: Number(held.Type.Id) }
          }
        })
    )
  }

  const perform = recyclable(tenant, "an org unit", create, update)

  return {
    perform,
    reconcile: Effect.fn("brightspace.reconcile-org-unit")(function* (step: WriteStep) {
      if (step.action !== "create") return yield* perform(step)
      const exact = exactUnits({
        tenant,
        directory,
        type: yield* typeOf(step),
        name: yield* need(connection, step, "name"),
        code: yield* need(connection, step, "code"),
        parentId: yield* parentOf(step)
      })
      return yield* settleCreate(connection, step, exact, create(step))
    })
  }
}

/** Ids of the org units of a type that carry exactly this name and code and stand under this parent. */
export const exactUnits = Effect.fn("brightspace.exact-units")(function* ({
  tenant,
  directory,
  type,
  name,
  code,
  parentId
}: {
  readonly tenant: Tenant
  readonly directory: Directory
  readonly type: string
  readonly name: string
  readonly code: string
  readonly parentId: string
}) {
  const exact: Array<string> = []
  for (const unit of yield* orgUnitsBy({ tenant, directory, type, filter: "exactOrgUnitCode", value: code })) {
    if (unit.Name !== name || unit.Code !== code) continue
    const parents = yield* parentsOf(tenant, unit.Identifier)
    if (parents.some((parent) => parent.Identifier === parentId)) exact.push(unit.Identifier)
  }
  return exact
})
