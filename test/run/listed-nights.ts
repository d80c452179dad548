import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gradebookSourceLayer } from "../../src/adapters/brightspace/gradebook/source.ts"
import type { BrightspaceConnection } from "../../src/adapters/brightspace/settings.ts"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { type PlanPart, wholePlan } from "../../src/core/plan-part.ts"
import { Source } from "../../src/core/ports/source.ts"
import { Text, Warehouse } from "../../src/core/ports/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import type { Completeness } from "../../src/extract/completeness.ts"
import { readSource } from "../../src/extract/read-source.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import type { Sandbox } from "../../src/sandbox/sandbox.ts"
import { memorySis } from "../memory/sis.ts"
import { controlOf } from "../sandbox/grade-rehearsal.ts"
import { connectionTo, seedCourse } from "../sandbox/rehearsal.ts"
import { oneThread } from "../tools/one-thread.ts"
import { standAtTarget } from "../tools/stand-at-target.ts"
import type { Pipelines } from "./grade-nights.ts"

/** Nights of grades out of the stand-in of Brightspace, by its routes alone and by its data sets. */

/** Org units and people of the two courses, as the stand-in numbers them. Ada is in both. */
export const [course, other] = ["6702", "6704"]
export const people: Readonly<Record<string, string>> = { "77": "30001", "78": "30002", "79": "30004" }

/** Two courses with a category that goes to the SIS. */
export const seedCourses = async (sandbox: Sandbox): Promise<void> => {
  const categories = [{ name: "Tests", exportToSis: true }]
  await seedCourse(sandbox, { categories })
  const more = {
    orgUnits: [
      { type: "Course Offering", name: "English 10", code: "E2", parents: ["T1", "S1"] },
      { type: "Section", name: "English 10", code: "E2", parents: ["E2"] }
    ],
    users: [{ orgDefinedId: "79", userName: "dee", firstName: "Dee", lastName: "Lund", role: "Student" }],
    enrollments: ["77", "79"].map((user) => ({ user, orgUnit: "E2", role: "Student" })),
    gradebook: { course: "E2", categories }
  }
  const seeded = await controlOf(() => sandbox)("/sandbox/seed", "POST", more)
  if (seeded.status !== 204) throw new Error(seeded.text)
}

const offering = (key: string, remote_id: string) => ({
  key,
  remote_id,
  label: `class ${key}`,
  _school: "s1",
  _section: key,
  term_end: "2026-12-31"
})

const seat = (section: string, person: string) => ({
  key: `${section}/s${person}`,
  org_unit: `course_offering:${section}`,
  user: `user:s${person}`,
  remote_id: `e-${section}-${person}`,
  role: "Student"
})

const roster = {
  course_offering: [offering("c1", course), offering("c2", other)],
  semester: [{ key: "t1", remote_id: "6700", label: "Autumn", start_date: "2026-08-01", end_date: "2026-12-31" }],
  user: Object.entries(people).map(([person, remote_id]) => ({ key: `s${person}`, remote_id, label: `s${person}` })),
  enrollment: [seat("c1", "77"), seat("c1", "78"), seat("c2", "77"), seat("c2", "79")]
}

/** The scores as a run knows them, and how they were read. */
export interface ListedRead {
  /** Points by the key of a score, of items that are there; as they are sent, to four digits. */
  readonly points: Readonly<Record<string, number>>
  /** Everything that is sent of them. */
  readonly rows: ReadonlyArray<string>
  readonly how: Completeness
}

export interface Workspace {
  /** Reads the grade books, and goes no further. */
  readonly read: (now: string, part?: PlanPart) => Promise<ListedRead>
  /** Plans, applies, and gives the steps as they stand in the file of the plan. */
  readonly night: (now: string) => Promise<string>
  readonly end: () => Promise<void>
}

const Scored = Schema.Struct({ key: Text, points: Schema.Number, row: Text })

/** A state of its own that reads the stand-in; with `askAfterHours` by data sets. */
export const workspaceOf = async (
  home: string,
  sandbox: Sandbox,
  pipelines: Pipelines,
  askAfterHours: number | null,
  over: Partial<BrightspaceConnection> = {}
): Promise<Workspace> => {
  const connection = connectionTo(sandbox, {
    ...(askAfterHours === null ? {} : { dataSets: { scores: { askAfterHours } } }),
    ...over
  })
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(
      warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
      journalLayer(join(home, "journal")),
      memorySis("America/Chicago"),
      gradebookSourceLayer(connection, "America/Chicago")
    )
  )
  await runtime.runPromise(standAtTarget(pipelines.roster, roster))
  const clockOf = (now: string) => ({ asOf: now.slice(0, 10), now })
  const { grades } = pipelines
  return {
    read: (now, part = wholePlan) =>
      runtime.runPromise(
        Effect.gen(function* () {
          const contracts = new Map([...(yield* Source).contracts, ...grades.used])
          const clock = clockOf(now)
          const read = yield* readSource({ definition: grades, contracts, clock, part, onProgress: () => undefined })
          const scored = yield* (yield* Warehouse).rows(
            sql`SELECT value.RecordId AS key, round(PointsNumerator, 4) AS points,
  to_json({k: value.RecordId, p: round(PointsNumerator, 4), o: PointsDenominator, c: Comments, m: LastModified, r: ReleasedDate})::VARCHAR AS row
FROM dataset_values AS value SEMI JOIN dataset_items AS item ON item.RecordId = value.OrgUnitId || '/' || value.GradeObjectId
WHERE PointsNumerator IS NOT NULL ORDER BY key`,
            Scored
          )
          const how = read.find(({ proof }) => proof.dataset === "values")
          if (how === undefined) throw new Error("no scores were read")
          return {
            points: Object.fromEntries(scored.map(({ key, points }) => [key, points])),
            rows: scored.map(({ row }) => row),
            how
          }
        })
      ),
    night: (now) =>
      runtime.runPromise(
        Effect.gen(function* () {
          const planned = { definition: grades, clock: clockOf(now), part: wholePlan }
          const progress = { stage: () => undefined, read: () => undefined }
          const { folder, plan } = yield* makePlan({ ...planned, progress })
          const extent = "everything"
          yield* applyPlan({ ...planned, id: plan.plan_id, now, extent, onProgress: () => undefined, askedBy: null })
          return readFileSync(join(folder, "steps.ndjson"), "utf8")
        })
      ),
    end: () => runtime.dispose()
  }
}
