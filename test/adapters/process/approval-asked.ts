import type { ApprovalAsked } from "../../../src/core/ports/runner.ts"

/** An approval of all that a plan holds. */
export const asked: ApprovalAsked = {
  plan: "roster-2026-10-01-7",
  pipeline: "roster",
  holds: null,
  schools: [],
  sections: [],
  steps: [],
  by: "dana",
  why: "seen",
  at: "2026-10-01T12:00:00.000Z",
  evenUnproven: false
}
