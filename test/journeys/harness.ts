import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { IncomingMessage } from "node:http"
import { type Arrivals, arrivalsAt } from "./arrivals.ts"
import { endAbandoned, endWork, isAtWork, runHere } from "./in-process.ts"
import { shortLived } from "../tools/short-lived.ts"
import { type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts"

const root = new URL("../..", import.meta.url).pathname
const cli = join(root, "dist", "rollbook.js")

/** Proofs of the pipelines as they are shipped: each is proven once in a process, and not in every workspace. */
const proofs = mkdtempSync(join(tmpdir(), "rollbook-proofs-"))
process.once("exit", () => rmSync(proofs, { recursive: true, force: true }))
const proven = ["roster", "grades"].map((pipeline) => ({
  file: `${pipeline}.yaml`,
  proof: `proven-${pipeline}.json`,
  shipped: readFileSync(join(root, "pipelines", `${pipeline}.yaml`), "utf8")
}))

/** Puts the proofs that there are into a state that holds nothing yet. */
const bringProofs = (state: string): void => {
  mkdirSync(state, { mode: 0o700 })
  for (const { proof } of proven) {
    if (existsSync(join(proofs, proof))) copyFileSync(join(proofs, proof), join(state, proof))
  }
}

/** Keeps those that a workspace has made. */
const keepProofs = (workspace: string): void => {
  for (const { file, proof, shipped } of proven) {
    const made = join(workspace, ".rollbook", proof)
    if (existsSync(join(proofs, proof)) || !existsSync(made)) continue
    if (readFileSync(join(workspace, "pipelines", file), "utf8") === shipped) copyFileSync(made, join(proofs, proof))
  }
}

/** A date in the middle of the first semester of the sandbox's district. */
export const asOf = "2026-10-01"

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** One request of a stand-in's log, by route, with how often it came. */
export interface LoggedRoute {
  readonly method: string
  readonly route: string
  readonly outcome: number | string
  readonly count: number
}

/** Stand-ins in this process, and a workspace in which `rollbook` runs as a process of its own. */
export interface Journey {
  readonly workspace: string
  readonly campusUrl: string
  readonly brightspaceUrl: string
  readonly environment: Readonly<Record<string, string>>
  readonly rollbook: (...words: ReadonlyArray<string>) => Promise<Ended>
  /** Starts a command without waiting for it. */
  readonly begin: (...words: ReadonlyArray<string>) => {
    readonly process: ChildProcess
    readonly ended: Promise<Ended>
  }
  /** `run roster` of the test's date; a code other than the one expected fails with what was said. */
  readonly night: (expectedCode?: number) => Promise<Ended>
  /** The plan that `plan roster` makes, as JSON, and its steps. */
  readonly plan: (
    expectedCode?: number
  ) => Promise<{ readonly plan: PlanJson; readonly steps: ReadonlyArray<StepJson> }>
  readonly source: {
    readonly put: (collection: string, id: string, patch: unknown) => Promise<void>
    readonly remove: (collection: string, id: string) => Promise<void>
    readonly get: (collection: string, id: string) => Promise<Record<string, unknown>>
  }
  readonly seed: (wanted: unknown) => Promise<void>
  readonly faults: (on: "campus" | "brightspace", faults: ReadonlyArray<unknown>) => Promise<void>
  readonly clearFaults: () => Promise<void>
  /** Requests of a stand-in since the log was last cleared, `/sandbox` left out. */
  readonly requests: (of: "campus" | "brightspace") => Promise<ReadonlyArray<LoggedRoute>>
  /** Writes that reached Brightspace since the log was last cleared: `METHOD route` → count, tokens left out. */
  readonly writes: () => Promise<Readonly<Record<string, number>>>
  readonly forgetRequests: () => Promise<void>
  /** Requests that come to a stand-in from now on, counted without asking it. */
  readonly arrivals: (at: "campus" | "brightspace", isCounted?: (request: IncomingMessage) => boolean) => Arrivals
  /** Changes settings of a stand-in, as its `/sandbox/settings` takes them. */
  readonly settings: (of: "campus" | "brightspace", settings: Readonly<Record<string, unknown>>) => Promise<void>
  /** A stand-in as it was at the start, its log empty; its faults stay. */
  readonly reset: (which: "campus" | "brightspace") => Promise<void>
  /** Takes away everything that rollbook remembers of its runs. */
  readonly forgetState: () => void
  /** Puts other text into the workspace's connections.yaml, which must hold the text replaced. */
  readonly editConnections: (from: string, to: string) => void
  /** The same in a pipeline, wherever the text stands in it. */
  readonly editPipeline: (pipeline: string, from: string, to: string) => void
  /** What stands in Brightspace, without remote ids. */
  readonly digest: () => Promise<unknown>
  readonly state: () => Promise<BrightspaceState>
  readonly stop: () => Promise<void>
}

export interface PlanJson {
  readonly plan_id: string
  readonly holds: ReadonlyArray<{
    readonly id: string
    readonly guard: string
    readonly entity: string
    readonly steps: number
    readonly say: string
  }>
  readonly counts: ReadonlyArray<{
    readonly entity: string
    readonly actions: Readonly<Record<string, number>>
    readonly desired: number
    readonly present: number
  }>
  readonly source: ReadonlyArray<{
    readonly dataset: string
    readonly proven: boolean
    readonly rows: number
    readonly became: number
    readonly quarantined: number
    readonly unwanted: number
    readonly doubts: ReadonlyArray<string>
    readonly requests: number
    readonly delta?: { readonly since: string; readonly changed: number; readonly whole_at: string }
    readonly read_whole?: string
    readonly not_modified?: boolean
  }>
  readonly steps: { readonly count: number }
}

export interface StepJson {
  readonly entity: string
  readonly key: string
  readonly action: string
  readonly reason: string
  readonly hold: string | null
  readonly changed: ReadonlyArray<string>
}

export interface BrightspaceState {
  readonly orgUnits: ReadonlyArray<{
    readonly id: string
    readonly code: string
    readonly name: string
    readonly type: string
  }>
  readonly users: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly enrollments: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** A request to a sandbox's controls; gives the JSON of the answer, and fails with what it says. */
export const ask = async (url: string, method = "GET", body?: unknown): Promise<unknown> => {
  const answer = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return text === "" ? null : (JSON.parse(text) as unknown)
}

interface JourneyOptions extends Partial<SandboxOptions> {
  /**
   * Whether each command is a process of its own, as for whoever tests how one begins and ends. Otherwise commands run in
   * the process of the test, by the same bundle, which costs half.
   */
  readonly asProcesses?: boolean
}

export const startJourney = async ({ asProcesses = false, ...options }: JourneyOptions = {}): Promise<Journey> => {
  const scope = Effect.runSync(Scope.make())
  const sandbox = await Effect.runPromise(
    Scope.extend(
      startSandbox({
        data: null,
        campusPort: 0,
        brightspacePort: 0,
        asOf,
        ...options,
        // Five thousand calls a minute, as a tenant has them, would make a first night a slow one.
        brightspace: { creditsPerMinute: 10_000_000, ...options.brightspace }
      }),
      scope
    )
  )
  const workspace = mkdtempSync(join(tmpdir(), "rollbook-journey-"))
  cpSync(join(root, "pipelines"), join(workspace, "pipelines"), { recursive: true })
  const edit = (name: string, from: string, to: string): void => {
    const file = join(workspace, "pipelines", `${name}.yaml`)
    const text = readFileSync(file, "utf8")
    if (!text.includes(from)) throw new Error(`${name}.yaml does not hold: ${from}`)
    writeFileSync(file, text.replaceAll(from, to))
  }
  // The stand-ins take what they are given; the brakes of a real district would only make the tests slow.
  const connections = join(workspace, "pipelines", "connections.yaml")
  writeFileSync(
    connections,
    readFileSync(connections, "utf8")
      .replace(/budget: \{ concurrency: 4.*\}$/m, "budget: { concurrency: 4, requests_per_second: 2000 }")
      .replace(/budget: \{ concurrency: 8.*\}$/m, "budget: { concurrency: 8, requests_per_second: 4000 }")
  )
  const date = options.asOf ?? asOf
  const url = { campus: sandbox.campusUrl, brightspace: sandbox.brightspaceUrl }

  // A district of a few people: threads that wait for each other cost more than they share.
  const variables = { HOME: workspace, ROLLBOOK_THREADS: "1", ...sandbox.environment }

  const begin: Journey["begin"] = (...words) => {
    const child = spawn(process.execPath, [...shortLived, cli, ...words, "--workspace", workspace], {
      env: { PATH: process.env["PATH"], ...variables },
      cwd: workspace,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    const ended = new Promise<Ended>((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
    )
    return { process: child, ended }
  }
  const rollbook: Journey["rollbook"] = async (...words) => {
    if (asProcesses) return begin(...words).ended
    await endAbandoned()
    return isAtWork() ? begin(...words).ended : runHere([...words, "--workspace", workspace], workspace, variables)
  }
  bringProofs(join(workspace, ".rollbook"))
  const expectCode = (ended: Ended, code: number): Ended => {
    if (ended.code !== code) throw new Error(`exit ${ended.code}, not ${code}\n${ended.stdout}\n${ended.stderr}`)
    return ended
  }
  const counting: Array<Arrivals> = []
  const requests: Journey["requests"] = async (of) => {
    const report = (await ask(`${url[of]}/sandbox/requests`)) as { readonly routes: ReadonlyArray<LoggedRoute> }
    return report.routes.filter((one) => !one.route.startsWith("/sandbox"))
  }
  return {
    workspace,
    campusUrl: url.campus,
    brightspaceUrl: url.brightspace,
    environment: sandbox.environment,
    begin,
    rollbook,
    night: async (expectedCode = 0) => expectCode(await rollbook("run", "roster", "--as-of", date), expectedCode),
    plan: async (expectedCode = 0) => {
      const ended = expectCode(await rollbook("plan", "roster", "--as-of", date, "--json"), expectedCode)
      const plan = JSON.parse(ended.stdout) as PlanJson
      const lines = readFileSync(join(workspace, ".rollbook", "plans", plan.plan_id, "steps.ndjson"), "utf8")
      const steps = lines.split("\n").filter((line) => line !== "")
      return { plan, steps: steps.map((line) => JSON.parse(line) as StepJson) }
    },
    source: {
      put: async (collection, id, patch) =>
        void (await ask(`${url.campus}/sandbox/records/${collection}/${id}`, "PUT", patch)),
      remove: async (collection, id) => void (await ask(`${url.campus}/sandbox/records/${collection}/${id}`, "DELETE")),
      get: async (collection, id) =>
        (await ask(`${url.campus}/sandbox/records/${collection}/${id}`)) as Record<string, unknown>
    },
    seed: async (wanted) => void (await ask(`${url.brightspace}/sandbox/seed`, "POST", wanted)),
    faults: async (on, faults) => void (await ask(`${url[on]}/sandbox/faults`, "POST", faults)),
    clearFaults: async () => {
      await ask(`${url.campus}/sandbox/faults`, "DELETE")
      await ask(`${url.brightspace}/sandbox/faults`, "DELETE")
    },
    requests,
    writes: async () => {
      const written: Record<string, number> = {}
      for (const one of await requests("brightspace")) {
        if (one.method === "GET" || /token/.test(one.route)) continue
        const name = `${one.method} ${one.route.replace(/^\/d2l\/api\/(\w+)\/:version/, "$1")}`
        written[name] = (written[name] ?? 0) + one.count
      }
      return written
    },
    forgetRequests: async () => {
      await ask(`${url.campus}/sandbox/requests`, "DELETE")
      await ask(`${url.brightspace}/sandbox/requests`, "DELETE")
    },
    arrivals: (at, isCounted) => {
      const arrivals = arrivalsAt(url[at], isCounted)
      counting.push(arrivals)
      return arrivals
    },
    settings: async (of, settings) => void (await ask(`${url[of]}/sandbox/settings`, "PUT", settings)),
    reset: async (which) => void (await ask(`${url[which]}/sandbox/reset`, "POST")),
    forgetState: () => {
      keepProofs(workspace)
      rmSync(join(workspace, ".rollbook"), { recursive: true, force: true })
      bringProofs(join(workspace, ".rollbook"))
    },
    editConnections: (from, to) => edit("connections", from, to),
    editPipeline: edit,
    digest: () => ask(`${url.brightspace}/sandbox/state?digest=1`),
    state: async () => (await ask(`${url.brightspace}/sandbox/state`)) as BrightspaceState,
    stop: async () => {
      await endWork()
      for (const one of counting) one.stop()
      await Effect.runPromise(Scope.close(scope, Exit.void))
      keepProofs(workspace)
      rmSync(workspace, { recursive: true, force: true })
    }
  }
}
