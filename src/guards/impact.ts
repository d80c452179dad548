import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isAddition, isRemoval, isUpdate } from "../snapshot/actions.ts"
import type { ChangeCounts } from "../snapshot/change.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../state/tables.ts"

export interface ScopeLoss {
  readonly id: string
  readonly name: string | null
  readonly present: number
  readonly gone: number
}

export interface ScopeGain extends ScopeLoss {
  readonly added: number
}

export interface EntityImpact {
  readonly entity: string
  /** All steps. */
  readonly steps: number
  readonly present: number
  readonly desired: number
  readonly gone: number
  readonly added: number
  readonly changed: number
  /** Records known again under a new key. */
  readonly rekeyed: number
  /** Fields by which records are known, with the updates that give it another value; only those that have some. */
  readonly identities: ReadonlyArray<{ readonly field: string; readonly changed: number }>
  readonly schools: ReadonlyArray<ScopeLoss>
  readonly sections: ReadonlyArray<ScopeLoss>
  /** Only those that gain more rows than the floor of their guard. */
  readonly growingSchools: ReadonlyArray<ScopeGain>
  readonly growingSections: ReadonlyArray<ScopeGain>
}

/** How much of what stands each entity, school and section would lose, and gain. Only scopes of which there is something to say are listed. */
export const measureImpact: (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>
) => Effect.Effect<ReadonlyArray<EntityImpact>, WarehouseError, Warehouse> = Effect.fn("snapshot.impact")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>
) {
  const warehouse = yield* Warehouse
  const sums = yield* warehouse.rows(`-- sums of the change; grain: one row per entity that has steps
SELECT entity, count(*) AS steps, count(*) FILTER (${isRemoval}) AS gone, count(*) FILTER (${isAddition}) AS added,
  count(*) FILTER (${isUpdate}) AS changed, count(*) FILTER (action = 'rekey') AS rekeyed FROM change GROUP BY entity`)
  const names = sums.length === 0 ? new Map<string, string>() : yield* scopeNames(definition)
  const impacts: Array<EntityImpact> = []
  for (const entity of loadedEntitiesOf(definition)) {
    const name = entity.load.entity
    const mine = sums.find((row) => row["entity"] === name)
    const gone = Number(mine?.["gone"] ?? 0)
    const added = Number(mine?.["added"] ?? 0)
    const { schoolGrowth, sectionGrowth } = entity.load.guards
    const count = counts.find((one) => one.entity === name)
    impacts.push({
      entity: name,
      steps: Number(mine?.["steps"] ?? 0),
      present: count?.present ?? 0,
      desired: count?.desired ?? 0,
      gone,
      added,
      changed: Number(mine?.["changed"] ?? 0),
      rekeyed: Number(mine?.["rekeyed"] ?? 0),
      identities: Number(mine?.["changed"] ?? 0) === 0 ? [] : yield* identities(entity),
      schools: gone === 0 ? [] : yield* losses(entity, "_school", "school", names),
      sections: gone === 0 ? [] : yield* losses(entity, "_section", "section", names),
      growingSchools:
        added <= schoolGrowth.floor ? [] : yield* gains(entity, "_school", "school", schoolGrowth.floor, names),
      growingSections:
        added <= sectionGrowth.floor ? [] : yield* gains(entity, "_section", "section", sectionGrowth.floor, names)
    })
  }
  return impacts
})

/**
 * By what a record of the target is told from any other. A name, too, may be what one is looked for by, but it is there to
 * be read, and changes as titles do.
 */
export const identifyingFields = ({ matchExisting, unique }: LoadedEntity["load"]): ReadonlyArray<string> =>
  [...new Set([...matchExisting, ...unique])].filter((field) => field !== "name")

/** Over a step: whether it gives the field another value than the one it had. */
export const changesIdentity = (field: string): string =>
  `${isUpdate} AND list_contains(changed, ${literal(field)}) AND (before->>${literal(field)}) IS NOT NULL`

const identities = Effect.fn("snapshot.identities")(function* (entity: LoadedEntity) {
  const fields = identifyingFields(entity.load)
  if (fields.length === 0) return []
  const warehouse = yield* Warehouse
  const [row] = yield* warehouse.rows(`-- ${entity.load.entity}: updates of what they are known by
SELECT ${fields.map((field) => `count(*) FILTER (${changesIdentity(field)}) AS ${identifier(field)}`).join(", ")}
FROM change WHERE entity = ${literal(entity.load.entity)}`)
  return fields.flatMap((field) => {
    const changed = Number(row?.[field] ?? 0)
    return changed === 0 ? [] : [{ field, changed }]
  })
})

const losses = Effect.fn("snapshot.losses")(function* (
  entity: LoadedEntity,
  column: "_school" | "_section",
  name: "school" | "section",
  names: ReadonlyMap<string, string>
) {
  const warehouse = yield* Warehouse
  const rows =
    yield* warehouse.rows(`-- losses of ${entity.load.entity} by ${name}; grain: one row per ${name} that loses rows
SELECT lost.id, count(*) AS present, any_value(lost.gone) AS gone
FROM (SELECT ${name} AS id, count(*) AS gone FROM change WHERE entity = ${literal(entity.load.entity)} AND ${isRemoval} AND ${name} IS NOT NULL GROUP BY ${name}) AS lost
JOIN ${identifier(entity.tables.ledger)} AS g ON g.${column} = lost.id AND g.presence = 'present'
GROUP BY lost.id ORDER BY lost.id`)
  return rows.map((row) => ({
    id: String(row["id"]),
    name: names.get(`${name}:${String(row["id"])}`) ?? null,
    present: Number(row["present"]),
    gone: Number(row["gone"])
  }))
})

const gains = Effect.fn("snapshot.gains")(function* (
  entity: LoadedEntity,
  column: "_school" | "_section",
  name: "school" | "section",
  floor: number,
  names: ReadonlyMap<string, string>
) {
  const warehouse = yield* Warehouse
  const rows =
    yield* warehouse.rows(`-- gains of ${entity.load.entity} by ${name}; grain: one row per ${name} that gains more than the floor
SELECT came.id, came.added, came.gone, coalesce(standing.rows, 0) AS present
FROM (SELECT ${name} AS id, count(*) FILTER (${isAddition}) AS added, count(*) FILTER (${isRemoval}) AS gone FROM change
  WHERE entity = ${literal(entity.load.entity)} AND ${name} IS NOT NULL GROUP BY ${name} HAVING added > ${floor}) AS came
LEFT JOIN (SELECT ${column} AS id, count(*) AS rows FROM ${identifier(entity.tables.ledger)} WHERE presence = 'present' GROUP BY ALL) AS standing
  ON standing.id = came.id
ORDER BY came.id`)
  return rows.map((row) => ({
    id: String(row["id"]),
    name: names.get(`${name}:${String(row["id"])}`) ?? null,
    present: Number(row["present"]),
    gone: Number(row["gone"]),
    added: Number(row["added"])
  }))
})

/** Names of schools and sections by SIS id, from the labels of the rows whose key is the scope itself. */
export const scopeNames = Effect.fn("snapshot.scope-names")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const names = new Map<string, string>()
  for (const entity of loadedEntitiesOf(definition)) {
    const lost =
      yield* warehouse.rows(`-- names of the scopes that the change touches, as ${entity.load.entity} knows them
SELECT key, label, key = _section AS is_section, key = _school AS is_school FROM ${identifier(entity.tables.ledger)}
WHERE label IS NOT NULL AND (key = _section OR key = _school)
  AND key IN (SELECT section FROM change UNION SELECT school FROM change)
UNION ALL
SELECT key, label, key = section, key = school FROM change
WHERE entity = ${literal(entity.load.entity)} AND label IS NOT NULL AND (key = section OR key = school)`)
    for (const row of lost) {
      if (row["is_section"] === true) names.set(`section:${String(row["key"])}`, String(row["label"]))
      if (row["is_school"] === true) names.set(`school:${String(row["key"])}`, String(row["label"]))
    }
  }
  return names
})
