import { expect, it } from "vitest"
import { afterAside, outOfTheWay } from "../../src/load/clashes.ts"
import type { Work } from "../../src/load/work.ts"

/** Updates from one code to another, by name. */
const update = (sequence: number, from: string | null, to: string): Work => ({
  sends: true,
  editedSince: null,
  unresolved: null,
  gate: null,
  step: {
    sequence,
    entity: "course_offering",
    key: String(sequence),
    resource: "course_offering",
    type: null,
    action: from === null ? "create" : "update",
    remoteId: null,
    fields: { name: "same", code: to },
    before: from === null ? {} : { name: "same", code: from },
    changed: ["code"],
    overwrite: {}
  }
})

const asides = (...works: ReadonlyArray<Work>) =>
  outOfTheWay(works, ["code"]).map(({ value, work }) => [work.step.sequence, value])

it("lets one of two step aside that want each other's name, whatever the case", () => {
  expect(asides(update(1, "Hernandez_Ana", "lee_bo"), update(2, "Lee_Bo", "HERNANDEZ_ANA"))).toEqual([
    [1, "Hernandez_Ana~1"]
  ])
})

it("lets one of each circle step aside, however long, and nobody who merely waits for one", () => {
  const works = [
    update(1, "a", "b"),
    update(2, "b", "c"),
    update(3, "c", "a"),
    update(4, "x", "a"),
    update(5, "y", "z"),
    update(6, "z", "y")
  ]
  expect(asides(...works)).toEqual([
    [1, "a~1"],
    [5, "y~5"]
  ])
})

it("lets nobody step aside where the name is a stranger's, or is on nobody's way", () => {
  expect(asides(update(1, "a", "b"), update(2, "b", "c"), update(3, null, "a"))).toEqual([])
  expect(asides(update(1, "a", "a"))).toEqual([])
})

it("marks a long name within its fifty characters", () => {
  const [[, value] = []] = asides(update(123, "n".repeat(50), "b"), update(2, "b", "n".repeat(50)))
  expect(value).toBe(`${"n".repeat(46)}~123`)
})

it("goes on from where it stepped aside to", () => {
  const aside = outOfTheWay([update(1, "a", "b"), update(2, "b", "a")], ["code"])
  expect(aside.map((one) => afterAside(one).step.before)).toEqual([{ name: "same", code: "a~1" }])
})
