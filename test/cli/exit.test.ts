import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { messageOf } from "../../src/cli/exit.ts"
import { TargetError } from "../../src/ports/target.ts"
import { Warehouse, WarehouseError } from "../../src/ports/warehouse.ts"
import { withWarehouse } from "../tools/definitions.ts"

const failing = (code: string, said: string): Error => Object.assign(new Error(`${code}: ${said}`), { code })

it("says what to do where the disk is full or closed", () => {
  expect(messageOf(failing("ENOSPC", "no space left on device, write"))).toMatch(/^the disk is full: free space/)
  expect(messageOf(failing("EACCES", "permission denied, mkdir '/srv/plans'"))).toMatch(
    /^a file or folder is closed to this user: .*'\/srv\/plans'$/
  )
  const state = new WarehouseError({
    reason: "Statement",
    statement: "steps of a plan",
    detail: "IO Error: Could not write file: No space left on device"
  })
  expect(messageOf(state)).toMatch(/^the disk is full: .*steps of a plan: IO Error/)
})

it("leaves every other error as it is", () => {
  const refused = new TargetError({
    reason: "Forbidden",
    connection: "b",
    request: "GET /x",
    detail: "Permission denied"
  })
  expect(messageOf(refused)).toBe(refused.message)
  expect(messageOf("odd")).toBe("odd")
})

it("names a statement that fails by what it is about, without the marks of a comment", async () => {
  const error = await withWarehouse(
    Effect.flatMap(Warehouse, (warehouse) => Effect.flip(warehouse.rows("-- steps of a plan\nSELECT * FROM nowhere")))
  )
  expect(messageOf(error)).toMatch(/^steps of a plan: Catalog Error/)
})
