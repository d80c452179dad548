import { expect, it } from "vitest"
import { isPlanId, planIdOf, undoPlanIdOf } from "../../src/core/plan-id.ts"

it.each([
  planIdOf("roster", "2026-10-01", 7),
  planIdOf("grades_2", "2026-02-29", 1_000_000),
  undoPlanIdOf("roster", 7, 8),
  planIdOf("r".repeat(63), "2026-10-01", 999_999_999),
  "roster.v2-2026-10-01-7",
  "roster-night-2026-10-01-7"
])("takes %s for the name of a plan", (id) => expect(isPlanId(id)).toBe(true))

it.each([
  "",
  "..",
  "7",
  "roster",
  "roster-2026-10-01",
  "roster-2026-10-01-7/../../x",
  "..-2026-10-01-7",
  ".roster-2026-10-01-7",
  "a/b-2026-10-01-7",
  "a\\b-2026-10-01-7",
  "roster-2026-10-01-7\n",
  "roster-2026-10-01-7.journal",
  "roster\0-2026-10-01-7",
  `${"r".repeat(300)}-2026-10-01-7`
])("takes %j for none", (id) => expect(isPlanId(id)).toBe(false))
