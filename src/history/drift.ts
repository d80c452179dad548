import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Doing } from "../core/doing.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { type ListedResource, type Listing, Listings } from "../core/ports/listings.ts"
import type { SourceError } from "../core/ports/source.ts"
import { Count, FieldsOrNull, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { about, joined, name as quoted, oneOf, sql, texts } from "../core/sql.ts"
import { emptied, made, named } from "../core/table.ts"
import { knownUntil, landListings, listedTable } from "../extract/listings.ts"
import type { Definition } from "../pipeline/definition.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import { prepareRuns } from "../state/runs.ts"
import { prepareTables } from "../state/tables.ts"
import { compareStatement, comparedFields } from "./drift-statement.ts"
import { driftTable, thereOf } from "./tables.ts"

/**
 * The state of a record at the target by its own listing. `missing`: the ledger says that it stands, and it does not. `differs`: fields
 * have other values than were written. `returned`: it was taken away, and stands. `unknown`: rollbook wrote it after the
 * listing was made, or may have, so that the listing cannot tell.
 */
const What = Schema.Literal("missing", "differs", "returned", "same", "unknown")
export type DriftKind = "missing" | "differs" | "returned"

/** One record that does not stand as it was written. */
export interface DriftedRecord {
  readonly entity: string
  readonly key: string
  readonly label: string | null
  readonly school: string | null
  readonly remoteId: string | null
  readonly what: DriftKind
  /** The values that were written, and those that stand, by field, of one that `differs`; null of others. */
  readonly written: Readonly<Record<string, string | null>> | null
  readonly stands: Readonly<Record<string, string | null>> | null
}

/** The records of an entity, counted. */
export interface EntityDrift {
  readonly entity: string
  readonly counts: Readonly<Record<typeof What.Type, number>>
  /** Fields that were not compared: no listing tells them, or whoever changes them at the target keeps them. */
  readonly notCompared: ReadonlyArray<string>
}

export interface DriftReport {
  readonly pipeline: string
  /** The listings, with how old they are: nothing after `knownUntil` is in them. Removals show in full files alone, where a listing has no mark for them. */
  readonly listings: ReadonlyArray<{
    readonly name: string
    readonly fullAsOf: string
    readonly knownUntil: string
    readonly doubt: string | null
  }>
  readonly entities: ReadonlyArray<EntityDrift>
  /** Entities of which no listing tells. */
  readonly notListed: ReadonlyArray<string>
  /** Records at the target that no ledger of the pipeline knows, of the kinds and in the places that it writes to. */
  readonly others: ReadonlyArray<{ readonly resource: string; readonly count: number }>
  /** The first ones, by entity and key. */
  readonly records: ReadonlyArray<DriftedRecord>
}

/**
 * Compares the ledgers of a pipeline with what the target lists of itself. Asks the target for files that it has made, and writes
 * nothing. `limit`: how many records are told of.
 */
export const findDrift = Effect.fn("history.find-drift")(function* (
  definition: Definition,
  entity: string | null,
  limit: number
): Doing<DriftReport, SourceError | StoreError | WarehouseError, Listings | Warehouse> {
  const warehouse = yield* Warehouse
  const all = loadedEntitiesOf(definition)
  yield* prepareTables(all)
  yield* prepareRuns
  yield* prepareOutcomes
  const chosen = all.filter((one) => entity === null || one.name === entity)
  const listed = yield* resourcesOf(chosen)
  const listings = yield* landListings([...new Set([...listed.values()].flatMap((one) => one.listings))])
  for (const [resource, { select }] of listed) {
    yield* warehouse.execute(sql`${about(`what the target lists of ${resource}`)}${made(thereOf(resource))}
${select((name) => tableIn(listings, name))}`)
  }
  yield* warehouse.execute(emptied(driftTable))
  const compared = chosen.flatMap((one) => {
    const resource = listed.get(one.load.resource)
    return resource === undefined ? [] : [{ entity: one, resource }]
  })
  for (const { entity: one, resource } of compared) {
    const until = knownUntil(listings.filter(({ form }) => resource.listings.includes(form.name)))
    yield* warehouse.execute(compareStatement({ definition, entity: one, all, resource, until }))
  }
  const counts = yield* warehouse.rows(
    sql`SELECT entity, what, count(*) AS count FROM ${named(driftTable)} GROUP BY ALL`,
    Schema.Struct({ entity: Text, what: What, count: Count })
  )
  const of = (name: string, what: typeof What.Type): number =>
    counts.find((row) => row.entity === name && row.what === what)?.count ?? 0
  return {
    pipeline: definition.name,
    listings: listings.map((one) => ({
      name: one.form.name,
      fullAsOf: one.files[0]?.asOf ?? "",
      knownUntil: knownUntil([one]),
      doubt: one.doubt
    })),
    entities: compared.map(({ entity: one, resource }) => ({
      entity: one.name,
      counts: {
        missing: of(one.name, "missing"),
        differs: of(one.name, "differs"),
        returned: of(one.name, "returned"),
        same: of(one.name, "same"),
        unknown: of(one.name, "unknown")
      },
      notCompared: one.compared.filter(
        (field) => ![...comparedFields(definition, one, resource), ...resource.inId].includes(field)
      )
    })),
    notListed: chosen.filter((one) => !listed.has(one.load.resource)).map((one) => one.name),
    others: yield* Effect.forEach(listed.keys(), (resource) => countOthers(resource, all)),
    records: yield* driftedRecords(chosen, limit)
  }
})

const resourcesOf = Effect.fnUntraced(function* (entities: ReadonlyArray<LoadedEntity>) {
  const listings = yield* Listings
  const listed = new Map<string, ListedResource>()
  for (const { load } of entities) {
    const found = listed.has(load.resource) ? null : yield* listings.resource(load.resource)
    if (found !== null) listed.set(load.resource, found)
  }
  return listed
})

const tableIn = (listings: ReadonlyArray<Listing>, name: string) => {
  const found = listings.find(({ form }) => form.name === name)
  if (found === undefined) throw new Error(`the listing ${name} was not asked for`)
  return listedTable(found)
}

/** Counts records that the ledgers do not know, in places where they know one. */
const countOthers = Effect.fnUntraced(function* (resource: string, entities: ReadonlyArray<LoadedEntity>) {
  const warehouse = yield* Warehouse
  const [there, ours] = [
    named(thereOf(resource)),
    joined(
      entities
        .filter(({ load }) => load.resource === resource)
        .map(({ tables }) => sql`SELECT remote_id FROM ${quoted(tables.ledger)} WHERE remote_id IS NOT NULL`),
      " UNION ALL "
    )
  ]
  const [row] = yield* warehouse.rows(
    sql`${about(`${resource} that nobody asked for`)}WITH ours AS (${ours})
SELECT count(*) AS count FROM ${there} AS other ANTI JOIN ours USING (remote_id)
WHERE is_there AND coalesce("within", '') IN (SELECT coalesce("within", '') FROM ${there} SEMI JOIN ours USING (remote_id))`,
    Schema.Struct({ count: Count })
  )
  return { resource, count: row?.count ?? 0 }
})

const Drifted = Schema.Struct({
  entity: Text,
  key: Text,
  label: TextOrNull,
  school: TextOrNull,
  remote_id: TextOrNull,
  what: Schema.Literal("missing", "differs", "returned"),
  written: FieldsOrNull,
  stands: FieldsOrNull
})

const driftedRecords = Effect.fnUntraced(function* (entities: ReadonlyArray<LoadedEntity>, limit: number) {
  const warehouse = yield* Warehouse
  const order = entities.map(({ name }) => name)
  const side = (which: "written" | "stands") =>
    sql`CASE WHEN what = 'differs' THEN to_json(map_from_entries(list_transform(fields, lambda one: {'k': one.name, 'v': one.${quoted(which)}})))::VARCHAR END AS ${quoted(which)}`
  const rows = yield* warehouse.rows(
    sql`${about("records that do not stand as they were written")}SELECT entity, key, label, school, remote_id, what, ${side("written")}, ${side("stands")}
FROM ${named(driftTable)} WHERE what IN (${oneOf(["missing", "differs", "returned"])})
ORDER BY list_position(${texts(order)}, entity), what, key${Number.isFinite(limit) ? sql` LIMIT ${Math.trunc(limit)}` : sql``}`,
    Drifted
  )
  return rows.map(({ remote_id, ...row }): DriftedRecord => ({ ...row, remoteId: remote_id }))
})
