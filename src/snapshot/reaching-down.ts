import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, joined, name, oneOf, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { entityView } from "../pipeline/relations.ts"
import { busyEntities } from "./change.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { tell, toldInSql } from "../core/told.ts"

/**
 * Makes of a step `unknown`, so that it waits, which would give an account a role at the organization itself that reaches
 * down into everything below, where the pipeline wants no enrollment above with such a role for that person: an administrator
 * of one school would have the whole district. Asked of pipelines that say where roles may reach down (`covered_by`).
 * Gives, in words, whose steps these are.
 *
 * `cascadingRoles` are the target's roles that reach down by themselves, by name and code, folded (`foldName`).
 */
export const findReachingDown = Effect.fn("snapshot.reaching-down")(function* (
  definition: Definition,
  cascadingRoles: ReadonlyArray<string>
): Doing<ReadonlyArray<string>, WarehouseError, Warehouse> {
  const all = loadedEntitiesOf(definition)
  const names = new Set(all.flatMap(namedAbove))
  if (names.size === 0 || cascadingRoles.length === 0) return []
  const above = all.filter(({ fields, load }) => names.has(load.entity) && fields.includes("role"))
  const warehouse = yield* Warehouse
  const reaches = (role: Sql): Sql => sql`lower(trim(${role})) IN (${oneOf(cascadingRoles)})`
  const said: Array<string> = []
  for (const { fields, load } of yield* busyEntities(definition)) {
    if (load.resource !== "user" || !fields.includes("role")) continue
    const granted = above.flatMap(({ definition: { fields: own }, load: { entity } }) =>
      own
        .filter((field) => field.kind === "ref" && field.entities.includes(load.entity))
        .map(
          (field) =>
            sql`SELECT ${name(field.name)} FROM ${name(entityView(entity))} WHERE ${reaches(sql`role`)} AND ${name(field.name)} IS NOT NULL`
        )
    )
    const role = sql`(t.after->>'role')`
    const isNew = sql`t.entity = ${load.entity} AND t.after IS NOT NULL AND (t.action = 'create' OR list_contains(t.changed, 'role'))
  AND ${reaches(role)} AND ${`${load.entity}:`} || t.key NOT IN (${joined(granted, " UNION ALL ", sql`NULL`)})`
    const roles = yield* warehouse.rows(
      sql`${about(`new roles of ${load.entity} that reach down into everything; grain: one row per role`)}SELECT role, count(*) AS steps FROM ${changes.where(isNew, sql`${role} AS role`)} GROUP BY role ORDER BY role`,
      Roles
    )
    if (roles.length === 0) continue
    const reason = toldInSql("step.role-reaches-down", { role })
    yield* warehouse.execute(changes.set({ action: sql`'unknown'`, reason }, isNew))
    said.push(...roles.map(({ role, steps }) => tell("unknown.role", { n: steps, entity: load.entity, role })))
  }
  return said
})

const Roles = Schema.Struct({ role: Text, steps: Count })

/** The entities above by whose roles rows of an entity are covered. */
const namedAbove = ({ definition: { fields }, load }: LoadedEntity): ReadonlyArray<string> =>
  fields.flatMap((field) => (field.kind === "ref" && field.name === load.coveredBy ? field.entities : []))
