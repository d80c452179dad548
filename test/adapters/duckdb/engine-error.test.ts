import { expect, it } from "vitest"
import { readEngineError, reasonOf, wordsFor } from "../../../src/adapters/duckdb/engine-error.ts"

const failed = (exception_message: string) =>
  readEngineError(new Error(JSON.stringify({ exception_type: "TransactionContext", exception_message })))

it("knows by what the system said why a commit failed, and of any other that the engine refused it", () => {
  // As the engine says it on a disk that is full.
  const full = failed('Failed to commit: Could not write file "/w/.rollbook/state.duckdb": No space left on device')
  expect([reasonOf(full), wordsFor(reasonOf(full), full)]).toEqual(["DiskFull", "the disk took no more (ENOSPC)"])
  // A limit of the process, as the system numbers it.
  const large = readEngineError(
    new Error(JSON.stringify({ exception_type: "IO", exception_message: "x", errno: "27" }))
  )
  expect(wordsFor(reasonOf(large), large)).toBe("the disk took no more (EFBIG)")
  expect(reasonOf(failed("Failed to commit: write-write conflict on key: No space left on device, 7"))).toBe(
    "Statement"
  )
})
