import chromium from "@sparticuz/chromium"
import * as Effect from "effect/Effect"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Browser, type BrowserContext, chromium as driver, type Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { rights } from "../../src/pipeline/rights.ts"
import { type Session, sessionsIn } from "../../src/service/access/session.ts"
import { gradebookOf, type GradeJourney, startGrades } from "../journeys/gradebook.ts"
import { asking } from "../journeys/serving.ts"
import { englishIn, focused, outlineOf, tabTo } from "./people.ts"

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
let servicePid: number | undefined
let stop: () => Promise<void> = async () => undefined
const complaints: Array<string> = []
let last: Page | undefined
/** The plan that was decided on. */
let plan = ""

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
  servicePid = service.process.pid
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

/** Begins a session, as a launch does; gives its id. */
const beginSession = (session: Partial<Session>): Promise<string> =>
  Effect.runPromise(
    sessionsIn(join(journey.workspace, ".rollbook", "service", "sessions")).start(
      { who: "o.hernandez", name: "Olivia Hernandez", by: "lti", rights: [], course: null, language: null, ...session },
      Date.now()
    )
  )

const bring = (context: BrowserContext, id: string): Promise<void> =>
  context.addCookies([
    { name: "__Host-rollbook", value: id, url: address.replace("http:", "https:"), secure: true, httpOnly: true }
  ])

/** A browser of somebody who is signed in. */
const signedIn = async (session: Partial<Session>): Promise<Page> => {
  const id = await beginSession(session)
  return open((context) => bring(context, id))
}

const open = async (prepare: (context: BrowserContext) => Promise<unknown>): Promise<Page> => {
  if (browser === undefined) throw new Error("there is no browser")
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US" })
  context.setDefaultTimeout(120_000)
  await prepare(context)
  const page = await context.newPage()
  last = page
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => {
    // What a test lets fail is told by the browser, too.
    if (message.type() === "error" && !/status of (?:401|403|409|503)|ERR_FAILED/.test(message.text())) {
      complaints.push(`${message.text()} ${message.location().url}`)
    }
  })
  page.on("request", (request) => request.url().startsWith(address) || complaints.push(request.url()))
  return page
}

/** Asks for a run, and stops its process as soon as it holds the state; gives its id. */
const heldUp = async (pipeline: string): Promise<number> => {
  const admin = await beginSession({ ...administrators, who: "b.admin" })
  expect((await asking(address, admin, `/api/pipelines/${pipeline}/runs`, {})).status).toBe(202)
  const note = join(journey.workspace, ".rollbook", "holder.json")
  const holder = (): number | undefined => {
    try {
      return (JSON.parse(readFileSync(note, "utf8")) as { readonly pid: number }).pid
    } catch {
      // Nobody holds it at this moment.
      return servicePid
    }
  }
  let pid = holder()
  for (; pid === undefined || pid === servicePid; pid = holder())
    await new Promise((resolve) => setTimeout(resolve, 10))
  process.kill(pid, "SIGSTOP")
  return pid
}

const administrators = { who: "a.admin", name: null, by: "oidc", rights: [...rights] } as const

const inCourse = (held: NonNullable<Session["course"]>["rights"]): Partial<Session> => ({
  course: { orgUnit: course, title: "1200 1 English 9", role: "Instructor", rights: held }
})

const at = async (page: Page, place: string): Promise<void> => {
  // Whatever page was there before is left once its title is gone.
  if (page.url().startsWith(address)) await page.evaluate("document.querySelector('h1')?.setAttribute('data-left', '')")
  await page.goto(`${address}/${place}`)
  await page.locator("h1:not([data-left])").waitFor()
  await settled(page)
}

const settled = (page: Page) => expect.poll(() => page.locator("d2l-loading-spinner").count()).toBe(0)

const outlines: Array<string> = []

/** Tables of which a part is not seen without scrolling. */
const cutTables =
  "[...document.querySelectorAll('table')].filter((table) => table.scrollWidth > table.parentElement.clientWidth + 1 || table.parentElement.scrollWidth > table.parentElement.clientWidth + 1).map((table) => table.caption.textContent)"

/** Nothing that axe finds, nothing wider than the window, at every width and in both colours; what there is, for the golden file. */
const looksWell = async (page: Page, name: string): Promise<void> => {
  outlines.push(`${name}\n${await outlineOf(page)}\n`)
  await page.evaluate(axe)
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" })
    for (const width of [320, 768, 1440]) {
      if (width === 768 && shots === undefined) continue
      await page.setViewportSize({ width, height: 900 })
      expect(await page.evaluate("document.documentElement.scrollWidth"), `${name} at ${width}`).toBe(width)
      expect(await page.evaluate(cutTables), `${name} at ${width}`).toEqual([])
      // As cards they are tables still: for whoever hears them each has its heads.
      for (const table of await page.getByRole("table").all()) {
        expect(await table.getByRole("columnheader").count(), `${name} at ${width}`).toBeGreaterThan(1)
        expect(await table.getByRole("rowheader").count(), `${name} at ${width}`).toBeGreaterThan(0)
      }
      if (shots !== undefined) {
        mkdirSync(shots, { recursive: true })
        await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`), fullPage: true })
      }
      // Each colour at one width, and each width in one colour, unless somebody looks on.
      if (shots === undefined ? (width === 320) !== (scheme === "dark") : width === 768) continue
      const found = await page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice', 'experimental'] }).then((all) => all.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | ')}`))"
      )
      expect(found, `${name}, ${scheme}, ${width}`).toEqual([])
    }
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
  await at(page, `#/courses/${course}/exports`)
  await page.getByRole("heading", { name: "Nothing was exported yet" }).waitFor()
  await looksWell(page, "exports-empty")
  await at(page, `#/courses/${course}/export`)
  await looksWell(page, "export-before")
  await page.getByText("The grade book was not read yet").first().waitFor()
  await page.getByRole("button", { name: "Export" }).click()
  await page.getByRole("heading", { name: "View All Exports" }).waitFor()
  await page
    .getByRole("row", { name: /o\.hernandez/ })
    .first()
    .waitFor()
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
  expect(await focused(page)).toMatch(/^status|Names are shown/)
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

it("lets a teacher export by the keyboard alone, for a section and a session; the second time nothing is sent", async () => {
  const page = await signedIn(inCourse(["see grades", "export grades"]))
  await journey.forgetRequests()
  await at(page, "")
  await tabTo(page, /^link "Skip to the content"/)
  await tabTo(page, /^link "Export to SIS"/)
  await page.keyboard.press("Enter")
  await expect.poll(() => focused(page)).toBe('heading "Export to SIS"')
  await settled(page)
  await tabTo(page, /^combobox "Section"/)
  await page.keyboard.press("ArrowDown")
  await tabTo(page, /^combobox "Academic Session"/)
  await page.keyboard.press("ArrowDown")
  const chosen = page.getByRole("combobox").locator("option:checked")
  expect(await chosen.allTextContents()).toEqual(["1200 1 English 9", expect.stringMatching(/Semester 1/)])
  await page.getByText("1 item goes with this export, 0 do not.").waitFor()
  await tabTo(page, /^button "Export"/)
  await page.keyboard.press("Enter")
  await expect.poll(() => focused(page)).toBe('heading "View All Exports"')
  const rows = page.getByRole("row", { name: /o\.hernandez/ })
  await expect.poll(() => rows.count()).toBe(2)
  expect(await journey.puts()).toEqual({})
  // The newest stands first.
  await tabTo(page, /^link "[A-Z][a-z]{2} \d/)
  await page.keyboard.press("Enter")
  await expect.poll(() => focused(page)).toMatch(/^heading "Export of/)
  await page.getByText("There was nothing to send").waitFor()
})

it("says which of the reasons stands against an export, and what a page may not show", async () => {
  const page = await signedIn(inCourse(["see grades"]))
  await at(page, `#/courses/${course}/export`)
  await page.getByText("your role does not have the Export Grades permission").waitFor()
  expect(await page.getByRole("button", { name: "Export" }).count()).toBe(0)
  await at(page, "#/configuration")
  await page
    .getByRole("heading", { name: "You may not see this", level: 1 })
    .or(page.getByRole("heading", { name: "You may not see this" }))
    .first()
    .waitFor()
  await looksWell(page, "forbidden")
  await at(page, "#/nowhere")
  await page.getByRole("heading", { name: "There is no such page" }).waitFor()
  const spanish = await signedIn({ ...inCourse([]), language: "es-US" })
  await spanish.goto(`${address}/`)
  await spanish.getByRole("heading", { name: "No puede ver esto" }).waitFor()
})

it("leads an administrator by the keyboard alone from the morning's verdict to the approval of a few rows; a session that is over loses nothing", async () => {
  for (const n of [41_001, 41_003, 41_005]) await journey.source.remove("enrollments", `e${n}`)
  const { stdout } = await journey.rollbook("serve", "--admin")
  const page = await open(async () => undefined)
  await page.goto((JSON.parse(stdout) as { readonly sign_in: string }).sign_in)
  await page.getByRole("heading", { name: "Dashboard" }).waitFor()
  await page.getByRole("heading", { name: "roster" }).waitFor()
  await tabTo(page, /^button "Run Update Now"/)
  await tabTo(page, /^button "Run Update Now"/)
  await page.keyboard.press("Enter")
  await page.getByRole("link", { name: /Review and decide/ }).waitFor()
  expect(await focused(page)).toMatch(/^button "Run Update Now"/)
  await looksWell(page, "dashboard")
  await tabTo(page, /^link "Review and decide/, "Shift+Tab")
  await page.keyboard.press("Enter")
  await expect.poll(() => focused(page)).toMatch(/^heading "Plan roster-/)
  const changes = page.getByRole("table", { name: "Changes" })
  await changes.waitFor()
  await page.getByText("All 6 changes wait for a decision.").waitFor()
  // Else a limit and the number behind it are read as one: "2 136".
  expect(await page.getByRole("region", { name: "Held for a decision" }).textContent()).toMatch(/; \d+ changes? waits?/)
  await looksWell(page, "plan")
  plan = (await page.getByRole("heading", { level: 1 }).textContent())?.replace("Plan ", "") ?? ""
  await tabTo(page, /^combobox "Kind of record"/)
  await page.keyboard.press("ArrowDown")
  await page.getByText("3 changes match").waitFor()
  expect(await focused(page)).toMatch(/^combobox "Kind of record"/)
  await tabTo(page, /^checkbox "Choose/)
  await page.keyboard.press("Space")
  // Whoever chooses rows means those, and is led back up to where they are approved.
  await page.getByRole("radio", { name: "The 1 chosen change", checked: true }).waitFor()
  await tabTo(page, /^button "Approve the 1 chosen change"/)
  await page.keyboard.press("Enter")
  expect(await focused(page)).toMatch(/^textbox "Why it is right"/)
  await tabTo(page, /^button "Approve"/)
  await page.keyboard.press("Enter")
  // Without a why nothing is approved, and whoever asked is put where it is wanted.
  expect(await focused(page)).toMatch(/^textbox "Why it is right"/)
  await page.getByText("Say why, in three characters or more.").waitFor()
  await tabTo(page, /^radio "The 1 chosen change"/, "Shift+Tab")
  await tabTo(page, /^textbox "Why it is right"/)
  await page.keyboard.type("left the class on Friday")
  const { who } = await page.evaluate<Session>("fetch('/api/session').then((answer) => answer.json())")
  rmSync(join(journey.workspace, ".rollbook", "service", "sessions"), { recursive: true })
  await tabTo(page, /^button "Approve"/)
  await page.keyboard.press("Enter")
  await expect.poll(() => focused(page)).toMatch(/^alertdialog "You are signed out"/)
  await looksWell(page, "session-over")
  await tabTo(page, /^button "Go on"/)
  await page.keyboard.press("Enter")
  await page.getByText("You are not signed in yet.").waitFor()
  await bring(page.context(), await beginSession({ ...administrators, who }))
  await page.keyboard.press("Enter")
  await expect.poll(() => focused(page)).toMatch(/^button "Approve"/)
  expect(await page.getByRole("textbox", { name: "Why it is right" }).inputValue()).toBe("left the class on Friday")
  // A run is at work and gives no way: it waits, and says so until it is done.
  const atWork = await heldUp("grades")
  try {
    await page.keyboard.press("Enter")
    await page.getByText(/^A run is at work: this is approved/).waitFor()
    expect(await focused(page)).toMatch(/A run is at work|status/)
  } finally {
    process.kill(atWork, "SIGCONT")
  }
  await page.getByText(/^Approved: [12] changes?/).waitFor()
  expect(await focused(page)).toMatch(/Approved|status/)
  await page.getByText(/left the class on Friday/).waitFor()
  await page.getByText(/(is|are) approved already/).waitFor()
})
it("finds by id whether a person is managed, and names nobody but on purpose", async () => {
  const page = await signedIn(administrators)
  await at(page, "#/audit")
  await looksWell(page, "audit-empty")
  await page.getByRole("textbox").fill("0041001")
  await page.getByRole("textbox").press("Enter")
  await page.locator("d2l-status-indicator", { hasText: "managed by rollbook" }).first().waitFor()
  expect(await page.textContent("main")).not.toContain("Number41001")
  // In the district's zone, as everywhere.
  expect(await page.textContent("main")).toMatch(/[AP]M C[DS]T/)
  await looksWell(page, "audit")
  await page.getByRole("button", { name: "Show names" }).click()
  await page
    .getByText(/Number41001/)
    .first()
    .waitFor()
  expect(readFileSync(join(journey.workspace, ".rollbook", "audit.ndjson"), "utf8")).toContain(
    "reveal in the audit log"
  )
  await page.getByRole("button", { name: "Hide names" }).click()
  await expect.poll(() => focused(page)).toMatch(/^button "Show names/)
  expect(await page.textContent("main")).not.toContain("Number41001")
  for (const name of ["quarantine", "connections", "history", "access"]) {
    await at(page, `#/${name}`)
    await looksWell(page, name)
  }
  await at(page, "#/quarantine")
  expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual(["grades", "roster"])
  await page.getByRole("combobox", { name: "Pipeline" }).selectOption("roster")
  await expect.poll(() => new URL(page.url()).hash).toBe("#/quarantine/roster")
  await page.reload()
  expect(await page.getByRole("combobox", { name: "Pipeline" }).inputValue()).toBe("roster")
})

it("says that it loads, and that the server does not answer, and goes on when it does", async () => {
  const page = await signedIn(administrators)
  let answer: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => (answer = resolve))
  await page.route("**/api/runs?*", async (route) => {
    await isAsked
    await route.abort()
  })
  await page.goto(`${address}/#/history`)
  await page.getByRole("status").getByText("Loading").waitFor({ state: "attached" })
  answer()
  await page.getByRole("alert").getByRole("heading", { name: "This could not be read" }).waitFor()
  await looksWell(page, "failing")
  await page.unroute("**/api/runs?*")
  await page.getByRole("button", { name: "Try again" }).click()
  await page.getByRole("table", { name: "History" }).waitFor()
})

it("obeys switches and freezes that are set beside the file: an export waits and says until when, another may not begin", async () => {
  const page = await signedIn(administrators)
  await at(page, "#/configuration")
  await looksWell(page, "configuration")
  await page.getByRole("button", { name: "Add a freeze" }).click()
  await page.getByText("A freeze needs the day on which it begins, and why.").waitFor()
  await page.getByLabel("From").fill("2020-01-01")
  await page.getByRole("textbox", { name: "Why nothing goes then" }).fill("report cards are printed")
  await page.getByRole("button", { name: "Add a freeze" }).click()
  await page.getByText("Saved, and in force from now on.").waitFor()
  expect(await focused(page)).toMatch(/Saved|status/)
  await journey.give(journey.courseOf("5001"), "Essay", journey.studentsOf("5001")[0] ?? "", 11)
  const teacher = await signedIn(inCourse(["see grades", "export grades"]))
  await at(teacher, `#/courses/${course}/export`)
  await teacher.getByRole("button", { name: "Export" }).click()
  const rows = teacher.getByRole("row", { name: /o\.hernandez/ })
  await expect.poll(() => rows.count()).toBe(3)
  await rows.first().getByRole("link").click()
  await teacher.getByRole("table", { name: "Per student" }).getByText("report cards are printed").waitFor()
  expect(await journey.sent("Essay", journey.studentsOf("5001")[0] ?? "")).toMatchObject({ score: 17 })
  await page.getByRole("button", { name: "Take away" }).click()
  await page.getByText("No freeze is set.").waitFor()
  // An export that waits for the run at work is asked about again when its turn comes.
  await at(teacher, `#/courses/${course}/export`)
  const atWork = await heldUp("grades")
  try {
    const asked = teacher.waitForResponse((answer) => answer.request().method() === "POST")
    await teacher.getByRole("button", { name: "Export" }).click()
    expect((await asked).status()).toBe(202)
    await page.getByRole("textbox", { name: "Why a switch is set" }).fill("grades are final")
    await page.getByRole("button", { name: "Switch off" }).first().click()
    await page.getByText(/set off by a\.admin/).waitFor()
  } finally {
    process.kill(atWork, "SIGCONT")
  }
  await teacher.getByText(/exporting on demand is switched off/).waitFor()
  await at(teacher, `#/courses/${course}/export`)
  await teacher.getByText("Exporting is switched off").waitFor()
})

it.each(["fr-CA", "es-US"])("says nothing in English on a page in %s, but what is data", async (language) => {
  const page = await signedIn({ ...administrators, ...inCourse(["see grades", "export grades"]), language })
  const data = ["link of root", "left the class on Friday", "grades are final", "report cards are printed"]
  const pages = [
    "dashboard",
    `plans/${plan}`,
    "audit",
    "configuration",
    "quarantine",
    "connections",
    "history",
    "access"
  ]
  const ofCourse = ["grades", "export", "exports", "cleanup"].map((name) => `courses/${course}/${name}`)
  const found: Array<string> = []
  for (const place of [...pages, ...ofCourse]) {
    await at(page, `#/${place}`)
    if (place === "audit") {
      await page.getByRole("textbox").fill("0041001")
      await page.getByRole("textbox").press("Enter")
      await page.getByRole("table").first().waitFor()
    }
    found.push(...(await englishIn(page, data)).map((text) => `${place}: ${text}`))
    if (place.endsWith("exports")) {
      await page.getByRole("table").getByRole("link").first().click()
      await page.getByRole("heading", { name: /20\d\d/ }).waitFor()
      await settled(page)
      found.push(...(await englishIn(page, data)).map((text) => `one export: ${text}`))
    }
  }
  expect(found).toEqual([])
})

it("has on every page what the accessibility tree tells of it", async () => {
  await expect(outlines.join("\n")).toMatchFileSnapshot("accessibility-tree.golden.txt")
})

it("keeps to its own origin and breaks no rule of its own", () => {
  expect(complaints).toEqual([])
})
