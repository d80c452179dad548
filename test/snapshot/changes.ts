import * as Effect from "effect/Effect"
import { identifier, literal } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../../src/core/ports/warehouse.ts"
import { changes as planned } from "../../src/state/change-set.ts"
import { prepareTakenOver } from "../../src/snapshot/taken-over.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { prepareNameConflicts } from "../../src/snapshot/name-conflicts.ts"
import { definitionOf, withWarehouse } from "../tools/definitions.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

/** Schools, their classes, people, and people in classes: what each refers to comes before it. */
export const smallDefinition = (guards = ""): Promise<Definition> =>
  definitionOf(
    `  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      label: org.name
      scope: { school: org.sourcedId }
      fields: { name: org.name, code: org.identifier }
    class:
      from: orgs AS class
      key: class.sourcedId
      label: class.name
      scope: { school: class.parent, section: class.sourcedId }
      fields: { name: class.name, code: class.identifier, parent: { ref: school, key: class.parent } }
    person:
      from: users AS person
      key: person.sourcedId
      scope: { school: list_min(person.orgs) }
      fields: { first_name: person.givenName, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: "'Student'" }
    enrollment:
      from: users AS person
      each: { org: person.orgs }
      key: { template: "{person.sourcedId}/{org}" }
      scope: { school: list_min(person.orgs), section: org }
      fields: { org_unit: { ref: class, key: org }, user: { ref: person, key: person.sourcedId }, role: "'Student'" }`,
    `
    school: { resource: org_unit, type: School, on_gone: recycle }
    class: { resource: org_unit, type: Class, on_gone: recycle }
    person: { resource: user, on_gone: deactivate }
    enrollment: { resource: enrollment, on_gone: unenroll }${guards}`
  )

export interface ChangeRow {
  readonly entity: "school" | "class" | "person" | "enrollment"
  readonly key: string
  readonly action: string
  readonly label?: string
  readonly school?: string
  readonly section?: string
  readonly before?: Readonly<Record<string, string | null>>
  readonly after?: Readonly<Record<string, string | null>>
  readonly changed?: ReadonlyArray<string>
  readonly hold?: string
}

/** A record that stands at the target by the ledger. */
export interface LedgerRow {
  readonly entity: ChangeRow["entity"]
  readonly key: string
  readonly label?: string
  readonly school?: string
  readonly section?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly presence?: "present" | "gone"
}

/** Runs an effect over an engine of its own that holds this ledger and this change set. */
export const over = <A>(
  definition: Definition,
  ledger: ReadonlyArray<LedgerRow>,
  changes: ReadonlyArray<ChangeRow>,
  effect: Effect.Effect<A, WarehouseError, Warehouse>
): Promise<A> =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* prepareTables(loadedEntitiesOf(definition))
      yield* prepareTakenOver
      yield* prepareNameConflicts
      for (const row of ledger) {
        const table = loadedEntitiesOf(definition).find((one) => one.load.entity === row.entity)?.tables.ledger ?? ""
        const fields = Object.entries(row.fields ?? {})
        yield* warehouse.execute(
          plain(`INSERT INTO ${identifier(table)} (${["key", "label", "_school", "_section", "remote_id", "presence", ...fields.map(([field]) => field)].map(identifier).join(", ")})
VALUES (${[row.key, row.label ?? null, row.school ?? null, row.section ?? null, `at-${row.key}`, row.presence ?? "present", ...fields.map(([, value]) => value)].map(literal).join(", ")})`)
        )
      }
      yield* warehouse.execute(planned.empty)
      for (const row of changes) {
        const json = (fields: ChangeRow["after"]): string =>
          fields === undefined ? "NULL" : `${literal(JSON.stringify(fields))}::JSON`
        yield* warehouse.execute(
          plain(`INSERT INTO change (entity, key, action, reason, label, school, section, remote_id, before, after, changed, implied_by, hold)
  SELECT ${[row.entity, row.key, row.action, "", row.label ?? null, row.school ?? null, row.section ?? null, null].map(literal).join(", ")},
  ${json(row.before)}, ${json(row.after)}, ${literal(JSON.stringify(row.changed ?? []))}::JSON::VARCHAR[], NULL, ${literal(row.hold ?? null)}`)
        )
      }
      return yield* effect
    })
  )

/** What is left of the change set, as `entity key`, or `entity key hold` where it is withheld. */
export const left: Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    plain("SELECT concat_ws(' ', entity, key, hold) AS row FROM change ORDER BY 1"),
    anyRow
  )
  return rows.map((row) => String(row["row"]))
})
