import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeEach, expect, it } from "vitest"
import type { BrightspaceConnection } from "../../../src/adapters/brightspace/settings.ts"
import { writerLayer } from "../../../src/adapters/brightspace/writer.ts"
import { type TargetError, TargetWriter } from "../../../src/core/ports/target.ts"
import { call, connectionTo, rehearse, rosterScopes } from "../../sandbox/rehearsal.ts"
import { inFolder } from "../../tools/definitions.ts"

const sandbox = rehearse()

const control = (path: string, body: unknown, method = "POST") =>
  call(`${sandbox().brightspaceUrl}/sandbox/${path}`, { method, body })
const settings = (body: unknown) => control("settings", body, "PUT")
beforeEach(() => settings({ batches: "asked" }))

const bulk = { sourceSystem: "1042", version: "3.0", at: 1, waitMinutes: 1, settleHours: 1 } as const
const header = "type,action,child_code,role_name,parent_code"

/** Hands a file over, so many times; the failure of each, or null. */
const handOver = (over: Partial<BrightspaceConnection> = {}, times = 1): Promise<ReadonlyArray<TargetError | null>> =>
  inFolder((folder) => {
    const path = join(folder, "rows")
    writeFileSync(path, `${header}\nenrollment,UPDATE,1,Student,C1\n`)
    const connection = connectionTo(sandbox(), { bulk, ...over })
    const { auth } = connection
    const scope = [...rosterScopes.split(" "), "ipsis:batch:upload"]
    const signed = auth.type === "private_key_jwt" ? { ...connection, auth: { ...auth, scope } } : connection
    return Effect.runPromise(
      Effect.flatMap(TargetWriter, ({ rows }) => {
        if (rows === undefined) return Effect.dieMessage("there is no way by rows")
        const files = [{ name: "08-Enrollments.csv", path }]
        return Effect.forEach(Array.from({ length: times }), () =>
          Effect.match(rows.handOver(files), { onFailure: (error) => error, onSuccess: () => null })
        )
      }).pipe(Effect.provide(writerLayer(signed, "America/Chicago")), Effect.orDie)
    )
  })
const batches = async () => (await call(`${sandbox().brightspaceUrl}/sandbox/batches`)).body as ReadonlyArray<unknown>

it("uploads a batch under a name of its own, with no credentials but those of its address", async () => {
  expect(await handOver({}, 2)).toEqual([null, null])
  expect(await batches()).toHaveLength(2)
  const worked = await control("batches/work-off", undefined)
  expect(worked.body).toMatchObject([
    { state: "done", rows: 1 },
    { state: "done", rows: 1 }
  ])
})

it.each([
  ["the address is of no use any more", "Forbidden", () => settings({ signedSeconds: 0 })],
  ["there is no such source system", "NotFound", () => settings({ sourceSystem: "7" })],
  [
    "no address is answered",
    "Unreachable",
    () => control("faults", [{ do: "answer_lost", match: { method: "POST", pattern: "/signedurl" } }])
  ],
  [
    "the upload is refused",
    "Invalid",
    () => control("faults", [{ do: "status", status: 400, match: { method: "PUT", pattern: "/ipsis-batches/" } }])
  ]
] as const)("says that nothing was taken where %s", async (_, reason, happens) => {
  await happens()
  const [error] = await handOver()
  expect(error).toMatchObject({ reason, connection: "brightspace" })
  expect(await batches()).toEqual([])
})

it.each([
  ["failed", { do: "status", status: 500 }, 0],
  ["did not answer", { do: "answer_lost" }, 1]
] as const)("leaves it open whether a batch was taken where the server %s, and tries once", async (_, fault, taken) => {
  await control("faults", [{ ...fault, match: { method: "PUT", pattern: "/ipsis-batches/" } }])
  const [error] = await handOver()
  expect(error).toMatchObject({ reason: "AnswerLost" })
  // Neither the address nor what it is signed with is told.
  expect(error?.message).not.toMatch(/ipsis-batches|signature/i)
  expect(await batches()).toHaveLength(taken)
})
