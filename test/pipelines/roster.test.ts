import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { beforeAll, expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { runPipelineTests } from "../../src/run/test-pipeline.ts"
import { emptyEnvironment, load, offer, withWarehouse } from "../tools/definitions.ts"

const file = new URL("../../pipelines/roster.yaml", import.meta.url).pathname
let definition: Definition

beforeAll(async () => {
  const loaded = await Effect.runPromise(loadDefinition(file, "pipelines/roster.yaml", offer, emptyEnvironment))
  expect(loaded.warnings).toEqual([])
  definition = loaded.definition
})

it("passes the tests it carries", async () => {
  const reports = await withWarehouse(
    runPipelineTests(definition, oneRosterCollections, new Date("2026-10-01T12:00:00Z"))
  )
  expect(reports.filter((one) => !one.passed)).toEqual([])
})

it("carries a test for each rule of the roster that rows can show", () => {
  const names = definition.tests.map((test) => test.name).join("\n")
  const ranges = [...names.matchAll(/A(\d+)(?:-A(\d+))?/g)].map(([, from, to]) => [Number(from), Number(to ?? from)])
  const covered = (rule: number): boolean => ranges.some(([from = 0, to = 0]) => from <= rule && rule <= to)
  const rules = Array.from({ length: 15 }, (_, index) => index + 2)
  expect(rules.filter((rule) => !covered(rule))).toEqual([])
})

it("removes nothing without a guard, and deletes nothing", () => {
  for (const load of definition.load.entities) {
    expect(load.guards.gone).not.toBeNull()
    expect(load.guards.empty).toBe("hold")
    expect(load.onGone).not.toBe("recycle")
  }
})

it("has the same hash when only its tests or its schedule change", async () => {
  const text = readFileSync(file, "utf8")
  const untested = await load(text.slice(0, text.indexOf("# ── Tests:")).replace("0 2 * * *", "0 3 * * *"))
  expect(untested.definition.hash).toBe(definition.hash)
  const changed = await load(text.replace("student: Student", "student: Pupil"))
  expect(changed.definition.hash).not.toBe(definition.hash)
})
