import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import { sql } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { changes } from "../../src/state/change-set.ts"
import { findEdits } from "../../src/snapshot/edits.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { TargetReader } from "../../src/core/ports/target.ts"
import { emptyTarget, memoryTarget, refusalOf } from "../memory/target.ts"
import { emptyEnvironment, gradeOffer, withWarehouse } from "../tools/definitions.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

let grades: Definition
beforeAll(async () => {
  const file = new URL("../../pipelines/grades.yaml", import.meta.url).pathname
  grades = (await Effect.runPromise(loadDefinition(file, "grades.yaml", gradeOffer, emptyEnvironment))).definition
})

type Score = string | null
interface Triple {
  readonly sent: Score
  readonly there: Score
  readonly wanted: Score
}

const scores: ReadonlyArray<Score> = [null, "12", "15"]
const triples: ReadonlyArray<Triple> = scores.flatMap((sent) =>
  scores.flatMap((there) => scores.map((wanted) => ({ sent, there, wanted })))
)

/** Undefined: nothing was sent of the record yet, or the SIS has nothing at all of it. */
interface Found {
  readonly sent: Score | undefined
  readonly there: Score | undefined
  readonly wanted: Score
}

/** What is found of each record, in order, where the SIS holds what it does. */
const found = (records: ReadonlyArray<Found>, fails = false) =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* prepareTables(loadedEntitiesOf(grades))
      yield* warehouse.execute(changes.empty)
      const fields = (score: Score) => JSON.stringify({ score, score_status: "fully graded" })
      for (const [index, { sent, wanted }] of records.entries()) {
        const row = { key: `k${index}`, reason: "changed", after: fields(wanted) }
        const said =
          sent === undefined
            ? { entity: "result", action: "create" }
            : { entity: "result", action: "update", remote_id: `r${index}`, before: fields(sent) }
        const values = Object.entries({ ...said, ...row }).map(([column, value]) => [column, sql`${value}`] as const)
        yield* warehouse.execute(changes.insert(Object.fromEntries(values), sql``))
      }
      const reader = { ...(yield* TargetReader), idOf: (_: string, key: string) => key.replace("k", "r") }
      const edits = yield* Effect.provideService(findEdits(grades), TargetReader, reader)
      const rows = yield* warehouse.rows(
        plain(
          "SELECT edited->>'score' AS score, edited IS NOT NULL AS edited, reason FROM change ORDER BY CAST(key[2:] AS INTEGER)"
        ),
        anyRow
      )
      return { edits, rows }
    }).pipe(
      Effect.provide(
        memoryTarget(
          emptyTarget(
            records.flatMap(({ there }, index) =>
              there === undefined
                ? []
                : [
                    [
                      `r${index}`,
                      { resource: "result", fields: { score: there, score_status: "fully graded" } }
                    ] as const
                  ]
            )
          ),
          { connection: "campus", unreadable: () => (fails ? refusalOf("Forbidden", { detail: "no" }) : null) }
        )
      )
    )
  )

it("knows an edit in the SIS in all 27 triples of last sent, there now and wanted", async () => {
  const { rows } = await found(triples)
  for (const [index, { sent, there, wanted }] of triples.entries()) {
    const isEdit = there !== sent && there !== wanted
    expect(rows[index]?.["edited"], JSON.stringify(triples[index])).toBe(isEdit)
    if (isEdit) expect(rows[index]).toMatchObject({ score: there, reason: expect.stringContaining("score") })
    else expect(rows[index]?.["reason"]).toBe("changed")
  }
})

it("says of a record that is no longer there that it was taken away", async () => {
  const { rows } = await found([{ sent: "12", there: undefined, wanted: "15" }])
  expect(rows[0]).toMatchObject({ edited: true, reason: "changed; it was taken away at the target since" })
})

it("says what could not be looked for, and finds nothing rather than guess", async () => {
  const { edits, rows } = await found([{ sent: "12", there: "13", wanted: "15" }], true)
  expect([...edits.notLookedFor]).toEqual(["result"])
  expect(edits.unknown).toEqual([expect.stringMatching(/whether 1 result were changed .* no/)])
  expect(rows[0]).toMatchObject({ edited: false, reason: "changed" })
})

it("of one that is to be made, shows what stands at its id already and is not as it is wanted", async () => {
  const there = ["12", "15", null, undefined]
  const { edits, rows } = await found(there.map((one) => ({ sent: undefined, there: one, wanted: "15" })))
  expect(edits.unknown).toEqual([])
  expect(rows).toEqual([
    {
      score: "12",
      edited: true,
      reason: "changed; overwrites what stands at the target, and is not known to have been written: score"
    },
    ...there.slice(1).map(() => ({ score: null, edited: false, reason: "changed" }))
  ])
})
