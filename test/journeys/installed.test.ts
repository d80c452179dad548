import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { readmeCommands, wordsOf } from "../tools/readme.ts"
import { ask, asOf, type Ended } from "./harness.ts"
import { bundleIn, runHere } from "./in-process.ts"
import { tinyDistrictWith } from "./small-district.ts"

/** rollbook as README installs it, and every command that README prints, typed where it is printed. */

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 400_000 })

const root = new URL("../..", import.meta.url).pathname

const home = mkdtempSync(join(tmpdir(), "rollbook-installed-"))
const installed = join(home, "installed")
const elsewhere = join(home, "elsewhere")
const path = [join(installed, "bin"), process.env["PATH"] ?? ""].join(delimiter)

const environment = { PATH: path, HOME: home }

const bundle = bundleIn(pathToFileURL(join(installed, "lib", "node_modules", "rollbook", "dist", "/")))

/** A command by the bundle that is installed, in this process: that its name is found, starts and ends is seen of others. */
const inProcess = (cwd: string, ...words: ReadonlyArray<string>): Promise<Ended> => {
  // Tests of pipelines pass wherever the district is.
  const zone = words[0] === "test" ? { DISTRICT_TIMEZONE: "Pacific/Kiritimati" } : {}
  return runHere(words, cwd, { ...environment, ...zone, ROLLBOOK_THREADS: "1" }, bundle)
}

const rollbook = (cwd: string, ...words: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn("rollbook", words, { cwd, env: environment })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })

beforeAll(() => {
  mkdirSync(elsewhere)
  // As `npm pack`, but for building once more: other tests use what is built.
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", home], { cwd: root })
  const [tarball = ""] = readdirSync(home).filter((name) => name.endsWith(".tgz"))
  execFileSync(
    "npm",
    [
      "install",
      "--global",
      "--prefix",
      installed,
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      join(home, tarball)
    ],
    { cwd: elsewhere, stdio: ["ignore", "ignore", "inherit"] }
  )
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

it("the packed tarball brings what it runs on, and nothing that is in its bundle already", () => {
  const brought = readdirSync(join(installed, "lib", "node_modules", "rollbook", "node_modules"))
  // The engine, and what it asks of the machine.
  expect(brought).toEqual(["@duckdb", "detect-libc"])
  const named = readFileSync(
    join(installed, "lib", "node_modules", "rollbook", "dist", "THIRD-PARTY-LICENSES.txt"),
    "utf8"
  )
  for (const bundled of ["effect", "undici", "yaml", "ajv"])
    expect(named).toMatch(new RegExp(`^-+\n${bundled} \\d[^\n]*\n\n[^]{200}`, "m"))
})

describe("every command that README prints", () => {
  const district = join(elsewhere, "district")
  let sandbox: ChildProcess
  let campus = ""
  let brightspace = ""
  let plan = ""

  beforeAll(async () => {
    const made = await rollbook(elsewhere, "init", "district")
    expect(made.code, made.stderr).toBe(0)
    // On ports of its own, on a day in the first semester, and with a part of its district; else as README starts it.
    const data = tinyDistrictWith({ "users.csv": ["s41004"], "enrollments.csv": ["s90002"] })
    const ports = ["--campus-port", "0", "--brightspace-port", "0"]
    const words = ["sandbox", "--write-env", ".env", ...ports, "--as-of", asOf, "--data", data]
    sandbox = spawn("rollbook", words, { cwd: district, env: environment, stdio: ["ignore", "ignore", "pipe"] })
    const said = await new Promise<string>((resolve) => {
      let text = ""
      sandbox.stderr?.on("data", (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes("Serving")) resolve(text)
      })
    })
    const [, first = "", second = ""] = /(http:\S+)[\s\S]*?(http:\S+)/.exec(said) ?? []
    campus = first
    brightspace = second
    await ask(`${brightspace}/sandbox/settings`, "PUT", { creditsPerMinute: 10_000_000 })
  })
  afterAll(() => void sandbox.kill())

  /** What is another one on every machine: the id of a plan and of a school, and the day. */
  const filledIn = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
    const filled = words.map((word) =>
      word === "ID" ? plan : word === "SCHOOL" ? "5BB7FB0F-D8D9-415B-8725-460B8CE504DB" : word
    )
    return ["plan", "run"].includes(filled[0] ?? "") && !filled.includes("--from-run")
      ? [...filled, "--as-of", asOf]
      : filled
  }

  /** Processes of their own, as `init`, `sandbox` and `serve` are: one that reads what is there, and one that writes to both ends. */
  const asTyped = new Set(["validate", "apply"])

  /** A service goes on until it is asked to end, here as soon as it has printed how to sign in. */
  const served = async (words: ReadonlyArray<string>) => {
    const service = spawn("rollbook", [...words, "--port", "0"], { cwd: district, env: environment })
    let [stdout, stderr] = ["", ""]
    service.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    service.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString()
      if (stdout.includes("sign_in")) service.kill()
    })
    const code = await new Promise<number | null>((resolve) => void service.once("close", resolve))
    return { code, stdout, stderr }
  }

  const curl = async (command: string): Promise<void> => {
    const [, method = "GET", address = ""] = /-X (\S+) localhost:(\S+)/.exec(command) ?? []
    const [, body] = /-d '([\s\S]*)'/.exec(command) ?? []
    const url = address.replace(/^4001/, campus).replace(/^4002/, brightspace)
    await ask(url, method, body === undefined ? undefined : JSON.parse(body))
  }

  it("does what it says, in the folder in which it is printed, one after the other", async () => {
    const typed: Array<string> = []
    for (const line of readmeCommands()) {
      typed.push(line.split(" ", 1)[0] ?? "")
      if (line.startsWith("curl ")) await curl(line)
      // The clone is what these tests run in; the workspace and the stand-ins are there already.
      if (!line.startsWith("rollbook ") || /^rollbook (init|sandbox) /.test(line)) continue
      const words = filledIn(wordsOf(line).slice(1))
      const ended = await (words[0] === "serve"
        ? served(words)
        : (asTyped.has(words[0] ?? "") ? rollbook : inProcess)(district, ...words))
      expect([0, 3], `${line}\n${ended.stdout}${ended.stderr}`).toContain(ended.code)
      plan = /rollbook apply (roster-\S+) /.exec(ended.stderr)?.[1] ?? plan
    }
    expect(new Set(typed)).toEqual(new Set(["npm", "rollbook", "curl"]))
    expect(existsSync(join(district, "plan.html"))).toBe(true)
  })

  it("commands that rollbook prints name the workspace, where that is not the folder one is in", async () => {
    const made = await inProcess(elsewhere, "plan", "roster", "--workspace", "district", "--as-of", asOf)
    const [, command = ""] = /(rollbook quarantine .*?) lists them/.exec(made.stdout) ?? []
    expect(command).toBe("rollbook quarantine --workspace district")
    expect((await inProcess(elsewhere, ...wordsOf(command).slice(1))).code).toBe(0)
    const unknown = await inProcess(elsewhere, "show", "999", "--workspace", "district")
    expect(unknown.stderr).toContain("`rollbook history --workspace district` lists them")
    const here = await inProcess(district, "show", "999")
    expect(here.stderr).toContain("`rollbook history` lists them")
  })

  it("the files that init makes name commands that work beside them", async () => {
    const named = [".env.example", "pipelines/eligibility.md", "pipelines/grades.yaml", "pipelines/roster.yaml"]
      .map((file) => readFileSync(join(district, file), "utf8"))
      .flatMap((text) => [...text.matchAll(/`rollbook ([^`]+)`/g)].map(([, words = ""]) => words))
    expect(named).toContain("jwks brightspace")
    const keys = await inProcess(district, "jwks", "brightspace")
    expect(keys.code, keys.stderr).toBe(0)
  })
})
