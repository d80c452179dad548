import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { TargetError } from "../../../core/ports/target.ts"
import type { Tenant } from "../client.ts"
import { GradeObject } from "./wire.ts"

/** A grade object as far as the other collections of its course need it. */
export interface ItemHead {
  readonly id: string
  readonly typeId: string | null
  readonly tool: { readonly ToolId: string; readonly ToolItemId: string } | null
}

export interface Items {
  /** The grade objects of a course, asked for anew. The route answers with all of them. */
  readonly of: (orgUnitId: string) => Effect.Effect<ReadonlyArray<typeof GradeObject.Type>, TargetError>
  /** Their heads, as they were when they were last asked for. */
  readonly headsOf: (orgUnitId: string) => Effect.Effect<ReadonlyArray<ItemHead>, TargetError>
}

/** Heads that are kept in memory, so that exemptions and activities need not ask again; beyond, they do. */
const mostHeadsKept = 500_000

export const makeItems = (tenant: Tenant): Items => {
  const kept = new Map<string, ReadonlyArray<ItemHead>>()
  let count = 0

  const of: Items["of"] = (orgUnitId) =>
    Effect.map(
      tenant.ask(Schema.Array(GradeObject), { product: "le", method: "GET", path: `/${orgUnitId}/grades/` }),
      (objects) => {
        count += objects.length - (kept.get(orgUnitId)?.length ?? 0)
        kept.delete(orgUnitId)
        if (count <= mostHeadsKept) kept.set(orgUnitId, objects.map(headOf))
        else count -= objects.length
        return objects
      }
    )

  return {
    of,
    headsOf: (orgUnitId) =>
      Effect.suspend(() => {
        const heads = kept.get(orgUnitId)
        return heads === undefined ? Effect.map(of(orgUnitId), (objects) => objects.map(headOf)) : Effect.succeed(heads)
      })
  }
}

const headOf = (object: typeof GradeObject.Type): ItemHead => ({
  id: object.Id,
  typeId: typeOf(object).id,
  tool: object.AssociatedTool
})

const typeNames: ReadonlyMap<string, string> = new Map([
  ["1", "Numeric"],
  ["2", "PassFail"],
  ["3", "SelectBox"],
  ["4", "Text"],
  ["5", "Calculated"],
  ["6", "Formula"],
  ["7", "FinalCalculated"],
  ["8", "FinalAdjusted"],
  ["9", "Category"]
])

/** Name and number of a grade object's type: tenants send the name, the number as well, or the number in its place. */
export const typeOf = (
  object: Pick<typeof GradeObject.Type, "GradeType" | "GradeObjectTypeId">
): { readonly id: string | null; readonly name: string | null } => {
  const said = object.GradeType === null ? null : String(object.GradeType)
  const id =
    object.GradeObjectTypeId ??
    [...typeNames].find(([number, name]) => said === number || said?.toLowerCase() === name.toLowerCase())?.[0] ??
    null
  return { id, name: (id === null ? undefined : typeNames.get(id)) ?? said }
}
