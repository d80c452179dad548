import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { sha256 } from "../../src/core/hash.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { type CollectionRequest, type ReadProof, Source, type TaggedRead } from "../../src/core/ports/source.ts"
import { Text, Warehouse } from "../../src/core/ports/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import { dropViews, type EarlierRead } from "../../src/extract/earlier-reads.ts"
import { keepRead, keptReads } from "../../src/extract/kept-reads.ts"
import { readSource } from "../../src/extract/read-source.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { datasetTable } from "../../src/pipeline/relations.ts"
import { load, withWarehouse } from "../tools/definitions.ts"

/** Datasets of which the source sends nothing, because nothing of them is another. */

let definition: Definition
beforeAll(async () => {
  const text = `pipeline: small
timezone: America/Chicago
extract:
  connection: campus
  datasets:
    users: { endpoint: /users }
transform: { entities: {} }
load: { connection: brightspace, entities: {} }
`
  definition = (await load(text)).definition
})

/** A source of one user that sends nothing where it may; what it was asked for is noted. */
const holding = () => {
  const asked: Array<Pick<CollectionRequest, "before" | "unlessSame" | "wholeBefore">> = []
  const record = JSON.stringify({ sourcedId: "u1", status: "active", givenName: "Ana" })
  const proof: ReadProof = {
    dataset: "users",
    endpoint: "/users",
    mode: "full",
    requests: 1,
    pages: 1,
    rowsRead: 1,
    totalAtStart: 1,
    totalAtEnd: 1,
    endRecognisedBy: "total_reached",
    sortedByKey: true,
    warnings: []
  }
  const tagged: TaggedRead = {
    asked: "of it",
    pages: [{ offset: 0, limit: 10, etag: '"1"', sha256: "one" }],
    honest: true,
    proof,
    sha256: sha256(record)
  }
  const layer = Layer.succeed(Source, {
    connection: "campus",
    contracts: oneRosterCollections,
    requestsSent: () => asked.length,
    read: ({ before, directory, unlessSame, wholeBefore }) =>
      Effect.sync(() => {
        asked.push({
          ...(before && { before }),
          ...(unlessSame !== undefined && { unlessSame }),
          ...(wholeBefore && { wholeBefore })
        })
        if (before !== undefined && unlessSame === true)
          return { files: [], sha256: before.sha256, tagged, proof: { ...proof, notModified: true as const } }
        const path = join(directory, "page.json")
        writeFileSync(path, `${record}\n`)
        const file = { path, rows: 1 }
        return { files: [file], sha256: sha256(record), tagged, proof }
      })
  })
  return { asked, layer, tagged }
}

const reading = Effect.fn(function* (
  layer: Layer.Layer<Source>,
  earlier: ReadonlyArray<EarlierRead>,
  known: ReadonlyArray<EarlierRead> = earlier
) {
  const clock = { asOf: "2026-09-01", now: "2026-09-01T07:00:00.000Z" }
  yield* dropViews(datasetTable)
  const contracts = oneRosterCollections
  const asked = { definition, contracts, clock, part: wholePlan, earlier, known, onProgress: () => undefined }
  const [read] = yield* readSource(asked).pipe(Effect.provide(layer))
  if (read === undefined) throw new Error("one dataset was to be read")
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(sql`SELECT sourcedId || ' ' || givenName AS row FROM dataset_users`, Row)
  const keep = (run: number) => keepRead({ definition, contracts, clock, run, read: [read] })
  const { landedBy, landing, sha256: digest, tagged } = read
  const asEarlier = (run: number): EarlierRead => ({
    sha256: digest ?? "",
    landedBy: landedBy ?? "",
    run,
    landing,
    tagged
  })
  return { read, rows: rows.map(({ row }) => row), keep, asEarlier }
})
const Row = Schema.Struct({ row: Text })

it("takes the rows that are kept where nothing was sent, and proves them by the read that brought them", () =>
  withWarehouse(
    Effect.gen(function* () {
      const { asked, layer, tagged } = holding()
      const first = yield* reading(layer, [])
      yield* first.keep(1)
      // By how many pages it is asked for is kept once, with the night.
      expect((yield* keptReads("small"))[0]?.read[0]?.tagged).toBeNull()
      const second = yield* reading(layer, [first.asEarlier(1)])
      expect(asked).toEqual([{}, { before: tagged, unlessSame: true, wholeBefore: tagged.sha256 }])
      expect(second.read).toMatchObject({ proven: true, keptBy: 1, landing: first.read.landing, tagged })
      expect(second.read.proof.notModified).toBe(true)
      expect([first.rows, second.rows]).toEqual([["u1 Ana"], ["u1 Ana"]])
    })
  ))

it("asks once more for everything where the rows that are kept cannot be opened", () =>
  withWarehouse(
    Effect.gen(function* () {
      const { asked, layer, tagged } = holding()
      const first = yield* reading(layer, [])
      yield* first.keep(1)
      rmSync(join((yield* Warehouse).folders.reads, "1", "users.parquet"))
      const second = yield* reading(layer, [first.asEarlier(1)])
      expect(asked).toEqual([{}, { before: tagged, unlessSame: true, wholeBefore: tagged.sha256 }, {}])
      expect(second.read).toMatchObject({ proven: true, keptBy: null })
      expect(second.read.proof.notModified).toBeUndefined()
      expect(second.rows).toEqual(["u1 Ana"])
    })
  ))

it("lets everything be sent, and compares it, where no rows may be taken or they would become other rows", () =>
  withWarehouse(
    Effect.gen(function* () {
      const { asked, layer, tagged } = holding()
      const first = yield* reading(layer, [])
      yield* first.keep(1)
      const earlier = first.asEarlier(1)
      const whole = yield* reading(layer, [], [earlier])
      const otherwise = yield* reading(layer, [{ ...earlier, landedBy: "another" }])
      expect(asked.slice(1)).toEqual(
        [1, 2].map(() => ({ before: tagged, unlessSame: false, wholeBefore: tagged.sha256 }))
      )
      expect([whole.rows, otherwise.rows]).toEqual([["u1 Ana"], ["u1 Ana"]])
    })
  ))
