import { parse } from "csv-parse/sync"
import { existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { loadEngine } from "../../src/core/engine.ts"
import { listenAt } from "../../src/core/ports/own-socket.ts"
import { asOf, type Journey, type PlanJson, startJourney } from "./harness.ts"
import { smallDistrict } from "./small-district.ts"

let journey: Journey
const folder = smallDistrict()
const rowsOf = (file: string): ReadonlyArray<Record<string, string>> =>
  parse(readFileSync(join(folder, file)), { columns: true })
const enrollments = rowsOf("enrollments.csv")
const users = rowsOf("users.csv")

beforeAll(async () => {
  journey = await startJourney({ data: folder })
})

afterAll(() => journey.stop())

const unenrolled = "DELETE lp/enrollments/orgUnits/:orgUnitId/users/:userId"

const held = async (): Promise<PlanJson> => {
  const ended = await journey.rollbook("run", "roster", "--as-of", asOf, "--json")
  expect(ended.code, ended.stderr).toBe(3)
  return (JSON.parse(ended.stdout) as { readonly plan: PlanJson }).plan
}

describe("a first night that is taken back", () => {
  it("leaves Brightspace as it was, but for accounts, which are switched off", async () => {
    const empty = (await journey.digest()) as {
      readonly users: Readonly<Record<string, { readonly isActive: boolean }>>
    }
    const night = await journey.rollbook("run", "roster", "--as-of", asOf, "--json")
    expect(night.code, night.stderr).toBe(0)
    const { apply } = JSON.parse(night.stdout) as { readonly apply: { readonly run: number } }
    const first = await journey.digest()
    // It goes back by its plan, in which alone stands how things were.
    const plans = join(journey.workspace, ".rollbook", "plans")
    renameSync(plans, `${plans}-elsewhere`)
    const refused = await journey.rollbook("undo", String(apply.run))
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`run ${apply.run} cannot be taken back: its plan`)
    rmSync(plans, { recursive: true, force: true })
    renameSync(`${plans}-elsewhere`, plans)
    const undo = await journey.rollbook("undo", String(apply.run), "--json")
    // All of it would go: the guards hold it as they would hold a night that does the same.
    expect(undo.code, undo.stderr).toBe(3)
    const plan = JSON.parse(undo.stdout) as PlanJson & {
      readonly undo: {
        readonly not_undone: ReadonlyArray<{
          readonly entity: string
          readonly partly: boolean
          readonly steps: number
        }>
      }
    }
    expect(plan.undo.not_undone).toMatchObject([{ entity: "user", partly: true }])
    const yes = ["--all", "--as", "registrar", "--why", "the first night was a rehearsal"]
    const approved = await journey.rollbook("approve", plan.plan_id, ...yes)
    expect(approved.code, approved.stderr).toBe(0)
    const applied = await journey.rollbook("apply", plan.plan_id)
    expect(applied.code, applied.stdout + applied.stderr).toBe(0)
    expect(applied.stderr).toContain("The next plan of roster would do it all again")

    const after = (await journey.digest()) as typeof empty
    const added = Object.entries(after.users).filter(([id]) => empty.users[id] === undefined)
    expect(added).toHaveLength(plan.undo.not_undone[0]?.steps ?? 0)
    expect(added.filter(([, user]) => user.isActive)).toEqual([])
    const still = (state: unknown): unknown => ({
      ...(state as object),
      users: null,
      // Who has an account belongs to the organization.
      enrollments: (state as { readonly enrollments: ReadonlyArray<string> }).enrollments.filter(
        (one) => !one.startsWith("Organization|")
      )
    })
    expect(still(after)).toEqual(still(empty))

    // The next night does it all again, with the records that were there before.
    await journey.night()
    expect(await journey.digest()).toEqual(first)
  })
})

describe("what is held", () => {
  it("goes with the next run when it was approved, and nothing else does", async () => {
    const gone = enrollments.filter((one, index) => one["role"] === "student" && index % 3 === 0)
    for (const one of gone) await journey.source.remove("enrollments", one["sourcedId"] ?? "")
    const plan = await held()
    const waiting = await journey.rollbook("schedule", "--waiting")
    expect(JSON.parse(waiting.stdout)).toMatchObject([{ pipeline: "roster", plan: plan.plan_id, canBeApproved: true }])
    const bare = await journey.rollbook("approve", plan.plan_id, "--all")
    expect(bare.code).toBe(1)
    expect(bare.stderr).toContain("an approval needs its reason")
    // A later plan is carried out meanwhile, by somebody at another terminal: it gives way.
    const student = users.find((one) => one["role"] === "student")?.["sourcedId"] ?? ""
    await journey.source.put("users", student, { givenName: "Renamed" })
    const { plan: later } = await journey.plan(3)
    const slow = { do: "slow", milliseconds: 3_000, match: { method: "PUT", pattern: "/users/" } } as const
    await journey.faults("brightspace", [slow])
    const applying = journey.begin("apply", later.plan_id)
    await expect
      .poll(() => existsSync(join(journey.workspace, ".rollbook", "run.sock")), { timeout: 60_000 })
      .toBe(true)
    const approved = await journey.rollbook(
      "approve",
      plan.plan_id,
      "--all",
      "--why",
      "schedule change",
      "--as",
      "registrar",
      "--json"
    )
    expect(approved.code, approved.stderr).toBe(0)
    const applied = await applying.ended
    expect(applied.code, applied.stderr).toBe(3)
    await journey.clearFaults()
    expect(JSON.parse(approved.stdout)).toMatchObject({
      id: "approval-2",
      approvedBy: "registrar",
      why: "schedule change",
      waiting: 0
    })

    // One more is gone: that was not approved.
    const more = enrollments.find((one, index) => one["role"] === "student" && index % 3 === 1)
    await journey.source.remove("enrollments", more?.["sourcedId"] ?? "")
    await journey.forgetRequests()
    const night = await journey.rollbook("run", "roster", "--as-of", asOf)
    expect(night.code, night.stdout + night.stderr).toBe(3)
    expect(night.stdout).toMatch(/APPROVED\n +approval-2 +by registrar/)
    expect(night.stdout).toContain("2 held for approval")
    const approvedRemovals = plan.counts.find((count) => count.entity === "enrollment")?.actions["unenroll"]
    expect((await journey.writes())[unenrolled]).toBe(approvedRemovals)
    const shown = await journey.rollbook("show", plan.plan_id)
    expect(shown.stdout).toMatch(
      /APPROVALS GIVEN\n {2}approval-2 of .* by registrar at .*: schedule change \((\d+) of \1 steps carried out by run \d+\)/
    )
    // Alone it is no mass loss.
    const { steps } = await journey.plan()
    expect(steps.filter((step) => step.entity === "enrollment").map((step) => step.key)).toEqual([
      `${more?.["classSourcedId"]}/${more?.["userSourcedId"]}`
    ])
  })

  it("is held again and named where a record of it became another one; the rest goes", async () => {
    const address = (id: string, host: string) => journey.source.put("users", id, { email: `${id}@${host}.example` })
    for (const user of users) await address(user["sourcedId"] ?? "", "one")
    const plan = await held()
    expect(plan.holds).toMatchObject([{ guard: "changed", entity: "user" }])
    const approved = await journey.rollbook(
      "approve",
      plan.plan_id,
      "--hold",
      "hold-1",
      "--why",
      "new mail",
      "--expires-in",
      "2h"
    )
    expect(approved.code, approved.stderr).toBe(0)
    expect(approved.stdout).toMatch(/^approval-3: \d+ steps of plan/)
    const student = users.find((user) => user["role"] === "student")?.["sourcedId"] ?? ""
    await address(student, "two")
    const night = await journey.rollbook("run", "roster", "--as-of", asOf)
    expect(night.code, night.stdout + night.stderr).toBe(3)
    expect(night.stdout).toContain(
      `! user ${student}: approved was update of email, now the same with other values of email`
    )
    expect(night.stdout).toContain(", 1 held for approval")
    expect(night.stdout + night.stderr).not.toContain("two.example")
  })

  it("goes no more when the yes was taken back", async () => {
    for (const { sourcedId = "" } of users) {
      await journey.source.put("users", sourcedId, { email: `${sourcedId}@three.example` })
    }
    const plan = await held()
    await journey.rollbook("approve", plan.plan_id, "--all", "--why", "seen")
    const taken = await journey.rollbook("approve", plan.plan_id, "--withdraw")
    expect(taken.stdout).toContain("Withdrawn: approval-4.")
    expect((await held()).holds).toMatchObject([{ guard: "changed", entity: "user" }])
  })

  it("is one approval, though the run that had taken it in was gone before it could say so", async () => {
    const plan = await held()
    const approve = async (): Promise<unknown> => {
      const ended = await journey.rollbook("approve", plan.plan_id, "--all", "--why", "seen", "--as", "dana", "--json")
      expect(ended.code, ended.stderr).toBe(0)
      return JSON.parse(ended.stdout)
    }
    const first = await approve()
    expect(first).toMatchObject({ id: "approval-5", approvedBy: "dana" })
    // A run that keeps what it is given, and is killed then: what it kept is made of the first one.
    const heard: Array<string> = []
    const keep = async (text: string): Promise<void> => {
      const { approval } = JSON.parse(text) as { readonly approval: { readonly at: string } }
      heard.push(approval.at)
      const instance = await loadEngine().DuckDBInstance.create(join(journey.workspace, ".rollbook", "state.duckdb"))
      const connection = await instance.connect()
      await connection.run(`UPDATE approval SET approved_at = '${approval.at}' WHERE approval = 5`)
      connection.closeSync()
      instance.closeSync()
    }
    const path = join(journey.workspace, ".rollbook", "run.sock")
    rmSync(path, { force: true })
    const server = createServer((socket) =>
      socket.setEncoding("utf8").once("data", (text: string) => void keep(text).then(() => socket.destroy()))
    )
    await listenAt(server, path)
    const second = await approve()
    server.close()
    expect(heard).toHaveLength(1)
    expect(second).toMatchObject({ id: "approval-5", approvedAt: heard[0] })
  })

  it("keeps approvals out of the reach of others", () => {
    expect(statSync(join(journey.workspace, ".rollbook", "plans")).mode & 0o077).toBe(0)
  })
})
