import * as Effect from "effect/Effect"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { keptReads } from "../../src/extract/kept-reads.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { memorySource } from "../memory/source.ts"
import { clock, districtWith, inWorkspace, night, plan, rosterWith, whatIf } from "./edited-nights.ts"
import { district } from "./nights.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

const shipped = await rosterWith()
/** Every offering called by its name alone: what an edit of a rule does. */
const edited = await rosterWith(
  ['- value: { template: "{lead.family_name}_{lead.given_name}" }\n', ""],
  ['org_code: { clean: { of: "coalesce(org.identifier, org.name)"', 'org_code: { clean: { of: "org.name"']
)

/** Everything durable, as text. */
const durable = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const tables = yield* warehouse.rows(
    plain("SELECT table_name AS name FROM duckdb_tables() WHERE NOT temporary AND table_name <> 'runs' ORDER BY ALL"),
    anyRow
  )
  const content: Array<unknown> = []
  for (const { name } of tables)
    content.push(name, yield* warehouse.rows(plain(`SELECT * FROM "${String(name)}" ORDER BY ALL`), anyRow))
  return JSON.stringify(content)
})

describe("what if", () => {
  it("an edited rule over the rows of the last run: its steps, and no trace in the state", async () => {
    await inWorkspace((home) =>
      Effect.gen(function* () {
        yield* night(shipped, district)
        const before = yield* durable
        const same = yield* whatIf(shipped, "last")
        expect(same.plan).toMatchObject({ from_run: 1, steps: { count: 0 } })
        const made = yield* whatIf(edited, 1)
        expect(made.plan.from_run).toBe(1)
        expect(made.plan.source.every((one) => one.proven)).toBe(true)
        const offerings = made.plan.counts.find((one) => one.entity === "course_offering")
        expect(offerings?.actions.update).toBeGreaterThan(0)
        expect(yield* durable).toBe(before)
        expect(readdirSync(join(home, "reads"))).toEqual(["1", "made-roster-1"])
        // And the night after goes on as if nobody had asked.
        expect((yield* plan(shipped, district)).plan.steps.count).toBe(0)
        const refused = yield* Effect.flip(
          applyPlan({
            id: made.plan.plan_id,
            definition: edited,
            now: clock.now,
            part: wholePlan,
            extent: "everything",
            onProgress: () => undefined
          })
        )
        expect(refused.message).toContain("it is a what-if over the rows of run 1")
      })
    )
  })

  it("rows that are not kept, or were asked for in another way, are refused with what there is", async () => {
    const filtered = await rosterWith([
      "courses: { endpoint: /courses }",
      `courses: { endpoint: /courses, filter: "status='active'" }`
    ])
    await inWorkspace(() =>
      Effect.gen(function* () {
        expect((yield* Effect.flip(whatIf(shipped, "last"))).message).toContain("No read of roster is kept yet")
        yield* plan(shipped, district)
        expect((yield* Effect.flip(whatIf(shipped, 7))).message).toBe(
          "the rows of run 7 are not kept. Kept are the rows of run 1"
        )
        expect((yield* Effect.flip(whatIf(filtered, 1))).message).toContain("courses is asked for in another way now")
      })
    )
  })
})

describe("a rehearsal", () => {
  const forTwoWeeks = {
    status: "active",
    user: "s28",
    class: "c1",
    school: "s1",
    role: "student",
    endDate: "2026-10-15"
  }
  const visited = districtWith({ enrollments: [{ sourcedId: "e99", ...forTwoWeeks }] })
  /** The plan of a day by which that visit is over. */
  const afterwards = (definition: Definition) =>
    makePlan({
      definition,
      clock: { ...clock, asOf: "2026-10-20" },
      part: wholePlan,
      progress: { stage: () => undefined, read: () => undefined }
    }).pipe(Effect.provide(memorySource(visited, {})))

  it("of another day than the nights that were carried out leaves no trace in the state, and no plan stale", async () => {
    await inWorkspace((home) =>
      Effect.gen(function* () {
        yield* night(shipped, district)
        const waiting = yield* plan(shipped, visited)
        const [before, reads] = [yield* durable, readdirSync(join(home, "reads"))]
        const { plan: rehearsed } = yield* afterwards(shipped)
        expect([waiting.plan.steps.count > 0, rehearsed.steps.count]).toEqual([true, 0])
        expect(yield* durable).toBe(before)
        expect(readdirSync(join(home, "reads"))).toEqual(reads)
        const { execution } = yield* applyPlan({
          id: waiting.plan.plan_id,
          definition: shipped,
          now: clock.now,
          part: wholePlan,
          extent: "everything",
          onProgress: () => undefined
        })
        expect(execution.done).toBe(waiting.plan.steps.count)
      })
    )
  })

  it("is a night as any other where all nights are of other days, as with the data of a year gone by", async () => {
    await inWorkspace(() =>
      Effect.gen(function* () {
        yield* afterwards(shipped)
        const before = yield* durable
        yield* afterwards(edited)
        expect(yield* durable).not.toBe(before)
      })
    )
  })
})

describe("the rows of a read", () => {
  it("are kept for two runs, linked where a night brought nothing new, readable by their owner alone", async () => {
    await inWorkspace((home) =>
      Effect.gen(function* () {
        const file = (run: number, name: string): string => join(home, "reads", String(run), name)
        yield* plan(shipped, district)
        expect(statSync(file(1, "users.parquet")).mode & 0o777).toBe(0o600)
        expect(statSync(file(1, "read.json")).mode & 0o777).toBe(0o600)
        expect(statSync(join(home, "reads")).mode & 0o777).toBe(0o700)
        yield* plan(shipped, districtWith({ users: [{ sourcedId: "s1", givenName: "Anna" }] }))
        expect(statSync(file(1, "enrollments.parquet")).ino).toBe(statSync(file(2, "enrollments.parquet")).ino)
        expect(statSync(file(1, "users.parquet")).ino).not.toBe(statSync(file(2, "users.parquet")).ino)
        yield* plan(shipped, district)
        expect((yield* keptReads("roster")).map((one) => one.run)).toEqual([3, 2])
        expect(readFileSync(file(3, "read.json"), "utf8")).not.toMatch(/Anna/)
      })
    )
  })

  it("are not kept when the read was not proven whole, nor where keep_reads is 0; a second pipeline keeps its own", async () => {
    const none = await rosterWith(["extract:\n", "extract:\n  keep_reads: 0\n"])
    const other = { ...shipped, name: "other" }
    await inWorkspace((home) =>
      Effect.gen(function* () {
        yield* plan(shipped, district, { users: { endRecognisedBy: "unproven" } })
        expect(existsSync(join(home, "reads", "1"))).toBe(false)
        yield* plan(shipped, district)
        yield* plan(other, district)
        yield* plan(none, district)
        expect(readdirSync(join(home, "reads"))).toEqual(["3", "made-other-3"])
      })
    )
  })

  it("does not make another pipeline of it, how many are kept", async () => {
    expect((await rosterWith(["extract:\n", "extract:\n  keep_reads: 5\n"])).hash).toBe(shipped.hash)
  })
})
