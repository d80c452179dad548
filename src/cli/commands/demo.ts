import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseDocument } from "yaml"
import { dayIn, now } from "../../core/clock.ts"
import { wholePlan } from "../../core/plan-part.ts"
import type { PlanFile } from "../../plan/plan.ts"
import { stepsInWords } from "../../plan/report.ts"
import { renderPlan, renderSteps } from "../../plan/text.ts"
import { onDisk, type StoreError } from "../../core/ports/disk.ts"
import { readPlanSteps } from "../../history/plan-steps.ts"
import { Adapters } from "../adapters.ts"
import { UsageError } from "../exit.ts"
import { applyPipeline, planPipeline, stateLayer } from "../flow.ts"
import { calledWith, print } from "../output.ts"
import { stayUp } from "../demo-stay.ts"
import { isInstalled, packageRoot } from "../package-root.ts"
import { silent } from "../progress.ts"
import { reportFiles } from "../reports.ts"
import { clockFor, loadPipeline, openWorkspace, type LoadedPipeline, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"

const stay = Options.boolean("stay").pipe(
  Options.withDescription("keep both stand-ins up afterwards, with the console over them, until Ctrl-C")
)

export const demo = Command.make("demo", { stay }, (given) =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const today = dayIn(yield* now, "America/Chicago")
    const running = yield* adapters.sandbox({ data: null, campusPort: 0, brightspacePort: 0, asOf: today, faults: [] })
    yield* atTheTarget(running.brightspaceUrl, "PUT", "settings", { creditsPerMinute: 1_000_000 })
    const workspace = yield* demoWorkspace(running.environment)
    const night = makeNight(workspace, yield* loadPipeline(workspace, "roster"), today)
    calledWith({ place: `--workspace ${workspace.directory}` })

    yield* title("Night 1. An invented district of 2 schools, and a Brightspace that knows nothing of it")
    yield* night("counts")
    yield* print(
      "A tenant takes 80 calls a second and would have been at it for half a minute; this stand-in counts none."
    )
    yield* title("Night 2. Nothing has happened: nothing is written")
    yield* night("counts")

    yield* title("Night 3. A name, a title, a drop and a new student")
    yield* atTheSource(running.campusUrl, "PUT", "users/s41001", { familyName: "Nakamura-Reyes" })
    yield* atTheSource(running.campusUrl, "PUT", "classes/5002", { title: "English 9 Honors" })
    yield* atTheSource(running.campusUrl, "DELETE", "enrollments/s90002")
    yield* newStudent(running.campusUrl, "s41900", "Ines", "Okafor")
    yield* night("steps")

    yield* title("Night 4. Someone edits the calendar: six of ten classes of a school vanish. A student is new as well")
    for (const id of ["5014", "5015", "5016", "5017", "5018", "5019"]) {
      yield* atTheSource(running.campusUrl, "DELETE", `classes/${id}`)
    }
    yield* newStudent(running.campusUrl, "s41901", "Tomas", "Lindqvist")
    const last = yield* night("counts")

    const gradesNight = makeNight(workspace, yield* loadPipeline(workspace, "grades"), today)
    yield* title("Grades. A teacher scores some work: two items go to the SIS, and one says why it does not")
    yield* atTheTarget(running.brightspaceUrl, "POST", "seed", {
      gradebook: gradebook(yield* sessionCode(running.brightspaceUrl, today))
    })
    yield* gradesNight("counts")
    yield* title("Grades, the night after. One score was changed: it alone goes")
    yield* atTheTarget(running.brightspaceUrl, "PUT", "score", score("Essay", "0041001", 19))
    yield* gradesNight("steps")

    yield* print(
      [
        "",
        `Open in a browser: ${reportFiles(last).html}`,
        `For a pull request: ${reportFiles(last).markdown}`,
        `Every plan, with its steps and reports, lies in ${workspace.plansFolder}`,
        `In the folder of the demo, while it lies there: rollbook history --workspace ${workspace.directory}`,
        `Next: ${isInstalled() ? "" : 'npm install -g "./$(npm pack --silent)" installs rollbook; then '}\`rollbook init district\` makes a workspace of your own, and \`rollbook sandbox --write-env .env\` in it keeps a district to play with.`
      ].join("\n")
    )
    if (!given.stay) return
    // A score that the teacher has to export by herself.
    yield* atTheTarget(running.brightspaceUrl, "PUT", "score", score("Quiz", "0041007", 7))
    yield* stayUp(workspace, running, (tool) => atTheTarget(running.brightspaceUrl, "PUT", "lti", tool))
  }).pipe(Effect.scoped)
).pipe(
  described(
    "The main job on an invented district, from start to end on this machine: stand-ins of both systems, four nights of rosters and two of grades, every plan as it looks. Asks for nothing, and touches no workspace. With --stay everything stays up afterwards, to click through.",
    ["rollbook demo", "rollbook demo --stay"]
  )
)

/**
 * A workspace of its own whose variables are the sandbox's and nobody else's: a demo must never reach a real system. The
 * budget of calls is lifted with that of the stand-in, so that nobody waits for it.
 */
const demoWorkspace = (environment: Readonly<Record<string, string>>): Effect.Effect<Workspace, StoreError> =>
  onDisk("make a folder for the demo", tmpdir(), (disk) =>
    Effect.gen(function* () {
      const folder = yield* disk.makeTempDirectory({ prefix: "rollbook-demo-" })
      yield* disk.copy(join(packageRoot(), "pipelines"), join(folder, "pipelines"))
      const connections = join(folder, "pipelines", "connections.yaml")
      const shipped = parseDocument(yield* disk.readFileString(connections))
      shipped.setIn(["connections", "brightspace", "budget", "requests_per_second"], 1000)
      yield* disk.writeFileString(connections, shipped.toString())
      const workspace = openWorkspace({ workspace: folder, state: join(folder, ".rollbook", "state.duckdb") })
      return {
        ...workspace,
        environment: { variable: (name: string) => environment[name], readFile: () => null }
      }
    })
  )

const makeNight = (workspace: Workspace, pipeline: LoadedPipeline, today: string) => (show: "counts" | "steps") =>
  Effect.gen(function* () {
    const { definition } = pipeline
    const clock = yield* clockFor(definition, today)
    const made = yield* planPipeline({ workspace, definition, clock, part: wholePlan, progress: silent })
    yield* print(renderPlan(made.plan))
    if (show === "steps") yield* printSteps(made.plan, made.folder)
    if (made.plan.steps.count === 0) return made.folder
    const applied = yield* applyPipeline({
      workspace,
      plan: made.plan.plan_id,
      pipeline,
      clock,
      part: wholePlan,
      extent: "everything",
      progress: silent
    })
    const { done, failed, followed } = applied.execution
    const held = made.plan.holds.reduce((sum, hold) => sum + hold.steps, 0)
    yield* print(
      `Applied: ${stepsInWords(done)} done${followed > 0 ? `, ${followed} more followed from them` : ""}, ${failed} failed${held > 0 ? `, ${held} held until someone approves them` : ""}.`
    )
    return made.folder
  }).pipe(Effect.provide(stateLayer(workspace)))

const printSteps = (plan: PlanFile, folder: string) =>
  Effect.gen(function* () {
    const all = { actions: [], school: null, section: null, entity: null, limit: 30 }
    const { steps } = yield* readPlanSteps(plan, folder, all)
    // These people are invented; elsewhere names are shown only on request.
    yield* print(`${renderSteps(steps, { reveal: true, isPersonal: () => false })}\n`)
  })

const title = (text: string): Effect.Effect<void> => print(`\n── ${text}\n`)

const newStudent = (campusUrl: string, id: string, givenName: string, familyName: string) =>
  Effect.gen(function* () {
    const username = `${givenName}.${familyName}`.toLowerCase()
    yield* atTheSource(campusUrl, "PUT", `users/${id}`, {
      username,
      enabledUser: "true",
      givenName,
      familyName,
      role: "student",
      identifier: `9${id.slice(1)}`,
      email: `${username}@cedarhollow.example`,
      orgs: [{ sourcedId: highSchool, type: "org" }]
    })
    yield* atTheSource(campusUrl, "PUT", `enrollments/${id}-5001`, {
      user: { sourcedId: id, type: "user" },
      class: { sourcedId: "5001", type: "class" },
      school: { sourcedId: highSchool, type: "org" },
      role: "student",
      primary: "false"
    })
  })

const highSchool = "5BB7FB0F-D8D9-415B-8725-460B8CE504DB"

/** The class in which the demo scores work, by the code of its course offering. */
const course = "Hernandez_Olivia 1200 1"

const score = (item: string, user: string, points: number) => ({ course, item, user, points })

/** A grade book of three items, one of them in a category that is not for the SIS. */
const gradebook = (session: string) => ({
  course,
  categories: [
    { name: "Homework", exportToSis: true },
    { name: "Practice", exportToSis: false }
  ],
  items: [
    { name: "Essay", type: "Numeric", maxPoints: 20, category: "Homework", session },
    { name: "Quiz", type: "Numeric", maxPoints: 10, category: "Homework", session },
    { name: "Warm-up", type: "Numeric", maxPoints: 5, category: "Practice", session }
  ],
  scores: [score("Essay", "0041001", 18), score("Essay", "0041007", 0), score("Quiz", "0041001", 9)].map(
    ({ item, points, user }) => ({ item, points, user })
  )
})

/** Code of the semester that runs today: the first until the end of the year. */
const sessionCode = (brightspaceUrl: string, today: string) =>
  Effect.map(ask(`${brightspaceUrl}/sandbox/state`, "GET"), (state) => {
    const current = Number(today.slice(5, 7)) >= 8 ? "Semester 1" : "Semester 2"
    const { orgUnits } = state as {
      readonly orgUnits: ReadonlyArray<{ readonly code: string; readonly name: string; readonly type: string }>
    }
    return orgUnits.find(({ name, type }) => type === "Semester" && name.endsWith(current))?.code ?? ""
  })

/** Works the controls of the stand-in of Brightspace: what teachers do there, and its settings. */
const atTheTarget = (brightspaceUrl: string, method: "PUT" | "POST", control: string, body: unknown) =>
  ask(`${brightspaceUrl}/sandbox/${control}`, method, body)

/** Changes a record of the stand-in, as somebody at the school office would. */
const atTheSource = (campusUrl: string, method: "PUT" | "DELETE", record: string, patch: unknown = {}) =>
  ask(`${campusUrl}/sandbox/records/${record}`, method, method === "PUT" ? patch : undefined)

const ask = (url: string, method: "GET" | "PUT" | "POST" | "DELETE", body?: unknown) =>
  Effect.tryPromise({
    try: async (): Promise<unknown> => {
      const answer = await fetch(url, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
      const text = await answer.text()
      return text === "" ? null : JSON.parse(text)
    },
    catch: (error) =>
      new UsageError({
        detail: `the stand-in did not take ${method} ${new URL(url).pathname}`,
        hint: error instanceof Error ? error.message : String(error)
      })
  })
