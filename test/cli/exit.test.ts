import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { exitCodeOf, exitCodes, messageOf } from "../../src/cli/exit.ts"
import { JournalError } from "../../src/ports/journal.ts"
import { TargetError } from "../../src/ports/target.ts"
import { Warehouse, WarehouseError } from "../../src/ports/warehouse.ts"
import { withWarehouse } from "../tools/definitions.ts"

const failing = (code: string, said: string): Error =>
  Object.assign(new Error(`${code}: ${said}`), { code, syscall: "write" })

it("says what to do where the disk is full or closed, by the system's code and the engine's reason", () => {
  expect(messageOf(failing("ENOSPC", "no space left on device, write"))).toMatch(/^the disk is full: free space/)
  expect(messageOf(failing("EACCES", "permission denied, mkdir '/srv/plans'"))).toMatch(
    /^a file or folder is closed to this user: .*'\/srv\/plans'$/
  )
  const state = new WarehouseError({
    reason: "DiskFull",
    statement: "steps of a plan",
    detail: "the disk took no more"
  })
  expect(messageOf(state)).toMatch(/^the disk is full: .*steps of a plan: the disk took no more$/)
  const journal = new JournalError({ detail: "EDQUOT: quota", code: "EDQUOT" })
  expect([messageOf(journal).slice(0, 16), exitCodeOf(journal)]).toEqual(["the disk is full", exitCodes.interrupted])
})

it("takes no word of a message for a reason", () => {
  const odd = new WarehouseError({ reason: "Statement", statement: "no space left on device", detail: "EACCES locked" })
  expect(messageOf(odd)).toBe(odd.message)
  expect(exitCodeOf(odd)).toBe(exitCodes.unexpected)
})

it("tells an error that is none of ours by kind and place: its words may quote a value", () => {
  let error: unknown
  try {
    JSON.parse('{"name": Brown}')
  } catch (caught) {
    error = caught
  }
  expect(String(error)).toContain("Brown")
  expect(messageOf(error)).toMatch(/^an error that rollbook does not know \(SyntaxError at /)
  expect(messageOf(error)).not.toContain("Brown")
  expect(messageOf("Brown")).not.toContain("Brown")
})

it("leaves every other error as it is", () => {
  const refused = new TargetError({
    reason: "Forbidden",
    connection: "b",
    request: "GET /x",
    detail: "Permission denied"
  })
  expect(messageOf(refused)).toBe(refused.message)
})

it("names a statement that fails by what it is about, without the marks of a comment", async () => {
  const error = await withWarehouse(
    Effect.flatMap(Warehouse, (warehouse) => Effect.flip(warehouse.rows("-- steps of a plan\nSELECT * FROM nowhere")))
  )
  expect(messageOf(error)).toMatch(/^steps of a plan: the engine refuses the statement \(Catalog\)$/)
})
