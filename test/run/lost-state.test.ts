import * as Effect from "effect/Effect"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { bringHome } from "../../src/run/apply.ts"
import { beginRun } from "../../src/state/runs.ts"
import { makePlanFolder } from "../../src/run/write-plan.ts"
import { inFolder, withWarehouse } from "../tools/definitions.ts"

describe("a workspace whose state was lost", () => {
  it("goes on with numbers that nothing on its disk has", () =>
    withWarehouse(
      Effect.gen(function* () {
        const { folders } = yield* Warehouse
        mkdirSync(join(folders.plans, "roster-2026-10-01-7"))
        mkdirSync(join(folders.plans, "roster-undo-6-8"))
        const begin = beginRun({
          kind: "plan",
          pipeline: "roster",
          plan: null,
          asOf: "2026-10-01",
          now: "2026-10-01T07:00:00.000Z"
        })
        expect(yield* begin).toBe(9)
        mkdirSync(join(folders.reads, "12"))
        expect(yield* begin).toBe(13)
        expect(yield* begin).toBe(14)
      })
    ))

  it("never writes over a plan", () =>
    withWarehouse(
      Effect.gen(function* () {
        yield* makePlanFolder("roster-2026-10-01-7")
        const again = yield* Effect.flip(makePlanFolder("roster-2026-10-01-7"))
        expect(again.message).toContain("a plan roster-2026-10-01-7 lies in the workspace already")
      })
    ))
})

describe("a plan that lies elsewhere", () => {
  it("is copied home once, and not over another plan of its name", () =>
    inFolder(async (folder) => {
      const [home, elsewhere] = [join(folder, "plans", "roster-2026-10-01-7"), join(folder, "elsewhere")]
      mkdirSync(elsewhere)
      writeFileSync(join(elsewhere, "plan.json"), "theirs")
      await Effect.runPromise(bringHome(elsewhere, home, "roster-2026-10-01-7"))
      await Effect.runPromise(bringHome(elsewhere, home, "roster-2026-10-01-7"))
      expect(readFileSync(join(home, "plan.json"), "utf8")).toBe("theirs")
      writeFileSync(join(home, "plan.json"), "ours")
      const refused = await Effect.runPromise(Effect.flip(bringHome(elsewhere, home, "roster-2026-10-01-7")))
      expect(refused).toMatchObject({ reason: "Altered" })
      expect(readFileSync(join(home, "plan.json"), "utf8")).toBe("ours")
    }))
})
