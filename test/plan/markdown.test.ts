import { expect, it } from "vitest"
import { renderMarkdown } from "../../src/plan/markdown.ts"
import { sealPlan } from "../../src/plan/encode.ts"
import type { PlanReport } from "../../src/plan/report.ts"
import { header, step } from "./samples.ts"

const report = (over: Partial<PlanReport> = {}): PlanReport => ({
  plan: sealPlan(header()),
  summary: null,
  steps: [step()],
  matching: 1,
  filteredTo: null,
  approvedSince: [],
  revealed: false,
  ...over
})

const removals = (count: number, entity = "enrollment") =>
  Array.from({ length: count }, (_, nth) =>
    step({ entity, key: `${entity}-${nth}`, action: "unenroll", after: null, changed: [], reason: "gone", label: null })
  )

const losing = sealPlan(
  header({
    steps: { file: "steps.ndjson", count: 100_000, sha256: "s" },
    counts: header().counts.map((count) => ({ ...count, actions: { create: 99_877, unenroll: 123 } })),
    holds: [
      {
        id: "hold-1",
        guard: "per_school",
        entity: "enrollment",
        school: "7",
        section: null,
        limit: 10,
        value: 123,
        steps: 123,
        say: "school Oak would lose 123 of 500 enrollment; 10 are allowed"
      }
    ]
  })
)

it("says what is held, then what is removed, then the rest", () => {
  const text = renderMarkdown(report({ plan: losing, steps: [...removals(123), step()] }))
  const headings = text.split("\n").filter((line) => line.startsWith("#"))
  expect(headings).toEqual([
    "# Plan roster-2026-10-01-7",
    "## What happens",
    "## Held for approval",
    "### per school: 123 steps",
    "## Removals: 123 of 100,000 steps",
    "## Changes",
    "## Some of the other steps",
    "## Source"
  ])
  expect(text).toContain("123 of 100,000 steps wait for approval; the other 99,877 go on.")
  expect(text).toContain('`rollbook approve roster-2026-10-01-7 --all --why "…"`')
  expect(text).toContain("`enrollment-0`")
  expect(text).toContain("and 73 more removals")
})

it("leaves room for rare removals among frequent ones", () => {
  const text = renderMarkdown(report({ plan: losing, steps: [...removals(120), ...removals(3, "section")] }))
  for (const key of ["`section-0`", "`section-2`", "`enrollment-46`"]) expect(text).toContain(key)
  expect(text).not.toContain("`enrollment-47`")
})

it("never lets a name be markup, a table's edge, or a call to somebody", () => {
  const name = "<script>x</script> | **Oak** @team [a](http://b)"
  const summary = {
    changes: [{ school: "7", entity: "user", action: "update", steps: 1, held: 0 }],
    schools: [{ id: "7", name }],
    courses: [],
    coursesTouched: 0,
    sections: [],
    sectionsTouched: 0,
    runs: []
  }
  const text = renderMarkdown(report({ summary }))
  const row = text.split("\n").find((line) => line.startsWith("|") && line.includes("Oak"))
  expect(text).toContain(String.raw`- \<script>x\</script> | \*\*Oak\*\*`)
  expect(row).toContain(String.raw`\<script>x\</script> \| \*\*Oak\*\*`)
  for (const line of [row, text]) {
    expect(line).not.toContain("@team")
    expect(line).not.toContain("[a](")
  }
})

it("shows each field before and after", () => {
  expect(renderMarkdown(report())).toContain("last_name: `Fisher` → `Marlowe`")
})

it("says to what it is filtered", () => {
  const text = renderMarkdown(report({ plan: losing, steps: removals(2), matching: 2, filteredTo: "school 7" }))
  expect(text).toContain("Only school 7:")
  expect(text).not.toContain("more removals")
})

it("tells of closed gates before the counts, and of what is not sent", () => {
  const plan = sealPlan(
    header({
      gates: [{ gate: "freeze", say: "report cards are printed", steps: 4 }],
      skipped: [{ entity: "score", rule: "no-item", rows: 2, say: "the item is not linked" }]
    })
  )
  const text = renderMarkdown(report({ plan }))
  expect(text.indexOf("report cards are printed (4 steps)")).toBeGreaterThan(0)
  expect(text.indexOf("report cards are printed (4 steps)")).toBeLessThan(text.indexOf("## Changes"))
  expect(text).toContain("the item is not linked")
})

it("shows what somebody made of a field at the target, and what stops a step", () => {
  const edited = step({ edited: { last_name: "Fisher-Hall", email: null }, hold: "hold-1", gate: "freeze" })
  const text = renderMarkdown(report({ steps: [edited] }))
  expect(text).toContain("`Fisher` → `Marlowe`, where it stands there as `Fisher-Hall`")
  expect(text).toContain("where it stands there as (none)")
  expect(text).toContain("hold-1, stopped: freeze")
})

it("says what was approved since the plan was made, and nothing where nobody did", () => {
  const said = "approval-1 of hold-1 by dana at 2026-10-01T06:40:00.000Z: schedule change"
  expect(renderMarkdown(report({ approvedSince: [said] }))).toContain(`## Approvals given\n\n- ${said}\n`)
  expect(renderMarkdown(report())).not.toContain("Approvals given")
})

it("shows control characters of a name instead of sending them on", () => {
  const hostile = step({ action: "delete", after: null, label: "Art\u001b[31m \u202e1", reason: "\u009bgone" })
  const text = renderMarkdown(report({ plan: losing, steps: [hostile] }))
  expect(text).toContain("Art\\u001b[31m \\u202e1")
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u)
})
