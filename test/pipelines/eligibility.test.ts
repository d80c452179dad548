import * as Effect from "effect/Effect"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { parseDocument } from "yaml"
import { gradebookCollections } from "../../src/adapters/brightspace/gradebook/contracts.ts"
import { gradebookResources } from "../../src/adapters/oneroster/gradebook/contracts.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { runPipelineTests } from "../../src/run/test-pipeline.ts"
import { emptyEnvironment, offer as rosterOffer, withWarehouse } from "../tools/definitions.ts"

// Four engines, one after the other, on a machine that others use too.
const pipelines = new URL("../../pipelines/", import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), "rollbook-eligibility-"))
cpSync(pipelines, folder, { recursive: true })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const offer = {
  collections: new Map([...rosterOffer.collections, ...gradebookCollections]),
  resources: new Map([...rosterOffer.resources, ...gradebookResources])
}

const page = readFileSync(join(pipelines, "eligibility.md"), "utf8")
const snippet = (name: string): unknown => {
  const text = new RegExp(`\`\`\`yaml ${name}\n([^]*?)\`\`\``).exec(page)?.[1]
  if (text === undefined) throw new Error(`eligibility.md has no snippet ${name}`)
  return Object.values(parseDocument(text).toJS() as Record<string, unknown>)[0]
}

/** The shipped pipeline with one of the page's ways, and a test of what it sends. */
const withWay = async (way: string, given: Record<string, unknown>, tables: Record<string, unknown> = {}) => {
  const document = parseDocument(readFileSync(join(pipelines, "grades.yaml"), "utf8"))
  document.deleteIn(["extract", "datasets", "item_settings"])
  document.deleteIn(["extract", "datasets", "category_settings"])
  document.deleteIn(["extract", "tables", "settings_read"])
  document.deleteIn(["extract", "tables", "categories_read"])
  document.setIn(["extract", "datasets", "exemptions"], document.createNode(snippet("dataset")))
  for (const [name, table] of Object.entries(tables)) {
    document.setIn(["extract", "tables", name], document.createNode(table))
  }
  document.setIn(["transform", "entities", "chosen"], document.createNode(snippet(way)))
  document.set("tests", [])
  document.setIn(
    ["tests"],
    document.createNode([
      {
        name: way,
        as_of: "2026-10-01",
        given: { ...common, ...given },
        expect: { line_item: [{ key: "6702/1", title: "Essay 1", session: "301", due_date: "2026-12-31" }] }
      }
    ])
  )
  const file = join(folder, "grades.yaml")
  writeFileSync(file, document.toString())
  const { definition } = await Effect.runPromise(loadDefinition(file, "grades.yaml", offer, emptyEnvironment))
  const contracts = new Map([...gradebookCollections, ...definition.used])
  return withWarehouse(runPipelineTests(definition, contracts, new Date("2026-10-01T12:00:00Z")))
}

const item = (id: string, more: Record<string, unknown>) => ({
  RecordId: `6702/${id}`,
  OrgUnitId: "6702",
  Id: id,
  GradeType: "Numeric",
  MaxPoints: 20,
  CategoryId: "7",
  ...more
})
const common = {
  "roster.course_offering": [
    { key: "5001", remote_id: "6702", label: "1200 1 English 9", name: "1200 1 English 9", semester: "semester:301" }
  ],
  "roster.semester": [
    {
      key: "301",
      remote_id: "6700",
      label: "Semester 1",
      code: "S1 2027",
      start_date: "2026-08-01",
      end_date: "2026-12-31"
    },
    {
      key: "302",
      remote_id: "6701",
      label: "Semester 2",
      code: "S2 2027",
      start_date: "2027-01-01",
      end_date: "2027-07-31"
    }
  ],
  courses: [{ RecordId: "6702", OrgUnitId: "6702", IsActive: true }],
  categories: [
    { RecordId: "6702/7", OrgUnitId: "6702", Id: "7", Name: "Homework", ShortName: "HW [SIS]" },
    { RecordId: "6702/8", OrgUnitId: "6702", Id: "8", Name: "Practice", ShortName: "" }
  ]
}

it("course-term sends what is in a category on the list, for the term of the course", async () => {
  const [report] = await withWay("course-term", {
    items: [item("1", { Name: "Essay 1" }), item("2", { Name: "Warm-up", CategoryId: "8" })]
  })
  expect(report?.differences).toEqual([])
})

it("marker sends what carries the code of a session, in a category that carries the mark", async () => {
  const [report] = await withWay("marker", {
    items: [
      item("1", { Name: "Essay 1", ShortName: "S1 2027" }),
      item("2", { Name: "Unmarked" }),
      item("3", { Name: "Warm-up", ShortName: "301", CategoryId: "8" })
    ]
  })
  expect(report?.differences).toEqual([])
})

it("mapping file sends what a line names", async () => {
  writeFileSync(join(folder, "items.csv"), "course,item,session\n1200,Essay%,301\n")
  const table = { items_to_send: snippet("table") }
  const [report] = await withWay(
    "mapping-file",
    {
      items: [item("1", { Name: "Essay 1" }), item("2", { Name: "Quiz" })],
      items_to_send: [
        { course: "1200", item: "Essay%", session: "301" },
        { course: "1200", item: "%say%", session: "302" },
        { course: "120", item: "Quiz", session: "301" }
      ]
    },
    table
  )
  expect(report?.differences).toEqual([])
})

it("state sends what somebody chose, and nothing else", async () => {
  const [report] = await withWay("state", {
    items: [item("1", { Name: "Essay 1" }), item("2", { Name: "Quiz" }), item("3", { Name: "Lab" })],
    choices: [
      { key: "6702/1", choice: "send" },
      { key: "6702/3", choice: "keep" }
    ]
  })
  expect(report?.differences).toEqual([])
})
