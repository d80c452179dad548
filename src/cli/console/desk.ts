import * as Effect from "effect/Effect"
import { join } from "node:path"
import { tell } from "../../core/told.ts"
import { Refused } from "../../service/http/contract/errors.ts"
import type { Asking, DeskService } from "../../service/http/desk.ts"
import type { ViewService } from "../../service/http/view.ts"
import { packageRoot } from "../package-root.ts"
import type { Approvals } from "./approvals.ts"
import { auditOf } from "./audit.ts"
import { configurationOf, switchOf } from "./configuration.ts"
import { cleanupOf, courseViewOf, gradebookOf, startExportOf } from "./courses.ts"
import { dashboardOf, runNowOf } from "./dashboard.ts"
import { exportsOf, oneExportOf } from "./exports.ts"
import { approveOf, reviewOf, stepsOf } from "./plans.ts"
import type { Room } from "./room.ts"
import { connectionsOf, quarantineOf } from "./systems.ts"
import { trailOf, zoneOf } from "./trail.ts"

/** Operations for the pages, each the one that the command of that name calls. */
export const deskOf = (room: Room, view: ViewService, approvals: Approvals): DeskService => ({
  pagesFolder: join(packageRoot(), "dist", "pages"),
  zone: zoneOf(room),
  trail: (limit) => trailOf(room, limit),
  dashboard: dashboardOf(room, view),
  runNow: (pipeline, by) => refusalNoted(room, by, tell("trail.run", {}), runNowOf(room, pipeline, by)),
  planReview: (plan) => reviewOf(room, approvals, plan),
  planSteps: (plan, wanted, by) => stepsOf(room, plan, wanted, by),
  // A refusal is noted when its turn comes.
  approve: (plan, wanted, by) => approveOf({ room, approvals }, plan, wanted, by),
  audit: (wanted, by) => auditOf(room, wanted, by),
  configuration: configurationOf(room),
  setSwitch: (wanted, by) =>
    refusalNoted(room, by, `set ${wanted.what} of ${wanted.pipeline}`, switchOf(room, wanted, by)),
  quarantine: (pipeline, wanted) => quarantineOf(room, pipeline, wanted),
  connections: connectionsOf(room),
  course: (course, mayExport) => courseViewOf(room, course, mayExport),
  gradebook: (course, section) => gradebookOf(room, course, section),
  startExport: (course, wanted, by) =>
    refusalNoted(room, by, `export course ${course.named}`, startExportOf(room, course, wanted, by)),
  exports: (course) => exportsOf(room, course),
  oneExport: (course, run, by) => oneExportOf(room, course, run, by),
  cleanup: (course, by) => cleanupOf(room, course, by)
})

/** Notes in the audit trail that an operation was refused as things stand, as a missing right is noted. */
const refusalNoted = <A, E>(
  room: Room,
  { who }: Asking,
  what: string,
  doing: Effect.Effect<A, E | Refused>
): Effect.Effect<A, E | Refused> =>
  Effect.tapError(doing, (error) =>
    error instanceof Refused
      ? Effect.ignore(room.note(who, tell("trail.refused", { why: error.reason }), [what]))
      : Effect.void
  )
