import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { renderDifference, renderDifferenceMarkdown } from "../../src/plan/diff.ts"
import { diffPlans } from "../../src/history/plan-diff.ts"
import { withWarehouse } from "../tools/definitions.ts"
import { header } from "../plan/samples.ts"
import { districtWith, inWorkspace, night, plan, rosterWith, whatIf } from "../run/edited-nights.ts"
import { district } from "../run/nights.ts"

const shipped = await rosterWith()
const all = { entity: null, limit: Number.POSITIVE_INFINITY }
const masked = { reveal: false, isPersonal: (_: string, field: string) => ["last_name", "code"].includes(field) }

it("tells steps that were added, are gone or became others, with counts and the fields", async () => {
  await inWorkspace(() =>
    Effect.gen(function* () {
      yield* night(shipped, district)
      const renamed = { sourcedId: "s21", familyName: "Quibblesworth" }
      const first = yield* plan(shipped, districtWith({ users: [renamed] }, { enrollments: ["e28"] }))
      const second = yield* plan(
        shipped,
        districtWith({
          users: [
            { ...renamed, familyName: "Quibbleworth" },
            { sourcedId: "s22", familyName: "" },
            { sourcedId: "s23", givenName: "Zed" }
          ]
        })
      )
      const difference = yield* Effect.promise(() => withWarehouse(diffPlans(first, second, all)))
      const how = Object.fromEntries(difference.steps.map((one) => [`${one.entity} ${one.key}`, one.how]))
      expect(how).toMatchObject({ "user s21": "changed", "user s23": "added" })
      expect(Object.values(how).filter((one) => one === "gone").length).toBeGreaterThan(0)
      expect(difference.differing).toBe(difference.steps.length)
      const update = difference.counts.find((one) => one.entity === "user" && one.action === "update")
      expect(update).toEqual({ entity: "user", action: "update", first: 1, second: 2, added: 1, gone: 0, changed: 1 })
      expect(difference.quarantine).toContainEqual({ entity: "user", rule: "no-last-name", first: 0, second: 1 })
      for (const text of [renderDifference(difference, masked), renderDifferenceMarkdown(difference, masked)]) {
        expect(text).toContain("last_name: *** -> ***")
        expect(text).not.toContain("Quibble")
      }
      expect(renderDifference(difference, { ...masked, reveal: true })).toContain(
        '~ update user s21: changed at the source: last_name\n    last_name: "Quibblesworth" -> "Quibbleworth"'
      )
      expect(renderDifferenceMarkdown(difference, masked)).toContain("| user | update | 1 | 2 |  | 1 | 1 |")
      const narrowed = yield* Effect.promise(() =>
        withWarehouse(diffPlans(first, second, { entity: "user", limit: 1 }))
      )
      expect(narrowed.steps).toHaveLength(1)
      expect(narrowed.differing).toBe(2)
    })
  )
})

it("of a plan with itself there is none, and a what-if is called one", async () => {
  await inWorkspace(() =>
    Effect.gen(function* () {
      const made = yield* plan(shipped, district)
      const tried = yield* whatIf(shipped, "last")
      const difference = yield* Effect.promise(() => withWarehouse(diffPlans(made, tried, all)))
      expect(difference).toMatchObject({ counts: [], quarantine: [], differing: 0, steps: [] })
      const text = renderDifference(difference, masked)
      expect(text).toContain("The two plans hold the same steps.")
      expect(text).toContain("a what-if over the rows of run 1")
    })
  )
})

it("Markdown stays Markdown, whatever a record is called", () => {
  const text = renderDifferenceMarkdown(
    {
      first: { ...header(), content_hash: "a" },
      second: { ...header(), content_hash: "b" },
      counts: [],
      quarantine: [{ entity: "user", rule: "a|b <script>", first: 0, second: 1 }],
      differing: 1,
      steps: [
        {
          entity: "section",
          key: "1",
          how: "added",
          first: null,
          second: { action: "create", reason: "```\n# pwned", hold: null, before: null, after: {} },
          fields: []
        }
      ]
    },
    masked
  )
  expect(text).toContain("user: a\\|b &lt;script>")
  expect(text).toContain("````diff")
})
