import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { expect, it } from "vitest"
import { exitCodeOf, messageOf } from "../../src/cli/exit.ts"
import { exitCodes } from "../../src/core/exit-codes.ts"
import { engineLimits } from "../../src/cli/engine-limits.ts"
import { exitCodeOfApply } from "../../src/cli/flow.ts"
import { openWorkspace } from "../../src/cli/workspace.ts"
import { ApplyCutOff } from "../../src/core/ports/cut-off.ts"
import { JournalError } from "../../src/core/ports/journal.ts"
import { TargetError } from "../../src/core/ports/target.ts"
import { Warehouse, WarehouseError } from "../../src/core/ports/warehouse.ts"
import type { Applied } from "../../src/run/apply.ts"
import { withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

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
  const journal = new JournalError({ detail: "EDQUOT: quota", reason: "Full" })
  expect([messageOf(journal).slice(0, 16), exitCodeOf(journal)]).toEqual(["the disk is full", exitCodes.interrupted])
  // Amid an apply either is taken up again, and not begun anew.
  for (const by of [state, journal]) {
    const cutOff = new ApplyCutOff({ plan: "roster-2026-10-01-1", by })
    expect(messageOf(cutOff)).toMatch(
      /^the disk is full: free space there, and `rollbook resume`\. .*roster-2026-10-01-1/
    )
    expect(messageOf(cutOff)).toContain(by.message)
    expect(exitCodeOf(cutOff)).toBe(exitCodes.interrupted)
  }
})

it("refuses limits of the engine that are none, by the variable's name", async () => {
  const limits = (variables: Readonly<Record<string, string>>) => {
    const workspace = openWorkspace({ workspace: "/nowhere", state: null })
    const variable = (name: string) => variables[name]
    return Effect.runPromise(
      Effect.either(engineLimits({ ...workspace, environment: { ...workspace.environment, variable } }))
    )
  }
  expect(await limits({})).toEqual(Either.right({ memoryLimit: null, threads: null }))
  expect(await limits({ ROLLBOOK_MEMORY_LIMIT: "1500MB", ROLLBOOK_THREADS: "2" })).toEqual(
    Either.right({ memoryLimit: "1250000KB", threads: 2 })
  )
  for (const [said, engine] of [
    ["2 GiB", "1897483KB"],
    ["1.5gb", "1250000KB"],
    ["400MB", "200000KB"]
  ] as const) {
    expect(await limits({ ROLLBOOK_MEMORY_LIMIT: said })).toMatchObject({ right: { memoryLimit: engine } })
  }
  expect(await limits({ ROLLBOOK_MEMORY_LIMIT: "plenty" })).toMatchObject({
    left: { detail: "ROLLBOOK_MEMORY_LIMIT is no size of memory" }
  })
  for (const wrong of ["0", "two", "-1", "1.5"]) {
    expect(await limits({ ROLLBOOK_THREADS: wrong })).toMatchObject({
      left: { detail: "ROLLBOOK_THREADS is no number of threads" }
    })
  }
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
    Effect.flatMap(Warehouse, (warehouse) =>
      Effect.flip(warehouse.rows(plain("-- steps of a plan\nSELECT * FROM nowhere"), anyRow))
    )
  )
  expect(messageOf(error)).toMatch(/^steps of a plan: the engine refuses the statement \(Catalog\)$/)
})

it("ends an apply as what was read of the source ended, unless the target did worse", () => {
  const part = {
    dataset: "courses",
    parts: 1,
    late: 0,
    places: ["1200 1 English 9"],
    more: 0,
    since: null,
    say: "HTTP 403"
  }
  const ended = (failed: number, held: number, notRead: ReadonlyArray<object>) =>
    exitCodeOfApply({
      execution: { failed, notReached: 0 },
      held,
      plan: { not_read: notRead }
    } as unknown as Applied)
  expect(ended(0, 0, [])).toBe(0)
  expect(ended(0, 0, [part])).toBe(4)
  expect(ended(0, 3, [part])).toBe(4)
  expect(ended(1, 3, [part])).toBe(5)
  // What was left when the minutes were over waits, as it does behind a gate.
  expect(ended(0, 0, [{ ...part, late: 1 }])).toBe(0)
})
