import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Warehouse, WarehouseError } from "../../core/ports/warehouse.ts"
import { classesOfCourse, type ManagedClass } from "../../extract/used-classes.ts"
import { listCleanup } from "../../gradebook/cleanup.ts"
import { type GradeItems, listItems, momentNow } from "../../gradebook/grade-items.ts"
import { notManaged } from "../../gradebook/on-demand.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { dueAfter } from "../../service/due.ts"
import type { Cleanup, Course, ExportWanted, Gradebook } from "../../service/http/contract/courses.ts"
import { type Busy, NotFound, refused } from "../../service/http/contract/errors.ts"
import { told, toldOrNull } from "../../service/http/contract/told.ts"
import type { Asking, DeskService } from "../../service/http/desk.ts"
import { discreetCleanup } from "../cleanup-text.ts"
import { askedView } from "./dashboard.ts"
import type { Room } from "./room.ts"
import { tell } from "../../core/told.ts"

/** A course that rollbook manages, with the grade books of its classes. */
export interface KnownCourse {
  readonly definition: Definition
  /** None where rollbook manages none. */
  readonly classes: ReadonlyArray<ManagedClass>
}

const noExport = new NotFound({ message: "no pipeline of this workspace takes grades to the SIS" })

export const courseOf = (room: Room, course: string): Effect.Effect<KnownCourse, NotFound | Busy> =>
  Effect.gen(function* () {
    const definition = yield* room.exporting
    if (definition === null) return yield* noExport
    const classes = yield* room.read(`classes of ${course}`, classesOfCourse(definition, course), [])
    return { definition, classes }
  })

/** The grade book of a class, kept for a minute of the clock: freezes begin and end. */
const itemsOf = (room: Room, definition: Definition, managed: ManagedClass) =>
  Effect.gen(function* () {
    const moment = yield* momentNow(definition)
    const items: Effect.Effect<GradeItems | null, WarehouseError, Warehouse> = listItems(definition, managed, moment)
    return yield* room.read(`items of ${managed.section} at ${moment}`, items, null)
  })

export const courseViewOf = (room: Room, course: string, mayExport: boolean): Effect.Effect<Course, NotFound | Busy> =>
  Effect.gen(function* () {
    const { classes, definition } = yield* courseOf(room, course)
    const books = yield* Effect.forEach(classes, (one) => itemsOf(room, definition, one))
    const sessions = books.flatMap((book) => (book?.items ?? []).flatMap(({ session }) => session ?? []))
    const job = room.live.jobs.find((one) => one.pipeline === definition.name)
    const due = job === undefined ? null : dueAfter(job.pattern, yield* Clock.currentTimeMillis)
    const gates = definition.load.gates
    const reason = !mayExport
      ? ("NoPermission" as const)
      : !gates.onDemand
        ? ("SwitchedOff" as const)
        : classes.length === 0
          ? ("NotManaged" as const)
          : null
    return {
      course,
      name: classes[0]?.name ?? null,
      zone: definition.timezone,
      sections: classes.map(({ name, section }) => ({ section, name: name ?? section })),
      sessions: [...new Set(sessions)].toSorted(),
      scheduled_export: due !== null,
      next: due === null ? null : new Date(due).toISOString(),
      unavailable: reason,
      contact: room.contact
    }
  })

export const gradebookOf = (
  room: Room,
  course: string,
  section: string | null
): Effect.Effect<Gradebook, NotFound | Busy> =>
  Effect.gen(function* () {
    const { classes, definition } = yield* courseOf(room, course)
    const managed = section === null ? classes[0] : classes.find((one) => one.section === section)
    const book = managed === undefined ? null : yield* itemsOf(room, definition, managed)
    if (managed === undefined || book === null) {
      return yield* new NotFound({ message: "no such section of this course is managed by rollbook" })
    }
    return {
      section: managed.section,
      name: managed.name,
      read_at: book.readAt,
      categories: book.categories.map(({ isExported, name }) => ({ name, is_exported: isExported })),
      items: book.items.map((item) => ({
        id: item.id,
        name: item.name,
        category: item.category,
        session: item.session,
        due_date: item.dueDate,
        known_at: item.knownAt,
        goes: item.goes,
        reason: toldOrNull(item.reason),
        last_sent_at: item.lastSentAt,
        last_problem: toldOrNull(item.lastProblem)
      }))
    }
  })

/** Asks for an export, as `rollbook run --only` carries it out; it goes beside whatever run is at work, as `takingIn` says. */
export const startExportOf = (
  room: Room,
  course: string,
  { section, session }: ExportWanted,
  { asker, who }: Asking
): ReturnType<DeskService["startExport"]> =>
  Effect.gen(function* () {
    const { classes, definition } = yield* courseOf(room, course)
    if (!definition.load.gates.onDemand) {
      return yield* refused("SwitchedOff", tell("refused.export-off", {}))
    }
    const chosen = classes.filter((one) => section === null || one.section === section)
    if (chosen.length === 0) {
      const { message } = notManaged(definition, section === null ? "this course" : "that name")
      return yield* refused("NotManaged", message)
    }
    yield* room.note(
      who,
      tell("trail.export", {}),
      chosen.map((one) => `section ${one.section}`)
    )
    const asked = yield* room.live.asked.ask({
      pipeline: definition.name,
      by: who,
      asker,
      orgUnit: course,
      sections: chosen.map((one) => one.section),
      sessions: session === null ? [] : [session]
    })
    yield* room.live.wake
    return askedView(asked)
  })

/** Clean-up to be done by hand, as the last run left it; the SIS is not asked. */
export const cleanupOf = (
  room: Room,
  course: string,
  { reveals, who }: Asking
): Effect.Effect<Cleanup, NotFound | Busy> =>
  Effect.gen(function* () {
    const { classes, definition } = yield* courseOf(room, course)
    const sections = new Set(classes.map((one) => one.section))
    const all = (yield* room.read(`cleanup of ${definition.name}`, listCleanup(definition), null)) ?? []
    const mine = all.filter((entry) => sections.has(entry.section))
    if (reveals)
      yield* room.note(
        who,
        tell("trail.reveal-cleanup", {}),
        [...sections].map((one) => `section ${one}`)
      )
    return {
      entries: (reveals ? mine : mine.map(discreetCleanup)).map((entry) => ({
        reason: entry.reason,
        say: told(entry.say),
        section: entry.section,
        title: entry.title,
        assignment: entry.assignment,
        students: entry.students.map(({ id }) => id)
      }))
    }
  })
