import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { expect, it, vi } from "vitest"
import { brightspaceResources } from "../../src/adapters/brightspace/contracts.ts"
import { whyOf } from "../../src/cli/explanation.ts"
import { identifier } from "../../src/core/sql.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import type { PlanStep } from "../../src/plan/plan.ts"
import { TargetError } from "../../src/core/ports/target.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { explainRecords, type Standing } from "../../src/history/explain-records.ts"
import { findRecords } from "../../src/history/records.ts"
import type { Rows } from "../memory/source.ts"
import { changed, district, firstNight, nightsAfter, nightsAfterTheFirst, nightsIn, without } from "./nights.ts"
import { livedThrough } from "../tools/lived-through.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

vi.setConfig({ testTimeout: 400_000 })

type Row = Readonly<Record<string, unknown>>

/** Every id of a dataset under another name, in its own records and wherever another dataset points to one. */
const renamed = (rows: Rows, dataset: string, refs: ReadonlyArray<string>, ids?: ReadonlyArray<string>): Rows => {
  const own = new Set(ids ?? (rows[dataset] ?? []).map((row) => String(row["sourcedId"])))
  const anew = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(anew) : typeof value === "string" && own.has(value) ? `${value}-anew` : value
  return Object.fromEntries(
    Object.entries(rows).map(([name, list]) => [
      name,
      list.map((row): Row =>
        Object.fromEntries(
          Object.entries(row).map(([field, value]) => [
            field,
            (name === dataset && field === "sourcedId") || refs.includes(field) ? anew(value) : value
          ])
        )
      )
    ])
  )
}

const classesAnew = renamed(district, "classes", ["class"])

const refused = Effect.fail(
  new TargetError({ reason: "Conflict", connection: "brightspace", request: "PUT", detail: "as the test wishes" })
)

const actionsOf = (steps: ReadonlyArray<PlanStep>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const step of steps) counts[`${step.action} ${step.entity}`] = (counts[`${step.action} ${step.entity}`] ?? 0) + 1
  return counts
}

it("every class comes back under a new id: all are known again, nothing is sent, and the night after is quiet", () =>
  nightsAfterTheFirst(({ plan, apply, stepsOf, sent }) =>
    Effect.gen(function* () {
      sent.length = 0
      const made = yield* plan(classesAnew)
      const steps = yield* stepsOf(made)
      expect(actionsOf(steps)).toEqual({
        "rekey course_offering": 2,
        "rekey section": 2,
        "rekey enrollment": 10,
        "rekey section_enrollment": 10
      })
      expect(steps.find((step) => step.key === "c1-anew")).toMatchObject({
        previous_key: "c1",
        remote_id: "course_offering:c1",
        changed: [],
        hold: null
      })
      expect(made.plan.holds).toEqual([])
      expect(made.plan.counts.find((one) => one.entity === "course_offering")).toMatchObject({
        unchanged: 0,
        keptThoughGone: 0
      })
      const { execution } = yield* apply(made.plan.plan_id)
      expect(execution).toMatchObject({ done: 24, failed: 0 })
      expect(sent).toEqual([])
      expect((yield* plan(classesAnew)).plan.steps.count).toBe(0)
      // Under the new ids the target is written as under the old ones.
      yield* apply((yield* plan(changed(classesAnew, "classes", "c1-anew", { title: "English Nine" }))).plan.plan_id)
      expect(sent.map((step) => [step.action, step.entity, step.remoteId])).toEqual([
        ["update", "course_offering", "course_offering:c1"],
        ["update", "section", "section:c1"]
      ])
    })
  ))

it("people, schools, terms and courses under new ids: all are known again, and only what differs is written", () =>
  nightsAfterTheFirst(({ plan, apply, stepsOf, sent }) =>
    Effect.gen(function* () {
      sent.length = 0
      const terms = ["t1", "t2"]
      const schools = renamed(district, "orgs", ["school", "orgs", "org", "parent"])
      const courses = renamed(schools, "courses", ["course"])
      const all = renamed(renamed(courses, "academic_sessions", ["terms", "parent"], terms), "users", [
        "user",
        "agents"
      ])
      const made = yield* plan(all)
      const steps = yield* stepsOf(made)
      expect(Object.keys(actionsOf(steps)).filter((name) => !name.startsWith("rekey"))).toEqual([])
      expect(made.plan.holds).toEqual([])
      yield* apply(made.plan.plan_id)
      // Who has no number is known in Brightspace by the id of the record, which is another one now.
      expect(sent.map((step) => [step.action, step.key, ...step.changed])).toEqual(
        ["g31", "t11", "t12"].map((id) => ["update", `${id}-anew`, "org_defined_id"])
      )
      expect((yield* plan(all)).plan.steps.count).toBe(0)
    })
  ))

it("a class under a new id whose students are others is held, the old one and the new one", () =>
  nightsAfterTheFirst(({ plan, stepsOf }) =>
    Effect.gen(function* () {
      const students = ["s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28"]
      const shuffled: Rows = {
        ...classesAnew,
        enrollments: (classesAnew["enrollments"] ?? []).map((row) =>
          row["role"] === "student"
            ? { ...row, user: students[(students.indexOf(String(row["user"])) + 4) % students.length] }
            : row
        )
      }
      const made = yield* plan(shuffled)
      const steps = yield* stepsOf(made)
      expect(steps.filter((step) => step.action === "rekey")).toEqual([])
      expect(steps.filter((step) => step.hold === null)).toEqual([])
      expect(made.plan.holds.find((hold) => hold.guard === "rekey")?.say).toMatch(
        /^2 course_offering that are gone and 2 new may be the same under a new key, but share \d+% of a roster at most: people must say so$/
      )
    })
  ))

it("what is new or gone in a class that comes back under a new id is added and dropped there", () =>
  nightsAfterTheFirst(({ plan, apply, stepsOf, sent }) =>
    Effect.gen(function* () {
      sent.length = 0
      const moved = without(classesAnew, { enrollments: ["e26"] })
      const made = yield* plan({
        ...moved,
        enrollments: [
          ...(moved["enrollments"] ?? []),
          { sourcedId: "e40", status: "active", user: "s27", class: "c1-anew", school: "s1", role: "student" }
        ]
      })
      const steps = yield* stepsOf(made)
      const others = steps.filter((step) => step.action !== "rekey")
      expect(others.map((step) => `${step.action} ${step.entity} ${step.key}`).toSorted()).toEqual([
        "create enrollment c1-anew/s27",
        "create section_enrollment c1-anew/s27",
        "unenroll enrollment c1/s26",
        "unenroll section_enrollment c1/s26"
      ])
      const { execution } = yield* apply(made.plan.plan_id)
      expect(execution.failed).toBe(0)
      expect(sent.map((step) => [step.action, step.key, step.fields["org_unit"] ?? step.fields["section"]])).toEqual([
        ["create", "c1-anew/s27", "course_offering:c1"],
        ["create", "c1-anew/s27", "section:c1"],
        ["unenroll", "c1/s26", "course_offering:c1"]
      ])
    })
  ))

it("the same user name for another person is held: an account goes to nobody by chance", () =>
  nightsAfterTheFirst(({ plan, stepsOf }) =>
    Effect.gen(function* () {
      const other = changed(renamed(district, "users", ["user", "agents"], ["s28"]), "users", "s28-anew", {
        identifier: "90099",
        givenName: "Ira",
        familyName: "Stone"
      })
      const made = yield* plan(other)
      const steps = yield* stepsOf(made)
      const people = steps.filter((step) => step.entity === "user")
      expect(people.map((step) => [step.action, step.key, step.hold === null])).toEqual([
        ["create", "s28-anew", false],
        ["deactivate", "s28", false]
      ])
      expect(made.plan.holds.find((hold) => hold.guard === "rekey")?.entity).toBe("user")
    })
  ))

it("a read that was not proven takes nothing for gone, and so nothing for known again", () =>
  nightsAfterTheFirst(({ plan, stepsOf }) =>
    Effect.gen(function* () {
      const made = yield* plan(classesAnew, undefined, { classes: { totalAtEnd: 99 } })
      const steps = yield* stepsOf(made)
      expect(steps.filter((step) => step.hold === null)).toEqual([])
      expect(made.plan.holds[0]).toMatchObject({ guard: "incomplete", entity: "course_offering" })
    })
  ))

it("an update that is refused does not undo that the record is known again", () => {
  let refuses = false
  return nightsAfterTheFirst(
    ({ plan, apply, stepsOf }) =>
      Effect.gen(function* () {
        const anew = changed(classesAnew, "classes", "c1-anew", { title: "English Nine" })
        refuses = true
        const { execution } = yield* apply((yield* plan(anew)).plan.plan_id)
        expect(execution.failed).toBe(1)
        const again = yield* stepsOf(yield* plan(anew))
        expect(again.map((step) => [step.action, step.entity, step.key, ...step.changed])).toEqual([
          ["update", "course_offering", "c1-anew", "name"]
        ])
        const warehouse = yield* Warehouse
        const dangling = yield* warehouse.rows(
          plain(
            "SELECT key FROM ledger_roster_enrollment WHERE org_unit NOT IN (SELECT 'course_offering:' || key FROM ledger_roster_course_offering)"
          ),
          anyRow
        )
        expect(dangling).toEqual([])
      }),
    {
      refuse: (step) => (refuses && step.entity === "course_offering" ? refused : null)
    }
  )
})

/** Everybody and every class under a new id: a first night, and the plan of the one after. */
const allAnew = renamed(renamed(district, "users", ["user", "agents"]), "classes", ["class"])
const planAnew = livedThrough(async (home) => {
  await firstNight(home)
  return nightsIn(
    home,
    ({ plan, stepsOf }) =>
      Effect.flatMap(plan(allAnew), (made) => Effect.map(stepsOf(made), (steps) => ({ made, steps }))),
    {}
  )
})

it.each([1, 2, 3])("an apply that is killed at its request %i and resumed ends as one that was not", (at) => {
  let requests = 0
  return nightsAfter(
    planAnew,
    ({ plan, apply, sent }, { made, steps }) =>
      Effect.gen(function* () {
        expect(new Set(steps.map((step) => step.action))).toEqual(new Set(["rekey"]))
        const killed = yield* Effect.exit(apply(made.plan.plan_id))
        expect(killed._tag).toBe("Failure")
        const resumed = yield* apply(made.plan.plan_id)
        expect(resumed.execution).toMatchObject({ done: steps.length, failed: 0, notReached: 0 })
        // Who has no number is known in Brightspace by the id of the record: three people, and none of them twice but the one at hand.
        expect(new Set(sent.map((step) => step.key)).size).toBe(3)
        expect((yield* plan(allAnew)).plan.steps.count).toBe(0)
      }),
    { refuse: () => (++requests === at ? Effect.die("killed") : null) }
  )
})

it("whoever waits meanwhile has the state amid a re-keying, each record with all that refers to it, and a kill after that loses nothing", () => {
  let requests = 0
  let waits: Effect.Effect<void> = Effect.void
  return nightsAfter(
    planAnew,
    ({ definition, plan, apply, sent }, { made, steps }) =>
      Effect.gen(function* () {
        const { sharing } = yield* Warehouse
        const tables = new Map(loadedEntitiesOf(definition).map((one) => [one.load.entity, one.tables.ledger]))
        const [people, places] = [tables.get("user") ?? "", tables.get("enrollment") ?? ""]
        const taken = yield* Deferred.make<unknown, unknown>()
        const looks = Effect.gen(function* () {
          const own = yield* sharing.takeIn ?? Effect.die("nobody is taken in")
          return yield* own.rows(
            plain(`SELECT count(*) FILTER (key LIKE '%-anew') > 0 AS moved, count(*) FILTER (key NOT LIKE '%-anew') > 0 AS unmoved,
  (SELECT count(*) = 0 FROM ${identifier(places)} WHERE "user" NOT IN (SELECT 'user:' || key FROM ${identifier(people)})) AS whole FROM ${identifier(people)}`),
            anyRow
          )
        })
        waits = Effect.sync(() => void Effect.runFork(Effect.intoDeferred(Effect.scoped(looks), taken)))
        expect((yield* Effect.exit(apply(made.plan.plan_id)))._tag).toBe("Failure")
        expect(yield* sharing.away(Deferred.await(taken))).toEqual([{ moved: true, unmoved: true, whole: true }])
        const resumed = yield* apply(made.plan.plan_id)
        expect(resumed.execution).toMatchObject({ done: steps.length, failed: 0, notReached: 0 })
        expect(new Set(sent.map((step) => step.key)).size).toBe(3)
        expect((yield* plan(allAnew)).plan.steps.count).toBe(0)
      }),
    {
      refuse: ({ remoteId }) =>
        ++requests === 1
          ? Effect.as(waits, { remoteId: String(remoteId), wrote: true, leftAlone: [] })
          : requests === 3
            ? Effect.die("killed")
            : null
    }
  )
})

it("a record that came back under another id is found by either, and all that befell it is told under both", () =>
  nightsAfterTheFirst(({ definition, plan, apply }) =>
    Effect.gen(function* () {
      const contracts = { collections: definition.used, resources: brightspaceResources }
      yield* apply((yield* plan(classesAnew)).plan.plan_id)
      for (const term of ["c1", "c1-anew"]) {
        const found = yield* findRecords(definition, contracts, {
          term,
          how: "exactly",
          entities: ["course_offering"],
          limit: 10
        })
        expect(found, term).toMatchObject([{ entity: "course_offering", key: "c1-anew" }])
        const told = yield* explainRecords(definition, contracts, found, "with what is around")
        expect(told.records).toMatchObject([
          {
            key: "c1-anew",
            previousKeys: ["c1"],
            presence: "present",
            remoteId: "course_offering:c1",
            since: 2,
            lastWritten: 4
          }
        ])
        const own = told.events.filter((event) => event.itself)
        expect(
          own.flatMap((event) => (event.what === "answered" ? [`${event.run} ${event.action} ${event.key}`] : []))
        ).toEqual(["2 create c1", "4 rekey c1-anew"])
        // The places of its people moved with it: each is counted once.
        const places = told.related.find((one) => one.entity === "enrollment")
        expect(places?.present).toBeGreaterThan(0)
        expect(places?.records).toBe(places?.present)
        expect(whyOf(told.records[0] as Standing, told.events)).toBe(
          "stands at the target, created by run 2, last written by run 4"
        )
      }
    })
  ))
