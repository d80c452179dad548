import * as Effect from "effect/Effect"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { gradebookSourceLayer } from "../../../../src/adapters/brightspace/gradebook/source.ts"
import { openWarehouse } from "../../../../src/adapters/duckdb/warehouse.ts"
import { judgeCompleteness } from "../../../../src/extract/completeness.ts"
import { landCollection } from "../../../../src/extract/land.ts"
import { Source } from "../../../../src/core/ports/source.ts"
import { Warehouse } from "../../../../src/core/ports/warehouse.ts"
import { course, item, startGradebooks, value } from "./fake-gradebook.ts"
import { datasetTable } from "../../../../src/pipeline/relations.ts"
import { anyRow, plain } from "../../../tools/plain-sql.ts"

it("lands what was read, with every type of column, in the real engine", async () => {
  const fake = await startGradebooks()
  const home = await mkdtemp(join(tmpdir(), "rollbook-gradebook-landing-"))
  onTestFinished(async () => {
    await fake.tenant.close()
    await rm(home, { recursive: true, force: true })
  })
  fake.courses.set(
    "7001",
    course({
      items: [item(101, { MaxPoints: 12.5 }), item(102, { GradeType: "Formula", MaxPoints: null, IsHidden: true })],
      sessions: { "101": 6700 },
      exempt: { "101": ["304"] },
      values: [
        value(101, 301, { Comments: { Text: "", Html: "" } }),
        value(101, 302, { PointsNumerator: null }),
        value(101, 303, { UserId: null })
      ]
    })
  )
  const landed = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const warehouse = yield* openWarehouse({
          stateFile: join(home, "state.duckdb"),
          memoryLimit: "512MB",
          threads: 1
        })
        const source = yield* Source
        const land = Effect.fnUntraced(function* (dataset: string, part: string, columns: string) {
          const endpoint = `/gradebook/${dataset}`
          const contract = source.contracts.get(endpoint)
          if (contract === undefined) throw new Error(`no ${endpoint}`)
          const directory = join(warehouse.folders.pages, dataset)
          yield* Effect.promise(() => mkdir(directory))
          const pages = yield* source.read({
            dataset,
            endpoint,
            filter: null,
            fields: [],
            scopes: [{ id: part, since: null }],
            directory,
            onProgress: () => undefined
          })
          const landing = yield* landCollection(dataset, contract, pages.files).pipe(
            Effect.provideService(Warehouse, warehouse)
          )
          const rows = yield* warehouse.rows(
            plain(`SELECT ${columns} FROM ${datasetTable(dataset)} ORDER BY RecordId`),
            anyRow
          )
          return {
            rows,
            completeness: judgeCompleteness(pages.proof, landing, { rowsOfLastGoodRun: null, probed: null })
          }
        })
        return {
          items: yield* land("items", "7001", "RecordId, Name, MaxPoints, IsHidden, ShortName"),
          values: yield* land("values", "7001", "RecordId, PointsNumerator, Comments, LastModified"),
          exemptions: yield* land("exemptions", "7001/101", "RecordId, ItemRecordId"),
          activities: yield* land("activities", "7001", "RecordId"),
          item_settings: yield* land("item_settings", "7001/101", "RecordId, AcademicSessionOrgUnitId, IsTold")
        }
      })
    ).pipe(Effect.provide(gradebookSourceLayer(fake.tenant.connection(), "America/Chicago")))
  )
  expect(landed.items).toMatchObject({
    rows: [
      { RecordId: "7001/101", Name: "Essay 101", MaxPoints: 12.5, IsHidden: false, ShortName: null },
      { RecordId: "7001/102", MaxPoints: null, IsHidden: true }
    ],
    completeness: { proven: true }
  })
  expect(landed.values).toMatchObject({
    rows: [
      { RecordId: "7001/101/301", PointsNumerator: 17.5, Comments: null },
      { RecordId: "7001/101/302", PointsNumerator: null, Comments: "Well argued" }
    ],
    completeness: { proven: false, landing: { keyless: 1 } }
  })
  expect(String(landed.values.rows[0]?.["LastModified"])).toMatch(/^2026-10-02 14:00:00/)
  expect(landed.exemptions).toMatchObject({
    rows: [{ RecordId: "7001/101/304", ItemRecordId: "7001/101" }],
    completeness: { proven: true }
  })
  expect(landed.item_settings.rows).toEqual([{ RecordId: "7001/101", AcademicSessionOrgUnitId: "6700", IsTold: true }])
  expect(landed.activities.rows).toEqual([])
})
