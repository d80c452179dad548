import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { TargetError } from "../../src/core/ports/target.ts"
import { Text, Warehouse } from "../../src/core/ports/warehouse.ts"
import { name as quoted, oneOf, sql } from "../../src/core/sql.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { memorySource, type Rows } from "../memory/source.ts"
import { memoryTenant } from "../memory/tenant.ts"
import { inFolder, load } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"
import { anyRow } from "../tools/plain-sql.ts"

/** Whether a night that rests on the rows of an earlier one ever comes to anything else than one on which all is computed. */

const pipeline = (lastName: string, lacking = ""): string => `pipeline: small
timezone: America/Chicago
uses: { small: [person] }
extract:
  connection: campus
  full_every: 4
  datasets:
    users: { endpoint: /users }
    enrollments: { endpoint: /enrollments }
transform:
  entities:
    seat:
      from: enrollments AS seat
      where: seat.status = 'active' AND (seat.endDate IS NULL OR seat.endDate > run.as_of)
      pick: { one_per: [seat.user], order_by: ["run.as_of - least(coalesce(seat.endDate, run.as_of), run.as_of)", seat.class] }
      key: seat.user
      fields: { class: seat.class }
    lacking:
      from: users AS record
      where: record.email IS NULL
      key: record.sourcedId
      fields: { ${lacking} }
    known:
      from: lacking AS person
      join: [{ small.person AS previous: previous.key = person.key, optional: true }]
      where: previous.key IS NOT NULL
      key: person.key
      fields: { email: previous.email }
    person:
      from: users AS record
      join:
        - { seat AS seat: seat.key = record.sourcedId, optional: true }
        - { known AS known: known.key = record.sourcedId, optional: true }
      where: record.status = 'active'
      skip: [{ id: aide, when: record.role = 'aide', say: an aide has no account }]
      reject: [{ id: no-last-name, when: record.familyName IS NULL, say: no last name }]
      warn: [{ id: no-class, when: seat.key IS NULL, say: no class }]
      pick: { one_per: [lower(record.username)], order_by: [record.givenName], reject: { id: taken, say: taken by } }
      key: record.sourcedId
      scope: { section: seat.class }
      fields:
        first_name: record.givenName
        last_name: ${lastName}
        middle_name: seat.class
        username: record.username
        email: coalesce(record.email, known.email)
        org_defined_id: { unique: [record.identifier, record.sourcedId] }
        role: "'Student'"
    kin:
      from: users AS record
      each: { agent: record.agents }
      key: record.sourcedId || '/' || agent
      fields:
        student: { ref: person, key: record.sourcedId }
        parent: { ref: person, key: agent }
load:
  connection: brightspace
  entities:
    person: { resource: user, on_gone: deactivate, keep_when: middle_name = 'c2' }
    kin: { resource: parent_relationship, on_gone: remove }
`

const definitions: Array<Definition> = []
beforeAll(async () => {
  for (const lastName of ["record.familyName", "upper(record.familyName)"]) {
    definitions.push((await load(pipeline(lastName))).definition)
  }
})

type Person = Readonly<Record<string, unknown>>

const ids = ["p1", "p2", "p3", "p4", "p5"]
const person = (sourcedId: string): fc.Arbitrary<Person> =>
  fc.record({
    sourcedId: fc.constant(sourcedId),
    status: fc.constantFrom("active", "active", "active", "tobedeleted"),
    role: fc.constantFrom("student", "student", "aide"),
    givenName: fc.constantFrom("Ana", "Bo"),
    familyName: fc.constantFrom("Reyes", "Lund", null),
    username: fc.constantFrom("a", "b", "c", sourcedId),
    identifier: fc.constantFrom("7", "8", null),
    email: fc.constantFrom("x@example.org", null),
    agents: fc.subarray(ids, { maxLength: 2 })
  })
const people = fc.tuple(...ids.map(person))
const seats = fc.array(
  fc.record({
    status: fc.constant("active"),
    user: fc.constantFrom(...ids),
    class: fc.constantFrom("c1", "c2"),
    endDate: fc.constantFrom("2026-10-02", "2026-10-04", "2027-01-10", null)
  }),
  { maxLength: 4 }
)

/** What is another on a night than on the one before. */
type Change =
  | {
      readonly kind:
        | "nothing"
        | "turned round"
        | "twice"
        | "other definition"
        | "other engine"
        | "other build"
        | "doubtful"
        | "damaged"
    }
  | { readonly kind: "exchanged"; readonly one: number; readonly other: number; readonly field: string }
  | { readonly kind: "anew"; readonly at: number; readonly people: ReadonlyArray<Person> }
  | { readonly kind: "seats"; readonly seats: ReadonlyArray<Person> }
  | { readonly kind: "gone"; readonly at: number }

const place = fc.nat(ids.length - 1)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Change>({ kind: "nothing" }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Change>(
      { kind: "turned round" },
      { kind: "twice" },
      { kind: "other definition" },
      { kind: "other engine" },
      { kind: "doubtful" }
    )
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("exchanged" as const),
      one: place,
      other: place,
      field: fc.constantFrom("givenName", "identifier", "username", "email")
    })
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("anew" as const), at: place, people }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("seats" as const), seats }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("gone" as const), at: place }) }
)

interface Evening {
  readonly change: Change
  /** Days since the night before; back, where somebody rehearses. */
  readonly days: number
  /** What becomes of the plan: every step, those of some people, or nothing. */
  readonly applied: "all" | "some" | "none"
}

const evening: fc.Arbitrary<Evening> = fc.record({
  change,
  days: fc.constantFrom(0, 0, 1, 1, 2, 90, -1),
  applied: fc.constantFrom("all", "all", "all", "some", "none")
})

const apply = (before: Rows, { change }: Evening): Rows => {
  const users = [...(before["users"] ?? [])]
  const enrollments = before["enrollments"] ?? []
  switch (change.kind) {
    case "turned round":
      return { users: users.toReversed(), enrollments: enrollments.toReversed() }
    case "twice":
      return { users: [...users, ...users.slice(0, 1)], enrollments }
    case "exchanged": {
      const [one, other] = [users[change.one % users.length], users[change.other % users.length]]
      if (one === undefined || other === undefined) return before
      const { field } = change
      users[change.one % users.length] = { ...one, [field]: other[field] }
      users[change.other % users.length] = {
        ...other,
        [field]: change.one === change.other ? other[field] : one[field]
      }
      return { users, enrollments }
    }
    case "anew":
      return { users: users.map((one, at) => (at === change.at ? (change.people[at] ?? one) : one)), enrollments }
    case "seats":
      return {
        users,
        enrollments: change.seats.map((one, index) => ({ sourcedId: `e${index}`, role: "student", ...one }))
      }
    case "gone":
      return { users: users.filter((_, at) => at !== change.at || users.length < 2), enrollments }
    case "damaged":
      // What is read beside it is another, so that its rows are asked for.
      return { users: users.map((one) => ({ ...one, givenName: "Bo" })), enrollments }
    default:
      return before
  }
}

const day = (offset: number): string =>
  new Date(Date.parse("2026-10-01T09:00:00.000Z") + offset * 86_400_000).toISOString()

/** Everything durable but what the one night rests on and the other does not, as text. */
const durable = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const others = ["runs", "last_night", "held_on", "outcome"]
  const tables = yield* warehouse.rows(
    sql`SELECT table_name AS name FROM duckdb_tables() WHERE NOT temporary AND table_name NOT IN (${oneOf(others)}) ORDER BY ALL`,
    Schema.Struct({ name: Text })
  )
  const content: Record<string, unknown> = {}
  for (const { name } of tables) {
    content[name] = yield* warehouse.rows(sql`SELECT * FROM ${quoted(name)} ORDER BY ALL`, anyRow)
  }
  return content
})

/** What each night of a workspace came to. */
const lives = (rows: Rows, evenings: ReadonlyArray<Evening>, full: boolean, versions = definitions) =>
  inFolder((home) => {
    let failing = false
    const live = Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const nights: Array<Readonly<Record<string, unknown>>> = []
      let now = 0
      let given = rows
      let version = 0
      let engine = 0
      for (const one of [{ change: { kind: "nothing" }, days: 0, applied: "all" } as const, ...evenings]) {
        now += one.days
        given = apply(given, one)
        if (one.change.kind === "other definition") version = 1 - version
        if (one.change.kind === "other engine") engine++
        if (one.change.kind === "other build") {
          yield* warehouse.execute(sql`UPDATE last_night SET record = json_merge_patch(record, '{"build":"OTHER123"}')`)
        }
        const definition = versions[version]
        if (definition === undefined) throw new Error("no such definition")
        const clock = { asOf: day(now).slice(0, 10), now: day(now) }
        const quiet = { stage: () => undefined, read: () => undefined }
        // Of rows that come twice a total would say that some are missing.
        const tampered = { users: { totalAtStart: null, totalAtEnd: one.change.kind === "doubtful" ? 99 : null } }
        if (one.change.kind === "damaged") damage(join(home, "reads"))
        const made = yield* makePlan({ definition, clock, part: wholePlan, progress: quiet, full }).pipe(
          Effect.provide(memorySource(given, tampered)),
          Effect.provideService(Warehouse, { ...warehouse, engineVersion: `engine ${engine}` }),
          Effect.catchTag("WarehouseError", () => Effect.succeed(null))
        )
        if (made === null) {
          nights.push({ failed: true })
          continue
        }
        const { folder, plan } = made
        const { content_hash: _, rests_on, self_check, ...said } = plan
        if (one.applied !== "none") {
          failing = one.applied === "some"
          yield* applyPlan({
            id: plan.plan_id,
            definition,
            now: clock.now,
            part: wholePlan,
            extent: "everything",
            onProgress: () => undefined
          })
        }
        const steps = readFileSync(join(folder, "steps.ndjson"), "utf8")
        const summary = readFileSync(join(folder, "summary.json"), "utf8")
        const [last] = yield* warehouse.rows(sql`SELECT record->>'$.rested' AS rested FROM last_night`, LastNight)
        nights.push({
          rests_on,
          self_check,
          rested: Number(last?.rested),
          said,
          steps,
          summary,
          durable: yield* durable
        })
      }
      return nights
    })
    const services = Layer.mergeAll(
      warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
      journalLayer(join(home, "journal")),
      memoryTenant({ answer: (step) => (failing && /[135]/.test(step.key) ? refused : null) })
    )
    return Effect.runPromise(Effect.provide(live, services))
  })

const LastNight = Schema.Struct({ rested: Text })

/** Leaves the end of each kept file of seats as it is, by which the engine knows what it holds, and no row before it. */
const damage = (reads: string): void => {
  for (const run of readdirSync(reads)) {
    const file = join(reads, run, "enrollments.parquet")
    if (!existsSync(file)) continue
    const bytes = readFileSync(file)
    const footer = bytes.readUInt32LE(bytes.length - 8)
    writeFileSync(file, bytes.fill(255, 4, bytes.length - 8 - footer))
  }
}

const refused = new TargetError({ reason: "Invalid", connection: "brightspace", request: "POST /", detail: "HTTP 400" })

const runs = Number(process.env["ROLLBOOK_PROPERTY_RUNS"] ?? 2)

const quietly: Evening = { change: { kind: "nothing" }, days: 0, applied: "all" }

it("rests only while nothing that it is made from is another: each thing that may be another wakes it", async () => {
  const someone = { status: "active", role: "student", givenName: "Ana", familyName: "Reyes", agents: [] }
  const rows = {
    users: ids.map((sourcedId) => ({ ...someone, sourcedId, username: sourcedId, identifier: sourcedId, email: null })),
    enrollments: [
      { sourcedId: "e0", status: "active", role: "student", user: "p1", class: "c1", endDate: "2026-10-04" }
    ]
  }
  const story: ReadonlyArray<readonly [what: string, evening: Evening, rests: boolean]> = [
    ["what the last apply wrote, the ledger has now", quietly, false],
    ["the same", quietly, true],
    ["a day on which nothing ends", { ...quietly, days: 2 }, true],
    ["the day on which a seat ends", { ...quietly, days: 1 }, false],
    ["a day before that", { ...quietly, days: -1 }, false],
    ["the order of rows", { ...quietly, change: { kind: "turned round" } }, true],
    ["a row twice", { ...quietly, change: { kind: "twice" } }, false],
    [
      "another definition, of which nothing is sent",
      { change: { kind: "other definition" }, days: 0, applied: "none" },
      false
    ],
    ["the same, and what was not sent waits still", quietly, false],
    ["what was sent now stands", quietly, true],
    ["another engine", { ...quietly, change: { kind: "other engine" } }, false],
    ["another build of rollbook", { ...quietly, change: { kind: "other build" } }, false],
    [
      "one person's values by another",
      { ...quietly, change: { kind: "exchanged", one: 1, other: 2, field: "username" }, applied: "some" },
      false
    ],
    ["the same, and what failed waits still", { ...quietly, applied: "none" }, false]
  ]
  const nights = await lives(
    rows,
    story.map(([, evening]) => evening),
    false
  )
  expect(story.map(([what], index) => [what, nights[index + 1]?.["rests_on"] !== undefined])).toEqual(
    story.map(([what, , rests]) => [what, rests])
  )
})

it("computes everything every so many nights, and says what came of it", async () => {
  const users = ids.map((sourcedId) => ({ sourcedId, status: "active", role: "student", username: sourcedId }))
  const nights = await lives(
    { users, enrollments: [] },
    Array.from({ length: 5 }, () => quietly),
    false
  )
  const told = nights.map(({ rests_on, self_check }) => rests_on ?? self_check ?? "computed")
  expect(told).toEqual(["computed", 1, 1, 1, { run: 1, differing: [] }, 9])
})

it.each([
  ["a span of time that goes backwards", "since: to_days(-1)"],
  ["a whole number beyond 64 bits", 'sum: "list_sum([hash(record.sourcedId)])"']
])(
  "computes everything on every night where kept rows would hold %s, which a file does not give back",
  async (_, field) => {
    const { definition } = await load(pipeline("record.familyName", field))
    const users = ids.map((sourcedId) => ({ sourcedId, status: "active", role: "student", username: sourcedId }))
    const nights = await lives({ users, enrollments: [] }, [quietly, quietly], false, [definition])
    expect(nights.map(({ failed, rests_on }) => (failed === true ? "failed" : (rests_on ?? "computed")))).toEqual(
      Array.from({ length: 3 }, () => "computed")
    )
  }
)

it("lands everything anew every so many nights, though one dataset or another changes each night", async () => {
  const users = ids.map((sourcedId) => ({ sourcedId, status: "active", role: "student", username: sourcedId }))
  const enrollments = [{ sourcedId: "e0", status: "active", role: "student", user: "p1", class: "c1", endDate: null }]
  const nights = await lives(
    { users, enrollments },
    [1, 2, 3, 1, 2].map((other) => ({
      ...quietly,
      change: { kind: "exchanged", one: 0, other, field: "username" } as const
    })),
    false
  )
  expect(nights.map(({ rested }) => rested)).toEqual([0, 1, 2, 3, 0, 1])
})

it("lands everything anew on the night after one that met kept rows which cannot be read", async () => {
  const users = ids.map((sourcedId) => ({ sourcedId, status: "active", role: "student", username: sourcedId }))
  const enrollments = [{ sourcedId: "e0", status: "active", role: "student", user: "p1", class: "c1", endDate: null }]
  const nights = await lives(
    { users, enrollments },
    [{ ...quietly, change: { kind: "damaged" } }, quietly, quietly],
    false
  )
  expect(nights.map(({ failed, rests_on }) => (failed === true ? "failed" : (rests_on ?? "computed")))).toEqual([
    "computed",
    "failed",
    "computed",
    4
  ])
})

describe("a night that rests on an earlier one", () => {
  it("comes to the byte to what a night comes to on which everything is computed", async () => {
    let rested = 0
    let nights = 0
    let checked = 0
    await fc.assert(
      fc.asyncProperty(
        people,
        seats,
        fc.array(evening, { minLength: 3, maxLength: 3 }),
        async (users, seated, others) => {
          // On the second night after the one on which something was another, there may be something to rest on.
          const evenings = others.flatMap((one) => [one, quietly, { ...quietly, days: one.days > 0 ? 1 : 0 }])
          const enrollments = seated.map((one, index) => ({ sourcedId: `e${index}`, role: "student", ...one }))
          const rows = { users, enrollments }
          const [short, long] = [await lives(rows, evenings, false), await lives(rows, evenings, true)]
          for (const [index, night] of short.entries()) {
            nights++
            const { rests_on, self_check, rested: _, ...came } = night
            if (rests_on !== undefined) rested++
            const { rests_on: none, self_check: check, rested: __, ...should } = long[index] ?? {}
            expect(none).toBeUndefined()
            if (check !== undefined) checked++
            // Where everything is computed, the two are compared as well.
            for (const one of [self_check, check])
              expect((one as { differing?: unknown } | undefined)?.differing ?? []).toEqual([])
            expect(came).toEqual(should)
          }
        }
      ),
      { numRuns: runs, endOnFailure: false }
    )
    expect(rested).toBeGreaterThan(0)
    expect(nights).toBeGreaterThan(rested)
    expect(checked).toBeGreaterThan(0)
  })
})
