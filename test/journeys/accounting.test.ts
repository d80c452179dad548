import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Journey, type PlanJson, startJourney } from "./harness.ts"

/** Every row that is read became something, was passed over by a rule, or waits in quarantine: the three sum up. */

let journey: Journey
let plan: PlanJson

beforeAll(async () => {
  journey = await startJourney()
  plan = (await journey.plan()).plan
})

afterAll(() => journey.stop())

const account = (dataset: string) => plan.source.find((one) => one.dataset === dataset)

describe("the rows of a run", () => {
  it("are all accounted for, dataset by dataset", () => {
    expect(plan.source.map((one) => one.dataset)).toEqual([
      "orgs",
      "academic_sessions",
      "courses",
      "classes",
      "users",
      "enrollments"
    ])
    for (const { became, dataset, proven, quarantined, rows, unwanted } of plan.source) {
      expect(proven, dataset).toBe(true)
      expect(became + unwanted + quarantined, dataset).toBe(rows)
    }
  })

  it("are as many of each kind as the district's README tells", () => {
    expect(account("orgs")).toMatchObject({ rows: 3, became: 3, unwanted: 0, quarantined: 0 })
    // Two terms of this year; school years, grading periods and last year's term make nothing.
    expect(account("academic_sessions")).toMatchObject({ rows: 9, became: 2, unwanted: 7, quarantined: 0 })
    // Typewriting has no class this year.
    expect(account("courses")).toMatchObject({ rows: 11, became: 10, unwanted: 1, quarantined: 0 })
    expect(account("classes")).toMatchObject({ rows: 25, became: 24, unwanted: 1, quarantined: 0 })
    // Switched off: s41067; g5080 is a teacher as a guardian, whose children are the teacher's. Quarantined: s41006
    // without a last name, g5030 without a user name.
    expect(account("users")).toMatchObject({ rows: 225, unwanted: 2, quarantined: 2 })
    // Quarantined: the classes of s41006.
    expect(account("enrollments")).toMatchObject({ rows: 620, quarantined: 6 })
  })

  it("that were turned away are listed, each with a rule and a reason", async () => {
    const ended = await journey.rollbook("quarantine", "roster", "--json")
    expect(ended.code, ended.stderr).toBe(0)
    const { records: rows } = JSON.parse(ended.stdout) as { readonly records: ReadonlyArray<Record<string, unknown>> }
    expect(rows.every((row) => typeof row["say"] === "string" && row["say"] !== "")).toBe(true)
    const users = rows
      .filter((row) => row["entity"] === "user")
      .map((row) => `${String(row["key"])} ${String(row["rule"])}`)
    expect(users.sort()).toEqual(["g5030 no-username", "s41006 no-last-name"])
  })

  it("are as many whatever a page holds", async () => {
    journey.editConnections("paging: { limit: 10000 }", "paging: { limit: 7 }")
    const again = (await journey.plan()).plan
    const counts = (one: PlanJson) =>
      one.source.map(({ became, dataset, quarantined, rows, unwanted }) => ({
        dataset,
        rows,
        became,
        unwanted,
        quarantined
      }))
    expect(counts(again)).toEqual(counts(plan))
  })
})
