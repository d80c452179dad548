import { expect, it } from "vitest"
import { readEngineError, reasonOf, wordsFor } from "../../../src/adapters/duckdb/engine-error.ts"
import { statementError } from "../../../src/adapters/duckdb/statement-error.ts"

const failed = (exception_message: string) =>
  readEngineError(new Error(JSON.stringify({ exception_type: "TransactionContext", exception_message })))

it("knows by what the system said why a commit failed, and of any other that the engine refused it", () => {
  // As the engine says it on a disk that is full.
  const full = failed('Failed to commit: Could not write file "/w/.rollbook/state.duckdb": No space left on device')
  expect([reasonOf(full), wordsFor(reasonOf(full), full)]).toEqual(["DiskFull", "the disk took no more (ENOSPC)"])
  // A statement that commits by itself fails in words alone.
  const alone = readEngineError(
    new Error('TransactionContext Error: Failed to commit: Could not write file "/w/x.wal": No space left on device')
  )
  expect(reasonOf(alone)).toBe("DiskFull")
  // A limit of the process, as the system numbers it.
  const large = readEngineError(
    new Error(JSON.stringify({ exception_type: "IO", exception_message: "x", errno: "27" }))
  )
  expect(wordsFor(reasonOf(large), large)).toBe("the disk took no more (EFBIG)")
  expect(reasonOf(failed("Failed to commit: write-write conflict on key: No space left on device, 7"))).toBe(
    "Statement"
  )
})

it("names the folder of the state where its disk is what refuses, and there alone", () => {
  const told = (exception_type: string, exception_message: string) =>
    statementError("COMMIT", new Error(JSON.stringify({ exception_type, exception_message })), "/w/.rollbook").message
  expect(told("TransactionContext", "Failed to commit: x: No space left on device")).toBe(
    "COMMIT: the disk took no more (ENOSPC), in /w/.rollbook"
  )
  expect(told("Conversion", "x")).not.toContain("/w")
})
