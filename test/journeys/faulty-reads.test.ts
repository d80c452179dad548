import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { asOf, type Journey, type PlanJson, startJourney } from "./harness.ts"
import { smallDistrict } from "./small-district.ts"

let journey: Journey
let standing: unknown

beforeAll(async () => {
  journey = await startJourney({ data: smallDistrict() })
  // Small pages, so that most collections have several.
  journey.editConnections("paging: { limit: 10000 }", "paging: { limit: 8 }")
  await journey.night()
  standing = await journey.digest()
})

afterAll(() => journey.stop())

beforeEach(async () => {
  await journey.clearFaults()
  await journey.forgetRequests()
})

const collections = ["orgs", "academicSessions", "courses", "classes", "users", "enrollments"] as const
type Collection = (typeof collections)[number]

/** The second page, or the only one of a collection that has no second. */
const latePage = (collection: Collection) => ({
  method: "GET",
  pattern: `/${collection}$`,
  ...(collection === "orgs" ? {} : { after: 1 })
})

/** The plan of a run in machine form. */
const runAsJson = async (code: number): Promise<PlanJson> => {
  const ended = await journey.rollbook("run", "roster", "--as-of", asOf, "--json")
  expect(ended.code, ended.stderr).toBe(code)
  return (JSON.parse(ended.stdout) as { readonly plan: PlanJson }).plan
}

const expectUntouched = async (): Promise<void> => {
  expect(await journey.writes()).toEqual({})
  expect(await journey.digest()).toEqual(standing)
}

describe("a page that cannot be had stops the run before anything is written", () => {
  // Each collection once, each fault at least once: that the reader takes none of them for a page, whatever it reads, is seen
  // in test/adapters/oneroster.
  it.each([
    ["a web page", { do: "html" }, "orgs", null],
    ["half a body", { do: "truncate" }, "academicSessions", null],
    ["a failure of the server", { do: "status", status: 500 }, "courses", null],
    ["an empty body", { do: "empty_body" }, "classes", null],
    ["a cut connection", { do: "cut" }, "users", null],
    ["a failure of the server", { do: "status", status: 500 }, "enrollments", null],
    ["the first page once more", { do: "ignore_offset" }, "enrollments", "the same rows whatever the offset"]
  ] as const)("%s in place of a page: %j of %s", async (_, fault, collection, why) => {
    await journey.faults("campus", [{ ...fault, match: latePage(collection) }])
    const ended = await journey.rollbook("run", "roster", "--as-of", asOf)
    expect(ended.code, ended.stdout).toBe(4)
    expect(ended.stderr).toContain(why ?? `/${collection}`)
    await expectUntouched()
  })
})

describe("quirks that can be coped with change nothing", () => {
  const quirks: ReadonlyArray<(match: Readonly<Record<string, unknown>>) => ReadonlyArray<unknown>> = [
    // Pages smaller than asked for, and pages that grow smaller in mid-read.
    (match) => [{ do: "clamp_limit", limit: 5, match }],
    (match) => [{ do: "clamp_limit", limit: 3, match: { ...match, every: 2 } }],
    // No totals, and totals that are too low.
    (match) => [{ do: "lie_total", match }],
    (match) => [{ do: "lie_total", add: -2, match }],
    // Links that lead back to the same page, and links that lead to another host.
    (match) => [{ do: "loop_link", match }],
    (match) => [{ do: "foreign_link", match }],
    // Failures that pass.
    (match) => [
      { do: "status", status: 503, match: { ...match, every: 5 } },
      { do: "cut", match: { ...match, every: 9 } },
      { do: "html", match: { ...match, every: 7 } }
    ]
  ]

  /** Those of many pages: within three nights each quirk befalls one of them at least. */
  const large = ["classes", "users", "enrollments"] as const

  it.each([0, 3, 4])("of another kind for each collection, beginning with number %i", async (first) => {
    const befalling = collections.map((collection, index) => {
      const place = large.indexOf(collection as (typeof large)[number])
      const quirk = quirks[(first + (place < 0 ? index + large.length : place)) % quirks.length]
      return quirk?.({ method: "GET", pattern: `v1p1/${collection}$` }) ?? []
    })
    await journey.faults("campus", befalling.flat())
    const { plan } = await journey.plan()
    expect(plan.steps.count).toBe(0)
    await expectUntouched()
  })
})

describe("with a student who moves from class to class", () => {
  const isRemoval = (name: string): boolean => name.startsWith("DELETE")

  it.each([
    ["a total above what came", "s90075", "5008", [{ do: "lie_total", add: 3, match: { pattern: "/enrollments$" } }]],
    ["the total of another collection", "s90143", "5010", [{ do: "lie_total", add: 1, match: { pattern: "/orgs$" } }]],
    [
      "rows that keep coming in",
      "s90211",
      "5012",
      [{ do: "shift", row: "insert", match: { pattern: "/enrollments$" } }]
    ]
  ])("%s: the removal waits, the addition goes, and the plan says why", async (_, left, joined, faults) => {
    const enrollment = await journey.source.get("enrollments", left)
    await journey.source.remove("enrollments", left)
    await journey.source.put("enrollments", `moved-${left}`, { ...enrollment, class: { sourcedId: joined } })
    await journey.faults("campus", faults)
    const plan = await runAsJson(3)
    expect(plan.source.filter((source) => !source.proven)).toHaveLength(1)
    expect(plan.holds.map((hold) => hold.guard)).toContain("incomplete")
    for (const hold of plan.holds) expect(hold.say).toContain("not proven complete")
    const writes = await journey.writes()
    expect(Object.keys(writes).filter(isRemoval)).toEqual([])
    expect(writes["POST lp/enrollments/"]).toBe(1)
  })

  it("the removals go once the read is proven again", async () => {
    const plan = await runAsJson(0)
    expect(plan.holds).toEqual([])
    const writes = await journey.writes()
    expect(writes).toEqual({ "DELETE lp/enrollments/orgUnits/:orgUnitId/users/:userId": 3 })
  })

  it("a row that vanishes in mid-read: the collection is read once more, and then proven", async () => {
    await journey.faults("campus", [{ do: "shift", row: "delete", match: { pattern: "/enrollments$", nth: 3 } }])
    const { plan } = await journey.plan()
    const [enrollments] = plan.source.filter((source) => source.dataset === "enrollments")
    expect(enrollments).toMatchObject({ proven: true })
    expect(JSON.stringify(enrollments)).toContain("read twice")
  })
})

describe("a server that is no longer as it was probed", () => {
  it("is believed of additions alone, until it is probed again", async () => {
    const probed = await journey.rollbook("probe", "campus", "--json")
    expect(probed.code, probed.stderr).toBe(0)
    expect(await journey.writes()).toEqual({})
    const { findings } = JSON.parse(probed.stdout) as {
      readonly findings: ReadonlyArray<{ readonly about: string; readonly endpoint: string; readonly state: string }>
    }
    expect(findings.filter((one) => one.about === "totals").map((one) => one.state)).toEqual(
      collections.map(() => "good")
    )

    // What could not be asked this time stays known.
    await journey.faults("campus", [{ do: "status", status: 403, match: { method: "GET", pattern: "/users$" } }])
    expect((await journey.rollbook("probe", "campus")).code).toBe(4)
    await journey.clearFaults()

    await journey.faults("campus", [{ do: "lie_total", match: { method: "GET", pattern: "/users$" } }])
    await journey.source.remove("users", "s41001")
    const plan = await runAsJson(3)
    expect(plan.source.find((one) => one.dataset === "users")).toMatchObject({
      proven: false,
      doubts: [expect.stringContaining("announces no total, and did when it was probed")]
    })
    expect(plan.holds.map((hold) => hold.guard)).toContain("incomplete")
    expect(await journey.writes()).toEqual({})

    const again = await journey.rollbook("probe", "campus")
    expect(again.code, again.stderr).toBe(0)
    expect(again.stdout).toMatch(/totals +limited +it announces no totals: .* \/users/)
    expect((await runAsJson(0)).holds).toEqual([])
    expect(Object.keys(await journey.writes()).length).toBeGreaterThan(0)
  })
})
