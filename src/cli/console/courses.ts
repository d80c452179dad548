import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Warehouse, WarehouseError } from "../../core/ports/warehouse.ts"
import { knowsSession } from "../../extract/known-sessions.ts"
import { classesOfCourse, type ManagedClass } from "../../extract/used-classes.ts"
import { listCleanup } from "../../gradebook/cleanup.ts"
import { type GradeItems, listItems, momentNow, readingOf } from "../../gradebook/grade-items.ts"
import { notManaged } from "../../gradebook/on-demand.ts"
import { asOneBook, thoseTaking } from "../../gradebook/several-books.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { dueAfter } from "../../service/due.ts"
import type { Cleanup, Course, ExportWanted, Gradebook } from "../../service/http/contract/courses.ts"
import { type Busy, NotFound, type Refused, refused } from "../../service/http/contract/errors.ts"
import { told, toldOrNull } from "../../service/http/contract/told.ts"
import type { Asking, CourseMeant, DeskService } from "../../service/http/desk.ts"
import { discreetCleanup } from "../cleanup-text.ts"
import { askedView } from "./dashboard.ts"
import type { Room } from "./room.ts"
import { tell } from "../../core/told.ts"

/** A course as one pipeline that takes grades to the SIS knows it. */
export interface KnownCourse {
  readonly definition: Definition
  /** None where rollbook manages none. */
  readonly classes: ReadonlyArray<ManagedClass>
}

/** One pipeline, and further ones where a course is shared. */
export type KnownCourses = readonly [KnownCourse, ...ReadonlyArray<KnownCourse>]

const noExport = new NotFound({ message: "no pipeline of this workspace takes grades to the SIS" })

/** A course in one learning platform. */
interface PlacedCourse {
  /** Its id there. */
  readonly orgUnit: string
  /** The pipelines that read grade books there. */
  readonly exporting: ReadonlyArray<Definition>
  /** Whether it is of the platform that launched whoever asks, where one did. */
  readonly isOwn: boolean
}

/**
 * The learning platform that is meant: that of the connection which the address names, or else the one that launched whoever asks, or
 * the only one. Ids of one name other courses in another.
 */
const placed = (
  room: Room,
  { launchedFrom, named }: CourseMeant
): Effect.Effect<PlacedCourse, NotFound | Refused | Busy> =>
  Effect.gen(function* () {
    const all = yield* room.exporting
    if (all.length === 0) return yield* noExport
    const installation = yield* room.installation
    const [, written = "", id = ""] = /^([^:]+):(.+)$/s.exec(named) ?? []
    const isWritten = all.some(({ source }) => installation(source) === installation(written))
    const connection = isWritten ? written : launchedFrom
    const orgUnit = isWritten ? id : named
    if (connection === null) {
      const sources = new Map(all.map(({ source }) => [installation(source), source]))
      if (sources.size < 2) return { orgUnit, exporting: all, isOwn: true }
      const names = [...sources.values()].toSorted()
      const given = { connections: names.join(", "), example: `${names[0]}:ID` }
      return yield* refused("WhichPlatform", tell("refused.which-platform", given))
    }
    return {
      orgUnit,
      exporting: all.filter(({ source }) => installation(source) === installation(connection)),
      isOwn: launchedFrom === null || installation(launchedFrom) === installation(connection)
    }
  })

/** The pipelines that know the classes of a course, whose exports may have had to do with it. */
export const knowing = (
  room: Room,
  course: CourseMeant
): Effect.Effect<ReadonlyArray<KnownCourse>, NotFound | Refused | Busy> =>
  Effect.flatMap(placed(room, course), (place) => knowingOf(room, place))

const knowingOf = (room: Room, { exporting, orgUnit }: PlacedCourse) =>
  Effect.map(
    Effect.forEach(exporting, (definition) =>
      Effect.map(
        room.read(`classes of ${orgUnit} in ${definition.name}`, classesOfCourse(definition, orgUnit), []),
        (classes): KnownCourse => ({ definition, classes })
      )
    ),
    (all) => all.filter(({ classes }) => classes.length > 0)
  )

/**
 * The pipelines that take the grades of a course; all of the workspace where none knows it, for what there is to say then.
 */
const coursesOf = (room: Room, place: PlacedCourse): Effect.Effect<KnownCourses, NotFound | Busy> =>
  Effect.gen(function* () {
    const taking = yield* thoseTaking(yield* knowingOf(room, place), ({ definition }) =>
      room.read(`whether ${definition.name} has read ${place.orgUnit}`, readingOf(definition, place.orgUnit), "never")
    )
    const [first, ...others] =
      taking.length > 0 ? taking : (yield* room.exporting).map((definition) => ({ definition, classes: [] }))
    return first === undefined ? yield* noExport : [first, ...others]
  })

/** The grade book of a class, kept for a minute of the clock: freezes begin and end. */
const itemsOf = (room: Room, definition: Definition, managed: ManagedClass) =>
  Effect.gen(function* () {
    const moment = yield* momentNow(definition)
    const items: Effect.Effect<GradeItems | null, WarehouseError, Warehouse> = listItems(definition, managed, moment)
    return yield* room.read(`items of ${managed.section} in ${definition.name} at ${moment}`, items, null)
  })

/** Titles that items of classes carry. */
const sessionsOf = (room: Room, { classes, definition }: KnownCourse) =>
  Effect.map(
    Effect.forEach(classes, (one) => itemsOf(room, definition, one)),
    (books) => books.flatMap((book) => (book?.items ?? []).flatMap(({ session }) => session ?? []))
  )

/** Sections of a course, each once, by name. */
const sectionsOf = (known: ReadonlyArray<KnownCourse>): Course["sections"] => [
  ...new Map(
    known.flatMap(({ classes }) => classes.map(({ name, section }) => [section, { section, name: name ?? section }]))
  ).values()
]

export const courseViewOf = (
  room: Room,
  course: CourseMeant,
  mayExport: boolean
): Effect.Effect<Course, NotFound | Refused | Busy> =>
  Effect.gen(function* () {
    const known = yield* coursesOf(room, yield* placed(room, course))
    const [{ classes, definition }] = known
    const sessions = yield* Effect.forEach(known, (one) => sessionsOf(room, one))
    const jobs = room.live.jobs.filter(({ pipeline }) => known.some((one) => one.definition.name === pipeline))
    const now = yield* Clock.currentTimeMillis
    const due = jobs.flatMap(({ pattern }) => dueAfter(pattern, now) ?? [])
    const reason = !mayExport
      ? ("NoPermission" as const)
      : !known.some(isOnDemand)
        ? ("SwitchedOff" as const)
        : classes.length === 0
          ? ("NotManaged" as const)
          : null
    return {
      course: course.named,
      name: classes[0]?.name ?? null,
      zone: definition.timezone,
      sections: sectionsOf(known),
      sessions: [...new Set(sessions.flat())].toSorted(),
      scheduled_export: due.length > 0,
      next: due.length === 0 ? null : new Date(Math.min(...due)).toISOString(),
      unavailable: reason,
      contact: room.contact
    }
  })

const isOnDemand = ({ definition }: KnownCourse): boolean => definition.load.gates.onDemand

export const gradebookOf = (
  room: Room,
  course: CourseMeant,
  section: string | null
): Effect.Effect<Gradebook, NotFound | Refused | Busy> =>
  Effect.gen(function* () {
    const known = yield* coursesOf(room, yield* placed(room, course))
    const wanted = section ?? known[0].classes[0]?.section
    const found = known.flatMap(({ classes, definition }) =>
      classes.flatMap((one) => (one.section === wanted ? [{ definition, managed: one }] : []))
    )
    const books = yield* Effect.forEach(found, ({ definition, managed: one }) => itemsOf(room, definition, one))
    const managed = found[0]?.managed
    const book = asOneBook(books.flatMap((one) => one ?? []))
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

/**
 * Asks for an export, as `rollbook run --only` carries it out; it goes beside whatever run is at work, as `takingIn` says. Whoever
 * presses the button means the whole course: each pipeline that takes it is asked.
 */
export const startExportOf = (
  room: Room,
  course: CourseMeant,
  { section, session }: ExportWanted,
  { asker, who }: Asking
): ReturnType<DeskService["startExport"]> =>
  Effect.gen(function* () {
    const place = yield* placed(room, course)
    const known = yield* coursesOf(room, place)
    const open = known.filter(isOnDemand)
    if (open.length === 0) {
      return yield* refused("SwitchedOff", tell("refused.export-off", {}))
    }
    const chosen = open.flatMap(({ classes, definition }) => {
      const some = classes.filter((one) => section === null || one.section === section)
      return some.length === 0 ? [] : [{ definition, classes: some }]
    })
    const isKnown = yield* Effect.forEach(chosen, ({ definition }) =>
      session === null
        ? Effect.succeed(true)
        : room.read(`whether ${definition.name} knows ${session}`, knowsSession(definition, session), false)
    )
    // A session that none knows may be told by what the runs read, or they say so.
    const [first, ...others] = isKnown.includes(true) ? chosen.filter((_, at) => isKnown[at]) : chosen
    if (first === undefined) {
      const { message } = notManaged(known[0].definition, section === null ? "this course" : "that name")
      return yield* refused("NotManaged", message)
    }
    yield* room.note(
      who,
      tell("trail.export", {}),
      sectionsOf(chosen).map((one) => `section ${one.section}`)
    )
    const ask = ({ classes, definition }: KnownCourse, refused: string | null = null) =>
      room.live.asked.ask(
        {
          pipeline: definition.name,
          by: who,
          asker,
          // A role in the course of that id is one in another course, where it is another platform's.
          ...(place.isOwn && { orgUnit: place.orgUnit }),
          sections: classes.map((one) => one.section),
          sessions: session === null ? [] : [session]
        },
        refused
      )
    const asked = yield* ask(first)
    yield* Effect.forEach(chosen, (one) => {
      if (one === first) return Effect.void
      if (others.includes(one)) return ask(one)
      return ask(one, tell("refused.session-unknown", { pipeline: one.definition.name, session: session ?? "" }))
    })
    yield* room.live.wake
    return askedView(asked)
  })

/** Clean-up to be done by hand, as the last run left it; the SIS is not asked. */
export const cleanupOf = (
  room: Room,
  course: CourseMeant,
  { reveals, who }: Asking
): Effect.Effect<Cleanup, NotFound | Refused | Busy> =>
  Effect.gen(function* () {
    const known = yield* knowing(room, course)
    const listed = yield* Effect.forEach(known, ({ classes, definition }) =>
      Effect.map(room.read(`cleanup of ${definition.name}`, listCleanup(definition), null), (all) =>
        (all ?? []).filter((entry) => classes.some(({ section }) => section === entry.section))
      )
    )
    const mine = listed.flat()
    if (reveals)
      yield* room.note(
        who,
        tell("trail.reveal-cleanup", {}),
        sectionsOf(known).map((one) => `section ${one.section}`)
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
