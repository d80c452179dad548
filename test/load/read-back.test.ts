import { beforeAll, expect, it } from "vitest"
import type { Definition } from "../../src/pipeline/definition.ts"
import type { StepOutcome } from "../../src/core/ports/journal.ts"
import { onlyPeople, people, walkThrough, type Lies } from "./walking.ts"

/** A target that answers 200 and writes nothing: what its answer does not prove is read back by sample. */

let definition: Definition
beforeAll(async () => {
  definition = await onlyPeople()
})

const through = (count: number, lies: Lies) => walkThrough(definition, people(count), lies)
const failedIn = (outcomes: ReadonlyArray<Pick<StepOutcome, "outcome" | "reason">>) =>
  outcomes.filter((one) => one.outcome === "failed")

it("that lies about all is found out by the first, and every step of the kind has failed", async () => {
  const { execution, ledger, looks, outcomes } = await through(300, { lies: () => true })
  expect(execution).toMatchObject({ done: 0, failed: 300, notReached: 0 })
  // The first of a kind that is not found is looked for twice.
  expect(looks).toBeGreaterThanOrEqual(300)
  expect(new Set(failedIn(outcomes).map((one) => one.reason))).toEqual(new Set(["NotWritten"]))
  expect(ledger.every((row) => row["is_doubtful"] === true)).toBe(true)
})

it("that lies now and then is found out by a sample, and then no step of the kind is believed unseen", async () => {
  const liesAbout = (key: string) => Number(key.slice(1)) % 3 === 0
  const { execution, ledger, outcomes } = await through(400, { lies: ({ key }) => liesAbout(key) })
  const lost = people(400).filter(liesAbout)
  expect(execution).toMatchObject({ done: 400 - lost.length, failed: lost.length, notReached: 0 })
  expect(failedIn(outcomes)).toHaveLength(lost.length)
  expect(ledger.filter((row) => row["is_doubtful"] === true).map((row) => row["key"])).toEqual(lost)
})

it("that does as it says is asked for one in fifty", async () => {
  const { execution, looks } = await through(400, { lies: () => false })
  expect(execution).toMatchObject({ done: 400, failed: 0 })
  expect(looks).toBe(8)
})

it("that proves by its answers is not read back, and neither is one that cannot be", async () => {
  expect((await through(60, { lies: () => true, isProven: true })).looks).toBe(0)
  const unreadable = await through(60, { lies: () => true, isReadable: false })
  expect(unreadable.execution).toMatchObject({ done: 60, failed: 0 })
})

it("that shows late what was written is believed", async () => {
  const seen = new Set<string>()
  const { execution } = await through(3, { lies: ({ key }) => !seen.has(key) && seen.add(key).size > 0 })
  expect(execution).toMatchObject({ done: 3, failed: 0 })
})
