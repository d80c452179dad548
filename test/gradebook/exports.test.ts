import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { findClass } from "../../src/extract/used-classes.ts"
import { listExports } from "../../src/gradebook/exports.ts"
import { listItems, readingOf } from "../../src/gradebook/grade-items.ts"
import { type Reading, thoseTaking } from "../../src/gradebook/several-books.ts"
import { listCleanup } from "../../src/gradebook/cleanup.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { beginRun, endRun } from "../../src/state/runs.ts"
import { standAtTarget } from "../tools/stand-at-target.ts"
import { course, roster } from "../cases/grades/teacher.ts"
import { afterNights, loadPipelines, type Pipelines } from "../run/grade-nights.ts"
import { plain } from "../tools/plain-sql.ts"

/** Exports of grades as people see them before and after: what goes, and who had what sent. */

// Engines of their own, on a machine that others use too.
let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})

const section = { ...wholePlan, sections: ["c1"] }

it("an export that sent nothing names its course in the history, and a nightly one none", async () => {
  const items = [{ id: 1, scores: { ada: 12 } }]
  const exports = await afterNights(
    pipelines,
    [{ items }, { items, part: section, askedBy: "o.hernandez" }, { items }],
    listExports(pipelines.grades, null, 10)
  )
  expect(exports.map(({ courses, run }) => [run.askedBy, courses.map(({ name }) => name)])).toEqual([
    [null, []],
    ["o.hernandez", ["1200 1 English 9"]],
    [null, ["1200 1 English 9"]]
  ])
})

/** The items of the class as `rollbook items` shows them on the day after some nights, with an edited pipeline. */
const shown = (grades: Definition, name = "c1") =>
  Effect.gen(function* () {
    const managed = yield* findClass(grades, name)
    if (managed === null) throw new Error(`there is no class ${name}`)
    const found = yield* listItems(grades, managed, "2026-10-20T10:00")
    return (found?.items ?? []).map(({ goes, name, reason }) => [name, goes, reason])
  })

it("an item goes only as far as a freeze and the gates let it on that day", async () => {
  const { grades } = pipelines
  const frozen: Definition = {
    ...grades,
    load: {
      ...grades.load,
      gates: {
        ...grades.load.gates,
        freezes: [
          {
            from: "2026-10-15",
            until: null,
            schools: [],
            sessions: ["spring"],
            say: "spring is final",
            at: { file: "grades.yaml", line: 1, column: 1, offset: 0, length: 1 }
          }
        ]
      }
    }
  }
  const items = [{ id: 1 }, { id: 2, session: "spring" as const }]
  expect(await afterNights(pipelines, [{ items }], shown(frozen))).toEqual([
    ["Essay 1", true, null],
    ["Essay 2", false, "waits: spring is final"]
  ])
})

it("an item does not go on what was known before the last run", async () => {
  const items = [{ id: 1 }, { id: 2 }]
  const nights = [{ items }, { items, unread: ["item_settings 7001/2"] }]
  expect(await afterNights(pipelines, nights, shown(pipelines.grades))).toEqual([
    ["Essay 1", true, null],
    ["Essay 2", false, "not read in the last run: what is known of it is of 2026-10-01 09:00 UTC"]
  ])
  const after = await afterNights(pipelines, [{ items }, { items, unread: ["7001"] }], shown(pipelines.grades))
  expect(after.map(([, goes]) => goes)).toEqual([false, false])
})

it("an item that names no section is shown with each of its course, as sent only with that for which it was", async () => {
  const sectionOf = (key: string, remote_id: string, label: string) => ({
    key,
    remote_id,
    label,
    _section: key,
    offering: "course_offering:c1"
  })
  const one = [sectionOf("c1", "7101", "1200 1 English 9")]
  const two = [...one, sectionOf("c2", "7102", "1200 2 English 9")]
  const items = [{ id: 1 }]
  const sentWith = (name: string) =>
    Effect.gen(function* () {
      const managed = yield* findClass(pipelines.grades, name)
      if (managed === null) throw new Error(`there is no class ${name}`)
      const found = yield* listItems(pipelines.grades, managed, "2026-10-20T10:00")
      return (found?.items ?? []).map((item) => [item.name, item.lastSentAt !== null])
    })
  expect(
    await afterNights(
      pipelines,
      [
        { items, roster: { section: one } },
        { items, roster: { section: two } }
      ],
      Effect.all([sentWith("c1"), sentWith("1200 2 English 9")])
    )
  ).toEqual([[["Essay 1", true]], [["Essay 1", false]]])
})

it("of a course that holds two classes each has its items, its exports and its clean-up", async () => {
  const ofTwo = {
    section: [
      { key: "c1", remote_id: "7101", label: "1200 1 English 9", _section: "c1", offering: "course_offering:c1" },
      { key: "c2", remote_id: "7102", label: "1200 2 English 9", _section: "c2", offering: "course_offering:c1" }
    ],
    // Ada is in both.
    enrollment: roster.enrollment.flatMap((seat) =>
      seat.key === "c1/s22"
        ? [{ ...seat, key: "c2/s22", _section: "c2" }]
        : [
            { ...seat, _section: "c1" },
            ...(seat.key === "c1/s21" ? [{ ...seat, key: "c2/s21", remote_id: "both", _section: "c2" }] : [])
          ]
    )
  }
  const first = { id: 1, section: "7101", name: "Essay", scores: { ada: 12 } }
  const second = { id: 2, section: "7102", name: "Poster", scores: { cal: 13, ada: 9 } }
  const { grades } = pipelines
  const told = await afterNights(
    pipelines,
    [
      { items: [first, second], roster: ofTwo },
      {
        items: [first, { ...second, name: "Lab" }],
        roster: ofTwo,
        part: { ...wholePlan, sections: ["1200 2 English 9"] },
        askedBy: "o.hernandez"
      },
      // Deleted, with another of its name in the other class.
      {
        items: [
          { ...first, scores: {} },
          { ...first, id: 3, name: "Lab" },
          { id: 4, section: "7102", name: "Quiz" }
        ],
        roster: ofTwo
      }
    ],
    Effect.gen(function* () {
      const exports = yield* listExports(grades, ["c2"], 10)
      const ofBoth = yield* listExports(grades, ["c1", "c2"], 10)
      const warehouse = yield* Warehouse
      // As a build kept it that counted people class by class.
      yield* warehouse.execute(plain("UPDATE run_section SET people = NULL"))
      const counted = (all: typeof ofBoth) => all.map(({ persons }) => persons)
      return {
        people: [counted(exports), counted(ofBoth)],
        counted: [
          counted(yield* listExports(grades, ["c2"], 10)),
          counted(yield* listExports(grades, ["c1", "c2"], 10))
        ],
        items: [yield* shown(grades, "c1"), yield* shown(grades, "1200 2 English 9")],
        sent: exports.map(({ courses, run, sent }) => [
          run.askedBy,
          courses[0]?.name,
          sent["line_item"],
          sent["result"]
        ]),
        cleanup: (yield* listCleanup(grades))?.map(({ course, reason, students }) => [course, reason, students.length])
      }
    })
  )
  expect(told).toEqual({
    people: [
      [0, 0, 2],
      [1, 0, 2]
    ],
    // How many of them are the same nobody knows.
    counted: [
      [0, 0, 2],
      [1, 0, null]
    ],
    items: [
      [
        ["Essay", true, null],
        ["Lab", true, null]
      ],
      [["Quiz", true, null]]
    ],
    sent: [
      [null, "1200 2 English 9", 1, 0],
      ["o.hernandez", "1200 2 English 9", 1, 0],
      [null, "1200 2 English 9", 1, 2]
    ],
    cleanup: [
      ["1200 1 English 9", "scores-gone", 1],
      ["1200 2 English 9", "deleted", 2]
    ]
  })
})

it("a class that came back under another id is found by either, with all its exports", async () => {
  const { grades } = pipelines
  const again = { ...roster.course_offering[0], key: "c9", _section: "c9" }
  const told = await afterNights(
    pipelines,
    [{ items: [{ id: 1, scores: { ada: 12 } }] }],
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const run = yield* beginRun({
        kind: "apply",
        pipeline: "roster",
        plan: null,
        asOf: "2026-10-02",
        now: "2026-10-02T09:00:00.000Z"
      })
      yield* endRun(run, "done", null, {})
      yield* standAtTarget(pipelines.roster, { course_offering: [again] })
      yield* warehouse.execute(plain(`INSERT INTO moved_key VALUES (${run}, 'p', 'course_offering', 'c1', 'c9')`))
      const found = [yield* findClass(grades, "c1"), yield* findClass(grades, "c9")]
      const exports = yield* listExports(grades, ["c9"], 10)
      return { found: found.map((one) => one?.section), names: exports.map(({ courses }) => courses[0]?.name) }
    })
  )
  expect(told).toEqual({ found: ["c9", "c9"], names: ["1200 1 English 9"] })
})

it("of an item it tells what its own pipeline sent, whatever another one has sent under the same name", async () => {
  const { grades } = pipelines
  const told = Effect.gen(function* () {
    const managed = yield* findClass(grades, "c1")
    const found = managed === null ? null : yield* listItems(grades, managed, "2026-10-20T10:00")
    return (found?.items ?? []).map(({ lastProblem, lastSentAt, name }) => ({ lastProblem, lastSentAt, name }))
  })
  const [before, after] = await afterNights(
    pipelines,
    [{ items: [{ id: 1 }] }],
    Effect.gen(function* () {
      const own = yield* told
      const clock = { asOf: "2026-10-19", now: "2026-10-19T09:00:00.000Z" }
      const run = yield* beginRun({ kind: "apply", pipeline: "grades_north", plan: "grades_north-1", ...clock })
      const warehouse = yield* Warehouse
      for (const [outcome, at] of [
        ["done", "09:01"],
        ["failed", "09:02"]
      ]) {
        yield* warehouse.execute(
          plain(`INSERT INTO outcome BY NAME SELECT * REPLACE (${run} AS run, 'grades_north-1' AS plan, '${outcome}' AS outcome,
  'refused there' AS detail, '2099-10-19T${at}:00.000Z' AS ended_at) FROM outcome WHERE run < ${run}`)
        )
      }
      return [own, yield* told]
    })
  )
  expect(before).toMatchObject([{ name: "Essay 1", lastProblem: null, lastSentAt: expect.any(String) as string }])
  expect(after).toEqual(before)
})

it("a pipeline that leaves a course out takes it no more, unless all do, and takes it again once it is about it", async () => {
  const items = [{ id: 1, scores: { ada: 12 } }]
  const [offering] = roster.course_offering
  const over = { roster: { course_offering: [{ ...offering, term_end: "2026-01-31" }] } }
  const after = (...nights: Parameters<typeof afterNights>[1]) =>
    afterNights(pipelines, nights, readingOf(pipelines.grades, course))
  expect(await after()).toBe("never")
  expect(await after({ items })).toBe("now")
  expect(await after({ items }, { items, ...over })).toBe("before")
  expect(await after({ items }, { items, ...over }, { items })).toBe("now")
  const taking = (...readings: ReadonlyArray<Reading>) => Effect.runPromise(thoseTaking(readings, Effect.succeed))
  expect(await taking("before", "now", "never")).toEqual(["now"])
  expect(await taking("before", "never")).toEqual(["before"])
  expect(await taking("never", "never")).toEqual(["never", "never"])
})
