import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Journal } from "../../src/core/ports/journal.ts"
import { TargetReader } from "../../src/core/ports/target.ts"
import { Text, Warehouse, type WarehouseService } from "../../src/core/ports/warehouse.ts"
import type { Sql } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { course, roster, rowsOf } from "../cases/grades/teacher.ts"
import { emptySis, memorySis } from "../memory/sis.ts"
import { type GradebookRows, memoryGradebooks, memorySource } from "../memory/source.ts"
import { once } from "../tools/lived-through.ts"
import { plain } from "../tools/plain-sql.ts"
import { loadPipelines, type Pipelines } from "./grade-nights.ts"
import { changed, district, type Nights, nightsAfterTheFirst, without } from "./nights.ts"

/**
 * Somebody who asks for their turn while a night is being planned: where nothing that they may write is read by it they are not
 * made to wait for its end, and the plan is the one that it would have been.
 */

let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})

/** The second night: somebody leaves a class, somebody is called otherwise, somebody is new. */
const left = changed(without(district, { enrollments: ["e28"] }), "users", "s22", { givenName: "Calvin" })
const [student = {}] = (district["users"] ?? []).filter((user) => user["sourcedId"] === "s28")
const newcomer = { ...student, sourcedId: "s29", username: "new.comer", identifier: "90029" }
const rows = { ...left, users: [...(left["users"] ?? []), newcomer] }
const now = "2026-10-02T07:00:00.000Z"
const clock = { asOf: now.slice(0, 10), now }

/** How a plan goes on: the datasets that it reads, as `read users`, and its stages. */
const hearing = (at: (moment: string) => void) => ({
  stage: at,
  read: ({ dataset }: { readonly dataset: string }) => at(`read ${dataset}`)
})

/** The state, with the first line of each statement as one more moment. */
const heard = (warehouse: WarehouseService, at: (moment: string) => void): WarehouseService => {
  const hear = ({ text }: Sql) => Effect.sync(() => at(/^-- (.*)/.exec(text)?.[1] ?? ""))
  return {
    ...warehouse,
    execute: (statement) => Effect.zipRight(hear(statement), warehouse.execute(statement)),
    rows: (query, row) => Effect.zipRight(hear(query), warehouse.rows(query, row))
  }
}

/** Work of one who is taken in. */
const taken = <A, E, R>({ sharing }: WarehouseService, work: Effect.Effect<A, E, R | Warehouse>) =>
  Effect.scoped(
    Effect.flatMap(sharing.takeIn ?? Effect.die("nobody is taken in"), (own) =>
      Effect.provideService(work, Warehouse, own)
    )
  )

/** The grade book of the first class, by the ids that the first night came to know in the learning platform. */
const bookOf = Effect.fnUntraced(function* (items: number) {
  const warehouse = yield* Warehouse
  const known = yield* warehouse.rows(
    plain(
      ["course_offering", "user", "semester"]
        .map((entity) => `SELECT key, remote_id AS id FROM ledger_roster_${entity}`)
        .join(" UNION ALL ")
    ),
    Schema.Struct({ key: Text, id: Text })
  )
  const idOf = (key: string): string => known.find((one) => one.key === key)?.id ?? ""
  const ids = new Map([
    [course, idOf("c1")],
    ["6700", idOf("t1")],
    ...roster.user.map((one) => [one.remote_id, idOf(one.key)] as const)
  ])
  const book = rowsOf(
    Array.from({ length: items }, (_, id) => ({ id: id + 1, scores: { ada: 4, cal: 2 } })),
    {},
    "2026-09-20T15:00:00.000Z"
  )
  return JSON.parse(
    JSON.stringify(book).replaceAll(/(?<=["/])\d{3,4}(?=["/])/g, (id) => ids.get(id) ?? id)
  ) as GradebookRows
})

/** Exports the first class, so many items of it: an assignment and two scores each. */
const exporting = (items: number, sis = emptySis()) =>
  Effect.gen(function* () {
    const book = yield* bookOf(items)
    const asked = { definition: pipelines.grades, part: { ...wholePlan, sections: ["c1"] } }
    const { execution } = yield* makePlan({ ...asked, clock, progress: hearing(() => undefined) }).pipe(
      Effect.flatMap(({ plan }) =>
        applyPlan({ ...asked, id: plan.plan_id, now, extent: "everything", onProgress: () => undefined })
      ),
      Effect.provide(
        Layer.merge(
          memoryGradebooks(() => book),
          memorySis("America/Chicago", sis)
        )
      )
    )
    expect(execution).toMatchObject({ failed: 0, notReached: 0 })
    return execution.done
  })

/** Somebody who has the state for one turn. */
const oneTurn = Effect.flatMap(Warehouse, (own) => own.execute(plain("SELECT 1")))

/** Stages of a plan that come after all is computed. */
const stages = ["compare", "write the plan", "planned"]

/**
 * Plans the second night while somebody asks for their turn at a moment of it, by how that begins; null: nobody does. `over`: those
 * of the `later` moments at which that one was done.
 */
const planning = Effect.fnUntraced(function* <A>(
  definition: Definition,
  moment: string | null,
  guest: Effect.Effect<A, unknown, Warehouse | Journal>,
  later = stages
) {
  const warehouse = yield* Warehouse
  const reader = yield* TargetReader
  const context = yield* Effect.context<Journal>()
  const guests: Array<Fiber.RuntimeFiber<A, unknown>> = []
  const over: Array<string> = []
  const at = (reached: string): void => {
    if (guests.some((one) => one.unsafePoll() !== null)) over.push(...later.filter((one) => reached.startsWith(one)))
    if (moment === null || !reached.startsWith(moment) || guests.length > 0) return
    guests.push(Effect.runFork(Effect.provide(taken(warehouse, guest), context)))
  }
  const made = yield* makePlan({ definition, clock, part: wholePlan, progress: hearing(at) }).pipe(
    Effect.provideService(Warehouse, heard(warehouse, at)),
    Effect.provideService(TargetReader, {
      ...reader,
      find: (asked) => Effect.suspend(() => (at(`about ${asked.resource} by ${asked.matchBy[0]}`), reader.find(asked)))
    })
  )
  at("planned")
  expect(guests).toHaveLength(moment === null ? 0 : 1)
  return {
    plan: made.plan,
    steps: readFileSync(join(made.folder, made.plan.steps.file), "utf8"),
    over,
    /** What came of the one who asked. */
    beside: warehouse.sharing.away(Effect.forEach(guests, Fiber.join))
  }
})

/** The same of the roster, which is applied then, and planned once more. */
const rehearse = <A>(moment: string | null, guest: Effect.Effect<A, unknown, Warehouse | Journal>) =>
  nightsAfterTheFirst((night: Nights) =>
    Effect.gen(function* () {
      const planned = yield* Effect.provide(planning(night.definition, moment, guest), memorySource(rows, {}))
      const { execution } = yield* night.apply(planned.plan.plan_id, now)
      const [beside = null] = yield* planned.beside
      const after = yield* night.plan(rows, "2026-10-03T07:00:00.000Z")
      return { ...planned, execution, beside, after: after.plan.steps.count }
    })
  )

const alone = once(() => rehearse(null, oneTurn))

it("an export that is asked for amid a plan of the roster is carried out before all is computed, and the plan is the same", async () => {
  const sis = emptySis()
  const { after, beside, execution, over, plan, steps } = await rehearse("placed_session: from", exporting(1, sis))
  const { execution: executedAlone, plan: planAlone, steps: stepsAlone } = await alone()
  expect(over).toEqual(stages)
  expect(beside).toBe(3)
  expect(sis.puts).toHaveLength(3)
  expect(planAlone.steps.count).toBeGreaterThan(2)
  expect(steps).toBe(stepsAlone)
  expect(plan).toMatchObject({ steps: planAlone.steps, counts: planAlone.counts, holds: planAlone.holds })
  // What it compares came after the export, which was planned and applied meanwhile.
  expect(plan.run).toBe(planAlone.run + 3)
  expect(execution).toEqual(executedAlone)
  expect(after).toBe(0)
})

it("a plan is good though an export beside it goes on writing all the while, which had begun before it was numbered", async () => {
  const sis = emptySis()
  const { after, beside, execution, over, plan, steps } = await rehearse("placed_session: from", exporting(40, sis))
  const { execution: executedAlone, plan: planAlone, steps: stepsAlone } = await alone()
  expect(over).toEqual([])
  expect(steps).toBe(stepsAlone)
  expect(plan.counts).toEqual(planAlone.counts)
  expect(plan.ledger_version).toBeGreaterThan(planAlone.ledger_version)
  expect(execution).toEqual(executedAlone)
  expect(beside).toBe(120)
  expect(new Set(sis.puts).size).toBe(120)
  expect(after).toBe(0)
})

it.each([
  ["an entity is computed", "user: from", "district_enrollment: from"],
  ["the rows of a dataset are counted", "what became of the rows of courses", "what became of the rows of classes"],
  ["an entity is compared", "school: rows wanted", "semester: rows wanted"],
  ["the target is asked for what may stand", "about user by org_defined_id", "user about to be overwritten"],
  ["the target is asked for edits", "about user by remote_id", "user that somebody changed"],
  ["nothing that lasts is written yet", "write the plan", "what this run turned away"],
  ["the steps are put in order", "the order of the steps", "steps of the plan, in any order"]
])("whoever asks for their turn while %s has it next", async (_, moment, next) => {
  const over = await nightsAfterTheFirst((night) =>
    Effect.map(planning(night.definition, moment, oneTurn, [next]), (planned) => planned.over).pipe(
      Effect.provide(memorySource(rows, {}))
    )
  )
  expect(over[0]).toBe(next)
})

it("nobody has a turn while grades are computed: an export beside them writes what they are made from", async () => {
  const { beside, over } = await nightsAfterTheFirst(() =>
    Effect.gen(function* () {
      const book = yield* bookOf(1)
      const planned = yield* Effect.provide(
        planning(pipelines.grades, "transform", oneTurn),
        Layer.merge(
          memoryGradebooks(() => book),
          memorySis("America/Chicago")
        )
      )
      return { over: planned.over, beside: yield* planned.beside }
    })
  )
  expect(over).toEqual([])
  expect(beside).toHaveLength(1)
})

it("a night that is asked to end while another has its turn does nothing before it has it back, and ends", async () => {
  const { amid, ended, steps } = await nightsAfterTheFirst((night) =>
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const [hasTurn, isAskedToEnd] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const statements: Array<string> = []
      let before = 0
      let amid: { readonly statements: number; readonly isOver: boolean } | null = null
      const guest = Effect.gen(function* () {
        before = statements.length
        yield* Deferred.succeed(hasTurn, undefined)
        yield* Deferred.await(isAskedToEnd)
        yield* Effect.repeatN(oneTurn, 20)
        amid = { statements: statements.length - before, isOver: second.unsafePoll() !== null }
      })
      const second = yield* planning(night.definition, "user: from", guest).pipe(
        Effect.provide(memorySource(rows, {})),
        Effect.provideService(
          Warehouse,
          heard(warehouse, (statement) => void statements.push(statement))
        ),
        Effect.fork
      )
      yield* Deferred.await(hasTurn)
      const ending = yield* Effect.fork(Fiber.interrupt(second))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(isAskedToEnd, undefined)
      const exit = yield* Fiber.join(ending)
      const { plan } = yield* night.plan(rows, now)
      return { amid, ended: Exit.isInterrupted(exit), steps: plan.steps }
    })
  )
  expect(amid).toEqual({ statements: 0, isOver: false })
  expect(ended).toBe(true)
  expect(steps).toEqual((await alone()).plan.steps)
})
