import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type ExportRecord, listExports } from "../../gradebook/exports.ts"
import { pageOfSteps } from "../../history/step-index.ts"
import { listSent, type SentStep } from "../../history/sent.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { isWrittenAs } from "../../pipeline/serving.ts"
import type { AskedRun } from "../../service/asked.ts"
import type { PlanStep } from "../../plan/plan.ts"
import type { Exports, ExportView, OneExport, StudentResult } from "../../service/http/contract/courses.ts"
import { type Busy, NotFound, type Refused } from "../../service/http/contract/errors.ts"
import { told as tellAs, toldOrNull } from "../../service/http/contract/told.ts"
import type { Asking, CourseMeant } from "../../service/http/desk.ts"
import { discreet, discretionOf } from "../sent-report.ts"
import { knowing, type KnownCourse } from "./courses.ts"
import { askedView, isTold, progressOf } from "./dashboard.ts"
import { openPlanOf } from "./opened-plans.ts"
import type { Room } from "./room.ts"
import { tell } from "../../core/told.ts"

const mostListed = 50
const mostResults = 1_000

/** The exports of a course, newest first, and what was asked for and has not ended, or has just now. */
export const exportsOf = (room: Room, course: CourseMeant): Effect.Effect<Exports, NotFound | Refused | Busy> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const known = yield* knowing(room, course)
    const isOfCourse = ({ pipeline, sections }: AskedRun): boolean =>
      known.some((one) => one.definition.name === pipeline && sections.some((section) => sectionsOf(one).has(section)))
    const asked = room.live.asked.all().filter((one) => isOfCourse(one) && isTold(one, now))
    const records = yield* Effect.forEach(known, (one) => recordsOf(room, one))
    return {
      under_way: asked.map((one) => {
        const isAtWork = one.ended === null && one.begunAt !== null
        const progress = isAtWork ? progressOf(room, one.id, one.begunAt) : null
        const { done = null, stage = null, total = null } = progress ?? {}
        return { ...askedView(one), stage, done, total }
      }),
      exports: known
        .flatMap(({ definition }, at) => (records[at] ?? []).map((one) => viewOf(definition, one)))
        .toSorted((one, other) => other.run - one.run)
        .slice(0, mostListed)
    }
  })

const sectionsOf = ({ classes }: KnownCourse): ReadonlySet<string> => new Set(classes.map(({ section }) => section))

/** The exports that had to do with a class of the course, each with the figures of its classes together. */
const recordsOf = (room: Room, { classes, definition }: KnownCourse) => {
  const sections = classes.map(({ section }) => section)
  return room.read(
    `exports of ${JSON.stringify(sections)} in ${definition.name}`,
    listExports(definition, sections, mostListed),
    []
  )
}

const viewOf = (definition: Definition, { failed, persons, run, sent, stopped }: ExportRecord): ExportView => ({
  run: run.run,
  pipeline: run.pipeline,
  started_at: run.startedAt,
  ended_at: run.endedAt,
  by: run.askedBy,
  outcome: run.outcome,
  students: persons,
  items: sum(definition, sent, true),
  scores: sum(definition, sent, false),
  errors: failed,
  stopped
})

const sum = (definition: Definition, sent: ExportRecord["sent"], areItems: boolean): number =>
  definition.load.entities
    .filter((load) => isWrittenAs(definition, load, "assignment") === areItems)
    .reduce((total, { entity }) => total + (sent[entity] ?? 0), 0)

/** One export of a course: what was sent, what failed, and what waits, with why and until when. */
export const oneExportOf = (
  room: Room,
  course: CourseMeant,
  run: number,
  { reveals, who }: Asking
): Effect.Effect<OneExport, NotFound | Refused | Busy> =>
  Effect.gen(function* () {
    const records = yield* Effect.forEach(yield* knowing(room, course), (known) =>
      Effect.map(recordsOf(room, known), (all) => all.map((found) => ({ known, found })))
    )
    const record = records.flat().find(({ found }) => found.run.run === run)
    if (record === undefined) return yield* new NotFound({ message: "there is no such export of this course" })
    const { found, known } = record
    const { definition } = known
    const sections = sectionsOf(known)
    if (reveals) yield* room.note(who, tell("trail.reveal-export", {}), [`run ${run}`])
    const discretion = discretionOf(definition, reveals)
    const plan = found.run.plan === null ? null : yield* Effect.option(openPlanOf(room, found.run.plan))
    const opened = plan?._tag === "Some" ? plan.value : null
    const none = { steps: [], matching: 0 }
    // The plan's knowledge beside what was sent; none of a plan that is no longer kept.
    const planned =
      opened === null
        ? none
        : yield* Effect.orElseSucceed(
            Effect.flatMap(room.steps.get(opened), (index) =>
              pageOfSteps(
                index,
                {
                  ofKind: ({ hold, section }) =>
                    section !== null && sections.has(section) && (hold !== null || "by what it says"),
                  isWanted: isEdited,
                  texts: [],
                  offset: 0,
                  limit: mostResults
                },
                `held or edited in ${[...sections].join()}`
              )
            ),
            () => none
          )
    const applied =
      found.run.plan === null
        ? []
        : yield* room.read(
            `sent by ${run} of ${JSON.stringify([...sections])}`,
            Effect.forEach(known.classes, ({ section }) =>
              listSent(definition, run, found.run.plan ?? "", { ...everything, section, limit: mostResults })
            ),
            []
          )
    const sent = applied.flatMap(({ steps }) => steps)
    const edited = new Set(planned.steps.flatMap((one) => (isEdited(one) ? [nameOf(one)] : [])))
    const told = sent.map((step) => ({
      shown: discreet(step, discretion),
      isScore: step.person !== null,
      result: resultOf(step, definition),
      isEdited: edited.has(nameOf(step))
    }))
    const holds = new Map((opened?.plan.holds ?? []).map((hold) => [hold.id, hold.say]))
    // A step that was held when the plan was made, and approved since, was sent.
    const gone = new Set(sent.map(nameOf))
    const waiting = planned.steps.filter((step) => step.hold !== null && !gone.has(nameOf(step)))
    return {
      ...viewOf(definition, found),
      course: known.classes[0]?.name ?? null,
      results: [
        ...told.flatMap((one) => (one.isScore ? [scoreOf(one.shown, one.result, one.isEdited)] : [])),
        ...waiting.flatMap((step) => {
          const person = personOf(definition, step)
          if (person === null) return []
          const why = holds.get(step.hold ?? "") ?? tell("item.waits-approval", {})
          return [
            {
              student: reveals ? person : null,
              item: null,
              score: step.after?.["score"] ?? null,
              state: "waiting" as const,
              why: tellAs(why),
              until: opened?.plan.expires_at ?? null,
              changed_in_sis: isEdited(step)
            }
          ]
        })
      ],
      item_results: told.flatMap(({ isScore, result, shown }) =>
        isScore ? [] : [{ item: shown.label, action: shown.action, state: result.state, why: result.why }]
      ),
      more: [planned, ...applied].reduce((sum, { matching, steps }) => sum + matching - steps.length, 0),
      contact: room.contact
    }
  })

const everything = { entity: null, school: null, outcome: null }

const nameOf = ({ entity, key }: Pick<SentStep, "entity" | "key">): string => `${entity}:${key}`

const isEdited = ({ edited }: PlanStep): boolean => edited !== null

const personOf = (definition: Definition, step: PlanStep): string | null => {
  const field = definition.load.entities.find(({ entity }) => entity === step.entity)?.person ?? null
  return field === null ? null : ((step.after ?? step.before)?.[field] ?? null)
}

/** How a step ended; what a freeze stopped waits until that ends, where it does. */
const resultOf = (step: SentStep, { load }: Definition): Pick<StudentResult, "state" | "why" | "until"> => {
  switch (step.outcome) {
    case "done":
      return { state: step.wrote ? "sent" : "stood so", why: null, until: null }
    case "failed":
      return {
        state: "failed",
        why: toldOrNull([step.reason, step.detail].filter((one) => one !== null).join(": ") || null),
        until: null
      }
    case "stopped":
      return {
        state: "waiting",
        why: toldOrNull(step.detail),
        until: load.gates.freezes.find((freeze) => freeze.say === step.detail)?.until ?? null
      }
  }
}

const scoreOf = (
  shown: SentStep,
  result: Pick<StudentResult, "state" | "why" | "until">,
  changedInSis: boolean
): StudentResult => ({
  student: shown.personName ?? (shown.person === "***" ? null : shown.person),
  item: shown.of?.label ?? null,
  score: shown.fields?.["score"] ?? shown.fields?.["score_status"] ?? null,
  ...result,
  changed_in_sis: changedInSis
})
