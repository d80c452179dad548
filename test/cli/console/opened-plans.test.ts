import * as Effect from "effect/Effect"
import { appendFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { openPlanOf } from "../../../src/cli/console/opened-plans.ts"
import type { Room } from "../../../src/cli/console/room.ts"
import { viewOf } from "../../../src/cli/console/view.ts"
import { openWorkspace } from "../../../src/cli/workspace.ts"
import { sha256 } from "../../../src/core/hash.ts"
import { sealPlan } from "../../../src/plan/encode.ts"
import { header } from "../../plan/samples.ts"
import { inFolder } from "../../tools/definitions.ts"

it("proves the steps of a plan once, for the pages and the API alike, and again when a file of the plan is another one", () =>
  inFolder(async (home) => {
    const workspace = openWorkspace({ workspace: home, state: null })
    const room = { workspace, plans: new Map(), live: {} as Room["live"] }
    const steps = "{}\n"
    // Of a pipeline that an earlier build let have such a name.
    const id = "roster.v2-2026-10-01-7"
    const made = (as_of: string) =>
      JSON.stringify(
        sealPlan({
          ...header({ as_of, plan_id: id }),
          steps: { ...header().steps, file: "steps.ndjson", sha256: sha256(steps) }
        })
      )
    const folder = join(workspace.plansFolder, id)
    const [headerFile, stepsFile] = [join(folder, "plan.json"), join(folder, "steps.ndjson")]
    mkdirSync(folder, { recursive: true })
    writeFileSync(headerFile, made("2026-10-01"))
    writeFileSync(stepsFile, steps)
    const ofApi = () => Effect.runPromise(viewOf(room).plan(id))
    const ofPages = () => Effect.runPromise(openPlanOf(room, id))

    const first = await ofApi()
    expect(first?.as_of).toBe("2026-10-01")
    expect((await ofPages()).plan).toBe(first)
    expect(await ofApi()).toBe(first)

    writeFileSync(headerFile, made("2026-10-02"))
    utimesSync(headerFile, new Date(), new Date(0))
    expect((await ofApi())?.as_of).toBe("2026-10-02")

    appendFileSync(stepsFile, "{}\n")
    expect(await ofApi()).toBeNull()
    expect(readFileSync(headerFile, "utf8")).toBe(made("2026-10-02"))
    writeFileSync(stepsFile, steps)
    expect((await ofApi())?.as_of).toBe("2026-10-02")

    rmSync(folder, { recursive: true })
    expect(await ofApi()).toBeNull()
    expect(await Effect.runPromise(viewOf(room).plan("../plans"))).toBeNull()
  }))
