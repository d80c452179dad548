import { expect, it } from "vitest"
import { sealPlan } from "../../src/plan/encode.ts"
import { renderPlan, renderSteps } from "../../src/plan/text.ts"
import { header, step } from "./samples.ts"

const render = (over: Parameters<typeof header>[0] = {}): string => renderPlan(sealPlan(header(over)))
const isPersonal = (_: string, field: string): boolean => ["last_name", "username"].includes(field)

it("tells a quiet night in less than a screen", () => {
  const text = render()
  expect(text.split("\n").length).toBeLessThan(24)
  expect(text).toContain("Plan roster-2026-10-01-7 of roster, as of 2026-10-01")
  expect(text).toContain("1,220 records unchanged")
  expect(text).toMatch(/users +1,225 +1,221 +1 +3 +proven/)
  expect(text).not.toContain("HELD")
})

it("says so where nothing changes", () => {
  expect(render({ counts: [], steps: { file: "steps.ndjson", count: 0, sha256: "s" } })).toContain(
    "No changes: the target stands as the source wants it."
  )
})

it("puts what is held first, with the guard's sentence", () => {
  const text = render({
    holds: [
      {
        id: "hold-1",
        guard: "gone",
        entity: "user",
        school: null,
        section: null,
        limit: 61,
        value: 600,
        steps: 600,
        say: "600 of 1221 user would be removed; 61 are allowed",
        details: ["136 of these removals are under hold-2, which comes first"]
      }
    ]
  })
  expect(text.split("\n")[2]).toBe("HELD for approval")
  expect(text).toContain("(600 steps)\n          136 of these removals are under hold-2, which comes first\n")
  expect(text).toContain('rollbook approve roster-2026-10-01-7 --all --why "…" releases what is held\n')
  expect(text).toContain("hold-1  gone: 600 of 1221 user would be removed; 61 are allowed (600 steps)")
})

it("names what speaks against a read, and what could not be known", () => {
  const [users] = header().source
  if (users === undefined) throw new Error("the sample has a source")
  const text = render({
    source: [{ ...users, proven: false, doubts: ["the end of the data was not recognised"], warnings: ["read twice"] }],
    unknown: ["whether a person stands already"]
  })
  expect(text).toContain("NOT PROVEN")
  expect(text).toContain("! users: the end of the data was not recognised")
  expect(text).toContain("users: read twice")
  expect(text).toMatch(/UNKNOWN\n {2}whether a person stands already/)
})

it("shows each field before and after, and what is personal only when asked to", () => {
  expect(renderSteps([step()], { reveal: false, isPersonal })).toBe(
    "~ update user s1: last_name changed\n    last_name: *** -> ***"
  )
  expect(renderSteps([step()], { reveal: true, isPersonal })).toBe(
    '~ update user s1 (student s1): last_name changed\n    last_name: "Fisher" -> "Marlowe"'
  )
})

it("a name with a line feed begins no line of its own, of a step as of a hold and of its details", () => {
  const named = step({ label: "English 9)\n- deactivate user s2 (Marlowe" })
  expect(renderSteps([named], { reveal: true, isPersonal }).split("\n")).toEqual([
    String.raw`~ update user s1 (English 9)\u000a- deactivate user s2 (Marlowe): last_name changed`,
    '    last_name: "Fisher" -> "Marlowe"'
  ])
  const hold = {
    id: "hold-1",
    guard: "gone" as const,
    entity: "user",
    school: null,
    section: null,
    limit: 1,
    value: 2,
    steps: 2
  }
  const text = render({ holds: [{ ...hold, say: "school A\nB loses 2", details: ["t1, who teaches C\nD"] }] })
  expect(text).toContain(String.raw`gone: school A\u000aB loses 2 (2 steps)`)
  expect(text).toContain(String.raw`          t1, who teaches C\u000aD`)
})

it("shows of a create what it sets, of a removal no fields, and the hold of either", () => {
  const create = step({
    action: "create",
    reason: "new",
    before: null,
    after: { last_name: "Marlowe", email: null },
    changed: ["last_name", "email"]
  })
  expect(renderSteps([create], { reveal: true, isPersonal })).toBe(
    '+ create user s1 (student s1): new\n    last_name: "Marlowe"'
  )
  const removal = step({ action: "deactivate", reason: "gone", after: null, changed: [], hold: "hold-2" })
  expect(renderSteps([removal], { reveal: false, isPersonal })).toBe("- deactivate user s1 [hold-2]: gone")
})

it("tells a value that was taken away from one that is empty text", () => {
  const text = renderSteps([step({ before: { email: "" }, after: { email: null }, changed: ["email"] })], {
    reveal: true,
    isPersonal
  })
  expect(text).toContain('email: "" -> (none)')
})
