import { expect, it } from "vitest"
import { afterAside, nextRound } from "../../src/load/clashes.ts"
import type { Work } from "../../src/load/work.ts"

/** Updates from one code to another, by name. */
const update = (sequence: number, from: string | null, to: string): Work => ({
  sends: true,
  editedSince: null,
  unresolved: null,
  gate: null,
  wantsAnothersName: true,
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

const code = [{ field: "code", within: [] }]

const round = (...works: ReadonlyArray<Work>) => {
  const { aside, ready } = nextRound(works, code)
  return {
    ready: ready.map((work) => work.step.sequence),
    aside: aside.map(({ value, work }) => [work.step.sequence, value])
  }
}

it("lets one of two step aside that want each other's name, whatever the case", () => {
  expect(round(update(1, "Hernandez_Ana", "lee_bo"), update(2, "Lee_Bo", "HERNANDEZ_ANA"))).toEqual({
    ready: [],
    aside: [[1, "Hernandez_Ana~1"]]
  })
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
  expect(round(...works)).toEqual({
    ready: [],
    aside: [
      [1, "a~1"],
      [5, "y~5"]
    ]
  })
})

it("lets nobody step aside where the name is a stranger's, or is on nobody's way", () => {
  expect(round(update(1, "a", "b"), update(2, "b", "c"), update(3, null, "a"))).toEqual({ ready: [2], aside: [] })
  expect(round(update(1, "a", "a"))).toEqual({ ready: [1], aside: [] })
})

it("looks for names within what they must be alone in", () => {
  const inClass = (work: Work, of: string): Work => ({
    ...work,
    step: { ...work.step, before: { ...work.step.before, class: of }, fields: { ...work.step.fields, class: of } }
  })
  const works = [inClass(update(1, "a", "b"), "c1"), inClass(update(2, "b", "a"), "c2")]
  expect(nextRound(works, [{ field: "code", within: ["class"] }]).ready).toHaveLength(2)
})

it("finds a circle that goes over two fields", () => {
  const person = (sequence: number, before: Record<string, string>, fields: Record<string, string>): Work => {
    const work = update(sequence, "", "")
    return { ...work, step: { ...work.step, before, fields } }
  }
  const works = [
    person(1, { username: "a", id: "1" }, { username: "b", id: "1b" }),
    person(2, { username: "b", id: "2" }, { username: "b2", id: "1" })
  ]
  const fields = ["username", "id"].map((field) => ({ field, within: [] }))
  expect(nextRound(works, fields).aside.map(({ field, value }) => [field, value])).toEqual([["id", "1~1"]])
})

it("marks a long name within its fifty characters, and cuts no letter in two", () => {
  expect(round(update(123, "n".repeat(50), "b"), update(2, "b", "n".repeat(50))).aside).toEqual([
    [123, `${"n".repeat(46)}~123`]
  ])
  const long = `${"n".repeat(45)}\u{1F33B}nnn`
  expect(round(update(123, long, "b"), update(2, "b", long)).aside).toEqual([[123, `${"n".repeat(45)}~123`]])
})

it("goes on from where it stepped aside to", () => {
  const { aside } = nextRound([update(1, "a", "b"), update(2, "b", "a")], code)
  expect(aside.map((one) => afterAside(one).step.before)).toEqual([{ name: "same", code: "a~1" }])
})
