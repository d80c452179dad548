import * as Effect from "effect/Effect"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { messageOf } from "../../src/cli/exit.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { PlanFile } from "../../src/plan/plan.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { bringHome, rememberPart } from "../../src/run/apply.ts"
import { readAuditTrail } from "../../src/history/audit-trail.ts"
import { fetchPages } from "../../src/extract/fetch-pages.ts"
import { keptReads } from "../../src/extract/kept-reads.ts"
import { onDisk } from "../../src/state/on-disk.ts"
import { readPlanSteps } from "../../src/history/plan-steps.ts"
import { memorySource } from "../cases/memory.ts"
import { definitionOf, inFolder, withWarehouse } from "../tools/definitions.ts"

/** What the disk refuses is a failure that names the path and what to do, and is never taken for nothing. */

const failure = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<string, A, R> =>
  Effect.map(Effect.flip(work), messageOf)

it.each([
  ["ENOSPC", /^the disk is full: free space there.*write the plan: \/p\/plan\.json: ENOSPC/],
  ["EACCES", /^a file or folder is closed to this user: let the user.*write the plan: \/p\/plan\.json: EACCES/],
  ["EROFS", /^a file or folder is closed to this user.*\/p\/plan\.json/],
  ["EISDIR", /\/p\/plan\.json: EISDIR.*a folder lies where a file should: move it away/],
  ["ENOENT", /\/p\/plan\.json: ENOENT.*it is not there/]
])("%s is told with the path and what to do", async (code, said) => {
  const error = Object.assign(new Error(`${code}: as the system says it, write`), { code, syscall: "write" })
  const work = onDisk("write the plan", "/p/plan.json", () => Promise.reject(error))
  expect(await Effect.runPromise(failure(work))).toMatch(said)
})

it("what is none of the system's is told without what it quotes", async () => {
  const work = onDisk("read the part", "/p/part.json", () => Promise.resolve(JSON.parse("Kim Vale") as unknown))
  const said = await Effect.runPromise(failure(work))
  expect(said).toContain("/p/part.json: it is not what was expected there (SyntaxError)")
  expect(said).not.toContain("Kim")
})

it("what cannot be read is not taken for what is not there: a part, a plan at home, the audit trail", () =>
  inFolder(async (folder) => {
    const [home, given] = [join(folder, "home"), join(folder, "given")]
    mkdirSync(join(home, "part.json"), { recursive: true })
    mkdirSync(join(home, "plan.json"))
    mkdirSync(given)
    writeFileSync(join(given, "plan.json"), "{}")
    // A narrowed apply that was taken up as a whole one would write what nobody asked for.
    expect(await Effect.runPromise(failure(rememberPart(home, wholePlan, true)))).toContain(join(home, "part.json"))
    expect(await Effect.runPromise(failure(bringHome(given, home, "p")))).toContain(join(home, "plan.json"))
    expect(await Effect.runPromise(failure(readAuditTrail(home)))).toContain(home)
    // And what is not there is not an error.
    expect(await Effect.runPromise(rememberPart(given, wholePlan, true))).toEqual(wholePlan)
    expect(await Effect.runPromise(readAuditTrail(join(folder, "none")))).toEqual([])
    await Effect.runPromise(bringHome(given, join(folder, "new"), "p"))
    expect(await readFile(join(folder, "new", "plan.json"), "utf8")).toBe("{}")
  }))

it("a file in the place of a folder, and steps that are gone, are failures of the run and no defects", () =>
  withWarehouse(
    Effect.gen(function* () {
      const { pages, plans, reads } = (yield* Warehouse).folders
      for (const folder of [pages, reads]) {
        rmSync(folder, { recursive: true, force: true })
        writeFileSync(folder, "")
      }
      expect(yield* failure(keptReads("roster"))).toMatch(/a file lies where a folder should: move it away/)
      const definition = yield* Effect.promise(() => definitionOf("  entities: {}"))
      const [dataset] = definition.datasets
      if (dataset === undefined) throw new Error("the small pipeline reads something")
      const parts = { scopes: null, wasReadBefore: false, minutes: null } as never
      const fetched = fetchPages(dataset, parts, () => undefined).pipe(Effect.provide(memorySource({}, {})))
      expect(yield* failure(fetched)).toContain(join(pages, dataset.name))
      const plan = { steps: { file: "steps.ndjson" } } as PlanFile
      const choice = { actions: [], school: null, section: null, entity: null, limit: 1 }
      expect(yield* failure(readPlanSteps(plan, plans, choice))).toContain(join(plans, "steps.ndjson"))
    })
  ))
