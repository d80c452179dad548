import * as Effect from "effect/Effect"
import { beforeEach, expect, it } from "vitest"
import { listingsLayer } from "../../src/adapters/brightspace/data-sets/listings.ts"
import { probeBrightspace } from "../../src/adapters/brightspace/probe.ts"
import type { BrightspaceConnection } from "../../src/adapters/brightspace/settings.ts"
import { Listings } from "../../src/core/ports/listings.ts"
import { inFolder } from "../tools/definitions.ts"
import { controlOf } from "./grade-rehearsal.ts"
import { connectionTo, gradeScopes, rehearse, seedCourse } from "./rehearsal.ts"

/** What the adapter makes of data sets that do not come as they should. */

const sandbox = rehearse()
const control = controlOf(sandbox)
const make = (type: string, createdAt: string) => control("/sandbox/data-sets", "POST", { type, createdAt })
const trouble = (fault: object) => control("/sandbox/faults", "POST", fault)

beforeEach(async () => {
  await seedCourse(sandbox(), {
    items: [{ name: "Essay", type: "Numeric", maxPoints: 20 }],
    scores: [{ item: "Essay", user: "77", points: 8 }]
  })
  await make("Full", "2026-10-04T05:00:00.000Z")
})

/** The files of a data set by name, or the words of the failure. */
const downloaded = (name: string, connection: Partial<BrightspaceConnection> = {}) =>
  inFolder((home) =>
    Effect.flatMap(Listings, ({ download }) => download([name], home)).pipe(
      Effect.map(([listing]) => listing?.files.map((file) => file.name)),
      Effect.catchTag("SourceError", (error) => Effect.succeed(error.message)),
      Effect.provide(listingsLayer(connectionTo(sandbox(), connection), "America/Chicago")),
      Effect.runPromise
    )
  )

const full = ["Grade Results, full extract of 2026-10-04T05:00:00.000Z"]

it("sends its credentials to no other address, whatever a list of extracts says", async () => {
  await trouble({ do: "foreign_link", match: { pattern: "/datasets/bds/[^/]+/extracts$" } })
  expect(await downloaded("Grade Results")).toContain(
    "a file is said to lie at another address, to which no credentials are sent"
  )
})

it("takes nothing of a file that is cut, and asks again where the connection was", async () => {
  const file = { pattern: "/plugins/[^/]+/extracts/[^/]+$" }
  await trouble({ do: "truncate", match: file, times: 1 })
  expect(await downloaded("Grade Results")).toMatch(
    /Grade Results, full extract of 2026-10-04T05:00:00.000Z: it has \d+ bytes, and is said to have \d+\. Nothing of it was taken/
  )
  await trouble({ do: "answer_lost", match: file, times: 1 })
  expect(await downloaded("Grade Results")).toEqual(full)
  await trouble({ do: "html", match: file, times: 1 })
  expect(await downloaded("Grade Results")).toMatch(/bytes, and is said to have/)
})

it("waits where the quota of downloads is used up, and says so where that does not help", async () => {
  const quota = { do: "status", status: 403, retry_after: "0", match: { pattern: "/plugins/[^/]+/extracts/[^/]+$" } }
  await trouble({ ...quota, times: 2 })
  expect(await downloaded("Grade Results")).toEqual(full)
  await trouble(quota)
  const refused = await downloaded("Grade Results")
  expect(refused).toContain("it is asked too often")
  expect(refused).not.toContain("scope")
})

it("says which scope is lacking, and which set is not switched on", async () => {
  const auth = { ...connectionTo(sandbox()).auth, scope: gradeScopes.split(" ") }
  expect(await downloaded("Grade Results", { auth })).toContain("The app needs the scope datasets:bds:read")
  await control("/sandbox/settings", "PUT", { dataSets: ["Users"] })
  expect(await downloaded("Grade Results")).toContain("Grade Results: there is no such data set")
})

it("tells a probe how old the sets are from which scores are read, and nothing where none are", async () => {
  const found = async (over: Partial<BrightspaceConnection>) => {
    const wish = { endpoints: [], takesGrades: false, timezone: "America/Chicago", orgUnitTypes: [], roles: [] }
    const { findings } = await Effect.runPromise(probeBrightspace(connectionTo(sandbox(), over), wish))
    return findings.filter(({ about }) => about === "data sets").map(({ says, state }) => `${state}: ${says}`)
  }
  const dataSets = { scores: { askAfterHours: 0 } }
  expect(await found({})).toEqual([])
  expect(await found({ dataSets })).toEqual(["good: scores can be read from them, as of 2026-10-04T05:00:00.000Z"])
  await make("Differential", "2026-10-05T05:00:00.000Z")
  await make("Differential", "2026-10-07T05:00:00.000Z")
  expect(await found({ dataSets })).toEqual([
    "limited: scores can be read from them, as of 2026-10-05T05:00:00.000Z; a later differential extract is missing"
  ])
  await control("/sandbox/settings", "PUT", { dataSets: ["Grade Results", "Grade Objects"] })
  expect((await found({ dataSets }))[0]).toMatch(/^failing: .*User Enrollments: there is no such data set/)
})
