import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Asker } from "../access/asker.ts"
import type { Trail } from "./contract/access.ts"
import type {
  AuditFound,
  AuditWanted,
  Configuration,
  ConnectionView,
  PipelineConfiguration,
  Quarantine,
  SwitchWanted
} from "./contract/administration.ts"
import type { Cleanup, Course, Exports, ExportWanted, Gradebook, OneExport } from "./contract/courses.ts"
import type { Busy, NotFound, Refused } from "./contract/errors.ts"
import type {
  ApprovalGiven,
  ApprovalWaiting,
  ApprovalWanted,
  PlanReview,
  StepPage,
  StepsWanted
} from "./contract/plans.ts"
import type { AskedView, Dashboard } from "./contract/runs.ts"

type Answer<A, E = never> = Effect.Effect<A, E | NotFound | Busy>

/**
 * The person who asks, as history and audit trail name them, and whether they are to see names; that they may is
 * decided before.
 */
export interface Asking {
  readonly who: string
  readonly reveals: boolean
  /** By which they are asked about again where what they ask for waits. */
  readonly asker: Asker
}

/** A course that somebody asks about. */
export interface CourseMeant {
  /** As the address has it: its id in the learning platform, or that with the connection that leads there before it. */
  readonly named: string
  /** Connection of the platform that launched them, whose ids they speak in; null where none did. */
  readonly launchedFrom: string | null
}

/** Operations for the pages of the console: each by what carries out the command of that name. */
export interface DeskService {
  /** Folder of the bundled pages. */
  readonly pagesFolder: string
  /** IANA name of the district's time zone. */
  readonly zone: Answer<string>
  readonly trail: (limit: number) => Answer<Trail>
  readonly dashboard: Answer<Dashboard>
  readonly runNow: (pipeline: string, by: Asking) => Answer<AskedView, Refused>
  readonly planReview: (plan: string) => Answer<PlanReview>
  readonly planSteps: (plan: string, wanted: StepsWanted, by: Asking) => Answer<StepPage>
  readonly approve: (
    plan: string,
    wanted: ApprovalWanted,
    by: Asking
  ) => Answer<ApprovalGiven | ApprovalWaiting, Refused>
  readonly audit: (wanted: AuditWanted, by: Asking) => Answer<AuditFound>
  readonly configuration: Answer<Configuration>
  readonly setSwitch: (wanted: SwitchWanted, by: Asking) => Answer<PipelineConfiguration, Refused>
  readonly quarantine: (pipeline: string, wanted: QuarantineWanted) => Answer<Quarantine>
  readonly connections: Answer<ReadonlyArray<ConnectionView>>
  /** `mayExport`: whether whoever asks has the right for it in this course. */
  readonly course: (course: CourseMeant, mayExport: boolean) => Answer<Course, Refused>
  readonly gradebook: (course: CourseMeant, section: string | null) => Answer<Gradebook, Refused>
  readonly startExport: (course: CourseMeant, wanted: ExportWanted, by: Asking) => Answer<AskedView, Refused>
  readonly exports: (course: CourseMeant) => Answer<Exports, Refused>
  readonly oneExport: (course: CourseMeant, run: number, by: Asking) => Answer<OneExport, Refused>
  readonly cleanup: (course: CourseMeant, by: Asking) => Answer<Cleanup, Refused>
}

export interface QuarantineWanted {
  readonly entity: string | null
  readonly rule: string | null
  readonly offset: number
  readonly limit: number
}

export class Desk extends Context.Tag("rollbook/Desk")<Desk, DeskService>() {}
