import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import { unshared, Warehouse, type WarehouseService } from "../../src/core/ports/warehouse.ts"
import type { DatasetMode, Definition } from "../../src/pipeline/definition.ts"
import { givingWay, isComputedAlone } from "../../src/pipeline/giving-way.ts"
import { loadPipelines, type Pipelines } from "../run/grade-nights.ts"

/** Which plans come to the same whoever has their turn meanwhile, and who is let have it. */

let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})

/** The shipped roster with one more thing that it looks at. */
const lookingAt = (mode: DatasetMode): Definition => {
  const { datasets, ...rest } = pipelines.roster
  return { ...rest, datasets: datasets.map((one) => (one.name === "enrollments" ? { ...one, mode } : one)) }
}

it("a roster that looks at its own ledger is computed alone: no export writes there", () => {
  expect(pipelines.roster.datasets.some(({ mode }) => mode.kind === "ledger")).toBe(true)
  expect(isComputedAlone(pipelines.roster)).toBe(true)
  expect(isComputedAlone(lookingAt({ kind: "ledger", pipeline: "roster", entity: "enrollment" }))).toBe(true)
})

it("what may be written by an export is looked at by a pipeline that is not computed alone", () => {
  expect(isComputedAlone(lookingAt({ kind: "ledger", pipeline: "grades", entity: "result" }))).toBe(false)
  expect(isComputedAlone(lookingAt({ kind: "sessions", pipelines: ["grades"] }))).toBe(false)
})

it("an export is not computed alone, even where it looks at nothing that others have", () => {
  const { load, ...rest } = pipelines.roster
  const entities = load.entities.map((one) => (one.entity === "enrollment" ? { ...one, person: "user" } : one))
  expect(isComputedAlone({ ...rest, load: { ...load, entities } })).toBe(false)
  expect(isComputedAlone(pipelines.grades)).toBe(false)
})

/** How often it was asked whether somebody waits, and how often others were let have their turn. */
const given = (definition: Definition, { isAwaited = true, isGuest = false } = {}) => {
  const calls = { asked: 0, away: 0 }
  const sharing: WarehouseService["sharing"] = {
    ...unshared,
    isGuest,
    away: (work) =>
      Effect.zipRight(
        Effect.sync(() => void calls.away++),
        work
      ),
    isAwaited: () => {
      calls.asked++
      return isAwaited
    }
  }
  Effect.runSync(Effect.provideService(givingWay(definition), Warehouse, { sharing } as WarehouseService))
  return calls
}

it("others have their turn where somebody waits, and such a moment counts where nobody does", () => {
  expect(given(pipelines.roster)).toEqual({ asked: 1, away: 1 })
  expect(given(pipelines.roster, { isAwaited: false })).toEqual({ asked: 1, away: 0 })
})

it("no moment counts at which nobody would have had their turn", () => {
  expect(given(pipelines.grades)).toEqual({ asked: 0, away: 0 })
  expect(given(pipelines.grades, { isAwaited: false })).toEqual({ asked: 0, away: 0 })
  expect(given(pipelines.roster, { isGuest: true })).toEqual({ asked: 0, away: 0 })
})
