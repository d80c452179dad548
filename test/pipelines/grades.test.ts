import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { runPipelineTests } from "../../src/run/test-pipeline.ts"
import { emptyEnvironment, gradeOffer, withWarehouse } from "../tools/definitions.ts"

const file = new URL("../../pipelines/grades.yaml", import.meta.url).pathname
let definition: Definition

beforeAll(async () => {
  const loaded = await Effect.runPromise(loadDefinition(file, "pipelines/grades.yaml", gradeOffer, emptyEnvironment))
  expect(loaded.warnings).toEqual([])
  definition = loaded.definition
})

it("passes the tests it carries", async () => {
  const contracts = new Map([...gradeOffer.collections, ...definition.used])
  const reports = await withWarehouse(runPipelineTests(definition, contracts, new Date("2026-10-01T12:00:00Z")))
  expect(reports.filter((one) => !one.passed)).toEqual([])
  expect(reports.length).toBeGreaterThan(10)
})

it("passes them wherever the district is", async () => {
  const contracts = new Map([...gradeOffer.collections, ...definition.used])
  const elsewhere = { ...definition, timezone: "Pacific/Pago_Pago" }
  const reports = await withWarehouse(runPipelineTests(elsewhere, contracts, new Date("2026-10-01T12:00:00Z")))
  expect(reports.filter((one) => !one.passed).map((one) => one.name)).toEqual([])
})

it("carries a test for each rule of grades that rows can show", () => {
  const names = definition.tests.map((test) => test.name.split(":", 1)[0]).join(",")
  const covered = new Set([...names.matchAll(/B(\d+)/g)].map(([, rule]) => Number(rule)))
  expect([2, 3, 4, 5, 6, 7, 15].filter((rule) => !covered.has(rule))).toEqual([])
})

it("takes nothing away, and reads no private comment", () => {
  expect(definition.load.entities.map((load) => load.onGone)).toEqual(["keep", "keep"])
  const columns = [...gradeOffer.collections.values()].flatMap((one) => one.columns.map((column) => column.name))
  expect(columns.filter((name) => /private/i.test(name))).toEqual([])
})

it("sends neither category nor grade scheme, and no status but those of the map", () => {
  for (const entity of definition.entities) {
    const fields = entity.fields.map((field) => field.name)
    expect(fields.filter((name) => /category|scheme|bonus|late/i.test(name))).toEqual([])
  }
})
