import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { switchOf } from "../../src/cli/console/configuration.ts"
import type { Room } from "../../src/cli/console/room.ts"
import { readSwitches } from "../../src/cli/switches.ts"
import { openWorkspace } from "../../src/cli/workspace.ts"
import { inFolder } from "../tools/definitions.ts"

it("keeps the freezes of two administrators who set theirs at the same moment", () =>
  inFolder(async (folder) => {
    const workspace = openWorkspace({ workspace: folder, state: null })
    const noted: Array<string> = []
    const room = {
      workspace,
      live: { wake: Effect.void },
      definition: () => Effect.succeed({ load: { gates: { switchable: ["freeze", "on_demand"] } } }),
      pipelines: Effect.succeed([{ name: "grades", file: "grades.yaml", text: "", problems: [], definition: null }]),
      note: (who: string, what: string) =>
        Effect.delay(
          Effect.sync(() => noted.push(`${who}: ${what}`)),
          5
        )
    } as unknown as Room
    const freeze = {
      what: "freeze",
      pipeline: "grades",
      from: "2026-10-01",
      until: null,
      schools: [],
      sessions: []
    } as const
    const set = (who: string) => switchOf(room, { ...freeze, why: "report cards" }, { who, reveals: false })
    const off = {
      what: "switch",
      pipeline: "grades",
      name: "on_demand",
      value: null,
      why: "the audit is over"
    } as const
    await Effect.runPromise(
      Effect.all([set("kim"), set("lee"), switchOf(room, off, { who: "kim", reveals: false })], { concurrency: 3 })
    )
    const all = await Effect.runPromise(readSwitches(workspace))
    expect(all["grades"]?.freezes.map(({ by }) => by)).toEqual(["kim", "lee"])
    // What takes a switch away leaves its reason in the trail alone.
    expect(noted).toContain("kim: set beside the file: on_demand as the file says, the audit is over")
  }))
