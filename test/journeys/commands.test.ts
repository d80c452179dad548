import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { execFile, spawn } from "node:child_process"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { asOf, type Ended, type Journey, startJourney } from "./harness.ts"
import { runHere } from "./in-process.ts"
import { tinyDistrict } from "./small-district.ts"
import { shortLived } from "../tools/short-lived.ts"

const cli = new URL("../../dist/rollbook.js", import.meta.url).pathname

/** A command in any folder, with no variable set, as a process of its own. */
const plainly = (cwd: string, words: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [...shortLived, cli, ...words], {
      cwd,
      env: { PATH: process.env["PATH"] }
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })

const commands = [
  "demo",
  "sandbox",
  "init",
  "validate",
  "test",
  "plan",
  "show",
  "approve",
  "apply",
  "run",
  "resume",
  "undo",
  "history",
  "items",
  "diff",
  "explain",
  "audit",
  "cleanup",
  "quarantine",
  "probe",
  "jwks"
]

describe("help", () => {
  // Each by the bundle, and by no process of its own: how one begins and ends is the same for all, and seen below.
  it.each(commands)("%s --help says what it does, with an example", async (command) => {
    const ended = await runHere([command, "--help"], tmpdir(), {})
    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain(`$ rollbook ${command}`)
  })

  it("is told wherever it is asked for", async () => {
    const ended = await plainly(tmpdir(), ["history", "roster", "--json", "-h"])
    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain("$ rollbook history")
  })

  it("without a command lists them all", async () => {
    const ended = await plainly(tmpdir(), ["--help"])
    expect(ended.code).toBe(0)
    for (const command of commands) expect(ended.stdout).toContain(command)
  })
})

describe("a fresh workspace", () => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-fresh-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  it("init makes it, validate warns of variables that are not set, test runs its tests", async () => {
    const made = await plainly(folder, ["init", "district"])
    expect(made.code, made.stderr).toBe(0)
    const home = join(folder, "district")
    for (const file of ["pipelines/roster.yaml", "pipelines/connections.yaml", "schemas", ".env.example"]) {
      expect(existsSync(join(home, file)), file).toBe(true)
    }
    // As a shell puts it for pipelines/*.yaml.
    const files = readdirSync(join(home, "pipelines")).filter((name) => name.endsWith(".yaml"))
    expect(files).toContain("connections.yaml")
    const valid = await runHere(["validate", ...files.map((name) => join("pipelines", name))], home, {})
    expect(valid.code, valid.stdout + valid.stderr).toBe(0)
    expect(valid.stdout).toContain("CAMPUS_BASE_URL is not set")
    expect(valid.stderr).toMatch(/2 pipelines checked: 0 errors, [1-9]\d* warnings/)
    // No variable of another machine gives a key that is not written.
    const connections = join(home, "pipelines", "connections.yaml")
    const written = readFileSync(connections, "utf8")
    writeFileSync(connections, written.replace(/^ {4}url: .*$/m, "    bulk: {}"))
    const incomplete = await runHere(["validate"], home, {})
    expect(incomplete.code).toBe(2)
    expect(incomplete.stdout).toMatch(
      /connections\.yaml:\d+:\d+: error: a connection of type brightspace needs the key url/
    )
    expect(incomplete.stdout).toMatch(/connections\.yaml:\d+:\d+: error: the key source_system is missing/)
    writeFileSync(connections, written)
    // Those of the roster, the most, are carried out once, where the README's commands are.
    const tested = await runHere(["test", "--json", "pipelines/grades.yaml"], home, { ROLLBOOK_THREADS: "1" })
    expect(tested.code, tested.stderr).toBe(0)
    const reports = JSON.parse(tested.stdout) as ReadonlyArray<{ readonly passed: boolean }>
    expect(reports.length).toBeGreaterThan(10)
    expect(reports.every((report) => report.passed)).toBe(true)
    expect(existsSync(join(home, ".rollbook"))).toBe(false)
  })

  it("init a second time changes nothing", async () => {
    const roster = join(folder, "district", "pipelines", "roster.yaml")
    writeFileSync(roster, `# ours\n${readFileSync(roster, "utf8")}`)
    const again = await runHere(["init", "district"], folder, {})
    expect(again.code).toBe(0)
    expect(again.stdout).toContain("nothing was changed")
    expect(readFileSync(roster, "utf8")).toMatch(/^# ours\n/)
  })

  it("says once that the state of earlier runs is gone, and how to go on", async () => {
    const home = join(folder, "lost")
    mkdirSync(join(home, ".rollbook", "plans", "roster-2026-10-01-7"), { recursive: true })
    const first = await runHere(["history"], home, {})
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout).toContain("No runs in this state. Plans up to that of run 7 lie in .rollbook/plans")
    expect(first.stderr).toContain(".rollbook/state.duckdb is not there, though plans lie beside where it was")
    expect(first.stderr).toMatch(/Restore it.* from a backup/)
    const second = await runHere(["history"], home, {})
    expect(second.stderr).toMatch(/^Next run: none by rollbook itself, [^\n]*\n$/)
    expect(second.stdout).toContain("No runs in this state")
  })

  it("names the journal whose plan is gone, and both ways out of it", async () => {
    const home = join(folder, "district")
    const journal = join(home, ".rollbook", "journal", "roster-2026-10-01-7.journal")
    mkdirSync(dirname(journal), { recursive: true })
    writeFileSync(journal, '{"i":[1]}\n')
    const ended = await runHere(["resume"], home, {})
    expect(ended.code).toBe(6)
    expect(ended.stderr).toContain(".rollbook/journal/roster-2026-10-01-7.journal says that its apply was interrupted")
    expect(ended.stderr).toContain("Restore .rollbook/plans/roster-2026-10-01-7 from a backup")
    expect(ended.stderr).toContain("move the journal away")
    rmSync(join(home, ".rollbook"), { recursive: true })
  })

  it("a run without its variables ends with 2 and names one", async () => {
    const ended = await runHere(["run", "roster"], join(folder, "district"), {})
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain("CAMPUS_BASE_URL")
  })

  it("a folder without pipelines is told how to get some", async () => {
    const empty = join(folder, "empty")
    mkdirSync(empty)
    const ended = await plainly(empty, ["plan", "roster"])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain("rollbook init")
  })
})

it("starts as npx starts it", () => {
  expect(readFileSync(cli, "utf8").startsWith("#!/usr/bin/env node\n")).toBe(true)
})

describe("a workspace at work", () => {
  let journey: Journey
  beforeAll(async () => {
    journey = await startJourney({ data: tinyDistrict() })
  })
  afterAll(() => journey.stop())

  const roster = (): string => join(journey.workspace, "pipelines", "roster.yaml")

  /** Runs with another pipeline file, and puts the old one back. */
  const withRoster = async <A>(from: string, to: string, use: () => Promise<A>): Promise<A> => {
    const text = readFileSync(roster(), "utf8")
    expect(text).toContain(from)
    writeFileSync(roster(), text.replace(from, to))
    try {
      return await use()
    } finally {
      writeFileSync(roster(), text)
    }
  }

  const makePlan = async (): Promise<string> => (await journey.plan()).plan.plan_id
  /** One that nothing carries out before what it is refused for. */
  let plan = ""
  const pathOf = (file: string): string => join(journey.workspace, ".rollbook", "plans", plan, file)
  /** What `apply` says while a file of the plan is another one. */
  const altered = async (file: string, change: (text: string) => string): Promise<Ended> => {
    const text = readFileSync(pathOf(file), "utf8")
    writeFileSync(pathOf(file), change(text))
    const ended = await journey.rollbook("apply", plan)
    writeFileSync(pathOf(file), text)
    return ended
  }

  it("refuses a number that is none of those it can take, by the name of its option", async () => {
    const [limit, port] = await Promise.all([
      plainly(journey.workspace, ["history", "--limit", "-1"]),
      plainly(journey.workspace, ["serve", "--port", "99999"])
    ])
    expect([limit.code, limit.stderr]).toEqual([1, expect.stringContaining("--limit takes 0 or more")])
    expect([port.code, port.stderr]).toEqual([1, expect.stringContaining("--port takes a number from 0 to 65535")])
  })

  it("1: an unknown pipeline, command or option, with the nearest name", async () => {
    const pipeline = await journey.rollbook("plan", "rostr")
    expect(pipeline.code).toBe(1)
    expect(pipeline.stderr).toContain("roster")
    const command = await plainly(journey.workspace, ["aply"])
    expect(command.code).toBe(1)
    expect(command.stdout + command.stderr).toContain("apply")
    const option = await journey.rollbook("plan", "roster", "--onli", "school=1")
    expect(option.code).toBe(1)
    expect(option.stdout + option.stderr).toContain("--only")
    const part = await journey.rollbook("plan", "roster", "--only", "shool=1")
    expect(part.code).toBe(1)
    expect(part.stderr).toContain("school")
    const day = await journey.rollbook("plan", "roster", "--as-of", "2026-13-01")
    expect(day.code).toBe(1)
    expect(day.stderr).toContain("is not a date")
  })

  it("2: an invalid definition, at its place", async () => {
    const [validated, planned] = await withRoster(
      "person.family_name IS NULL",
      "person.family_nam IS NULL",
      async () => [await journey.rollbook("validate"), await journey.rollbook("plan", "roster")]
    )
    expect(validated?.code).toBe(2)
    expect(validated?.stdout).toMatch(/pipelines\/roster\.yaml:\d+:\d+/)
    expect(validated?.stdout).toContain("family_name")
    expect(planned?.code).toBe(2)
    expect(planned?.stderr).toMatch(/pipelines\/roster\.yaml:\d+:\d+/)
  })

  it("2: a mistake in one pipeline is told before what follows from it in another", async () => {
    await withRoster("      resource: course_offering\n", "      resorce: course_offering\n", async () => {
      const ended = await journey.rollbook("validate")
      expect(ended.code).toBe(2)
      const errors = ended.stdout.split("\n").filter((line) => line.includes(": error: "))
      expect(errors[0]).toContain("there is no key resorce here")
      expect(errors.some((line) => line.includes("there is no pipeline roster in this folder"))).toBe(true)
    })
  })

  it("4: a source that cannot be read; 5: a target that cannot be", async () => {
    await journey.faults("campus", [{ do: "status", status: 500, match: { pattern: "/users$" } }])
    const source = await journey.rollbook("plan", "roster", "--as-of", asOf)
    expect(source.code).toBe(4)
    expect(source.stderr).toContain("/users")
    await journey.clearFaults()
    await journey.faults("brightspace", [{ do: "status", status: 403, match: { method: "GET", pattern: "/roles/" } }])
    const target = await journey.rollbook("plan", "roster", "--as-of", asOf)
    expect(target.code).toBe(5)
    expect(target.stderr).toContain("brightspace")
    await journey.clearFaults()
  })

  it("6: a plan, while an apply waits to be resumed", async () => {
    const journals = join(journey.workspace, ".rollbook", "journal")
    mkdirSync(journals, { recursive: true })
    writeFileSync(join(journals, "roster-2026-09-30-1.journal"), "")
    const ended = await journey.rollbook("plan", "roster", "--as-of", asOf)
    rmSync(journals, { recursive: true })
    expect(ended.code).toBe(6)
    expect(ended.stderr).toContain("rollbook resume")
  })

  it("10: changes present, where it is asked for; options may stand after the pipeline", async () => {
    const ended = await journey.rollbook("plan", "roster", "--as-of", asOf, "--detailed-exitcode", "--json")
    expect(ended.code, ended.stderr).toBe(10)
    const made = JSON.parse(ended.stdout) as { readonly as_of: string; readonly plan_id: string }
    expect(made.as_of).toBe(asOf)
    plan = made.plan_id
  })

  it("1: a plan that was altered, that has expired, that is not there", async () => {
    const header = await altered("plan.json", (text) => text.replace('"held": 0', '"held": 1'))
    expect(header.code).toBe(1)
    expect(header.stderr).toContain("changed after it was made")

    const fewer = await altered("steps.ndjson", (text) => text.split("\n").slice(1).join("\n"))
    expect(fewer.code).toBe(1)
    expect(fewer.stderr).toContain("its steps were changed")

    await withRoster("load:\n", "load:\n  plan_expires_after_hours: 0\n", async () => {
      const expired = await journey.rollbook("apply", await makePlan())
      expect(expired.code).toBe(1)
      expect(expired.stderr).toContain("it was good until")
    })

    const missing = await journey.rollbook("apply", "roster-2026-10-01-999")
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain("there is no such plan")
    expect(await journey.writes()).toEqual({})
  })

  it("1: a plan made with another definition", async () => {
    await withRoster("percent: 5, floor: 10", "percent: 6, floor: 10", async () => {
      const ended = await journey.rollbook("apply", plan)
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain("was edited since")
    })
  })

  it("--only a section brings what it refers to, and no more", async () => {
    const planned = await journey.rollbook("plan", "roster", "--as-of", asOf, "--only", "section=5013", "--json")
    expect(planned.code, planned.stderr).toBe(0)
    const plan = JSON.parse(planned.stdout) as { readonly plan_id: string; readonly counts: ReadonlyArray<PlanCount> }
    const creates = Object.fromEntries(plan.counts.map((count) => [count.entity, count.actions["create"] ?? 0]))
    expect(creates).toMatchObject({ district: 1, school: 1, course_template: 1, course_offering: 1, section: 1 })
    expect(creates["user"]).toBe(creates["enrollment"])
    expect(creates["section_enrollment"]).toBe(creates["enrollment"])
  })

  it("--only a school leaves the other school's classes alone", async () => {
    const planned = await journey.rollbook(
      "plan",
      "roster",
      "--as-of",
      asOf,
      "--only",
      "school=maple ridge middle school,entity=course_offering",
      "--json"
    )
    expect(planned.code, planned.stderr).toBe(0)
    const { plan_id } = JSON.parse(planned.stdout) as { readonly plan_id: string }
    const shown = await journey.rollbook("show", plan_id, "--json", "--limit", "0")
    const { listed } = JSON.parse(shown.stdout) as { readonly listed: ReadonlyArray<Listed> }
    const offerings = listed.filter((step) => step.entity === "course_offering")
    expect(offerings.length).toBeGreaterThan(0)
    expect(new Set(offerings.map((step) => step.school)).size).toBe(1)
    expect(listed.filter((step) => step.entity === "enrollment")).toEqual([])
    expect(listed.filter((step) => step.entity === "course_template").length).toBeGreaterThan(0)
  })

  it("a plan taken elsewhere is applied from there; used and stale plans are refused; each says the next thing to do", async () => {
    const elsewhere = join(journey.workspace, "reviewed")
    const planned = await journey.rollbook("plan", "roster", "--as-of", asOf, "--out", elsewhere, "--json")
    expect(planned.code, planned.stderr).toBe(0)
    const { plan_id } = JSON.parse(planned.stdout) as { readonly plan_id: string }
    rmSync(join(journey.workspace, ".rollbook", "plans", plan_id), { recursive: true })
    cpSync(elsewhere, `${elsewhere}-copy`, { recursive: true })
    const applied = await journey.rollbook("apply", `${elsewhere}-copy`, "--as", "d.reyes", "--json")
    expect(applied.code, applied.stderr).toBe(0)
    const { run } = JSON.parse(applied.stdout) as { readonly run: number }
    expect((await journey.rollbook("show", String(run))).stdout).toContain("asked for by d.reyes")
    expect(JSON.parse(applied.stdout)).toMatchObject({ plan_id, failed: 0, notReached: 0, stoppedBy: null })

    const used = await journey.rollbook("apply", plan_id)
    expect(used.code).toBe(1)
    expect(used.stderr).toMatch(/carried out by run \d+\. Plan again/)
    const wrong = await journey.rollbook("show", plan_id, "--outcome", "failed")
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain(`--outcome failed is of what an apply sent, and ${plan_id} is a plan`)
    const last = await journey.rollbook("undo", "last", "--json")
    expect(last.code, last.stderr).toBe(3)
    expect(JSON.parse(last.stdout)).toMatchObject({ undo: { run } })
    const old = await journey.rollbook("apply", plan)
    expect(old.code).toBe(1)
    expect(old.stderr).toMatch(/is refused: run \d+ of roster wrote \d+ records? since it was made/)
  })

  it("what lies on disk is its owner's alone to read, wherever it lies", async () => {
    const open = join(journey.workspace, "open")
    mkdirSync(open, { mode: 0o755 })
    const elsewhere = ["--state", join(open, "state.duckdb")]
    const planned = await journey.rollbook("plan", "roster", "--as-of", asOf, "--out", join(open, "plan"), ...elsewhere)
    expect(planned.code, planned.stderr).toBe(0)
    const files = [open, join(journey.workspace, ".rollbook")].flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    )
    expect(files.filter((file) => file.endsWith("steps.ndjson")).length).toBeGreaterThan(1)
    expect(files.filter((file) => (statSync(file).mode & 0o077) !== 0)).toEqual([])
  })

  it("a reader who leaves early ends nothing: the run goes on, without a trace", async () => {
    const command = `"${process.execPath}" ${shortLived.join(" ")} "${cli}" run roster --as-of ${asOf} --workspace "${journey.workspace}" | head -n 1; echo "code \${PIPESTATUS[0]}"`
    const ended = await new Promise<{ readonly stdout: string; readonly stderr: string }>((resolve) =>
      execFile(
        "bash",
        ["-c", command],
        { env: { PATH: process.env["PATH"], HOME: journey.workspace, ...journey.environment } },
        (_, stdout, stderr) => resolve({ stdout, stderr })
      )
    )
    expect(ended.stdout).toContain("code 0")
    expect(ended.stderr).not.toMatch(/EPIPE|node:events|\n +at /)
  })

  it("1: what no filter can find for being misspelt is refused, and so is a place that nobody knows", async () => {
    for (const [words, said] of [
      [["plan", "roster", "--as-of", asOf, "--only", "entity=usr"], "did you mean user?"],
      [["quarantine", "roster", "--rule", "no-lastname"], "did you mean no-last-name?"],
      [["quarantine", "roster", "--entity", "usr"], "did you mean user?"],
      [["history", "rooster"], "did you mean roster?"],
      [["audit", "nobody", "--entity", "usr"], "did you mean user?"],
      [["probe", "campos"], "did you mean campus?"],
      [["resume", "--begun"], "`rollbook COMMAND --help` lists those that a command has"],
      [["restore", "nowhere.tar.gz"], "there is no such file"]
    ] as const) {
      const ended = await journey.rollbook(...words)
      expect(ended.code, words.join(" ")).toBe(1)
      expect(ended.stderr).toContain(said)
    }
    const nowhere = await journey.rollbook("plan", "roster", "--as-of", asOf, "--only", "school=nope")
    expect(nowhere.code).toBe(1)
    expect(nowhere.stdout).toBe("")
    expect(nowhere.stderr).toContain("nothing was planned: school nope: rollbook knows none of that id or name")
  })

  it("3: removals that a guard holds", async () => {
    const before = await journey.state()
    for (let id = 41_001; id <= 41_045; id += 4) await journey.source.remove("users", `s${id}`)
    const ended = await journey.rollbook("run", "roster", "--as-of", asOf)
    expect(ended.code, ended.stderr).toBe(3)
    expect(ended.stdout).toContain("HELD for approval")
    expect(ended.stdout).toMatch(/Run \d+ of roster: .* held for approval/)
    expect((await journey.state()).enrollments.length).toBe(before.enrollments.length)
    await journey.reset("campus")
  })

  it("--json of every command that reads", async () => {
    const lines: ReadonlyArray<ReadonlyArray<string>> = [
      ["validate"],
      ["history"],
      ["history", "roster", "--limit", "2"],
      ["quarantine"],
      ["show", "1"],
      ["jwks"]
    ]
    for (const words of lines) {
      const ended = await journey.rollbook(...words, "--json")
      expect(ended.code, `${words.join(" ")}: ${ended.stderr}`).toBe(0)
      expect(() => JSON.parse(ended.stdout) as unknown, words.join(" ")).not.toThrow()
    }
    const run = await journey.rollbook("run", "roster", "--as-of", asOf, "--json")
    expect(JSON.parse(run.stdout)).toMatchObject({ plan: { pipeline: "roster" }, apply: { failed: 0 } })
    const nothing = await journey.rollbook("resume", "--json")
    expect(nothing.code).toBe(0)
    expect(JSON.parse(nothing.stdout)).toEqual([])
  })

  it("jwks prints the public half alone", async () => {
    const { stdout } = await journey.rollbook("jwks")
    const { keys } = JSON.parse(stdout) as { readonly keys: ReadonlyArray<Record<string, unknown>> }
    expect(keys).toHaveLength(1)
    for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) expect(keys[0]).not.toHaveProperty(secret)
  })

  it("names of people stand in no plan's text and in no note, unless they are asked for", async () => {
    await journey.source.put("users", "s41001", { familyName: "Zzyzxcanary" })
    const plan = await journey.rollbook("plan", "roster", "--as-of", asOf)
    const id = /Plan (\S+) of roster/.exec(plan.stdout)?.[1] ?? ""
    const shown = await journey.rollbook("show", id)
    const revealed = await journey.rollbook("show", id, "--reveal")
    expect(plan.stdout + plan.stderr + shown.stdout + shown.stderr).not.toContain("Zzyzxcanary")
    expect(shown.stdout).toContain("***")
    expect(revealed.stdout).toContain("Zzyzxcanary")
  })
})

interface PlanCount {
  readonly entity: string
  readonly actions: Readonly<Record<string, number>>
}

interface Listed {
  readonly entity: string
  readonly school: string | null
}
