import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { beforeAll, expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { literal } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { planCounts } from "../../src/run/plan-counts.ts"
import { findExisting } from "../../src/snapshot/adopt.ts"
import { compare } from "../../src/snapshot/change.ts"
import { countQuarantined } from "../../src/snapshot/quarantined.ts"
import { findRekeys } from "../../src/snapshot/rekey.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { transform } from "../../src/transform/transform.ts"
import { memoryTenant } from "../memory/tenant.ts"
import { definitionOf, withWarehouse } from "../tools/definitions.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { datasetOf } from "../../src/extract/tables.ts"
import { emptied } from "../../src/core/table.ts"

/** The counts of a plan, where records stay, come back, are in quarantine, and go over to another key. */

let byName: Definition
let byRekey: Definition

beforeAll(async () => {
  const entities = `  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      scope: { school: org.sourcedId }
      fields: { name: "CASE WHEN org.parent = 'unreadable' THEN CAST(CAST(org.parent AS INTEGER) AS VARCHAR) ELSE org.name END", code: org.identifier }`
  const loaded = (rekey: string): string => `
    school: { resource: org_unit, type: School, on_gone: keep, match_existing: [code]${rekey} }`
  byName = await definitionOf(entities, loaded(", rekey: { match: [[code, name]] }"))
  byRekey = await definitionOf(entities, loaded(", rekey: { match: [[code]] }"))
})

interface Wanted {
  readonly key: string
  readonly code: string
  readonly isReadable: boolean
}

interface Stands {
  readonly key: string
  readonly code: string
  readonly presence: "present" | "kept" | "gone" | "unsure"
}

const planned = Effect.fn(function* (
  definition: Definition,
  standing: ReadonlyArray<Stands>,
  wanted: ReadonlyArray<Wanted>
) {
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* warehouse.execute(plain("DELETE FROM ledger_small_school"))
  for (const dataset of definition.datasets) {
    const contract = oneRosterCollections.get(dataset.endpoint)
    if (contract !== undefined) yield* warehouse.execute(emptied(datasetOf(dataset.name, contract)))
  }
  for (const { key, code, presence } of standing) {
    const values = [key, `at-${key}`, presence, "created", "Northside", code].map(literal).join(", ")
    yield* warehouse.execute(
      plain(
        `INSERT INTO ledger_small_school (key, remote_id, presence, origin, name, code, run, fingerprint) VALUES (${values}, 1, 1)`
      )
    )
  }
  for (const { key, code, isReadable } of wanted) {
    const values = [key, "Northside", code, isReadable ? "d" : "unreadable"].map(literal).join(", ")
    yield* warehouse.execute(plain(`INSERT INTO dataset_orgs (sourcedId, name, identifier, parent) VALUES (${values})`))
  }
  yield* transform(definition, oneRosterCollections, { asOf: "2026-10-01", now: "2026-10-01T07:00:00.000Z" })
  const { counts } = yield* findRekeys(definition, yield* compare(definition, []))
  const existing = standing.map(({ key, code }) => ({ remoteId: `at-${key}`, fields: { name: "Northside", code } }))
  yield* findExisting(definition).pipe(Effect.provide(memoryTenant({ existing: { org_unit: existing } })))
  const [count] = yield* planCounts(definition, counts)
  const quarantined = (yield* countQuarantined(definition, new Set(["school"]))).get("school") ?? 0
  const steps = yield* warehouse.rows(plain("SELECT action, key, remote_id FROM change ORDER BY key"), anyRow)
  if (count === undefined) throw new Error("the entity has counts")
  return { count, quarantined, steps }
})

const anew: Wanted = { key: "s1-anew", code: "1", isReadable: true }

it("a record that stayed when it was gone, and comes back under another key, is not subtracted from what stays", () =>
  withWarehouse(
    Effect.gen(function* () {
      const { count, steps } = yield* planned(byName, [{ key: "s1", code: "1", presence: "kept" }], [anew])
      expect(steps).toEqual([{ action: "restore", key: "s1-anew", remote_id: "at-s1" }])
      expect(count).toMatchObject({ desired: 1, present: 0, unchanged: 0, keptThoughGone: 0 })
    })
  ))

it("no more does one that was away before, or is in quarantine under its previous key", () =>
  withWarehouse(
    Effect.gen(function* () {
      for (const presence of ["gone", "unsure"] as const) {
        const { count } = yield* planned(byName, [{ key: "s1", code: "1", presence }], [anew])
        expect(count.keptThoughGone, presence).toBe(0)
      }
      const unread = { key: "s1", code: "1", isReadable: false }
      const { count } = yield* planned(byName, [{ key: "s1", code: "1", presence: "present" }], [anew, unread])
      expect(count.keptThoughGone).toBe(0)
    })
  ))

it("no count is below zero, and what stands is accounted for, whatever befalls the records", () =>
  withWarehouse(
    Effect.gen(function* () {
      const runtime = yield* Effect.runtime<Warehouse>()
      const code = fc.constantFrom("1", "2", "3")
      const key = fc.constantFrom("a", "b", "c", "d", "e")
      const one = { selector: ({ key }: { readonly key: string }) => key, maxLength: 5 }
      const presence = fc.constantFrom<Stands["presence"]>("present", "present", "kept", "gone", "unsure")
      const standing = fc.uniqueArray(fc.record({ key, code, presence }), one)
      const wanted = fc.uniqueArray(fc.record({ key, code, isReadable: fc.boolean() }), one)
      const holds = async (before: ReadonlyArray<Stands>, after: ReadonlyArray<Wanted>, definition: Definition) => {
        const { count, quarantined, steps } = await Effect.runPromise(
          Effect.provide(planned(definition, before, after), runtime)
        )
        const { desired, present, unchanged, keptThoughGone } = count
        for (const number of [desired, present, unchanged, keptThoughGone, quarantined])
          expect(number).toBeGreaterThanOrEqual(0)
        // Whatever stands goes on as it was, is written to, stays though it is gone, or is in quarantine.
        const stood = new Set(before.flatMap((row) => (row.presence === "present" ? [`at-${row.key}`] : [])))
        const written = new Set(steps.map((step) => step["remote_id"]).filter((id) => stood.has(String(id))))
        expect(unchanged + written.size + keptThoughGone + quarantined).toBe(present)
      }
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(standing, wanted, fc.boolean(), (before, after, rekeys) =>
            holds(before, after, rekeys ? byRekey : byName)
          ),
          { numRuns: 25 }
        )
      )
    })
  ))
