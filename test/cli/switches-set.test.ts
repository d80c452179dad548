import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { noApprovals } from "../../src/cli/console/approvals.ts"
import { switchOf } from "../../src/cli/console/configuration.ts"
import { deskOf } from "../../src/cli/console/desk.ts"
import type { Room } from "../../src/cli/console/room.ts"
import type { ViewService } from "../../src/service/http/view.ts"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gatesAtWork, keepSwitches, readSwitches } from "../../src/cli/switches.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { openWorkspace } from "../../src/cli/workspace.ts"
import { inFolder } from "../tools/definitions.ts"

const asker = { by: "oidc", key: "", launched: null } as const

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
    const set = (who: string) => switchOf(room, { ...freeze, why: "report cards" }, { who, reveals: false, asker })
    const off = {
      what: "switch",
      pipeline: "grades",
      name: "on_demand",
      value: null,
      why: "the audit is over"
    } as const
    await Effect.runPromise(
      Effect.all([set("kim"), set("lee"), switchOf(room, off, { who: "kim", reveals: false, asker })], {
        concurrency: 3
      })
    )
    const all = await Effect.runPromise(readSwitches(workspace))
    expect(all["grades"]?.freezes.map(({ by }) => by)).toEqual(["kim", "lee"])
    // What takes a switch away leaves its reason in the trail alone.
    expect(noted).toContain("kim: set beside the file: on_demand as the file says, the audit is over")
  }))

it("tells a run at work what was set since it began, as it is set: what is switched off stops it, what is on again lets it go", () =>
  inFolder(async (folder) => {
    const workspace = openWorkspace({ workspace: folder, state: null })
    const at = { file: "grades.yaml", line: 1, column: 1, offset: 0, length: 1 }
    const active = {
      id: "active-course",
      say: "the course is not active",
      names: null,
      when: { sql: "record.active", at }
    }
    const written = {
      name: "grades",
      load: {
        gates: {
          nightly: true,
          onDemand: true,
          openWhen: [active],
          freezes: [],
          switchable: ["nightly", "on_demand", "active-course", "freeze"]
        }
      }
    } as unknown as Definition
    const set = (switches: Readonly<Record<string, boolean>>) => {
      const by = { by: "kim", at: "2026-10-01T12:00:00.000Z", why: "report cards" }
      const values = Object.entries(switches).map(([name, value]) => [name, { ...by, value }])
      return Effect.runPromise(
        keepSwitches(workspace, { grades: { freezes: [], switches: Object.fromEntries(values) } })
      )
    }
    const [night, ofPerson, byHand] = [
      gatesAtWork(workspace, written, "nightly"),
      gatesAtWork(workspace, written, "on_demand"),
      gatesAtWork(workspace, written, null)
    ]
    const ask = async (gates: typeof night) => (await Effect.runPromise(gates)).openWhen.map(({ id }) => id)
    expect([await ask(night), await ask(ofPerson)]).toEqual([["active-course"], ["active-course"]])
    expect(await Effect.runPromise(night)).toBe(await Effect.runPromise(night))
    await set({ nightly: false, "active-course": false })
    expect([await ask(night), await ask(ofPerson), await ask(byHand)]).toEqual([["nightly"], [], []])
    await set({ on_demand: false })
    expect([await ask(night), await ask(ofPerson)]).toEqual([["active-course"], ["active-course", "on_demand"]])
    writeFileSync(join(folder, ".rollbook", "service", "switches.json"), "{")
    const unread = await Effect.runPromise(night)
    expect(unread.openWhen.at(-1)).toMatchObject({ id: "switches", when: { sql: "false" } })
    expect(unread.openWhen.at(-1)?.say).toContain("cannot be read, so nothing more is sent")
  }))

it("notes by name what somebody asked for that does not go as things stand", async () => {
  const noted: Array<string> = []
  const room = {
    definition: () => Effect.succeed({ load: { gates: { switchable: [], onDemand: false } } }),
    note: (who: string, what: string, of: ReadonlyArray<string>) =>
      Effect.sync(() => void noted.push([who, what, ...of].join(" | ")))
  } as unknown as Room
  const desk = deskOf(room, {} as ViewService, noApprovals)
  const by = { who: "kim", reveals: false, asker }
  const wanted = { what: "switch", pipeline: "grades", name: "nightly", value: false, why: "year's end" } as const
  await Effect.runPromise(Effect.flip(desk.setSwitch(wanted, by)))
  await Effect.runPromise(Effect.flip(desk.runNow("grades", by)))
  expect(noted).toEqual([
    "kim | refused: NotSwitchable | set switch of grades",
    "kim | refused: SwitchedOff | run update now"
  ])
})
