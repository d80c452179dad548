import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { prepareSessions } from "../../src/extract/academic-sessions.ts"
import { unknownInFreezes } from "../../src/gradebook/freeze-places.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { load, smallPipeline, withWarehouse } from "../tools/definitions.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { plain } from "../tools/plain-sql.ts"

const rules = `  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      scope: { school: org.sourcedId }
      fields: { name: org.name, code: org.identifier }`
const text = `${smallPipeline(rules, "{ school: { resource: org_unit, type: School, on_gone: keep } }")}  gates:
    freeze:
      - { from: "2026-10-20", schools: [s1, s9], sessions: [q1, Q01, fall], say: Q1 is on report cards }
      - { from: "2027-06-05", say: grades are final }
`

/** What is said of the freezes, where these schools and sessions were read. */
const unknown = (schools: ReadonlyArray<string>, sessions: ReadonlyArray<readonly [id: string, title: string]>) =>
  withWarehouse(
    Effect.gen(function* () {
      const { definition } = yield* Effect.promise(() => load(text))
      const warehouse = yield* Warehouse
      yield* prepareTables(loadedEntitiesOf(definition))
      yield* prepareSessions
      for (const one of schools)
        yield* warehouse.execute(plain(`INSERT INTO ledger_small_school (_school) VALUES ('${one}')`))
      for (const [id, title] of sessions) {
        yield* warehouse.execute(
          plain(`INSERT INTO academic_session (pipeline, id, title) VALUES ('small', '${id}', '${title}')`)
        )
      }
      return (yield* unknownInFreezes(definition)).map(({ at, isMistake, say }) => [
        at.line,
        isMistake,
        say.split(":")[0]
      ])
    })
  )

it("names schools and sessions of freezes that were not read, as mistakes where others were", async () => {
  const line = text.split("\n").findIndex((one) => one.includes("2026-10-20")) + 1
  expect(
    await unknown(
      ["s1", "s2"],
      [
        ["x1", "Q1"],
        ["x2", "Fall"]
      ]
    )
  ).toEqual([
    [line, true, "no school s9 was read"],
    [line, true, "no academic session Q01 was read"]
  ])
})

it("takes nothing for a mistake where nothing was read yet", async () => {
  const found = await unknown([], [])
  expect(found).toHaveLength(5)
  expect(found.filter(([, isMistake]) => isMistake)).toEqual([])
})
