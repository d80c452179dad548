import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { sha256 } from "../../src/core/hash.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { type ReadProof, Source, SourceError } from "../../src/core/ports/source.ts"
import { Text, TextOrNull, Warehouse } from "../../src/core/ports/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import type { Completeness } from "../../src/extract/completeness.ts"
import { dropViews, type EarlierRead } from "../../src/extract/earlier-reads.ts"
import { keepRead } from "../../src/extract/kept-reads.ts"
import { readSource } from "../../src/extract/read-source.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { datasetTable } from "../../src/pipeline/relations.ts"
import { load, withWarehouse } from "../tools/definitions.ts"

/** Whether a dataset that is read by what changed is ever another than the source has it, and when it is read whole instead. */

let definition: Definition
beforeAll(async () => {
  const text = `pipeline: small
timezone: America/Chicago
extract:
  connection: campus
  datasets:
    users: { endpoint: /users, mode: { delta: {} } }
transform: { entities: {} }
load: { connection: brightspace, entities: {} }
`
  definition = (await load(text)).definition
})

const [hour, day] = [3_600_000, 86_400_000]
const start = Date.parse("2026-09-01T02:00:00.000Z")
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString()

interface Held {
  readonly given: string
  /** Null: it does not fit its contract. */
  readonly status: "active" | "tobedeleted" | null
  readonly modified: number | null
}

/** A provider of users with a clock, and the ways in which providers misbehave. */
class Provider {
  readonly held = new Map<string, Held>()
  now = start
  /** How far its clock is ahead. */
  skew = 0
  filter: "instants" | "strictly" | "days" | "days, strictly" | "ignored" | "nothing" | "fails" = "instants"
  counts: number | null = 0
  tellsTime = true
  asker = "us"
  proof: Partial<ReadProof> = {}
  nameless = 0
  /** What happens while it is read. */
  during: () => void = () => undefined
  /** What it was asked for: an instant, or everything. */
  readonly asked: Array<string | null> = []

  /** Sets a record, modified at an instant. */
  set(id: string, given: string, status: Held["status"] = "active", modified: number | null = this.now): void {
    this.held.set(id, { given, status, modified })
  }

  matching(since: string | null): ReadonlyArray<readonly [string, Held]> {
    const all = [...this.held]
    if (since === null || this.filter === "ignored") return all
    if (this.filter === "nothing") return []
    const from = Date.parse(since)
    const cut = (instant: number): number => Math.floor(instant / day)
    return all.filter(([, { modified }]) => {
      if (modified === null) return false
      if (this.filter === "days") return cut(modified) >= cut(from)
      if (this.filter === "days, strictly") return cut(modified) > cut(from)
      return this.filter === "strictly" ? modified > from : modified >= from
    })
  }

  layer(): Layer.Layer<Source> {
    const failed = new SourceError({
      reason: "Unknown",
      connection: "campus",
      request: "GET /users",
      detail: "HTTP 500"
    })
    return Layer.succeed(Source, {
      connection: "campus",
      contracts: oneRosterCollections,
      requestsSent: () => 0,
      changes: {
        asker: this.asker,
        look: (_, since) =>
          Effect.sync(() => ({
            rows: Math.min(1, this.matching(since).length),
            total: this.counts === null ? null : this.matching(since).length + this.counts
          }))
      },
      read: ({ directory, since = null }) =>
        Effect.suspend(() => {
          this.asked.push(since)
          if (since !== null && this.filter === "fails") return Effect.fail(failed)
          const began = this.now + this.skew
          const list = this.matching(since)
          const records = list.map(([id, { given, modified, status }]) =>
            JSON.stringify({
              sourcedId: id,
              ...(status === null ? {} : { status }),
              ...(modified === null ? {} : { dateLastModified: iso(modified) }),
              givenName: given,
              familyName: "Reyes",
              username: id,
              enabledUser: true,
              role: "student"
            })
          )
          for (let one = 0; one < (since === null ? 0 : this.nameless); one++) records.push(`{"status":"active"}`)
          this.now += 1_000
          this.during()
          const path = join(directory, "page.json")
          writeFileSync(path, records.join("\n"))
          return Effect.succeed({
            files: [{ path, rows: records.length }],
            sha256: sha256(records.toSorted().join("\n")),
            proof: {
              dataset: "users",
              endpoint: "/users",
              mode: since === null ? ("full" as const) : ("delta" as const),
              requests: 1,
              pages: 1,
              rowsRead: records.length,
              totalAtStart: records.length,
              totalAtEnd: records.length,
              endRecognisedBy: "total_reached" as const,
              sortedByKey: true,
              warnings: [],
              ...(this.tellsTime ? { beganAt: iso(began) } : {}),
              ...(since === null ? {} : this.proof)
            }
          })
        })
    })
  }
}

const Row = Schema.Struct({ id: Text, given: TextOrNull, status: TextOrNull, modified: TextOrNull, rule: TextOrNull })
const Fault = Schema.Struct({ key: TextOrNull })

/** Nights of one provider, each of which goes on from the last one that was proven. */
class Nights {
  earlier: ReadonlyArray<EarlierRead> = []
  readonly provider: Provider
  run: number

  /** The number of the run before the first one: of a workspace in which others lived. */
  constructor(provider: Provider, run = 0) {
    this.provider = provider
    this.run = run
  }

  /** Reads, gives what came of it and the dataset as it is then. */
  readonly read = Effect.fn(function* (this: Nights, noBase: string | null = null) {
    const { provider } = this
    const clock = { asOf: iso(provider.now).slice(0, 10), now: iso(provider.now) }
    const quiet = () => undefined
    yield* dropViews(datasetTable)
    const [read] = yield* readSource({
      definition,
      contracts: oneRosterCollections,
      clock,
      part: wholePlan,
      earlier: this.earlier,
      noBase,
      onProgress: quiet
    }).pipe(Effect.provide(provider.layer()))
    if (read === undefined) throw new Error("one dataset was to be read")
    const warehouse = yield* Warehouse
    const rows = yield* warehouse.rows(
      sql`SELECT sourcedId AS id, givenName AS given, status, CAST(epoch_ms(dateLastModified) AS VARCHAR) AS modified, _fault.rule AS rule FROM dataset_users ORDER BY id`,
      Row
    )
    const faults = yield* warehouse.rows(sql`SELECT key FROM faults_users ORDER BY key`, Fault)
    this.run++
    if (read.proven)
      yield* keepRead({ definition, contracts: oneRosterCollections, clock, run: this.run, read: [read] })
    this.earlier = read.proven ? [earlierOf(read, this.run)] : []
    return { read, rows, faults: faults.map(({ key }) => key) }
  })
}

const earlierOf = ({ delta, landedBy, landing, sha256 }: Completeness, run: number): EarlierRead => ({
  sha256: sha256 ?? "",
  landedBy: landedBy ?? "",
  run,
  landing,
  delta
})

/** The dataset as a whole read makes it of what the provider holds. */
const held = (provider: Provider) =>
  [...provider.held]
    .map(([id, { given, modified, status }]) => ({
      id,
      given,
      status,
      modified: modified === null ? null : String(modified),
      rule: status === null ? "contract:status" : null
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))

const threeUsers = (): Provider => {
  const provider = new Provider()
  for (const [index, id] of ["u1", "u2", "u3"].entries()) {
    provider.set(id, "Ana", "active", start - 40 * day + index * hour)
  }
  return provider
}

describe("a dataset that is read by what changed", () => {
  it("is as the source has it: what changed, what is marked as deleted, what came back, and what does not fit", () =>
    withWarehouse(
      Effect.gen(function* () {
        const provider = threeUsers()
        const nights = new Nights(provider)
        const first = yield* nights.read("it is the first night")
        expect(first.read.delta).toMatchObject({ since: null, whole: "it is the first night", cursor: iso(start) })
        provider.now = start + day
        const quiet = yield* nights.read()
        expect(quiet.read).toMatchObject({
          keptBy: 1,
          sha256: first.read.sha256,
          landing: first.read.landing,
          proven: true
        })
        expect(quiet.read.delta).toMatchObject({
          since: iso(start - day),
          changed: 0,
          whole: null,
          wholeAt: iso(start)
        })
        provider.set("u1", "Bo")
        provider.set("u2", "Ana", "tobedeleted")
        provider.set("u4", "Cy", null)
        provider.now = start + 2 * day
        const changed = yield* nights.read()
        expect(changed.read).toMatchObject({ keptBy: null, proven: true, landing: { kept: 4, faulty: 1, keyless: 0 } })
        expect(changed.read.delta).toMatchObject({ changed: 3, wholeBy: iso(start + 7 * day) })
        expect([changed.rows, changed.faults]).toEqual([held(provider), ["u4"]])
        provider.set("u2", "Ana", "active")
        provider.set("u4", "Cy")
        provider.now = start + 3 * day
        const mended = yield* nights.read()
        expect([mended.rows, mended.faults]).toEqual([held(provider), []])
        // Nothing was ever asked for whole after the first night.
        expect(provider.asked.filter((since) => since === null)).toHaveLength(1)
      })
    ))

  it("asks from the start of the crawl, by the server's clock and less the overlap, and by its own where that is not told", () =>
    withWarehouse(
      Effect.gen(function* () {
        const provider = threeUsers()
        const nights = new Nights(provider)
        provider.skew = -7 * 60_000
        yield* nights.read("first")
        provider.now = start + day
        provider.tellsTime = false
        yield* nights.read()
        provider.now = start + 2 * day
        yield* nights.read()
        expect(provider.asked).toEqual([null, iso(start - 7 * 60_000 - day), iso(start)])
      })
    ))

  it("asks from no later than the start of the run, however far the clock of the server's answers is ahead of its records", () =>
    withWarehouse(
      Effect.gen(function* () {
        const provider = threeUsers()
        const nights = new Nights(provider)
        provider.skew = 30 * hour
        yield* nights.read("first")
        provider.set("u1", "Bo", "active", start + hour)
        provider.now = start + 2 * day
        const ahead = yield* nights.read()
        expect([ahead.read.delta?.since, ahead.rows]).toEqual([iso(start - day), held(provider)])
        provider.set("u2", "Cy", "active", start + 2 * day + hour)
        provider.skew = 0
        provider.now = start + 4 * day
        const mended = yield* nights.read()
        expect([mended.read.delta?.since, mended.rows]).toEqual([iso(start + day), held(provider)])
      })
    ))

  it("asks for a day more where the times are of days alone", () =>
    withWarehouse(
      Effect.gen(function* () {
        const provider = new Provider()
        provider.set("u1", "Ana", "active", Date.parse("2026-08-30T00:00:00.000Z"))
        const nights = new Nights(provider)
        yield* nights.read("first")
        provider.now = start + day
        yield* nights.read()
        expect(provider.asked.at(-1)).toBe(iso(start - 2 * day))
      })
    ))
})

it("a filter that brings nothing is found out also where nothing had to come again", () =>
  withWarehouse(
    Effect.gen(function* () {
      const provider = threeUsers()
      const nights = new Nights(provider)
      yield* nights.read("first")
      provider.now = start + day
      provider.set("u1", "Bo")
      provider.filter = "nothing"
      const { read, rows } = yield* nights.read()
      expect(read.delta?.whole).toMatch(/brings nothing/)
      expect(rows).toEqual(held(provider))
    })
  ))

it("a filter that leaves out what was modified at the very instant is believed where nothing changed", () =>
  withWarehouse(
    Effect.gen(function* () {
      const provider = threeUsers()
      provider.filter = "strictly"
      const nights = new Nights(provider)
      yield* nights.read("first")
      provider.now = start + day
      expect((yield* nights.read()).read.delta).toMatchObject({ whole: null, changed: 0 })
    })
  ))

type Case = readonly [
  what: string,
  why: RegExp,
  change: (provider: Provider, nights: Nights) => void | Effect.Effect<void, never, Warehouse>,
  reads?: number
]

describe("it is read whole in the same run, and says why", () => {
  const cases: ReadonlyArray<Case> = [
    ["nothing is there to go on from", /no earlier read/, (_, nights) => void (nights.earlier = [])],
    [
      "an earlier build did not note where to go on from",
      /no earlier read/,
      (_, nights) => void (nights.earlier = nights.earlier.map((one) => ({ ...one, delta: null })))
    ],
    [
      "records became rows in another way",
      /in another way than when/,
      (_, nights) => void (nights.earlier = nights.earlier.map((one) => ({ ...one, landedBy: "another" })))
    ],
    ["somebody else asks", /by somebody else/, (provider) => void (provider.asker = "them")],
    ["the clock was set back", /last whole read lies in the future/, (provider) => void (provider.now = start - hour)],
    [
      "the clock was set back behind the last read, and not behind the last whole one",
      /was last read at an instant that lies in the future/,
      (provider, nights) =>
        Effect.gen(function* () {
          provider.tellsTime = false
          provider.now = start + 3 * day
          yield* nights.read()
          provider.now = start + 2 * day
          provider.set("u1", "Bo", "active", start + day + hour)
        }).pipe(Effect.orDie)
    ],
    ["its time has come", /last whole read is 7 days old/, (provider) => void (provider.now = start + 7 * day - hour)],
    [
      "the kept rows are damaged",
      /kept of it cannot be read/,
      (_, nights) =>
        Effect.flatMap(Warehouse, ({ folders }) =>
          Effect.sync(() => writeFileSync(join(folders.reads, String(nights.run), "users.parquet"), "no parquet"))
        )
    ],
    [
      "the kept rows are others",
      /are not those that were read/,
      (_, nights) =>
        void (nights.earlier = nights.earlier.map((one) => ({ ...one, landing: { ...one.landing, kept: 7 } })))
    ],
    ["the server does not count", /X-Total-Count.*take mode out/, (provider) => void (provider.counts = null)],
    [
      "the server counts the rows of a page",
      /the server has 2 records, and .* 4 are known/,
      (provider) => void (provider.counts = -2)
    ],
    ["a record is gone without a mark", /the server has 3 records/, (provider) => void provider.held.delete("u2")],
    [
      "one is gone that was modified since",
      /1 record that was modified since did not come again/,
      (provider) => void provider.held.delete("u9")
    ],
    [
      "the filter is ignored",
      /takes no notice of the filter/,
      (provider) => {
        provider.filter = "ignored"
        provider.set("u1", "Bo")
      },
      1
    ],
    [
      "the filter is ignored, and not all came",
      /not modified since/,
      (provider) => {
        provider.filter = "ignored"
        provider.counts = 1
      }
    ],
    [
      "the filter brings nothing",
      /did not come again|brings nothing/,
      (provider) => {
        provider.filter = "nothing"
        provider.set("u1", "Bo")
      }
    ],
    ["what changed cannot be read", /could not be read: .*HTTP 500/, (provider) => void (provider.filter = "fails")],
    [
      "the totals moved while it was read",
      /total changed/,
      (provider) => void (provider.proof = { totalAtStart: 0, totalAtEnd: 1 })
    ],
    [
      "the end was not recognised",
      /end of the data/,
      (provider) => void (provider.proof = { endRecognisedBy: "unproven" })
    ],
    ["a record came without its id", /no id that can be read/, (provider) => void (provider.nameless = 1)],
    ["the server's clock went back", /clock went back/, (provider) => void (provider.skew = -3 * day)],
    [
      "a record came older than known",
      /older than known/,
      (provider) => provider.set("u9", "Bo", "active", start - 2 * hour)
    ]
  ]
  it("where anything speaks against what came", () =>
    withWarehouse(
      Effect.gen(function* () {
        let run = 0
        for (const [what, why, change, reads = 2] of cases) {
          const provider = threeUsers()
          provider.set("u9", "Di", "active", start - hour)
          const nights = new Nights(provider, run)
          yield* nights.read("first")
          provider.now = start + day - hour
          const changing = change(provider, nights)
          if (changing !== undefined) yield* changing
          const before = provider.asked.length
          const { read, rows } = yield* nights.read()
          expect(read.delta, what).toMatchObject({ since: null, whole: expect.stringMatching(why) as string })
          expect([read.proven, rows], what).toEqual([true, held(provider)])
          expect(provider.asked.length - before, what).toBeLessThanOrEqual(reads)
          run = nights.run
        }
      })
    ))
})

/** What happens between two nights. `at` is the share of the time between them that is over by then; 3 = it is dated ahead. */
type Event =
  | {
      readonly kind: "set" | "mark" | "fault" | "unmarked" | "undated"
      readonly id: string
      readonly given: string
      readonly at: number
    }
  | { readonly kind: "filter"; readonly filter: Provider["filter"] }
  | { readonly kind: "skew"; readonly minutes: number }
  | { readonly kind: "at the cursor" | "during"; readonly id: string; readonly given: string }
  | { readonly kind: "doubt" | "no time" | "no count" | "twice" }

const id = fc.constantFrom("u1", "u2", "u3", "u4", "u5", "u6")
const given = fc.constantFrom("Ana", "Bo", "Cy")
const at = fc.constantFrom(0.01, 0.5, 0.99, 3)
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constantFrom("set", "set", "mark", "fault"), id, given, at })
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("unmarked", "undated"), id, given, at })
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("at the cursor", "during"), id, given })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("filter"),
      filter: fc.constantFrom("strictly", "days", "days, strictly", "ignored", "nothing", "fails")
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("skew"),
      minutes: fc.integer({ min: -3_000, max: 3_000 })
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("doubt", "no time", "no count", "twice") })
  }
)
const lives = fc.array(fc.array(event, { maxLength: 5 }), { minLength: 3, maxLength: 6 })

/** Lives through nights; `unseen` are the records of which the source kept to itself that they are other than they were. */
const live = Effect.fn(function* (nightsOfEvents: ReadonlyArray<ReadonlyArray<Event>>) {
  const provider = threeUsers()
  const nights = new Nights(provider)
  const unseen = new Set<string>()
  let byDelta = 0
  yield* nights.read("first")
  for (const events of nightsOfEvents) {
    const [from, cursor] = [provider.now, Date.parse(nights.earlier[0]?.delta?.cursor ?? iso(provider.now))]
    provider.filter = "instants"
    provider.counts = 0
    provider.tellsTime = true
    provider.proof = {}
    provider.during = () => undefined
    const late: Array<string> = []
    let isTwice = false
    for (const one of events) {
      switch (one.kind) {
        case "set":
        case "mark":
        case "fault":
          provider.set(
            one.id,
            one.given,
            one.kind === "mark" ? "tobedeleted" : one.kind === "set" ? "active" : null,
            from + Math.round(one.at * day)
          )
          unseen.delete(one.id)
          break
        case "at the cursor":
          provider.set(one.id, one.given, "active", cursor)
          unseen.delete(one.id)
          break
        case "during":
          provider.during = () => {
            provider.set(one.id, one.given)
            late.push(one.id)
          }
          break
        case "unmarked":
          provider.held.delete(one.id)
          unseen.add(one.id)
          break
        case "undated":
          provider.set(one.id, one.given, "active", provider.held.get(one.id)?.modified ?? start - 50 * day)
          unseen.add(one.id)
          break
        case "filter":
          provider.filter = one.filter
          break
        case "skew":
          provider.skew = one.minutes * 60_000
          break
        case "doubt":
          provider.proof = { endRecognisedBy: "unproven" }
          break
        case "no time":
          provider.tellsTime = false
          break
        case "no count":
          provider.counts = null
          break
        case "twice":
          isTwice = true
      }
    }
    provider.now = Math.max(provider.now, from + day)
    const there = new Map<string, object>()
    let during = provider.during
    provider.during = () => {
      there.clear()
      for (const row of held(provider)) there.set(row.id, row)
      during()
      during = () => undefined
    }
    for (const _ of isTwice ? [1, 2] : [1]) {
      const { faults, read, rows } = yield* nights.read()
      if (read.delta?.since === null) unseen.clear()
      else byDelta++
      expect(read.proven).toBe(true)
      const known = new Map(rows.map((row) => [row.id, row]))
      for (const one of new Set([...known.keys(), ...there.keys()])) {
        if (!unseen.has(one))
          expect(known.get(one) ?? `${one} is not there`).toEqual(there.get(one) ?? `${one} is gone`)
      }
      for (const one of late.splice(0)) unseen.delete(one)
      expect(faults).toEqual(rows.filter(({ rule }) => rule !== null).map((row) => row.id))
    }
  }
  return byDelta
})

const runs = Number(process.env["ROLLBOOK_PROPERTY_RUNS"] ?? 2)

it("whatever happens, it is as the source has it, but for what the source keeps to itself until it is read whole", async () => {
  let byDelta = 0
  await fc.assert(
    fc.asyncProperty(lives, async (nightsOfEvents) => {
      byDelta += await withWarehouse(live(nightsOfEvents))
    }),
    { numRuns: runs }
  )
  expect(byDelta).toBeGreaterThan(0)
}, 600_000)
