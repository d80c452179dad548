import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { foldName } from "../core/fold.ts"
import type { TargetDescription } from "../core/ports/target.ts"
import { Text, Warehouse } from "../core/ports/warehouse.ts"
import { name as quoted, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"

/** The pipeline names something that the target does not have. Found before anything is written. */
export class TargetMismatch extends Data.TaggedError("TargetMismatch")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

/** By what a pipeline may call a role of the tenant. */
export const namesOf = ({ code, name }: TargetDescription["roles"][number]): ReadonlyArray<string> =>
  code === null ? [name] : [name, code]

/** A role that rows of an entity carry. */
interface RoleOfEntity {
  readonly entity: string
  readonly role: string
}

/** The roles that the rows of each loaded entity carry. */
export const rolesOf = Effect.fn("transform.roles")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const found: Array<RoleOfEntity> = []
  for (const { fields, load } of loadedEntitiesOf(definition)) {
    if (!fields.includes("role")) continue
    const roles = yield* warehouse.rows(
      sql`SELECT DISTINCT role FROM ${quoted(`entity_${load.entity}`)} WHERE role IS NOT NULL ORDER BY role`,
      Schema.Struct({ role: Text })
    )
    found.push(...roles.map(({ role }) => ({ entity: load.entity, role })))
  }
  return found
})

/** The roles that the rows carry and the org unit types must be the tenant's: a missing one is named here, not in mid-apply. */
export const checkNames = Effect.fn("transform.check-names")(function* (
  definition: Definition,
  description: TargetDescription,
  roles: ReadonlyArray<RoleOfEntity>
) {
  const known = new Set(description.roles.flatMap(namesOf).map(foldName))
  const types = new Set(description.orgUnitTypes.flatMap((type) => [type.name, type.code]).map(foldName))
  const missing: Array<string> = []
  for (const entity of loadedEntitiesOf(definition)) {
    if (entity.load.type !== null && !types.has(foldName(entity.load.type))) {
      missing.push(`org unit type "${entity.load.type}", named by ${entity.load.entity}`)
    }
    for (const { entity: named, role } of roles) {
      if (named === entity.load.entity && !known.has(foldName(role))) missing.push(`role "${role}", named by ${named}`)
    }
  }
  if (missing.length > 0) {
    return yield* new TargetMismatch({
      detail: `the target does not have: ${missing.join("; ")}. Make it there, or change the name in the pipeline. It has the roles ${description.roles
        .map((role) => `"${role.name}"`)
        .join(", ")} and the org unit types ${description.orgUnitTypes.map((type) => `"${type.name}"`).join(", ")}`
    })
  }
})
