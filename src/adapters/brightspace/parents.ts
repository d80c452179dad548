import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"
import type { Tenant } from "./client.ts"
import { decideRef, untouched, withFields } from "./merge.ts"
import { OrgUnit, OrgUnitProperties } from "./wire.ts"

export const parentsOf = (
  tenant: Tenant,
  orgUnitId: string,
  typeId: string | null = null
): Effect.Effect<ReadonlyArray<typeof OrgUnit.Type>, TargetError> =>
  tenant.ask(Schema.Array(OrgUnit), {
    product: "lp",
    method: "GET",
    path: `/orgstructure/${orgUnitId}/parents/`,
    ...(typeId === null ? {} : { query: { ouTypeId: typeId } })
  })

/** A parent that is there already is as good as one just added. */
export const addParent = (tenant: Tenant, orgUnitId: string, parentId: string): Effect.Effect<void, TargetError> =>
  Effect.catchIf(
    tenant.tell({
      product: "lp",
      method: "POST",
      path: `/orgstructure/${orgUnitId}/parents/`,
      body: Number(parentId),
      idempotent: true
    }),
    (error) => error.reason === "Conflict",
    () => Effect.void
  )

export const removeParent = (tenant: Tenant, orgUnitId: string, parentId: string): Effect.Effect<void, TargetError> =>
  Effect.catchIf(
    tenant.tell({ product: "lp", method: "DELETE", path: `/orgstructure/${orgUnitId}/parents/${parentId}` }),
    (error) => error.reason === "NotFound",
    () => Effect.void
  )

/**
 * Moves an org unit under the parent that a step wants, `parentId`: the new one is added before an old one is taken
 * away, so that it never stands nowhere. What is taken away is the parent that the step names as the earlier one; where
 * that is not known, the only other one, or else those of the new one's type. Parents of other kinds stay.
 * An adopted org unit that stands under the parent already keeps its others.
 */
export const moveUnderParent = Effect.fn("brightspace.move-under-parent")(function* (
  tenant: Tenant,
  step: WriteStep,
  orgUnitId: string,
  parentId: string
) {
  if (!("parent" in step.fields)) return untouched
  if (step.action !== "adopt" && !step.changed.includes("parent")) return untouched
  const parents = yield* parentsOf(tenant, orgUnitId)
  const present = parents.find((parent) => parent.Identifier === parentId)
  if (present !== undefined && step.action === "adopt") return untouched
  const others = parents.filter((parent) => parent.Identifier !== parentId)
  const earlier = others.find((parent) => parent.Identifier === step.before["parent"])
  const held = earlier ?? others[0] ?? present
  const decision = decideRef(withFields(step, { parent: parentId }), "parent", held?.Identifier ?? null)
  if (decision === "leave") return { wrote: false, leftAlone: ["parent"] }
  if (present === undefined) yield* addParent(tenant, orgUnitId, parentId)
  const previous =
    earlier !== undefined
      ? [earlier]
      : others.length < 2
        ? others
        : yield* Effect.map(
            present === undefined ? typeOf(tenant, parentId) : Effect.succeed(present.Type.Id),
            (type) => others.filter((parent) => parent.Type.Id === type)
          )
  yield* Effect.forEach(previous, (parent) => removeParent(tenant, orgUnitId, parent.Identifier))
  return { wrote: present === undefined || previous.length > 0, leftAlone: [] }
})

const typeOf = (tenant: Tenant, orgUnitId: string): Effect.Effect<string, TargetError> =>
  Effect.map(
    tenant.ask(OrgUnitProperties, { product: "lp", method: "GET", path: `/orgstructure/${orgUnitId}` }),
    (unit) => unit.Type.Id
  )
