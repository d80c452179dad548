import { describe, expect, it } from "vitest"
import { sealPlan } from "../../src/plan/encode.ts"
import { renderHtml } from "../../src/plan/html/page.tsx"
import { renderMarkdown } from "../../src/plan/markdown.ts"
import type { PlanHeader } from "../../src/plan/plan.ts"
import { renderPlan } from "../../src/plan/text.ts"
import { header } from "./samples.ts"

const empty = { counts: [], steps: { file: "steps.ndjson", count: 0, sha256: "s" } }

/** A plan as text, as Markdown and as a page. */
const rendered = (over: Partial<PlanHeader>) => {
  const plan = sealPlan(header(over))
  const report = { plan, summary: null, steps: [], matching: 0, filteredTo: null, approvedSince: [], revealed: false }
  return { text: renderPlan(plan), markdown: renderMarkdown(report), html: renderHtml(report) }
}

const renderers = ["text", "markdown", "html"] as const

describe.each(renderers)("%s", (form) => {
  it("of a plan of everything without steps says that the target stands as wanted", () => {
    const said = rendered(empty)[form]
    expect(said).toContain("No changes: the target stands as the source wants it.")
    expect(said).not.toContain("ONLY")
  })

  it("of a plan without steps says what stands only because it is in quarantine", () => {
    const counts = header().counts.map((count) => ({ ...count, actions: {}, quarantined: 1588 }))
    const said = rendered({ ...empty, counts })[form]
    expect(said).toContain("No changes: what is not in quarantine stands as the source wants it.")
    expect(said).toContain("1,588 records that stand are in quarantine and stay as they are")
    expect(rendered({ counts })[form]).toContain("1,588 records that stand are in quarantine and stay as they are")
  })

  it("of a plan without steps says that not all stands as wanted, where what is new is in quarantine", () => {
    const quarantine = [{ dataset: "users", entity: "user", rule: "no-last-name", rows: 1 }]
    const said = rendered({ ...empty, quarantine })[form]
    expect(said).toContain("No changes: what is not in quarantine stands as the source wants it.")
    expect(said).not.toContain("in quarantine and stay")
  })

  it("of an undo without steps says that nothing can be taken back, and not what would follow", () => {
    const said = rendered({ ...empty, undo: { run: 6, plan: "roster-2026-10-01-5", not_undone: [] } })[form]
    expect(said).toContain("No changes: nothing can be taken back.")
    expect(said).not.toContain("stands as the source wants")
    expect(said).not.toContain("would do it all again")
  })

  it("of a narrowed plan says to what, and claims nothing of the rest", () => {
    const part = { entities: ["user"], schools: [], sections: ["5024", "Art 1"], sessions: [] }
    const said = rendered({ ...empty, part })[form]
    expect(said).toContain("ONLY entity user, section 5024 or Art 1: nothing else was looked at")
    expect(said).toContain("No changes of entity user, section 5024 or Art 1.")
    for (const claim of ["stands as the source wants", "Nothing is", "records unchanged"]) {
      expect(said).not.toContain(claim)
    }
  })

  it("of a narrowed plan counts nothing of the rest: not what stands unchanged, in quarantine, or is not sent", () => {
    const part = { entities: [], schools: [], sections: ["5024"], sessions: [] }
    const rest = {
      quarantine: [{ entity: "user", rule: "no-last-name", rows: 7777 }],
      skipped: [{ entity: "user", rule: "duplicate-person", rows: 8888, say: "another record is the account" }],
      warnings: [{ entity: "user", rule: "student-without-number", rows: 9999, say: "the student has no number" }]
    }
    const counts = header().counts.map((count) => ({ ...count, unchanged: 6666 }))
    const whole = rendered({ ...rest, counts })[form]
    const said = rendered({ ...rest, counts, part })[form]
    for (const count of ["6,666", "7,777", "8,888", "9,999"]) {
      expect(whole).toContain(count)
      expect(said).not.toContain(count)
    }
  })
})
