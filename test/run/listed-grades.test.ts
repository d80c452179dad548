import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, beforeEach, expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import { controlOf, scoreOf } from "../sandbox/grade-rehearsal.ts"
import { gradeScopes, rehearse, type Tenant, tenantOf } from "../sandbox/rehearsal.ts"
import { inFolder } from "../tools/definitions.ts"
import { draws } from "../tools/draws.ts"
import { loadPipelines, type Pipelines } from "./grade-nights.ts"
import { course, other, people, seedCourses, type Workspace, workspaceOf } from "./listed-nights.ts"

/** Nights of grades by data sets: what they bring is what asking for every course brings, and never older than what is known. */

const sandbox = rehearse()
const control = controlOf(sandbox)
const score = scoreOf(sandbox)

let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})
beforeEach(() => seedCourses(sandbox()))

const hour = 3_600_000
const first = Date.parse("2026-09-01T00:00:00.000Z")
/** So many hours after the first of September, in UTC. */
const at = (hours: number): string => new Date(first + hours * hour).toISOString()

const extracts = async (type: "Full" | "Differential", hours: number): Promise<void> => {
  const made = await control("/sandbox/data-sets", "POST", { type, queuedAt: at(hours), createdAt: at(hours + 1) })
  expect(made.status).toBe(204)
}

const essay = (name: string, more: object = {}) => ({
  name,
  type: "Numeric",
  maxPoints: 20,
  category: "Tests",
  session: "S1",
  ...more
})

const seedItems = async (code: string, ...items: ReadonlyArray<object>): Promise<void> => {
  const seeded = await control("/sandbox/seed", "POST", { gradebook: { course: code, items } })
  expect(seeded.status).toBe(204)
}

/** Workspaces that differ in where they read scores: `null` asks for them, a number reads data sets. */
const side = async <const Ways extends ReadonlyArray<number | null>>(
  ways: Ways,
  live: (workspaces: { readonly [Way in keyof Ways]: Workspace }) => Promise<void>
): Promise<void> =>
  inFolder(async (home) => {
    const workspaces: Array<Workspace> = []
    try {
      for (const [index, way] of ways.entries()) {
        const folder = join(home, String(index))
        mkdirSync(folder)
        workspaces.push(await workspaceOf(folder, sandbox(), pipelines, way))
      }
      await live(workspaces as { readonly [Way in keyof Ways]: Workspace })
    } finally {
      for (const one of workspaces) await one.end()
    }
  })

/** What teachers do in a day, by draws; times are of the hour. */
const teach = async (tenant: Tenant, draw: () => number, hours: number): Promise<void> => {
  const pick = <A>(all: ReadonlyArray<A>): A => all[Math.floor(draw() * all.length)] as A
  const code = pick(["E1", "E2"])
  const orgUnit = code === "E1" ? course : other
  const pupil = pick(code === "E1" ? ["77", "78"] : ["77", "79"])
  const userId = people[pupil] ?? ""
  const listed = (await tenant.get(`/le/1.95/${orgUnit}/grades/`)).body as ReadonlyArray<{ Id: number; Name: string }>
  const item = listed.length === 0 ? undefined : pick(listed)
  const act = draw()
  if (item === undefined || act < 0.15) {
    const type = pick(["Numeric", "Numeric", "PassFail", "SelectBox", "Formula", "Text"])
    const more = type === "Text" || (type === "Formula" && draw() < 0.5) ? { maxPoints: null } : {}
    return seedItems(code, essay(`Essay ${Math.floor(draw() * 1e6)}`, { type, ...more }))
  }
  const path = `/sandbox/gradebook/${orgUnit}/items/${item.Id}`
  if (act < 0.6) {
    // Whoever is not in the course cannot be graded: that is refused.
    await control("/sandbox/score", "PUT", {
      course: code,
      item: item.Name,
      user: pupil,
      points: pick([null, 0, 7.25, 20 / 3, 18, 20, 21.5, 1e-9]),
      ...(draw() < 0.2 ? { outOf: pick([10, 33.3]) } : {}),
      // The files do not tell the last four as they are: for as long as one stands, its course is asked for.
      comment: pick(
        draw() < 0.9
          ? ["", "Well done", ' of "two",\nlines ']
          : ["Tom & Jo", "<b>no</b>", "é".repeat(600), "x".repeat(1000)]
      ),
      modified: at(hours)
    })
  } else if (act < 0.7) {
    const edit = pick([
      { maxPoints: 40 },
      { maxPoints: 20 },
      { isHidden: true },
      { isHidden: false },
      { session: null },
      { session: "S1" }
    ])
    await control(path, "PUT", edit)
  } else if (act < 0.77) await control(path, "DELETE")
  else if (act < 0.84) {
    const state = (await control("/sandbox/state")).body as {
      readonly gradebooks: ReadonlyArray<{ code: string; items: ReadonlyArray<{ id: number; isDeleted: boolean }> }>
    }
    const gone = state.gradebooks.find((one) => one.code === code)?.items.find(({ isDeleted }) => isDeleted)
    if (gone !== undefined) await control(`/sandbox/gradebook/${orgUnit}/items/${gone.id}/restore`, "POST")
  } else if (act < 0.92) {
    const exemptions = [{ item: item.Name, user: pupil }]
    await control("/sandbox/seed", "POST", { gradebook: { course: code, exemptions } })
  } else if (act < 0.96) await tenant.remove(`/lp/1.59/enrollments/orgUnits/${orgUnit}/users/${userId}`)
  else await tenant.post("/lp/1.59/enrollments/", { OrgUnitId: Number(orgUnit), UserId: Number(userId), RoleId: 110 })
}

it("brings the same scores as asking does, whatever teachers did, and the same steps to the byte", async () => {
  const seed = Number(process.env["ROLLBOOK_SEED"] ?? 20_260_901)
  const nights = Number(process.env["ROLLBOOK_NIGHTS"] ?? 3)
  const draw = draws(seed)
  const tenant = await tenantOf(sandbox(), gradeScopes)
  const seen = { scores: 0, parts: 0, steps: 0 }
  await seedItems("E2", essay("Diary"))
  await side([null, 0, 48], async (workspaces) => {
    for (let night = 0; night < nights; night++) {
      // A week and a day lie between two nights: whoever asks asks for all then.
      const begins = night * 8 * 24
      for (let act = 0; act < 12; act++) await teach(tenant, draw, begins + act)
      await extracts("Full", begins + 12)
      for (let act = 0; act < 3; act++) {
        const given = { course: "E2", item: "Diary", user: "79", points: act + night, modified: at(begins + 13 + act) }
        await control("/sandbox/score", "PUT", given)
      }
      await extracts("Differential", begins + 30)
      const now = at(begins + 34)
      const isLast = night === nights - 1
      const reads = []
      for (const workspace of workspaces) reads.push(await workspace.read(now))
      for (const { how, rows } of reads) {
        expect(rows, `night ${night} of seed ${seed}`).toEqual(reads[0]?.rows)
        seen.parts += how.listed?.parts ?? 0
        seen.scores += rows.length
      }
      if (!isLast) continue
      const steps = []
      for (const workspace of workspaces) steps.push(await workspace.night(now))
      for (const one of steps) expect(one).toBe(steps[0])
      seen.steps = steps[0]?.split("\n").length ?? 0
    }
  })
  // Were nothing given, nothing planned or nothing listed, all would be the same.
  expect(seen.scores).toBeGreaterThan(nights * 3)
  expect(seen.parts).toBeGreaterThan(nights)
  expect(seen.steps).toBeGreaterThan(3)
})

/** The keys of Ada's scores of the first items of the first course. */
const [essayOfAda, letterOfAda] = [`${course}/40003/30001`, `${course}/40004/30001`]
const letterOfBo = `${course}/40004/30002`

/** Ada has 8 of the essay and 5 of the letter. */
const seedScoresOfAda = async (): Promise<void> => {
  await seedItems("E1", essay("Essay"), essay("Letter"))
  await score({ points: 8, modified: at(1) })
  await score({ item: "Letter", points: 5, modified: at(1) })
}

it("never goes back to a score that is older than what was read since", async () => {
  await seedScoresOfAda()
  await extracts("Full", 5)
  await side([0, 48], async ([asking, waiting]) => {
    for (const { read } of [asking, waiting]) {
      expect((await read(at(8))).points).toEqual({ [essayOfAda]: 8, [letterOfAda]: 5 })
    }
    await score({ points: 9, modified: at(14) })
    const part = { ...wholePlan, sections: ["c1"] }
    for (const { read } of [asking, waiting]) {
      // Who asks for a class gets what stands now, however old the files are.
      const asked = await read(at(15), part)
      expect([asked.points[essayOfAda], asked.how.listed]).toEqual([9, undefined])
    }
    const [asked, waited] = [await asking.read(at(32)), await waiting.read(at(32))]
    expect([asked.points[essayOfAda], waited.points[essayOfAda]]).toEqual([9, 9])
    // The other course was not asked for since, where what is newer waits.
    expect(asked.how.listed).toBeUndefined()
    expect(waited.how.listed).toEqual({ asOf: at(5), parts: 1, isAsked: false })
    // The next files are newer than what was asked for.
    await score({ item: "Letter", points: 6, modified: at(33) })
    await extracts("Differential", 40)
    for (const { read } of [asking, waiting]) {
      const next = await read(at(44))
      expect(next.points).toEqual({ [essayOfAda]: 9, [letterOfAda]: 6 })
      expect(next.how.listed).toMatchObject({ asOf: at(40), parts: 2 })
    }
  })
})

it("asks for a course of which the files tell what is over, however new they are said to be", async () => {
  await seedItems("E1", essay("Essay"), essay("Letter"))
  await score({ points: 8, modified: at(1) })
  await score({ item: "Letter", user: "78", points: 5, modified: at(1) })
  await extracts("Full", 2)
  const part = { ...wholePlan, sections: ["c1"] }
  await side([48], async ([{ read }]) => {
    await read(at(4))
    // A file that is said to be of hour 12, and lags behind.
    await extracts("Full", 12)
    await score({ points: 9, modified: at(9) })
    await read(at(10), part)
    const newer = await read(at(14))
    expect(newer.points).toEqual({ [essayOfAda]: 9, [letterOfBo]: 5 })
    expect(newer.how.listed?.parts).toBe(1)
    expect(newer.how.proof.warnings.join()).toContain("1 part was asked for as ever")
    // All of the course is read, since an item changed, and by then somebody has left it.
    await control(`/sandbox/gradebook/${course}/items/40004`, "PUT", { maxPoints: 40 })
    await extracts("Full", 24)
    const tenant = await tenantOf(sandbox(), gradeScopes)
    await tenant.remove(`/lp/1.59/enrollments/orgUnits/${course}/users/30002`)
    expect((await read(at(20), part)).points).toEqual({ [essayOfAda]: 9 })
    const left = await read(at(26))
    expect([left.points, left.how.listed?.parts]).toEqual([{ [essayOfAda]: 9 }, 1])
  })
})

it("asks for a course in which a score is out of other points than its item: the sets are made one after the other", async () => {
  await seedItems("E1", essay("Essay"))
  await seedItems("E2", essay("Diary"))
  await score({ points: 10, modified: at(1) })
  const made = async (hours: number, ...sets: ReadonlyArray<string>): Promise<void> => {
    const body = { type: "Full", sets, queuedAt: at(hours), createdAt: at(hours + 1) }
    expect((await control("/sandbox/data-sets", "POST", body)).status).toBe(204)
  }
  await made(5, "Grade Results", "User Enrollments")
  // The item is out of 40 points, and so is its score, which has been modified at no other time for that.
  await control(`/sandbox/gradebook/${course}/items/40003`, "PUT", { maxPoints: 40 })
  await score({ points: 10, outOf: 40, modified: at(1) })
  await made(20, "Grade Objects")
  await side([null, 0, 48], async (workspaces) => {
    const reads = []
    for (const { read } of workspaces) reads.push(await read(at(24)))
    for (const { rows } of reads) expect(rows).toEqual(reads[0]?.rows)
    expect(reads.map(({ how }) => how.listed?.parts)).toEqual([undefined, 1, 1])
  })
})

it("goes by what lies before a gap, and asks for what came after it", async () => {
  await seedScoresOfAda()
  await extracts("Full", 5)
  await side([0, 1000], async ([asking, waiting]) => {
    for (const { read } of [asking, waiting]) await read(at(8))
    await score({ points: 9, modified: at(20) })
    await extracts("Differential", 29)
    await score({ item: "Letter", points: 6, modified: at(40) })
    // Of the day between there is none.
    await score({ item: "Letter", points: 7, modified: at(60) })
    await extracts("Differential", 77)
    const [asked, waited] = [await asking.read(at(80)), await waiting.read(at(80))]
    expect(asked.points).toEqual({ [essayOfAda]: 9, [letterOfAda]: 7 })
    expect(asked.how.listed).toEqual({ asOf: at(29), parts: 2, isAsked: true })
    expect(asked.how.proof.warnings.join()).toMatch(/Grade Results, as the system lists it: between .* is missing/)
    // What waits is not taken for gone.
    expect(waited.points).toEqual({ [essayOfAda]: 9, [letterOfAda]: 5 })
    expect(waited.how.listed).toEqual({ asOf: at(29), parts: 2, isAsked: false })
  })
})

it("asks for everything, and says why, where the sets cannot be had or are too old", async () => {
  await seedItems("E1", essay("Essay"))
  await score({ points: 8, modified: at(1) })
  await side([48], async ([{ read }]) => {
    const said = async (now: number): Promise<string> => {
      const { how, points } = await read(at(now))
      expect([points, how.listed]).toEqual([{ [essayOfAda]: 8 }, undefined])
      return how.proof.warnings.join()
    }
    expect(await said(8)).toContain("no full extract of it was made yet")
    await extracts("Full", 9)
    expect(await said(9 + 7 * 24)).toContain("all was asked for")
    const file = { pattern: "/plugins/[^/]+/extracts/[^/]+$" }
    await control("/sandbox/faults", "POST", { do: "status", status: 403, retry_after: "0", match: file, times: 5 })
    expect(await said(10 + 7 * 24 - 8)).toContain("it is asked too often")
    await control("/sandbox/faults", "POST", { do: "truncate", match: file, times: 1 })
    expect(await said(10 + 7 * 24 - 7)).toContain("and is said to have")
    // Whether its items are as they were is not known: one was not read.
    await extracts("Full", 8 * 24)
    const items = { pattern: `/${course}/grades/$` }
    await control("/sandbox/faults", "POST", { do: "status", status: 403, match: items, times: 1 })
    const unsure = await read(at(8 * 24 + 1))
    expect([unsure.points, unsure.how.listed?.parts]).toEqual([{ [essayOfAda]: 8 }, 1])
    // A file without a record is one that something is wrong with.
    const tenant = await tenantOf(sandbox(), gradeScopes)
    await tenant.remove(`/lp/1.59/enrollments/orgUnits/${course}/users/30001`)
    await extracts("Full", 9 * 24)
    const { how } = await read(at(9 * 24 + 1))
    expect(how.listed).toBeUndefined()
    expect(how.proof.warnings.join()).toContain("has no record of these, where some are known")
  })
})
