import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { parse } from "yaml"
import { layer as warehouseLayer } from "../../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../../src/adapters/journal/journal.ts"
import { wholePlan } from "../../../src/core/plan-part.ts"
import type { Definition } from "../../../src/pipeline/definition.ts"
import { loadDefinition } from "../../../src/pipeline/load-definition.ts"
import { renderPlan, renderSteps } from "../../../src/plan/text.ts"
import { Warehouse } from "../../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../../src/run/apply.ts"
import { makePlan } from "../../../src/run/make-plan.ts"
import { readPlanSteps } from "../../../src/history/plan-steps.ts"
import { skippedTable } from "../../../src/state/skipped.ts"
import { emptyEnvironment, gradeOffer } from "../../tools/definitions.ts"
import { emptySis, memorySis } from "../../memory/sis.ts"
import { memoryGradebooks } from "../../memory/source.ts"
import { standAtTarget } from "../../tools/stand-at-target.ts"
import { roster, rowsOf, type TeacherCourse, type TeacherItem } from "./teacher.ts"
import { oneThread } from "../../tools/one-thread.ts"
import { anyRow, plain } from "../../tools/plain-sql.ts"

/**
 * Each folder is a story of nights: what a teacher did before each, its plan as people read it, and the requests that
 * went to the SIS. `npx vitest run test/cases/grades -u` writes them anew; read what changed before you keep it.
 */
interface Night {
  readonly say: string
  /** Day of the run; 1 October 2026, and one day more for every night, when left out. */
  readonly as_of?: string
  /** What a teacher made or changed, merged over the items of the same id; scores are merged by student. */
  readonly items?: ReadonlyArray<TeacherItem>
  /** Ids of items that were deleted. */
  readonly gone?: ReadonlyArray<number>
  readonly course?: TeacherCourse
  /** Org units and records that cannot be read, or with a dataset before them, in that one alone. */
  readonly unread?: ReadonlyArray<string>
  /** As `unread`: what is not asked for, because the minutes are over. */
  readonly late?: ReadonlyArray<string>
  /** What somebody changes in the SIS by hand, by entity and key; null: takes away. */
  readonly by_hand?: Readonly<Record<string, Readonly<Record<string, string | null>> | null>>
  /** What the SIS refuses, by key, with its words. */
  readonly refused?: Readonly<Record<string, string>>
}

interface Story {
  readonly say: string
  /** Text of the shipped pipeline that is replaced. */
  readonly pipeline?: Readonly<Record<string, string>>
  readonly nights: ReadonlyArray<Night>
}

const folder = new URL(".", import.meta.url).pathname
const pipelines = new URL("../../../pipelines", import.meta.url).pathname
/** To read a pipeline takes longer than a night. */
const loaded = new Map<string, Promise<Definition>>()
const load = (path: string): Promise<Definition> => {
  const found =
    loaded.get(path) ??
    Effect.runPromise(Effect.map(loadDefinition(path, path, gradeOffer, emptyEnvironment), (one) => one.definition))
  loaded.set(path, found)
  return found
}
const rosterDefinition = load(join(pipelines, "roster.yaml"))

const stories = readdirSync(folder).filter((name) => existsSync(join(folder, name, "story.yaml")))

it.each(stories)("%s", async (name) => {
  const story = parse(readFileSync(join(folder, name, "story.yaml"), "utf8")) as Story
  const home = mkdtempSync(join(tmpdir(), "rollbook-grade-case-"))
  const file = story.pipeline === undefined ? join(pipelines, "grades.yaml") : withChanges(home, story.pipeline)
  const sis = emptySis()
  let items: ReadonlyArray<TeacherItem> = []
  let about: TeacherCourse = {}
  let night: Night | undefined
  let now = ""
  const state = Layer.mergeAll(
    warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
    journalLayer(join(home, "journal")),
    memorySis("America/Chicago", sis),
    memoryGradebooks(
      () => rowsOf(items, about, now),
      () => night?.unread ?? [],
      [],
      () => night?.late ?? []
    )
  )
  const told: Array<string> = [story.say.trim()]
  await Effect.runPromise(
    Effect.gen(function* () {
      const definition = yield* Effect.promise(() => load(file))
      yield* standAtTarget(yield* Effect.promise(() => rosterDefinition), roster)
      for (const [index, each] of story.nights.entries()) {
        night = each
        items = merged(items, each)
        about = { ...about, ...each.course }
        sis.refused = each.refused ?? {}
        for (const [record, fields] of Object.entries(each.by_hand ?? {})) {
          if (fields === null) sis.records.delete(record)
          else {
            const [resource = ""] = record.split(":")
            sis.records.set(record, { resource, fields: { ...sis.records.get(record)?.fields, ...fields } })
          }
        }
        const asOf = each.as_of ?? `2026-10-${String(index + 1).padStart(2, "0")}`
        now = `${asOf}T09:00:00.000Z`
        const clock = { asOf, now }
        const quiet = { stage: () => undefined, read: () => undefined }
        const made = yield* makePlan({ definition, clock, part: wholePlan, progress: quiet })
        const all = { actions: [], school: null, section: null, entity: null, limit: 200 }
        const { steps } = yield* readPlanSteps(made.plan, made.folder, all)
        const skipped = yield* (yield* Warehouse).rows(
          plain(`SELECT key, say FROM ${skippedTable("grades")} WHERE entity = 'line_item' ORDER BY key`),
          anyRow
        )
        sis.puts.length = 0
        const applied = yield* applyPlan({
          id: made.plan.plan_id,
          definition,
          now,
          part: wholePlan,
          extent: "everything",
          onProgress: () => undefined
        })
        const { done, failed, stopped } = applied.execution
        told.push(
          `═══ ${each.say.trim()}`,
          `${renderPlan(made.plan)}${renderSteps(steps, { reveal: true, isPersonal: () => false })}`.trim(),
          ...(skipped.length === 0
            ? []
            : [skipped.map((one) => `${String(one["key"])} does not go: ${String(one["say"])}`).join("\n")]),
          [`─── ${done} done, ${failed} failed, ${stopped} stopped`, ...sis.puts.toSorted()].join("\n")
        )
      }
    }).pipe(Effect.provide(state))
  ).finally(() => rmSync(home, { recursive: true, force: true }))
  await expect(`${told.join("\n\n")}\n`).toMatchFileSnapshot(join(folder, name, "nights.golden.txt"))
})

/** The shipped pipelines in a folder of their own, with what the story has otherwise. */
const withChanges = (home: string, changes: Readonly<Record<string, string>>): string => {
  cpSync(pipelines, join(home, "pipelines"), { recursive: true })
  const file = join(home, "pipelines", "grades.yaml")
  const text = Object.entries(changes).reduce(
    (left, [from, to]) => {
      if (!left.includes(from)) throw new Error(`grades.yaml does not hold: ${from}`)
      return left.replaceAll(from, to)
    },
    readFileSync(file, "utf8")
  )
  writeFileSync(file, text)
  return file
}

const merged = (items: ReadonlyArray<TeacherItem>, night: Night): ReadonlyArray<TeacherItem> => {
  const byId = new Map(items.map((item) => [item.id, item]))
  for (const item of night.items ?? []) {
    const before = byId.get(item.id)
    byId.set(item.id, { ...before, ...item, scores: { ...before?.scores, ...item.scores } })
  }
  for (const id of night.gone ?? []) byId.delete(id)
  return [...byId.values()]
}
