import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import { listCleanup } from "../../src/gradebook/cleanup.ts"
import { choose } from "../../src/extract/own-tables.ts"
import type { TeacherItem } from "../cases/grades/teacher.ts"
import { afterNights, type GradeNight, loadPipelines, type Pipelines } from "../run/grade-nights.ts"

/** What `rollbook cleanup` lists for people to do in the SIS, and what it does not. */

// Engines of their own, on a machine that others use too.
let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})

/** What is listed after some nights, each as `reason item: students`. */
const listedAfter = (...nights: ReadonlyArray<GradeNight>): Promise<ReadonlyArray<string>> =>
  afterNights(
    pipelines,
    nights,
    Effect.map(listCleanup(pipelines.grades), (listed) =>
      (listed ?? []).map(
        ({ reason, students, title }) => `${reason} ${title}: ${students.map(({ id }) => id).join(" ")}`
      )
    )
  )

const two: ReadonlyArray<TeacherItem> = [
  { id: 1, scores: { ada: 12, cal: 13, dee: 14 } },
  { id: 2, scores: { ada: 15, cal: 16 } }
]

it("lists a score that was cleared, and none of a student who left the class: Brightspace hides those", async () => {
  const listed = await listedAfter(
    { items: two },
    {
      items: [
        { id: 1, scores: { dee: 14 } },
        { id: 2, scores: { cal: 16 } }
      ],
      left: ["s21"]
    }
  )
  expect(listed).toEqual(["scores-gone Essay 1: s22"])
})

it("lists nothing of an item that is hidden for a while, or kept back, nor of the scores of either", async () => {
  const listed = await listedAfter(
    { items: two },
    {
      items: [{ ...two[0], id: 1, hidden: true }, ...two.slice(1)],
      before: choose(pipelines.grades, "7001/2", "keep", "o.hernandez")
    }
  )
  expect(listed).toEqual([])
})

it("lists an item that was hidden and then deleted, and one that no longer goes for another reason as well", async () => {
  const listed = await listedAfter(
    { items: two },
    { items: two.map((item) => ({ ...item, hidden: true })) },
    { items: [{ id: 2, hidden: true, session: null, scores: { ada: 15, cal: 16 } }] }
  )
  expect(listed).toEqual(["deleted Essay 1: s21 s22 s23", "not-eligible Essay 2: s21 s22"])
})

it("lists no score that was sent by the plan of another day, which says nothing of what is wanted", async () => {
  const graded = [{ id: 1, scores: { ada: 12, cal: 13, dee: 14 } }, ...two.slice(1)]
  const listed = await listedAfter(
    { items: [{ id: 1, scores: { ada: 12 } }, ...two.slice(1)] },
    { items: graded, asOf: "2026-10-30" }
  )
  expect(listed).toEqual([])
})
