import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { identifier, literal, sql } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import type { StepOutcome } from "../../src/core/ports/journal.ts"
import type { WriteStep } from "../../src/core/ports/target.ts"
import { type Sharing, Warehouse } from "../../src/core/ports/warehouse.ts"
import { applySectionTable, runsTable } from "../../src/state/durable.ts"
import { standing } from "../../src/state/migrations.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { emptyTarget, isAsWanted, memoryTarget } from "../memory/target.ts"
import { definitionOf, inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { carryOut } from "./carry-out.ts"

/** What a target answers well and does not do, and what of it can be seen. */
export interface Lies {
  readonly lies: (step: WriteStep) => boolean
  readonly isProven?: boolean
  readonly isReadable?: boolean
  /** Somebody who waits once so many steps are sent, and then exports the section of these people. */
  readonly others?: { readonly after: number; readonly keys: ReadonlyArray<string> }
}

/** A pipeline of people alone. */
export const onlyPeople = (): Promise<Definition> =>
  definitionOf(
    `  entities:
    person:
      from: users AS person
      key: person.sourcedId
      fields: { first_name: person.givenName, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: "'Student'" }`,
    `
    person: { resource: user, on_gone: deactivate }`
  )

export const people = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `p${1000 + index}`)

/** Updates people who stand, one step each, at a target that may lie. */
export const walkThrough = (definition: Definition, keys: ReadonlyArray<string>, given: Lies) =>
  inFolder((folder) => {
    let looks = 0
    const before = { first_name: "before" }
    const target = emptyTarget(keys.map((key) => [key, { resource: "user", fields: before }]))
    const writer = memoryTarget(target, {
      answer: (_, carryOut) => Effect.as(Effect.yieldNow(), { ...carryOut(), isProven: given.isProven === true }),
      stands: (step, remoteId) => {
        looks++
        return given.isReadable === false ? null : isAsWanted(step, target.records.get(remoteId)) && !given.lies(step)
      }
    })
    const [entity] = loadedEntitiesOf(definition)
    const ledger = identifier(entity?.tables.ledger ?? "")
    return Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        yield* prepareTables(loadedEntitiesOf(definition))
        yield* warehouse.execute(standing(runsTable, applySectionTable))
        const exported = (given.others?.keys ?? []).map(literal).join(", ")
        const list = `(SELECT unnest([${keys.map(literal).join(", ")}]) AS key)`
        yield* warehouse.execute(
          plain(`INSERT INTO ${ledger} (key, remote_id, presence, origin, run, fingerprint, first_name)
SELECT key, key, 'present', 'created', 1, 0, 'before' FROM ${list};
CREATE OR REPLACE TEMP TABLE step AS SELECT row_number() OVER (ORDER BY key) AS seq, 0 AS phase, 'person' AS entity, key, 'update' AS action, '' AS reason,
  NULL::VARCHAR AS label, NULL::VARCHAR AS school, CASE WHEN list_contains([${exported}]::VARCHAR[], key) THEN 'theirs' END AS section, key AS remote_id, '{"first_name":"before"}'::JSON AS before,
  '{"first_name":"after"}'::JSON AS after, ['first_name'] AS changed, NULL::VARCHAR AS implied_by, NULL::VARCHAR AS hold, NULL::VARCHAR AS previous_key, NULL::VARCHAR AS approval FROM ${list}`)
        )
        let hasWaited = false
        const sharing: Sharing = {
          ...warehouse.sharing,
          isAwaited: () => !hasWaited && given.others !== undefined && target.sent.length >= given.others.after,
          away: (work) =>
            Effect.suspend(() => {
              hasWaited = true
              const theirs = sql`INSERT INTO runs BY NAME SELECT 2 AS run, 'apply' AS kind, ${definition.name} AS pipeline, 'plan-1' AS plan;
INSERT INTO apply_section VALUES (3, ${definition.name}, 'theirs', false)`
              return Effect.zipRight(Effect.orDie(warehouse.execute(theirs)), work)
            })
        }
        const execution = yield* Effect.provideService(carryOut(definition), Warehouse, { ...warehouse, sharing })
        return {
          execution,
          sent: target.sent.map(({ key }) => key),
          looks,
          outcomes: (yield* warehouse.rows(
            plain("SELECT outcome, reason FROM outcome ORDER BY seq"),
            anyRow
          )) as unknown as ReadonlyArray<Pick<StepOutcome, "outcome" | "reason">>,
          ledger: yield* warehouse.rows(
            plain(`SELECT key, fingerprint IS NULL AS is_doubtful FROM ${ledger} ORDER BY key`),
            anyRow
          )
        }
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            writer,
            journalLayer(join(folder, "journal")),
            warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })
          )
        )
      )
    )
  })
