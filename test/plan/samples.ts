import type { PlanHeader, PlanStep } from "../../src/plan/plan.ts"

/** A plan of a quiet night: one name changed, nothing held. */
export const header = (over: Partial<PlanHeader> = {}): PlanHeader => ({
  format_version: 1,
  plan_id: "roster-2026-10-01-7",
  pipeline: "roster",
  run: 7,
  created_at: "2026-10-01T07:00:00.000Z",
  expires_at: "2026-10-02T07:00:00.000Z",
  as_of: "2026-10-01",
  definition_hash: "d",
  definition_pieces: {},
  ledger_version: 3,
  undo: null,
  source: [
    {
      dataset: "users",
      proven: true,
      doubts: [],
      rows: 1225,
      pages: 1,
      requests: 1,
      totalAtStart: 1225,
      totalAtEnd: 1225,
      endRecognisedBy: "total_reached",
      duplicates: 0,
      warnings: [],
      became: 1221,
      quarantined: 3,
      unwanted: 1
    }
  ],
  counts: [
    {
      entity: "user",
      resource: "user",
      actions: { update: 1 },
      held: 0,
      implied: 0,
      desired: 1221,
      present: 1221,
      unchanged: 1220,
      covered: 0,
      keptThoughGone: 0
    }
  ],
  guards: {},
  people: {
    withoutStudents: null,
    withoutClass: null,
    withoutClassPerSchool: null,
    guardiansPerStudent: null,
    studentsPerGuardian: null
  },
  holds: [],
  approvals: [],
  warnings: [],
  quarantine: [],
  skipped: [],
  gates: [],
  unknown: [],
  steps: { file: "steps.ndjson", count: 1, sha256: "s" },
  ...over
})

export const step = (over: Partial<PlanStep> = {}): PlanStep => ({
  seq: 1,
  phase: 0,
  entity: "user",
  key: "s1",
  previous_key: null,
  action: "update",
  reason: "last_name changed",
  label: "student s1",
  school: null,
  section: null,
  remote_id: "100",
  before: { last_name: "Fisher", username: "ida" },
  after: { last_name: "Marlowe", username: "ida" },
  changed: ["last_name"],
  implied_by: null,
  hold: null,
  edited: null,
  gate: null,
  approval: null,
  ...over
})
