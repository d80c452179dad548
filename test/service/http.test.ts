import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { discreetRun } from "../../src/cli/run-report.ts"
import type { PlanFile } from "../../src/plan/plan.ts"
import type { Job } from "../../src/service/agenda.ts"
import { parsePattern } from "../../src/service/due.ts"
import { api } from "../../src/service/http/api.ts"
import { type Right, rights, routes } from "../../src/service/http/rights.ts"
import { listen } from "../../src/service/http/server.ts"
import type { ViewService } from "../../src/service/http/view.ts"
import type { Token } from "../../src/service/tokens.ts"
import type { RunRecord } from "../../src/state/runs.ts"

const tokenWith = (name: string, may: ReadonlyArray<Right>, rest: Partial<Token> = {}): Token => ({
  name,
  hash: createHash("sha256").update(name).digest("hex"),
  rights: may,
  createdAt: "2026-01-01T00:00:00Z",
  expiresAt: "2999-01-01T00:00:00Z",
  revokedAt: null,
  ...rest
})

/** A token of each right alone, of all, of none, and two that are no longer good. */
const tokens = [
  ...rights.map((right) => tokenWith(right, [right])),
  tokenWith("all", rights),
  tokenWith("none", []),
  tokenWith("over", rights, { expiresAt: "2026-02-01T00:00:00Z" }),
  tokenWith("revoked", rights, { revokedAt: "2026-02-01T00:00:00Z" })
]

const run: RunRecord = {
  run: 8,
  kind: "apply",
  pipeline: "roster",
  plan: "roster-2026-10-01-7",
  startedAt: "2026-10-01T07:00:00.000Z",
  endedAt: "2026-10-01T07:01:00.000Z",
  asOf: "2026-10-01",
  askedBy: null,
  outcome: "held",
  report: { done: 12, failed: 1, notReached: 0, held: 3, said: "no such person as Olivia Hernandez" }
}

const pattern = parsePattern("0 2 * * *", "UTC")
const jobs: ReadonlyArray<Job> =
  pattern === null ? [] : [{ pipeline: "roster", pattern, missed: "skip", after: [], retry: { times: 0, minutes: 1 } }]
const entry = { seenUntil: 0, waiting: null, begun: null, last: null, lastGoodAt: Date.now() - 90_000, firstSeenAt: 0 }

const revealed: Array<string> = []
let lastLook: number | null = Date.now()
let definitions: ReturnType<ViewService["definitions"]> = "valid"
const view: ViewService = {
  tokens: Effect.succeed(tokens),
  agenda: () => ({ roster: entry }),
  jobs: () => jobs,
  lastLook: () => lastLook,
  definitions: () => definitions,
  runs: Effect.succeed([run]),
  plan: (id) => Effect.succeed(id === run.plan ? ({ plan_id: id, holds: [] } as unknown as PlanFile) : null),
  discreet: discreetRun,
  noteReveal: (by, which) => Effect.sync(() => void revealed.push(`${by} ${which}`))
}

const troubles: Array<string> = []
let url = ""
let scope: Scope.CloseableScope
beforeAll(async () => {
  scope = Effect.runSync(Scope.make())
  url = await Effect.runPromise(
    Scope.extend(
      listen(view, { host: "127.0.0.1", port: 0 }, (kind) => void troubles.push(kind)),
      scope
    )
  )
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  expect(troubles).toEqual([])
})

const get = (path: string, token: string | null) =>
  fetch(`${url}${path}`, token === null ? {} : { headers: { authorization: `Bearer ${token}` } })

const filled = (path: string): string => path.replace(":run", "8").replace(":plan", "roster-2026-10-01-7")

/** Which rights a request needs, said once more: the table in the source is what is tested. */
const needed: Readonly<Record<string, ReadonlyArray<Right>>> = {
  "/healthz": [],
  "/readyz": [],
  "/metrics": ["see metrics"],
  "/api/pipelines": ["see console"],
  "/api/runs": ["see console"],
  "/api/runs/:run": ["see console"],
  "/api/runs/:run?reveal=true": ["see console", "reveal names"],
  "/api/plans/:plan": ["see console"]
}

describe("every route and every right", () => {
  it("are those of the contract and of the table", () => {
    const published = Object.keys(OpenApi.fromApi(api).paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ":$1"))
    expect(new Set(published)).toEqual(new Set(Object.values(routes).map(({ path }) => path)))
    expect(new Set(Object.keys(needed).map((path) => path.split("?")[0]))).toEqual(new Set(published))
  })

  it.each(Object.entries(needed))("%s", async (path, asks) => {
    const statuses: Record<string, number> = {}
    const expected: Record<string, number> = {}
    for (const { name, rights: may } of tokens) {
      statuses[name] = (await get(filled(path), name)).status
      const isGood = !["over", "revoked"].includes(name)
      expected[name] = asks.length === 0 ? 200 : !isGood ? 401 : asks.every((one) => may.includes(one)) ? 200 : 403
    }
    statuses["nobody"] = (await get(filled(path), null)).status
    expected["nobody"] = asks.length === 0 ? 200 : 401
    expect(statuses).toEqual(expected)
  })
})

it("names nobody but to whoever may see names, and notes that", async () => {
  revealed.length = 0
  expect(await (await get("/api/runs/8", "all")).text()).not.toContain("Olivia")
  expect(await (await get("/api/runs", "all")).text()).not.toContain("Olivia")
  expect(revealed).toEqual([])
  expect(await (await get("/api/runs/8?reveal=true", "all")).text()).toContain("Olivia")
  expect(revealed).toEqual(["token all 8"])
})

it.each(["/api/runs?limit=Olivia", "/api/runs/Olivia", "/api/runs/8?reveal=Olivia", "/api/runs?limit=1&limit=Olivia"])(
  "%s is refused without a word of what was sent",
  async (path) => {
    const answer = await get(path, "all")
    expect(answer.status).toBe(400)
    expect(await answer.text()).not.toContain("Olivia")
  }
)

it.each(["/api/runs/9", "/api/plans/roster-2026-10-01-9", "/api/plans/..%2F..%2Fsecrets", "/api/Olivia"])(
  "%s is not there",
  async (path) => {
    const answer = await get(path, "all")
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toMatch(/Olivia|secrets/)
    expect(answer.headers.get("cache-control")).toBe("no-store")
  }
)

it("gives metrics in the format of Prometheus", async () => {
  const text = await (await get("/metrics", "all")).text()
  expect(text).toContain('rollbook_runs_total{pipeline="roster",kind="apply",outcome="held"} 1\n')
  expect(text).toContain('rollbook_steps_total{pipeline="roster",ended="done"} 12\n')
  expect(text).toContain('rollbook_held_steps{pipeline="roster"} 3\n')
  expect(text).toMatch(/rollbook_last_good_run_age_seconds\{pipeline="roster"\} 9\d\n/)
  expect(text).toMatch(/rollbook_next_run_timestamp_seconds\{pipeline="roster"\} \d{10}\n/)
})

it("is not ready where the schedule stands still or a definition is wrong", async () => {
  definitions = "invalid"
  expect((await get("/readyz", null)).status).toBe(503)
  definitions = "valid"
  lastLook = Date.now() - 600_000
  const answer = await get("/readyz", null)
  lastLook = Date.now()
  expect(answer.status).toBe(503)
  expect(await answer.json()).toEqual({ ready: false, schedule: "standing still", definitions: "valid" })
})
