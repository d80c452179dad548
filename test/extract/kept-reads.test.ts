import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { list, literal } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { keepRead, keptRead, keptReads, unreadableReads } from "../../src/extract/kept-reads.ts"
import { definitionOf, offer, withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { datasetOf } from "../../src/extract/tables.ts"
import { emptied } from "../../src/core/table.ts"

interface User {
  readonly id: string
  readonly identifier?: string
  readonly orgs?: ReadonlyArray<string>
  readonly agents?: ReadonlyArray<string>
}

const keep = Effect.fn(function* (run: number, users: ReadonlyArray<User>) {
  const warehouse = yield* Warehouse
  const definition = yield* Effect.promise(() => definitionOf("  entities: {}"))
  for (const dataset of definition.datasets) {
    const contract = offer.collections.get(dataset.endpoint)
    if (contract === undefined) throw new Error("the small pipeline reads what the connector offers")
    yield* warehouse.execute(emptied(datasetOf(dataset.name, contract)))
    yield* warehouse.execute(
      plain(`CREATE OR REPLACE TEMP TABLE faults_${dataset.name} (key VARCHAR, rule VARCHAR, say VARCHAR)`)
    )
  }
  for (const { agents, id, identifier, orgs } of users) {
    const listed = (texts: ReadonlyArray<string> | undefined): string => (texts === undefined ? "NULL" : list(texts))
    yield* warehouse.execute(
      plain(
        `INSERT INTO dataset_users (sourcedId, identifier, orgs, agents) VALUES (${literal(id)}, ${literal(identifier ?? null)}, ${listed(orgs)}, ${listed(agents)})`
      )
    )
  }
  yield* keepRead({
    definition,
    contracts: offer.collections,
    clock: { asOf: "2026-10-01", now: "2026-10-01T07:00:00.000Z" },
    run,
    read: []
  })
  return yield* warehouse.rows(
    plain(
      `SELECT sourcedId AS id, identifier, to_json(orgs) AS orgs, to_json(agents) AS agents FROM read_parquet(${literal(`${warehouse.folders.reads}/${run}/users.parquet`)}) ORDER BY id`
    ),
    anyRow
  )
})

/** What is kept of a second read, though the first was like it but for one thing. */
const kept = (first: ReadonlyArray<User>, second: ReadonlyArray<User>) =>
  withWarehouse(Effect.zipRight(keep(1, first), keep(2, second)))

describe("a kept read holds the rows of its own run", () => {
  it("where two records exchanged a list", async () => {
    const rows = await kept(
      [
        { id: "u1", agents: ["p1"] },
        { id: "u2", agents: ["p2"] }
      ],
      [
        { id: "u1", agents: ["p2"] },
        { id: "u2", agents: ["p1"] }
      ]
    )
    expect(rows.map((row) => row["agents"])).toEqual(['["p2"]', '["p1"]'])
  })

  it("where an id went from the end of one list to the beginning of the next", async () => {
    const rows = await kept([{ id: "u1", orgs: ["s1", "x"] }], [{ id: "u1", orgs: ["s1"], agents: ["x"] }])
    expect(rows[0]).toMatchObject({ orgs: '["s1"]', agents: '["x"]' })
  })

  it("where a pair of equal rows became another pair of equal rows", async () => {
    const rows = await kept(
      [
        { id: "u1", identifier: "1" },
        { id: "u1", identifier: "1" }
      ],
      [
        { id: "u1", identifier: "2" },
        { id: "u1", identifier: "2" }
      ]
    )
    expect(rows.map((row) => row["identifier"])).toEqual(["2", "2"])
  })
})

it("of a read whose manifest is damaged it is said that it cannot be used, and the next one is kept all the same", () =>
  withWarehouse(
    Effect.gen(function* () {
      const { reads } = (yield* Warehouse).folders
      yield* keep(1, [{ id: "u1" }])
      yield* keep(2, [{ id: "u1" }])
      writeFileSync(join(reads, "1", "read.json"), '{"run": 1, "pipeli')
      yield* keep(3, [{ id: "u1" }])
      expect((yield* keptReads("small")).map(({ run }) => run)).toEqual([3, 2])
      const said = "the rows of run 1 are kept and cannot be used: "
      expect(yield* unreadableReads).toEqual([expect.stringContaining(said)])
      const refused = yield* Effect.flip(keptRead("small", 1))
      expect(refused).toMatchObject({
        detail: expect.stringMatching(/^the rows of run 1 are not kept.*cannot be used: .*1\/read\.json/)
      })
    })
  ))
