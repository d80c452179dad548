import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { parse } from "csv-parse/sync"
import * as fc from "fast-check"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, expect, it } from "vitest"
import { layer as warehouseLayer } from "../../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../../src/adapters/journal/journal.ts"
import type { RowFormat, RowWriter } from "../../../src/core/ports/bulk.ts"
import type { TargetErrorReason } from "../../../src/core/ports/target.ts"
import { Warehouse } from "../../../src/core/ports/warehouse.ts"
import { identifier, literal } from "../../../src/core/sql.ts"
import { carryOutAndEnd } from "../carry-out.ts"
import type { Execution, Extent } from "../../../src/load/execution.ts"
import type { Definition } from "../../../src/pipeline/definition.ts"
import { loadedEntitiesOf } from "../../../src/pipeline/loaded-entities.ts"
import { prepareTables } from "../../../src/state/tables.ts"
import { emptyTarget, isAsWanted, memoryTarget, type MemoryTarget, nameOf, refusalOf } from "../../memory/target.ts"
import { inFolder } from "../../tools/definitions.ts"
import { peopleInSchools } from "../people-in-schools.ts"
import { oneThread } from "../../tools/one-thread.ts"
import { anyRow, plain } from "../../tools/plain-sql.ts"

let definition: Definition

beforeAll(async () => {
  definition = await peopleInSchools()
})

const header = ["kind", "one", "two", "three"]

/** Cells of a person's place. */
const placed: RowFormat["kinds"][number]["cells"] = [
  { of: "user", field: "org_defined_id" },
  { of: "org_unit", field: "code" },
  { field: "role", as: "role" }
]

const formatWith = (settings: Partial<RowFormat>): RowFormat => ({
  name: "rows",
  at: 1,
  rowsAtOnce: 100,
  waitSeconds: 0,
  settleSeconds: 3600,
  names: [
    { field: "code", resources: ["org_unit"] },
    { field: "org_defined_id", resources: ["user"] }
  ],
  roles: new Map([["student", "Student"]]),
  kinds: [
    {
      resource: "user",
      type: null,
      changes: { actions: [], fields: [] },
      lacks: [],
      file: "1-people.csv",
      header,
      cells: [{ text: "person" }, { field: "org_defined_id" }, { field: "first_name" }, { field: "role", as: "role" }]
    },
    {
      resource: "enrollment",
      type: null,
      changes: { actions: ["update"], fields: ["role"] },
      lacks: [],
      file: "2-enrollments.csv",
      header,
      cells: [{ text: "enrollment" }, ...placed]
    },
    {
      resource: "enrollment",
      type: null,
      changes: { actions: [], fields: [] },
      ends: "unenroll",
      lacks: [],
      file: "2-enrollments.csv",
      header,
      cells: [{ text: "leaver" }, ...placed]
    }
  ],
  ...settings
})

interface Wish {
  readonly entity: "school" | "person" | "enrollment"
  readonly key: string
  /** It is to go; it is made where left out. */
  readonly goes?: true
}

const fieldsOf = ({ entity, key }: Wish): Record<string, string> => {
  switch (entity) {
    case "school":
      return { name: key, code: key }
    case "person":
      return { first_name: `${key}, "x"`, last_name: key, username: key, org_defined_id: key, role: "Student" }
    case "enrollment": {
      const [user = "", orgUnit = ""] = key.split("/")
      return { org_unit: `school:${orgUnit}`, user: `person:${user}`, role: "Student" }
    }
  }
}

/** What takes rows: they are there as soon as it works off what it has taken, and each is to come once. */
const batchesOf = (world: MemoryTarget) => {
  const taken: Array<ReadonlyArray<string>> = []
  const ever: Array<string> = []
  return {
    ever,
    take: (files: ReadonlyArray<{ readonly path: string }>) => {
      for (const { path } of files) {
        const [first, ...rows] = parse(readFileSync(path, "utf8")) as ReadonlyArray<ReadonlyArray<string>>
        expect(first).toEqual(header)
        taken.push(...rows)
        ever.push(...rows.map((row) => row.slice(0, 3).join("|")))
      }
    },
    /** `turnsAway`: people who never come to stand. */
    workOff: (turnsAway: (person: string) => boolean = () => false) => {
      for (const [kind, one = "", two = "", role = ""] of taken.splice(0)) {
        if (kind === "leaver") {
          if (!turnsAway(one) && !world.records.delete(`enrollment:${one}/${two}`)) world.mistakes.push(`${one}/${two}`)
          continue
        }
        if (turnsAway(one) || (kind !== "person" && !world.records.has(`person:${one}`))) continue
        const wish: Wish =
          kind === "person" ? { entity: "person", key: one } : { entity: "enrollment", key: `${one}/${two}` }
        if (kind !== "person" && !world.records.has(`school:${two}`)) world.mistakes.push(`${two} is not there`)
        const fields = fieldsOf(wish)
        expect(kind === "person" ? two : role).toBe(kind === "person" ? fields["first_name"] : "Student")
        world.records.set(nameOf(wish), { resource: kind === "person" ? "user" : "enrollment", fields })
      }
    }
  }
}

interface Going {
  readonly extent?: Extent
  /** Whether a row may take a record away, by its name. */
  readonly mayEnd?: (name: string) => boolean
  readonly plan?: string
  /** Interrupts it when it looks for rows that it has handed over. */
  readonly isEnded?: boolean
}

/** One walk in a process of its own, as far as state goes. `hand` is what becomes of an upload. */
const walk = (
  folder: string,
  wishes: ReadonlyArray<Wish>,
  world: MemoryTarget,
  format: RowFormat,
  hand: RowWriter["handOver"],
  { extent = "everything", isEnded = false, mayEnd = () => true, plan = "plan-1" }: Going = {}
): Promise<{
  readonly execution: Execution | null
  readonly outcomes: ReadonlyArray<unknown>
  readonly details: ReadonlyArray<unknown>
}> => {
  const ending = new AbortController()
  let hasHanded = false
  return Effect.runPromise(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* prepareTables(loadedEntitiesOf(definition))
      yield* warehouse.execute(
        plain(`CREATE OR REPLACE TEMP TABLE step (seq BIGINT, phase INTEGER, entity VARCHAR, key VARCHAR, action VARCHAR,
  reason VARCHAR, label VARCHAR, school VARCHAR, section VARCHAR, remote_id VARCHAR, before JSON, after JSON, changed VARCHAR[],
  implied_by VARCHAR, hold VARCHAR, previous_key VARCHAR, approval VARCHAR)`)
      )
      for (const [index, wish] of wishes.entries()) {
        const rank = ["school", "person", "enrollment"].indexOf(wish.entity)
        const [phase, action] =
          wish.goes === undefined
            ? [rank, "create"]
            : [5 - rank, { school: "delete", person: "deactivate", enrollment: "unenroll" }[wish.entity]]
        const fields = literal(JSON.stringify(fieldsOf(wish)))
        const sides = wish.goes === undefined ? `NULL, NULL, ${fields}` : `${literal(nameOf(wish))}, ${fields}, NULL`
        yield* warehouse.execute(
          plain(`INSERT INTO step VALUES (${index + 1}, ${phase}, ${literal(wish.entity)}, ${literal(wish.key)}, ${literal(action)}, '', NULL,
  NULL, NULL, ${sides}, [], NULL, NULL, NULL, NULL)`)
        )
      }
      const exit = yield* Effect.exit(
        carryOutAndEnd({
          definition,
          plan,
          run: 2,
          extent,
          moment: () => "2026-10-01T02:00",
          onProgress: () => {}
        })
      )
      const ledgers = loadedEntitiesOf(definition).map(({ tables }) => identifier(tables.ledger))
      return {
        execution: exit._tag === "Success" ? exit.value : null,
        outcomes: yield* warehouse.rows(
          plain(`SELECT o.entity, o.key, outcome, coalesce(reason, '') AS reason, coalesce(g.remote_id, '') AS remote_id FROM outcome AS o
LEFT JOIN (${ledgers.map((ledger) => `SELECT key, remote_id FROM ${ledger} WHERE presence = 'present'`).join(" UNION ALL ")}) AS g ON g.remote_id = o.entity || ':' || o.key WHERE plan = ${literal(plan)} ORDER BY seq`),
          anyRow
        ),
        details: (yield* warehouse.rows(
          plain(`SELECT detail FROM outcome WHERE plan = ${literal(plan)} AND detail IS NOT NULL ORDER BY seq`),
          anyRow
        )).map(({ detail }) => detail)
      }
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          memoryTarget(world, {
            rows: {
              format: Effect.succeed(format),
              handOver: (files) => Effect.tap(hand(files), () => (hasHanded = true)),
              look: (step) =>
                Effect.sync(() => {
                  const held = world.records.get(nameOf(step))
                  return isAsWanted(step, held) ? { remoteId: nameOf(step), wrote: true, leftAlone: [] } : null
                }),
              mayEnd: (step, row) =>
                Effect.sync(() => {
                  const [user, orgUnit] = step.key.split("/")
                  expect(row).toEqual({ kind: "leaver", one: user, two: orgUnit, three: "Student" })
                  return mayEnd(nameOf(step))
                }),
              named: (field, value) =>
                Effect.sync(() =>
                  [...world.records].flatMap(([id, { fields }]) => (fields[field] === value ? [id] : []))
                ),
              lookAnew: Effect.sync(() => {
                if (isEnded && hasHanded) ending.abort()
              })
            }
          }),
          journalLayer(join(folder, "journal")),
          warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })
        )
      )
    ),
    { signal: ending.signal }
  )
}

const district = (people: number, schools: number): ReadonlyArray<Wish> => [
  ...Array.from({ length: schools }, (_, index): Wish => ({ entity: "school", key: `s${index}` })),
  ...Array.from({ length: people }, (_, index): Wish => ({ entity: "person", key: `p${index}` })),
  ...Array.from({ length: people }, (_, index): Wish => ({
    entity: "enrollment",
    key: `p${index}/s${index % schools}`
  }))
]

/** People of one school, with it. */
const crowd = (name: string, people: number, school: string): ReadonlyArray<Wish> => {
  const keys = Array.from({ length: people }, (_, index) => `${name}${index}`)
  return [
    { entity: "school", key: school },
    ...keys.map((key): Wish => ({ entity: "person", key })),
    ...keys.map((key): Wish => ({ entity: "enrollment", key: `${key}/${school}` }))
  ]
}

const journalFile = (folder: string): string => join(folder, "journal", "plan-1.journal")
const done = (entity: string, key: string) => ({
  entity,
  key,
  outcome: "done",
  reason: "",
  remote_id: `${entity}:${key}`
})

it("sends few steps one by one, and many as rows whose outcome is unknown until it is seen", () =>
  inFolder(async (folder) => {
    const [world, wishes] = [emptyTarget(), district(2, 1)]
    const batches = batchesOf(world)
    const take = (files: ReadonlyArray<{ readonly path: string }>) => Effect.sync(() => batches.take(files))
    const format = formatWith({ at: 4 })
    const few = emptyTarget()
    await inFolder((other) => walk(other, wishes.slice(0, -1), few, format, take))
    expect([few.records.size, batches.ever]).toEqual([4, []])

    const first = await walk(folder, wishes, world, format, take)
    // The school goes by itself, and its id is known; of the others nobody says anything.
    expect(first.execution).toMatchObject({ done: 1, failed: 0, notReached: 4, awaited: 4, stoppedBy: null })
    expect(world.sent.map(nameOf)).toEqual(["school:s0"])
    expect(batches.ever).toHaveLength(4)
    // Nothing is sent while that is so, and nothing is said of it.
    const second = await walk(folder, wishes, world, format, take)
    expect(second.execution).toMatchObject({ done: 1, notReached: 4, awaited: 4 })
    // One of the people is turned away; the other one is there, and so is the place.
    batches.workOff((person) => person === "p1")
    const third = await walk(folder, wishes, world, format, take, { extent: "begun" })
    expect(third.execution).toMatchObject({ done: 3, failed: 0, awaited: 2 })
    expect(existsSync(journalFile(folder))).toBe(true)
    // When the time is over, what does not show has failed, and what hangs on it with it.
    const last = await walk(folder, wishes, world, formatWith({ at: 4, settleSeconds: 0 }), take, { extent: "begun" })
    expect(last.execution).toMatchObject({ done: 3, failed: 2, notReached: 0 })
    expect(last.outcomes).toEqual([
      done("school", "s0"),
      done("person", "p0"),
      { entity: "person", key: "p1", outcome: "failed", reason: "NotShown", remote_id: "" },
      done("enrollment", "p0/s0"),
      { entity: "enrollment", key: "p1/s0", outcome: "failed", reason: "NotShown", remote_id: "" }
    ])
    expect([batches.ever.length, world.sent.length, world.mistakes]).toEqual([4, 1, []])
    expect(existsSync(journalFile(folder))).toBe(false)
  }))

/** A district of two people and what becomes of it: somebody comes, one leaves, and one is only out of the school. */
const nextYear: ReadonlyArray<Wish> = [
  { entity: "person", key: "p2" },
  { entity: "enrollment", key: "p2/s0" },
  { entity: "enrollment", key: "p0/s0", goes: true },
  { entity: "enrollment", key: "p1/s0", goes: true },
  { entity: "person", key: "p0", goes: true }
]
const gone = (entity: string, key: string) => ({ entity, key, outcome: "done", reason: "", remote_id: "" })

it("names nobody by rows whose name another record has, whatever becomes of its letters where names are compared", () =>
  inFolder(async (folder) => {
    const [world, names] = [emptyTarget(), ["İzmir", "STRASSE", "Ǆ", "０4"]]
    for (const name of names)
      world.records.set(`by hand ${name}`, { resource: "user", fields: { org_defined_id: name } })
    const batches = batchesOf(world)
    const take = (files: ReadonlyArray<{ readonly path: string }>) => Effect.sync(() => batches.take(files))
    const wishes = [...district(4, 1), ...names.map((key): Wish => ({ entity: "person", key }))]
    await walk(folder, wishes, world, formatWith({ at: 4 }), take)
    expect(batches.ever.filter((row) => row.startsWith("person")).map((row) => row.split("|")[1])).toEqual([
      "p0",
      "p1",
      "p2",
      "p3"
    ])
    expect(world.sent.map(nameOf)).toEqual(["school:s0", ...names.map((name) => `person:${name}`)])
  }))

it("takes enrollments away as rows that are certain, after what is made, and then what they hung on", () =>
  inFolder(async (folder) => {
    const world = emptyTarget()
    const batches = batchesOf(world)
    const take = (files: ReadonlyArray<{ readonly path: string }>) => Effect.sync(() => batches.take(files))
    await walk(folder, district(2, 1), world, formatWith({ at: 100 }), take, { plan: "plan-0" })
    world.sent.length = 0
    const next = () =>
      walk(folder, nextYear, world, formatWith({ at: 4 }), take, { mayEnd: (name) => name !== "enrollment:p1/s0" })

    expect((await next()).execution).toMatchObject({ done: 0, awaited: 2, notReached: 5 })
    batches.workOff()
    // One is not certain and goes by itself; who is taken out by a row stays a person until that is seen.
    expect((await next()).execution).toMatchObject({ done: 3, awaited: 1, notReached: 2, stoppedBy: null })
    expect(batches.ever.slice(2)).toEqual(["leaver|p0|s0"])
    expect(world.sent.map(nameOf)).toEqual(["enrollment:p1/s0"])
    expect((await next()).execution).toMatchObject({ done: 3, awaited: 1 })
    batches.workOff()
    const last = await next()
    expect(last.execution).toMatchObject({ done: 5, failed: 0, notReached: 0 })
    expect(last.outcomes).toEqual([
      done("person", "p2"),
      done("enrollment", "p2/s0"),
      gone("enrollment", "p0/s0"),
      gone("enrollment", "p1/s0"),
      gone("person", "p0")
    ])
    expect([batches.ever.length, world.mistakes]).toEqual([3, []])
    expect(world.sent.map(nameOf)).toEqual(["enrollment:p1/s0", "person:p0"])
  }))

it("takes a removal that does not show for failed when its time is over, and the record for one that may have gone", () =>
  inFolder(async (folder) => {
    const world = emptyTarget()
    const batches = batchesOf(world)
    const take = (files: ReadonlyArray<{ readonly path: string }>) => Effect.sync(() => batches.take(files))
    await walk(folder, district(2, 1), world, formatWith({ at: 100 }), take, { plan: "plan-0" })
    const leaver: ReadonlyArray<Wish> = [{ entity: "enrollment", key: "p0/s0", goes: true }]
    expect((await walk(folder, leaver, world, formatWith({}), take)).execution).toMatchObject({ awaited: 1 })
    batches.workOff(() => true)
    const late = formatWith({ settleSeconds: 0 })
    const failed = await walk(folder, leaver, world, late, take)
    expect(failed.execution).toMatchObject({ done: 0, failed: 1, notReached: 0 })
    expect(failed.outcomes).toMatchObject([{ outcome: "failed", reason: "NotShown", remote_id: "enrollment:p0/s0" }])
    expect(failed.details).toEqual([expect.stringMatching(/row-not-gone|does not show that it is gone/)])
    expect(batches.ever).toEqual(["leaver|p0|s0"])
    // The next plan sends it anew.
    const again = { plan: "plan-2" }
    expect((await walk(folder, leaver, world, formatWith({}), take, again)).execution).toMatchObject({ awaited: 1 })
    batches.workOff()
    expect((await walk(folder, leaver, world, late, take, again)).execution).toMatchObject({ done: 1, notReached: 0 })
  }))

it("lets go when it is ended while it waits, and goes on by looking", () =>
  inFolder(async (folder) => {
    const [world, wishes] = [emptyTarget(), district(1, 1)]
    const batches = batchesOf(world)
    const take = (files: ReadonlyArray<{ readonly path: string }>) => Effect.sync(() => batches.take(files))
    const waiting = formatWith({ waitSeconds: 3600 })
    await expect(walk(folder, wishes, world, waiting, take, { isEnded: true })).rejects.toThrow()
    batches.workOff()
    expect((await walk(folder, wishes, world, waiting, take)).execution).toMatchObject({ done: 3, notReached: 0 })
    expect([batches.ever.length, world.sent.length, world.mistakes]).toEqual([2, 1, []])
  }))

it("ends where rows are refused as a whole, and takes them for not sent", () =>
  inFolder(async (folder) => {
    const [world, wishes] = [emptyTarget(), district(1, 1)]
    const refused = await walk(folder, wishes, world, formatWith({}), () => Effect.fail(refusalOf("Forbidden")))
    expect(refused.execution).toMatchObject({
      done: 1,
      notReached: 2,
      stoppedBy: expect.stringContaining("as the test")
    })
    const batches = batchesOf(world)
    const again = await walk(folder, wishes, world, formatWith({}), (files) => Effect.sync(() => batches.take(files)))
    expect(again.execution).toMatchObject({ done: 1, awaited: 2 })
    expect(batches.ever).toHaveLength(2)
  }))

it("hands each row over once and loses none, wherever it is killed", () =>
  fc.assert(
    fc.asyncProperty(
      fc.record({
        people: fc.integer({ min: 1, max: 6 }),
        schools: fc.integer({ min: 1, max: 2 }),
        leavers: fc.integer({ min: 0, max: 2 }),
        rowsAtOnce: fc.integer({ min: 1, max: 8 }),
        killedAt: fc.integer({ min: 1, max: 4 }),
        /** What the killed hand-over, and the one whose answer is lost, had come to. */
        isTaken: fc.boolean(),
        ends: fc.constantFrom<"killed" | TargetErrorReason>("killed", "AnswerLost"),
        isBegunOnly: fc.boolean()
      }),
      ({ ends, isBegunOnly, isTaken, killedAt, leavers, people, rowsAtOnce, schools }) =>
        inFolder(async (folder) => {
          const world = emptyTarget()
          const batches = batchesOf(world)
          const before = crowd("l", leavers, "old")
          const takeNone = (): Effect.Effect<void> => Effect.die("nothing goes as rows")
          await walk(folder, before, world, formatWith({ at: 100 }), takeNone, { plan: "plan-0" })
          world.sent.length = 0
          const wishes = [
            ...district(people, schools),
            ...before.filter(({ entity }) => entity === "enrollment").map((one): Wish => ({ ...one, goes: true }))
          ]
          let [uploads, lost] = [0, 0]
          const hand: RowWriter["handOver"] = (files) =>
            Effect.suspend(() => {
              const isTheOne = ++uploads === killedAt
              if (!isTheOne || isTaken) batches.take(files)
              else lost = rowsAtOnce
              if (!isTheOne) return Effect.void
              return ends === "killed" ? Effect.die("killed") : refusalOf("AnswerLost")
            })
          const format = formatWith({ rowsAtOnce })
          let last = await walk(folder, wishes, world, format, hand)
          let lastExtent: Extent = "everything"
          const later = formatWith({ rowsAtOnce, settleSeconds: 0 })
          // What is through has no journal any more, and nobody goes on with it.
          for (const [extent, now] of [
            [isBegunOnly ? "begun" : "everything", format],
            ["everything", format],
            ["everything", later]
          ] as const) {
            batches.workOff()
            if (!existsSync(journalFile(folder))) continue
            last = await walk(folder, wishes, world, now, hand, { extent })
            lastExtent = extent
          }
          const { execution, outcomes } = last
          // What was handed over stands, and is known under its id; what may have been lost has failed, and can be seen.
          expect(new Set(batches.ever).size).toBe(batches.ever.length)
          expect(world.mistakes).toEqual([])
          expect(execution).toMatchObject({ notReached: 0, stoppedBy: null })
          const failed = outcomes.filter((one) => (one as { readonly outcome: string }).outcome === "failed")
          // Where only what was begun was to be ended, the others wait for the next plan.
          const begun = world.sent.length + batches.ever.length
          if (lastExtent === "everything") expect(outcomes).toHaveLength(wishes.length)
          else if (lost === 0) expect(outcomes).toHaveLength(begun)
          else expect(outcomes.length).toBeGreaterThan(begun)
          const isNew = (name: string): boolean => !before.some((one) => nameOf(one) === name)
          const left = before.filter((one) => !world.records.has(nameOf(one)))
          const made = [...world.records.keys()].filter(isNew)
          expect(made.length + left.length + failed.length).toBe(outcomes.length)
          if (lost === 0) expect(failed).toEqual([])
        })
    ),
    {
      numRuns: 6,
      examples: [
        [
          {
            people: 1,
            schools: 1,
            leavers: 0,
            rowsAtOnce: 1,
            killedAt: 1,
            isTaken: true,
            ends: "killed",
            isBegunOnly: true
          }
        ],
        // What is taken away, and its answer lost.
        [
          {
            people: 1,
            schools: 1,
            leavers: 2,
            rowsAtOnce: 4,
            killedAt: 2,
            isTaken: true,
            ends: "AnswerLost",
            isBegunOnly: false
          }
        ]
      ]
    }
  ))
