import chromium from "@sparticuz/chromium"
import * as Effect from "effect/Effect"
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser, chromium as driver, type Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest"
import { renderHtml } from "../../src/plan/html/page.tsx"
import { maskStep } from "../../src/plan/mask.ts"
import { samplePlanSteps } from "../../src/run/plan-steps.ts"
import { hostileName, writeManySteps } from "./many-steps.ts"

/**
 * The page of a plan with 100,000 steps, 123 of them removals, as a reader meets it in a real browser. The browser comes
 * with `npm ci`; where it does not run, ROLLBOOK_TEST_BROWSER names another Chromium. Without either these tests fail.
 */
const folder = mkdtempSync(join(tmpdir(), "rollbook-browser-"))
const file = join(folder, "plan.html")
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const approved = "approval-1 of hold-1 by dana at 2026-10-01T06:40:00.000Z: schedule change"
let browser: Browser | undefined
let page: Page
const complaints: Array<string> = []

beforeAll(async () => {
  const { plan, summary } = writeManySteps(folder, 100_000)
  const all = { actions: [], school: null, section: null, entity: null }
  const { steps, matching } = await Effect.runPromise(
    samplePlanSteps(plan, folder, all, { removals: 3000, others: 2000 })
  )
  const masked = steps.map((step) => maskStep(step, (_, field) => field === "last_name"))
  writeFileSync(
    file,
    renderHtml({ plan, summary, steps: masked, matching, narrowedTo: null, approvedSince: [approved], revealed: false })
  )
  const own = process.env["ROLLBOOK_TEST_BROWSER"]
  browser = await driver.launch({
    executablePath: own ?? (await chromium.executablePath()),
    args: own === undefined ? chromium.args : [],
    headless: true
  })
})

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  if (browser === undefined) throw new Error("there is no browser")
  complaints.length = 0
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("request", (request) => request.url().startsWith("file:") || complaints.push(request.url()))
  await page.goto(`file://${file}`)
})

const field = (label: string) => page.locator("#filter").getByLabel(label, { exact: true })
const rows = () => page.locator("#steps-body tr")
const said = () => page.getByRole("status").textContent()

it("stays below 5 MB, asks nobody for anything, and no rule of its own is broken", async () => {
  expect(statSync(file).size).toBeLessThan(5_000_000)
  expect(complaints).toEqual([])
})

it("shows what is held, then the removals, before anything else and without scrolling far", async () => {
  expect(await page.locator("main h2").allTextContents()).toEqual([
    "Held for approval",
    "Removals: 123 of 100,000 steps",
    "Approvals given",
    "Changes by entity",
    "Look closer",
    "Steps",
    "By school",
    "By course",
    "By section",
    "Quarantine",
    "Source",
    "Beside the runs before"
  ])
  await expect(page.locator("#removals-title").boundingBox()).resolves.toMatchObject({
    y: expect.toSatisfy(below(900))
  })
  expect(await page.getByRole("region", { name: "Removals one by one" }).locator("tbody tr").count()).toBe(123)
  expect(await rows().first().locator("th").textContent()).toBe("delete")
})

const below = (most: number) => (value: unknown) => typeof value === "number" && value < most

it("filters to the removals of one school, by action, by hold, by section and by word", async () => {
  expect(await said()).toMatch(/^100,000 steps match, /)
  await field("Action").selectOption("removals")
  await field("School").selectOption("school-3")
  await expect.poll(said).toBe("41 steps match, 41 of them in this page.")
  expect(await page.locator("#totals").textContent()).toBe("41 unenroll enrollment")
  expect(await rows().count()).toBe(41)
  expect(await rows().first().textContent()).toContain("Name of school-3")
  await field("Held").selectOption("no")
  await expect.poll(said).toBe("0 steps match, 0 of them in this page.")
  await page.getByRole("button", { name: "Show all" }).click()
  await field("Action").selectOption("delete")
  await expect.poll(() => rows().count()).toBe(3)
  await page.getByRole("button", { name: "Show all" }).click()
  await field("Action").selectOption("removals")
  await field("Section, by name or id").fill("1200 120 English 9")
  await expect.poll(() => rows().count()).toBe(1)
  await page.getByRole("button", { name: "Show all" }).click()
  await field("Search the steps").fill("C7/S7")
  await expect.poll(() => rows().count()).toBe(1)
})

it("narrows the tables of places along with the steps", async () => {
  const schools = page.getByRole("region", { name: "Steps per school" }).locator("tbody tr:visible")
  expect(await schools.count()).toBe(40)
  await field("School").selectOption("school-3")
  await expect.poll(() => schools.count()).toBe(1)
})

it("is worked by keyboard alone, from the address bar to the steps beyond the first hundred", async () => {
  const focused = () => page.evaluate("document.activeElement?.name || document.activeElement?.id || ''")
  const tabTo = async (name: string): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press("Tab")
      if ((await focused()) === name) return
    }
    throw new Error(`Tab does not lead to ${name}`)
  }
  await page.keyboard.press("Tab")
  expect(await page.evaluate("document.activeElement?.textContent.trim()")).toBe("Skip to the plan")
  await tabTo("action")
  await page.keyboard.type("all removals")
  await expect.poll(said).toBe("123 steps match, 123 of them in this page.")
  await tabTo("more")
  await page.keyboard.press("Enter")
  expect(await rows().count()).toBe(123)
  expect(await page.evaluate("document.activeElement?.rowIndex")).toBe(101)
})

it("shows a school's name as it is written, and never as markup", async () => {
  expect(await page.title()).toBe("Plan roster-2026-10-01-7")
  const schools = page.getByRole("region", { name: "Steps per school" })
  expect(await schools.locator("th", { hasText: hostileName }).count()).toBe(1)
  await field("School").selectOption("school-7")
  await expect.poll(() => rows().first().textContent()).toContain(hostileName)
  expect(await page.title()).toBe("Plan roster-2026-10-01-7")
})

it("shows what somebody made of a field at the target, masked where it is personal", async () => {
  await field("Search the steps").fill("nickname")
  await expect.poll(() => rows().count()).toBe(1)
  expect(await rows().locator(".fields").textContent()).toBe(
    "last_name: *** → ***, where it stands there as ***nickname: , where it stands there as <b>Ida</b>"
  )
})

it("says what was approved since, where the contents lead", async () => {
  await page.getByRole("navigation").getByRole("link", { name: "Approvals given" }).click()
  expect(await page.locator("#given li").allTextContents()).toEqual([approved])
})

it("masks names in every place", async () => {
  const text = readFileSync(file, "utf8")
  for (const name of ["Fisher", "Marlowe", "student s"]) expect(text).not.toContain(name)
  expect(text).toContain("***")
})

it("has no serious finding of axe-core, and enough contrast in the dark as well", async () => {
  // A test's own tool is let in past the page's policy by the debugger, not by a script element.
  await page.evaluate(axe)
  const serious = async (options: string): Promise<ReadonlyArray<unknown>> => {
    const found = (await page.evaluate(`axe.run({ resultTypes: ["violations"], ${options} })`)) as {
      readonly violations: ReadonlyArray<{ readonly id: string; readonly impact: string; readonly help: string }>
    }
    return found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
  }
  expect(await serious("")).toEqual([])
  await page.emulateMedia({ colorScheme: "dark" })
  expect(await serious('runOnly: ["color-contrast"]')).toEqual([])
}, 240_000)
