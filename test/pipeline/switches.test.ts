import { expect, it } from "vitest"
import type { Gates } from "../../src/pipeline/definition.ts"
import { nothingSet, notObeyed, type SetBeside, withSwitches } from "../../src/pipeline/switches.ts"

const at = { file: "grades.yaml", line: 1, column: 1, offset: 0, length: 1 }
const gate = (id: string): Gates["openWhen"][number] => ({
  id,
  when: { sql: "true", at },
  say: id,
  names: null
})
const written: Gates = {
  nightly: true,
  onDemand: true,
  openWhen: [gate("active-course"), gate("on-the-roster")],
  freezes: [],
  switchable: ["on_demand", "active-course", "freeze"]
}
const by = { by: "dana", at: "2027-06-01T12:00:00.000Z", why: "grades are final" }
const off = { ...by, value: false }
const freeze = { ...by, id: "1", from: "2027-06-05", until: "2027-08-15", schools: ["12"], sessions: [] }

it("obeys what was set beside the file, where the file lets that be set", () => {
  const set: SetBeside = { switches: { on_demand: off, "active-course": off }, freezes: [freeze] }
  const gates = withSwitches(written, set, at)
  expect([gates.nightly, gates.onDemand, gates.openWhen.map(({ id }) => id)]).toEqual([true, false, ["on-the-roster"]])
  expect(gates.freezes).toEqual([
    { from: "2027-06-05T00:00", until: "2027-08-15T23:59", schools: ["12"], sessions: [], say: "grades are final", at }
  ])
  expect(notObeyed(written, set)).toEqual([])
})

it("obeys nothing that the file does not name, or no longer, and says so", () => {
  const set: SetBeside = { switches: { nightly: off, "on-the-roster": off }, freezes: [freeze] }
  const closed = { ...written, switchable: [] }
  expect(withSwitches(closed, set, at)).toEqual(closed)
  expect(notObeyed(closed, set)).toHaveLength(3)
  expect(withSwitches(written, nothingSet, at)).toEqual(written)
})
