import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { makeJournal } from "../../src/adapters/journal/journal.ts"
import { identifier, literal } from "../../src/core/sql.ts"
import { carryOutAndEnd } from "./carry-out.ts"
import type { Execution, Extent } from "../../src/load/execution.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { Journal } from "../../src/core/ports/journal.ts"
import type { TargetErrorReason, WriteStep } from "../../src/core/ports/target.ts"
import { type Row, Warehouse } from "../../src/core/ports/warehouse.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { type Answer, emptyTarget, memoryTarget, type MemoryTarget, nameOf, refusalOf } from "../memory/target.ts"
import { inFolder } from "../tools/definitions.ts"
import { peopleInSchools } from "./people-in-schools.ts"
import { oneThread } from "../tools/one-thread.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

const nowhere = { file: "pipeline.yaml", line: 1, column: 1, offset: 0, length: 1 }

let definition: Definition

beforeAll(async () => {
  definition = await peopleInSchools()
})

/** What the steps do to one record: it stood before, or not; it is wanted, changed or not, or it goes. */
type Fate = "created" | "updated" | "removed"

interface Wish {
  readonly entity: "school" | "person" | "enrollment"
  readonly key: string
  readonly fate: Fate
}

/** The resource of each entity. */
const resources = { school: "org_unit", person: "user", enrollment: "enrollment" } as const

const worldBefore = (wishes: ReadonlyArray<Wish>): MemoryTarget =>
  emptyTarget(
    wishes
      .filter((wish) => wish.fate !== "created")
      .map((wish) => [nameOf(wish), { resource: resources[wish.entity], fields: fieldsOf(wish, "before") }])
  )

const fieldsOf = ({ entity, key }: Wish, when: "before" | "after"): Record<string, string | null> => {
  switch (entity) {
    case "school":
      return { name: `${when} ${key}`, code: key }
    case "person":
      return { first_name: when, last_name: key, username: key, org_defined_id: key, role: "Student" }
    case "enrollment": {
      const [user = "", orgUnit = ""] = key.split("/")
      return { org_unit: `school:${orgUnit}`, user: `person:${user}`, role: when === "before" ? "Aide" : "Student" }
    }
  }
}

const removalOf = { school: "delete", person: "deactivate", enrollment: "unenroll" } as const
const phaseOf = (wish: Wish): number => {
  const index = ["school", "person", "enrollment"].indexOf(wish.entity)
  return wish.fate === "removed" ? 5 - index : index
}

/** Puts the ledger of what stands and the steps of a plan into an empty warehouse. */
const prepare = (wishes: ReadonlyArray<Wish>, isFirst: boolean) =>
  Effect.gen(function* () {
    const warehouse = yield* Warehouse
    yield* prepareTables(loadedEntitiesOf(definition))
    const standing = isFirst ? wishes.filter((wish) => wish.fate !== "created") : []
    for (const wish of standing) {
      const ledger = loadedEntitiesOf(definition).find((one) => one.load.entity === wish.entity)?.tables.ledger ?? ""
      const fields = fieldsOf(wish, "before")
      yield* warehouse.execute(
        plain(`INSERT INTO ${identifier(ledger)} (key, remote_id, presence, origin, run, fingerprint, ${Object.keys(fields).map(identifier).join(", ")})
VALUES (${literal(wish.key)}, ${literal(nameOf(wish))}, 'present', 'created', 1, 0, ${Object.values(fields).map(literal).join(", ")})`)
      )
    }
    yield* warehouse.execute(
      plain(`CREATE OR REPLACE TEMP TABLE step (seq BIGINT, phase INTEGER, entity VARCHAR, key VARCHAR, action VARCHAR,
  reason VARCHAR, label VARCHAR, school VARCHAR, section VARCHAR, remote_id VARCHAR, before JSON, after JSON, changed VARCHAR[],
  implied_by VARCHAR, hold VARCHAR, previous_key VARCHAR, approval VARCHAR)`)
    )
    const ordered = wishes.toSorted((a, b) => phaseOf(a) - phaseOf(b) || (a.key < b.key ? -1 : 1))
    for (const [index, wish] of ordered.entries()) {
      const before = wish.fate === "created" ? null : JSON.stringify(fieldsOf(wish, "before"))
      const after = wish.fate === "removed" ? null : JSON.stringify(fieldsOf(wish, "after"))
      const action = wish.fate === "created" ? "create" : wish.fate === "updated" ? "update" : removalOf[wish.entity]
      yield* warehouse.execute(
        plain(`INSERT INTO step VALUES (${index + 1}, ${phaseOf(wish)}, ${literal(wish.entity)}, ${literal(wish.key)}, ${literal(action)}, '', NULL,
  NULL, NULL, ${wish.fate === "created" ? "NULL" : literal(nameOf(wish))}, ${literal(before)}, ${literal(after)}, [], NULL, NULL, NULL, NULL)`)
      )
    }
  })

/** Where a walk comes to its end: at its n-th request, before or after it was carried out, with outcomes lost or not. */
interface Kill {
  readonly at: number
  readonly isCarriedOut: boolean
  readonly keepsOutcome: (sequence: number) => boolean
}

const never: Kill = { at: Infinity, isCarriedOut: false, keepsOutcome: () => true }

type Refusal = (step: WriteStep) => TargetErrorReason | null

/** What comes of each request until the walk is killed. */
const answering = (kill: Kill, refuse: Refusal = () => null): Answer => {
  let asked = 0
  return (step, carryOut) => {
    if (++asked === kill.at) {
      if (kill.isCarriedOut) carryOut()
      return Effect.die("killed")
    }
    const reason = refuse(step)
    if (reason === "AnswerLost") carryOut()
    return reason === null ? null : refusalOf(reason)
  }
}

/** Freezes, what time it is, and what else is set meanwhile. */
interface Calendar {
  readonly freezes: Definition["load"]["gates"]["freezes"]
  readonly moment: () => string
  readonly gates?: () => Definition["load"]["gates"]
}

/** A walk in a process of its own, as far as state goes: what is not in the state file or in the journal is lost. */
const walk = (
  folder: string,
  wishes: ReadonlyArray<Wish>,
  world: MemoryTarget,
  kill: Kill,
  isFirst: boolean,
  extent: Extent = "everything",
  refuse?: Refusal,
  calendar: Calendar = { freezes: [], moment: () => "2026-10-01T02:00" }
): Promise<{ readonly execution: Execution | null; readonly ledger: ReadonlyArray<Row> }> => {
  const journals = makeJournal(join(folder, "journal"))
  const durable = new Set<number>()
  const answer = answering(kill, refuse)
  const journal = Layer.succeed(Journal, {
    ...journals,
    open: (plan) =>
      Effect.map(journals.open(plan), (open) => ({
        ...open,
        intend: (sequences) =>
          Effect.map(open.intend(sequences), () => sequences.forEach((sequence) => durable.add(sequence))),
        record: (outcome) => (kill.keepsOutcome(outcome.sequence) ? open.record(outcome) : Effect.void)
      }))
  })
  return Effect.runPromise(
    Effect.gen(function* () {
      yield* prepare(wishes, isFirst)
      const exit = yield* Effect.exit(
        carryOutAndEnd({
          definition: {
            ...definition,
            load: { ...definition.load, gates: { ...definition.load.gates, freezes: calendar.freezes } }
          },
          plan: "plan-1",
          run: 2,
          extent,
          ...(calendar.gates === undefined ? {} : { gates: Effect.sync(calendar.gates) }),
          moment: calendar.moment,
          onProgress: () => {}
        })
      )
      const ledger: Array<Row> = []
      const warehouse = yield* Warehouse
      for (const { tables, fields } of loadedEntitiesOf(definition)) {
        ledger.push(
          ...(yield* warehouse.rows(
            plain(
              `SELECT key, remote_id, presence, origin, fingerprint IS NULL AS is_doubtful, ${fields.map(identifier).join(", ")} FROM ${identifier(tables.ledger)} ORDER BY key`
            ),
            anyRow
          ))
        )
      }
      return { execution: exit._tag === "Success" ? exit.value : null, ledger }
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          memoryTarget(world, {
            answer: (step, carryOut) => {
              if (!durable.has(step.sequence))
                world.mistakes.push(`${step.key} was sent before its intention was durable`)
              return answer(step, carryOut)
            },
            // Those of enrollments follow from their keys; others are the target's own.
            idOf: (step) => (step.entity === "enrollment" ? nameOf(step) : null)
          }),
          journal,
          warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })
        )
      )
    )
  )
}

const journalFile = (folder: string): string => join(folder, "journal", "plan-1.journal")

const fate = fc.constantFrom<Fate>("created", "updated", "removed")

/** Steps of one plan: what an enrollment refers to is never on its way out. */
const wishes: fc.Arbitrary<ReadonlyArray<Wish>> = fc
  .record({
    schools: fc.array(fate, { minLength: 1, maxLength: 3 }),
    people: fc.array(fate, { minLength: 1, maxLength: 8 }),
    enrollments: fc.array(fate, { maxLength: 12 })
  })
  .map(({ schools, people, enrollments }) => {
    const all: Array<Wish> = [
      ...schools.map((one, index): Wish => ({ entity: "school", key: `s${index}`, fate: one })),
      ...people.map((one, index): Wish => ({ entity: "person", key: `p${index}`, fate: one }))
    ]
    for (const [index, wanted] of enrollments.entries()) {
      const school = index % schools.length
      const person = index % people.length
      const ends = [schools[school], people[person]]
      const isNew = ends.includes("created")
      const isGoing = ends.includes("removed")
      const key = `p${person}/s${school}`
      if ((isNew && isGoing) || all.some((one) => one.key === key)) continue
      all.push({ entity: "enrollment", key, fate: isNew ? "created" : isGoing ? "removed" : wanted })
    }
    return all
  })

const kills = fc.array(
  fc.record({
    at: fc.integer({ min: 1, max: 12 }),
    isCarriedOut: fc.boolean(),
    losesEvery: fc.integer({ min: 1, max: 4 })
  }),
  { minLength: 1, maxLength: 3 }
)

describe("a walk that is killed", () => {
  it("and taken up again, as often as it takes, ends as an undisturbed one", async () => {
    await fc.assert(
      fc.asyncProperty(wishes, kills, async (given, moments) => {
        const undisturbed = worldBefore(given)
        const expected = await inFolder((folder) => walk(folder, given, undisturbed, never, true))
        expect(expected.execution).toMatchObject({ done: given.length, failed: 0, notReached: 0 })

        const world = worldBefore(given)
        await inFolder(async (folder) => {
          let isFirst = true
          for (const { at, isCarriedOut, losesEvery } of moments) {
            const kill: Kill = { at, isCarriedOut, keepsOutcome: (sequence) => sequence % losesEvery !== 0 }
            await walk(folder, given, world, kill, isFirst)
            if (!existsSync(journalFile(folder))) return
            isFirst = false
          }
          const resumed = await walk(folder, given, world, never, isFirst)
          expect(resumed.execution).toMatchObject({ done: given.length, failed: 0, notReached: 0, stoppedBy: null })
          expect(resumed.ledger).toEqual(expected.ledger)
          expect(existsSync(journalFile(folder))).toBe(false)
        })
        expect(world.records).toEqual(undisturbed.records)
        expect(world.mistakes).toEqual([])
      }),
      { numRuns: 8 }
    )
  })

  it("and settled only: nothing is sent that was not begun", async () => {
    const given = Array.from({ length: 600 }, (_, index): Wish => ({
      entity: "person",
      key: `p${1000 + index}`,
      fate: "created"
    }))
    const world = worldBefore(given)
    await inFolder(async (folder) => {
      await walk(folder, given, world, { at: 300, isCarriedOut: true, keepsOutcome: () => false }, true)
      const settled = await walk(folder, given, world, never, false, "begun")
      // The intentions of a chunk are made durable together.
      expect(settled.execution).toMatchObject({ done: 512, failed: 0, notReached: 0 })
      expect(world.records.size).toBe(512)
      expect(settled.ledger).toHaveLength(512)
      expect(existsSync(journalFile(folder))).toBe(false)
    })
    expect(world.mistakes).toEqual([])
  })
})

describe("a step that fails", () => {
  const people = (count: number): ReadonlyArray<Wish> =>
    Array.from({ length: count }, (_, index): Wish => ({ entity: "person", key: `p${100 + index}`, fate: "created" }))
  const failing = (given: ReadonlyArray<Wish>, refuse: Refusal) =>
    inFolder(async (folder) => {
      const world = worldBefore(given)
      const walked = await walk(folder, given, world, never, true, "everything", refuse)
      return { ...walked, world, isOpen: existsSync(journalFile(folder)) }
    })

  it("takes with it those that refer to its record, and no other", async () => {
    const given: ReadonlyArray<Wish> = [
      { entity: "school", key: "s0", fate: "created" },
      ...people(4),
      { entity: "enrollment", key: "p100/s0", fate: "created" },
      { entity: "enrollment", key: "p101/s0", fate: "created" }
    ]
    const { execution, world, isOpen } = await failing(given, (step) => (step.key === "p101" ? "Invalid" : null))
    expect(execution).toMatchObject({ done: 5, failed: 2, notReached: 0, stoppedBy: null })
    expect(world.records.has("enrollment:p100/s0")).toBe(true)
    expect(world.records.has("enrollment:p101/s0")).toBe(false)
    expect(isOpen).toBe(false)
  })

  it("because of the connection, five times in a row, ends the walk, which can be resumed", async () => {
    const { execution, isOpen } = await failing(people(100), (step) => (step.key > "p109" ? "Unreachable" : null))
    expect(execution?.stoppedBy).toContain("as the test wishes")
    expect(execution?.done).toBe(10)
    // What was in flight by then is answered.
    expect(execution?.notReached).toBeGreaterThan(75)
    expect(isOpen).toBe(true)
  })

  it("as many times as there are steps, because of the steps, does not end the walk", async () => {
    const { execution, isOpen } = await failing(people(20), () => "Invalid")
    expect(execution).toMatchObject({ done: 0, failed: 20, notReached: 0, stoppedBy: null })
    expect(isOpen).toBe(false)
  })

  it("by a lost answer is looked for at once", async () => {
    const { execution, world } = await failing(people(20), () => "AnswerLost")
    expect(execution).toMatchObject({ done: 20, alreadySo: 20, failed: 0 })
    expect(world.mistakes).toEqual([])
  })

  it.each<[TargetErrorReason, boolean]>([
    ["Malformed", true],
    ["Unknown", true],
    ["Unreachable", true],
    ["Invalid", false],
    ["Forbidden", false],
    ["NotFound", false]
  ])("as %s leaves its record in doubt: %s", async (reason, isDoubtful) => {
    const given: ReadonlyArray<Wish> = [
      { entity: "school", key: "s0", fate: "updated" },
      { entity: "person", key: "p0", fate: "updated" },
      { entity: "person", key: "p1", fate: "created" },
      { entity: "enrollment", key: "p0/s0", fate: "created" }
    ]
    const { ledger } = await failing(given, ({ entity }) => (entity === "school" ? null : reason))
    const row = (key: string) => ledger.find((one) => one["key"] === key)
    expect(row("p0")).toMatchObject({ presence: "present", first_name: "before", is_doubtful: isDoubtful })
    // Who the target made is not known, and is looked for by the next plan. An enrollment has its id from its ends.
    expect(row("p1")).toBeUndefined()
    if (isDoubtful) expect(row("p0/s0")).toMatchObject({ presence: "unsure", remote_id: "enrollment:p0/s0" })
    else expect(row("p0/s0")).toBeUndefined()
  })

  it("by a clash is tried once more when its phase is over", async () => {
    let clashes = 0
    const { execution } = await failing(people(5), (step) =>
      step.key === "p100" && clashes++ === 0 ? "Conflict" : null
    )
    expect(execution).toMatchObject({ done: 5, failed: 0 })
    expect(clashes).toBe(2)
  })

  it("by a clash is tried as long as a name comes free: a row of them ends well", async () => {
    // Each wants what the next one still has; the last gives its own up.
    const done = new Set<string>()
    const { execution } = await failing(people(5), ({ key }) => {
      if (key !== "p104" && !done.has(`p${Number(key.slice(1)) + 1}`)) return "Conflict"
      done.add(key)
      return null
    })
    expect(execution).toMatchObject({ done: 5, failed: 0 })
  })

  it("by a clash that nothing mends is named after the second try", async () => {
    let tried = 0
    const { execution } = await failing(people(3), (step) => (step.key === "p100" && ++tried > 0 ? "Conflict" : null))
    expect(execution).toMatchObject({ done: 2, failed: 1 })
    expect(tried).toBe(2)
  })
})

describe("a gate that has closed since the walk was killed", () => {
  const people = Array.from({ length: 6 }, (_, index): Wish => ({
    entity: "person",
    key: `p${index}`,
    fate: "updated"
  }))
  const frozen: Calendar = {
    freezes: [
      { schools: [], sessions: [], at: nowhere, say: "the year is over", from: "2026-10-01T00:00", until: null }
    ],
    moment: () => "2026-10-01T02:00"
  }
  const settled = (folder: string, given: ReadonlyArray<Wish>, world: MemoryTarget) =>
    walk(folder, given, world, never, false, "begun", undefined, frozen)

  it("stops nothing that is known as done; what is unsure is in doubt from then on, and nothing is sent", async () => {
    const world = worldBefore(people)
    await inFolder(async (folder) => {
      await walk(folder, people, world, { at: 4, isCarriedOut: true, keepsOutcome: () => true }, true)
      const sent = world.sent.length
      const { execution, ledger } = await settled(folder, people, world)
      const inDoubt = ledger.filter((row) => row["is_doubtful"])
      expect(execution).toMatchObject({ done: 6 - inDoubt.length, stopped: inDoubt.length, failed: 0, notReached: 0 })
      expect(inDoubt.map((row) => row["key"])).toContain("p3")
      expect(ledger.map((row) => row["first_name"])).toEqual(
        ledger.map((row) => (row["is_doubtful"] ? "before" : "after"))
      )
      expect(ledger[0]).toMatchObject({ key: "p0", first_name: "after" })
      expect(world.sent).toHaveLength(sent)
      expect(existsSync(journalFile(folder))).toBe(false)
    })
  })

  it("leaves a new record to be looked for, where its id is known without an answer", async () => {
    const given: ReadonlyArray<Wish> = [
      { entity: "school", key: "s0", fate: "updated" },
      ...people,
      { entity: "enrollment", key: "p1/s0", fate: "created" }
    ]
    const world = worldBefore(given)
    await inFolder(async (folder) => {
      await walk(folder, given, world, { at: 8, isCarriedOut: true, keepsOutcome: () => true }, true)
      const { execution, ledger } = await settled(folder, given, world)
      expect(execution).toMatchObject({ done: 7, stopped: 1 })
      expect(ledger.filter((row) => row["is_doubtful"])).toMatchObject([
        { key: "p1/s0", remote_id: "enrollment:p1/s0", presence: "unsure" }
      ])
    })
  })
})

describe("a gate that moves while steps are sent", () => {
  const people = Array.from({ length: 600 }, (_, index): Wish => ({
    entity: "person",
    key: `p${1000 + index}`,
    fate: "created"
  }))
  const freeze = { schools: [], sessions: [], at: nowhere, say: "the year is over" }

  /** What is sent where the gates are others once a hundred requests are out. */
  const sent = (calendar: (world: MemoryTarget) => Calendar) =>
    inFolder(async (folder) => {
      const world = worldBefore(people)
      const given = calendar(world)
      const { execution, ledger } = await walk(folder, people, world, never, true, "everything", undefined, given)
      expect(execution).toMatchObject({ done: world.records.size, failed: 0, notReached: 0 })
      expect(ledger.filter((row) => row["is_doubtful"])).toEqual([])
      expect(existsSync(journalFile(folder))).toBe(false)
      return { done: execution?.done ?? 0, stopped: execution?.stopped ?? 0, records: [...world.records.keys()] }
    })
  const at = (world: MemoryTarget) => (): string => (world.sent.length < 100 ? "2026-10-01T02:00" : "2026-10-01T02:05")
  /** Requests that are under way at once. */
  const underWay = 4

  it("and closes: what is on its way ends, the rest is stopped and nothing has failed", async () => {
    const { done, stopped } = await sent((world) => ({
      freezes: [{ ...freeze, from: "2026-10-01T02:03", until: null }],
      moment: at(world)
    }))
    expect(done).toBeGreaterThanOrEqual(100)
    expect(done).toBeLessThan(100 + underWay)
    expect(stopped).toBe(600 - done)
  })

  it("and opens: what was stopped waits for the next run, and the rest goes", async () => {
    let looked = 0
    const { done, stopped } = await sent(() => ({
      freezes: [{ ...freeze, from: "2026-10-01T00:00", until: "2026-10-01T02:03" }],
      // The clock is looked at as the walk begins, and before the first chunk, which is stopped whole.
      moment: () => (looked++ < 3 ? "2026-10-01T02:00" : "2026-10-01T02:05")
    }))
    expect([done, stopped]).toEqual([344, 256])
  })

  it("and is set by people: of what they stop nothing is sent from then on, and the rest of the very chunk goes", async () => {
    const set = {
      ...definition.load.gates,
      openWhen: [
        {
          id: "kept",
          say: "it is kept back",
          names: null,
          when: { sql: "record.username NOT BETWEEN 'p1150' AND 'p1199'", at: nowhere }
        }
      ]
    }
    const { done, records, stopped } = await sent((world) => ({
      freezes: [],
      moment: () => "2026-10-01T02:00",
      gates: () => (world.sent.length < 100 ? definition.load.gates : set)
    }))
    expect([done, stopped]).toEqual([550, 50])
    expect(records.filter((name) => name.startsWith("person:p115"))).toEqual([])
  })
})
