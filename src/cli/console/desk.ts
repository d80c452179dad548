import { join } from "node:path"
import type { DeskService } from "../../service/http/desk.ts"
import type { ViewService } from "../../service/http/view.ts"
import { packageRoot } from "../package-root.ts"
import { auditOf } from "./audit.ts"
import { configurationOf, switchOf } from "./configuration.ts"
import { cleanupOf, courseViewOf, gradebookOf, startExportOf } from "./courses.ts"
import { dashboardOf, runNowOf } from "./dashboard.ts"
import { exportsOf, oneExportOf } from "./exports.ts"
import { approveOf, reviewOf, stepsOf } from "./plans.ts"
import type { Room } from "./room.ts"
import { connectionsOf, quarantineOf } from "./systems.ts"
import { trailOf, zoneOf } from "./trail.ts"

/** What is done for the pages, each by the operation that the command of that name calls. */
export const deskOf = (room: Room, view: ViewService): DeskService => ({
  pagesFolder: join(packageRoot(), "dist", "pages"),
  zone: zoneOf(room),
  trail: (limit) => trailOf(room, limit),
  dashboard: dashboardOf(room, view),
  runNow: (pipeline, by) => runNowOf(room, pipeline, by),
  planReview: (plan) => reviewOf(room, plan),
  planSteps: (plan, wanted, by) => stepsOf(room, plan, wanted, by),
  approve: (plan, wanted, by) => approveOf(room, plan, wanted, by),
  audit: (wanted, by) => auditOf(room, wanted, by),
  configuration: configurationOf(room),
  setSwitch: (wanted, by) => switchOf(room, wanted, by),
  quarantine: (pipeline, wanted) => quarantineOf(room, pipeline, wanted),
  connections: connectionsOf(room),
  course: (course, mayExport) => courseViewOf(room, course, mayExport),
  gradebook: (course, section) => gradebookOf(room, course, section),
  startExport: (course, wanted, by) => startExportOf(room, course, wanted, by),
  exports: (course) => exportsOf(room, course),
  oneExport: (course, run, by) => oneExportOf(room, course, run, by),
  cleanup: (course, by) => cleanupOf(room, course, by)
})
