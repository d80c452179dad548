import chromium from "@sparticuz/chromium"
import * as Effect from "effect/Effect"
import { mkdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Browser, type BrowserContext, chromium as driver, type Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { type Session, sessionsIn } from "../../src/service/access/session.ts"
import { gradebookOf, type GradeJourney, startGrades } from "../journeys/gradebook.ts"

/**
 * The console as people use it, in a real browser against `serve` over both stand-ins: a teacher from her course to the
 * score that stands in the SIS, an administrator from a held plan to its approval. The pages ask the server alone.
 * Where ROLLBOOK_TEST_SHOTS names a folder, what they look like is kept there.
 */
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const shots = process.env["ROLLBOOK_TEST_SHOTS"]
let journey: GradeJourney
let browser: Browser | undefined
let address = ""
let course = ""
let stop: () => Promise<void> = async () => undefined
const complaints: Array<string> = []
let last: Page | undefined

beforeAll(async () => {
  const today = new Date().toISOString().slice(0, 10)
  journey = await startGrades({ asOf: today })
  const code = journey.courseOf("5001")
  await journey.seed(
    gradebookOf(code, journey.termOf("301"), [{ name: "Essay" }, { name: "Reading log", session: undefined }])
  )
  await journey.give(code, "Essay", journey.studentsOf("5001")[0] ?? "", 17)
  const { orgUnits } = await journey.state()
  course = String(orgUnits.find((one) => one.code === code && one.type === "Course Offering")?.id)
  const service = journey.begin("serve", "--port", "0")
  address = await new Promise<string>((resolve) => {
    if (service.process.stderr === null) return
    createInterface({ input: service.process.stderr }).on("line", (line) => {
      const [, url] =
        /Answering at (\S+?)"?[,}]?$/.exec(line.replace(/",".*/, "")) ?? /Answering at ([^\s"]+)/.exec(line) ?? []
      if (url !== undefined) resolve(url)
    })
  })
  // From then on others know where it answers.
  while (!(await fetch(`${address}/readyz`)).ok) await new Promise((resolve) => setTimeout(resolve, 100))
  stop = async () => {
    service.process.kill("SIGTERM")
    await service.ended
  }
  const own = process.env["ROLLBOOK_TEST_BROWSER"]
  browser = await driver.launch({
    executablePath: own ?? (await chromium.executablePath()),
    // Not the arguments that come with it: in a single process the sessions of different people are one.
    args: own === undefined ? ["--no-sandbox"] : [],
    headless: true
  })
})

afterAll(async () => {
  await browser?.close()
  await stop()
  await journey.stop()
})

afterEach(async ({ task }) => {
  if (shots !== undefined && task.result?.state === "fail")
    await last?.screenshot({ path: join(shots, "failed.png"), fullPage: true })
})

/** A browser of somebody who is signed in. */
const signedIn = async (session: Partial<Session>): Promise<Page> => {
  const sessions = sessionsIn(join(journey.workspace, ".rollbook", "service", "sessions"))
  const id = await Effect.runPromise(
    sessions.start(
      { who: "o.hernandez", name: "Olivia Hernandez", by: "lti", rights: [], course: null, language: null, ...session },
      Date.now()
    )
  )
  return open((context) =>
    context.addCookies([
      { name: "__Host-rollbook", value: id, url: address.replace("http:", "https:"), secure: true, httpOnly: true }
    ])
  )
}

const open = async (prepare: (context: BrowserContext) => Promise<unknown>): Promise<Page> => {
  if (browser === undefined) throw new Error("there is no browser")
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US" })
  await prepare(context)
  const page = await context.newPage()
  last = page
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("request", (request) => request.url().startsWith(address) || complaints.push(request.url()))
  return page
}

/** An administrator by a one-time link, as a small district begins. */
const administrator = async (): Promise<Page> => {
  const { stdout } = await journey.rollbook("serve", "--admin")
  const page = await open(async () => undefined)
  await page.goto((JSON.parse(stdout) as { readonly sign_in: string }).sign_in)
  await page.getByRole("heading", { name: "Dashboard" }).waitFor()
  return page
}

const inCourse = (rights: NonNullable<Session["course"]>["rights"]): Partial<Session> => ({
  course: { orgUnit: course, title: "1200 1 English 9", role: "Instructor", rights }
})

const at = async (page: Page, place: string): Promise<void> => {
  await page.goto(`${address}/${place}`)
  await page.getByRole("heading", { level: 1 }).waitFor()
  await expect.poll(() => page.locator("d2l-loading-spinner").count(), { timeout: 30_000 }).toBe(0)
}

/** Nothing that axe finds, nothing wider than the window, at every width and in both colours. */
const looksWell = async (page: Page, name: string): Promise<void> => {
  await page.evaluate(axe)
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" })
    for (const width of [320, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      expect(await page.evaluate("document.documentElement.scrollWidth"), `${name} at ${width}`).toBe(width)
      if (shots !== undefined) {
        mkdirSync(shots, { recursive: true })
        await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`), fullPage: true })
      }
    }
    const found = await page.evaluate(
      "axe.run().then((all) => all.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | ')}`))"
    )
    expect(found, `${name}, ${scheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: "light" })
  await page.setViewportSize({ width: 1280, height: 900 })
}

it("shows a teacher what goes, exports it, and tells what became of each score: it stands in the SIS", async () => {
  const page = await signedIn(inCourse(["see grades", "export grades", "reveal names"]))
  let bytes = 0
  page.on(
    "response",
    (answer) =>
      void answer
        .request()
        .sizes()
        .then((sizes) => (bytes += sizes.responseBodySize))
  )
  await at(page, "")
  expect(await page.title()).toBe("Manage Grades · rollbook")
  expect(await page.getByRole("navigation").getByRole("link").allTextContents()).toEqual([
    "Manage Grades",
    "Export to SIS",
    "View All Exports",
    "To Clean Up"
  ])
  expect(bytes).toBeLessThan(150_000)
  expect(bytes).toBeGreaterThan(20_000)
  await at(page, `#/courses/${course}/export`)
  await looksWell(page, "export-before")
  await page.getByText("The grade book was not read yet").first().waitFor()
  await page.getByRole("button", { name: "Export" }).click()
  await page.getByRole("heading", { name: "View All Exports" }).waitFor()
  await page
    .getByRole("row", { name: /o\.hernandez/ })
    .first()
    .waitFor({ timeout: 120_000 })
  expect(await journey.sent("Essay", journey.studentsOf("5001")[0] ?? "")).toMatchObject({ score: 17 })
  await looksWell(page, "exports")
  await page
    .getByRole("row", { name: /o\.hernandez/ })
    .getByRole("link")
    .click()
  await page.getByRole("heading", { name: /^Export of/ }).waitFor()
  await looksWell(page, "one-export")
  const students = page.getByRole("table", { name: "Per student" })
  expect(await students.textContent()).not.toMatch(/Pupil|s4100/)
  await page.getByRole("button", { name: "Show names" }).click()
  await students.getByText(/Pupil Number/).waitFor()
  expect(await students.textContent()).toMatch(/Essay17/)
  await students.locator("d2l-status-indicator", { hasText: "sent" }).waitFor()
  await at(page, `#/courses/${course}/grades`)
  const items = page.getByRole("table", { name: "Grade items" })
  expect(await items.getByRole("row", { name: /^Essay/ }).textContent()).toMatch(/Tests.*yes/)
  expect(await items.getByRole("row", { name: /^Reading log/ }).textContent()).toMatch(/no.*session/i)
  await looksWell(page, "grades")
  await at(page, `#/courses/${course}/cleanup`)
  await looksWell(page, "cleanup")
})

it("sends nothing the second time", async () => {
  const page = await signedIn(inCourse(["see grades", "export grades"]))
  await journey.forgetRequests()
  await at(page, `#/courses/${course}/export`)
  await page.getByRole("button", { name: "Export" }).click()
  const rows = page.getByRole("row", { name: /o\.hernandez/ })
  await expect.poll(() => rows.count(), { timeout: 120_000 }).toBe(2)
  expect(await journey.puts()).toEqual({})
})

it("says which of the reasons stands against an export, in the language of the launch", async () => {
  const page = await signedIn(inCourse(["see grades"]))
  await at(page, `#/courses/${course}/export`)
  await page.getByText("your role does not have the Export Grades permission").waitFor()
  expect(await page.getByRole("button", { name: "Export" }).count()).toBe(0)
  const french = await signedIn({ ...inCourse(["see grades", "export grades"]), language: "fr-CA" })
  await at(french, `#/courses/${course}/grades`)
  expect(await french.getByRole("heading", { level: 1 }).textContent()).toBe("Gérer les notes")
  expect(await french.evaluate("document.documentElement.lang")).toBe("fr")
  const spanish = await signedIn({ ...inCourse([]), language: "es-US" })
  await spanish.goto(`${address}/`)
  await spanish.getByRole("heading", { name: "No puede ver esto" }).waitFor()
})

it("leads an administrator from the morning's verdict to the approval of a few rows, with why", async () => {
  for (const n of [41_001, 41_003, 41_005]) await journey.source.remove("enrollments", `e${n}`)
  const page = await administrator()
  const roster = page
    .getByRole("region", { name: "roster" })
    .or(page.locator("section", { hasText: "roster" }))
    .first()
  await roster.waitFor()
  await page.getByRole("button", { name: "Run Update Now" }).last().click()
  await page.getByRole("link", { name: /Review and decide/ }).waitFor({ timeout: 120_000 })
  await looksWell(page, "dashboard")
  await page.getByRole("link", { name: /Review and decide/ }).click()
  await page.getByRole("heading", { name: /^Plan roster-/ }).waitFor()
  await page.getByRole("table", { name: "Changes" }).waitFor()
  await looksWell(page, "plan")
  const boxes = page.getByRole("table", { name: "Changes" }).getByRole("checkbox")
  await boxes.first().check()
  await page.getByRole("radio", { name: /chosen changes/ }).check()
  await page.getByRole("textbox", { name: "Why it is right" }).fill("left the class on Friday")
  await page.getByRole("button", { name: "Approve" }).click()
  await page.getByText(/^Approved: [12] changes/).waitFor()
  await page.getByText(/left the class on Friday/).waitFor()
})

it("finds by id whether a person is managed, and names nobody but on purpose", async () => {
  const page = await administrator()
  await at(page, "#/audit")
  await page.getByRole("textbox").fill("0041001")
  await page.getByRole("button", { name: "Search" }).click()
  await page.locator("d2l-status-indicator", { hasText: "managed by rollbook" }).first().waitFor()
  expect(await page.textContent("main")).not.toContain("Number41001")
  await looksWell(page, "audit")
  await page.getByRole("button", { name: "Show names" }).click()
  await page
    .getByText(/Number41001/)
    .first()
    .waitFor()
  const trail = await journey.rollbook("audit", "--json")
  expect(trail.stdout).toContain("reveal in the audit log")
  for (const name of ["quarantine", "connections", "history", "access"]) {
    await at(page, `#/${name}`)
    await looksWell(page, name)
  }
})

it("switches the grade export off beside the file: a teacher is told, a command obeys, validate shows it", async () => {
  const page = await administrator()
  await at(page, "#/configuration")
  await looksWell(page, "configuration")
  await page.getByRole("textbox", { name: "Why (Grades Export)" }).fill("grades are final")
  await page.getByRole("button", { name: "Switch off" }).first().click()
  await page.getByText("Saved, and in force from now on.").waitFor()
  const teacher = await signedIn(inCourse(["see grades", "export grades"]))
  await at(teacher, `#/courses/${course}/export`)
  await teacher.getByText("Exporting is switched off").waitFor()
  const refused = await journey.rollbook("run", "grades", "--as", "o.hernandez")
  expect(refused.code).not.toBe(0)
  expect((await journey.rollbook("validate")).stderr).toMatch(
    /on_demand is switched off beside the file.*grades are final/
  )
})

it("keeps to its own origin and breaks no rule of its own", () => {
  expect(complaints).toEqual([])
})
