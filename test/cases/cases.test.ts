import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { parse } from "yaml"
import { brightspaceResources } from "../../src/adapters/brightspace/contracts.ts"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import type { PlanAction } from "../../src/plan/plan.ts"
import { renderPlan, renderSteps } from "../../src/plan/text.ts"
import type { ExistingRecord } from "../../src/core/ports/target.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { type ApprovalRequest, approvePlan } from "../../src/run/approve.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import type { MadePlan } from "../../src/run/write-plan.ts"
import { readPlanSteps } from "../../src/history/plan-steps.ts"
import { makeUndo } from "../../src/run/undo.ts"
import { load } from "../tools/definitions.ts"
import { firstNight } from "../run/nights.ts"
import { memorySource, type Rows, type Tampered } from "../memory/source.ts"
import { emptyTarget } from "../memory/target.ts"
import { memoryTenant, tenantIn } from "../memory/tenant.ts"
import { oneThread } from "../tools/one-thread.ts"

interface Happening {
  /** Records to add or replace, by dataset; a record is replaced by merging what is given over it. */
  readonly then?: Rows
  /** Ids that vanish, by dataset. */
  readonly gone?: Readonly<Record<string, ReadonlyArray<string>>>
  /** So many new people: students who land in one class, or guardians of one student. */
  readonly crowd?: { readonly people: number; readonly in_class?: string; readonly guardians_of?: string }
}

/**
 * Each folder is a story: what happens at the source after the first night, and the plan of the night after, as people
 * read it. `npx vitest run -u test/cases` writes golden plans anew; read what changed before you keep it.
 */
interface Story extends Happening {
  readonly say: string
  readonly read?: Tampered
  /** What stands in Brightspace before the first night, by resource. */
  readonly existing?: Readonly<Record<string, ReadonlyArray<ExistingRecord>>>
  /** What somebody in Brightspace made of the fields of all records of a resource, before the second night. */
  readonly edited?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What Brightspace shows on the night of the story, where that is not what stood there before. */
  readonly found?: Readonly<Record<string, ReadonlyArray<ExistingRecord>>>
  /** Nights between the first one and that of the story, each on its own, planned and carried out. */
  readonly nights?: ReadonlyArray<Happening>
  /** Texts of the pipeline and what stands in their place: limits that a district of ten people can reach. */
  readonly limits?: Readonly<Record<string, string>>
  /** Texts of the pipeline that somebody edits before the night of the story. */
  readonly edit?: Readonly<Record<string, string>>
  readonly cascading?: string
  readonly as_of?: string
  /** The plan of the first night is the story. */
  readonly first?: boolean
  /** That plan is approved whole, and then this happens besides; the story is the plan of the run after. */
  readonly approved?: Happening
  /** That plan is carried out; the story is the plan that takes it back. */
  readonly undone?: boolean
  /** Only steps with these actions are listed. */
  readonly show?: ReadonlyArray<PlanAction>
}

const folder = new URL(".", import.meta.url).pathname
const district = parse(readFileSync(join(folder, "district.yaml"), "utf8")) as Rows
const pipeline = new URL("../../pipelines/roster.yaml", import.meta.url).pathname

const approval: ApprovalRequest = {
  holds: null,
  schools: [],
  sections: [],
  steps: [],
  approvedBy: "registrar",
  why: "schedule change",
  expiresAt: null,
  evenUnproven: false
}

const after = (story: Happening, before: Rows = district): Rows => crowded(changed(story, before), story.crowd)

const crowded = (rows: Rows, crowd: Happening["crowd"]): Rows => {
  if (crowd === undefined) return rows
  const people = Array.from({ length: crowd.people }, (_, index) => {
    const id = `x${10_000 + index}`
    const name = { username: id, givenName: "Kim", familyName: id, identifier: id }
    return crowd.guardians_of === undefined
      ? { sourcedId: id, status: "active", ...name, role: "student", orgs: ["s1"] }
      : { sourcedId: id, status: "active", ...name, role: "guardian", orgs: ["d1"], agents: [crowd.guardians_of] }
  })
  const places =
    crowd.in_class === undefined
      ? []
      : people.map(({ sourcedId }) => ({
          sourcedId: `e-${sourcedId}`,
          status: "active",
          user: sourcedId,
          class: crowd.in_class,
          school: "s1",
          role: "student"
        }))
  return {
    ...rows,
    users: [...(rows["users"] ?? []), ...people],
    enrollments: [...(rows["enrollments"] ?? []), ...places]
  }
}

const changed = (story: Happening, before: Rows): Rows =>
  Object.fromEntries(
    Object.entries(before).map(([dataset, rows]) => {
      const gone = new Set(story.gone?.[dataset] ?? [])
      const changes = new Map((story.then?.[dataset] ?? []).map((row) => [row["sourcedId"], row]))
      const kept = rows
        .filter((row) => !gone.has(String(row["sourcedId"])))
        .map((row) => ({ ...row, ...changes.get(row["sourcedId"]) }))
      const known = new Set(rows.map((row) => row["sourcedId"]))
      return [dataset, [...kept, ...[...changes.values()].filter((row) => !known.has(row["sourcedId"]))]]
    })
  )

/** The text with each part replaced, all of which it must hold. */
const edited = (text: string, edits: Readonly<Record<string, string>>): string =>
  Object.entries(edits).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the pipeline does not hold: ${from}`)
    return before.replaceAll(from, to)
  }, text)

const stories = readdirSync(folder).filter((name) => existsSync(join(folder, name, "story.yaml")))

const definitions = new Map<string, Promise<Definition>>()
/** The shipped pipeline with pieces of its text replaced; each once. */
const define = (edits: Readonly<Record<string, string>>): Promise<Definition> => {
  const name = JSON.stringify(edits)
  const made =
    definitions.get(name) ?? load(edited(readFileSync(pipeline, "utf8"), edits)).then((one) => one.definition)
  definitions.set(name, made)
  return made
}

/** Whether the first night of a story is as that of others. */
const isPlain = (story: Story): boolean =>
  story.first !== true && !story.limits && !story.existing && !story.cascading && !story.edited && !story.as_of

it.each(stories)("%s", async (name) => {
  const story = parse(readFileSync(join(folder, name, "story.yaml"), "utf8")) as Story
  const home = mkdtempSync(join(tmpdir(), "rollbook-case-"))
  if (isPlain(story)) await firstNight(home)
  const before = await define(story.limits ?? {})
  const definition = await define({ ...story.limits, ...story.edit })
  const clock = { asOf: story.as_of ?? "2026-10-01", now: "2026-10-01T07:00:00.000Z" }
  const quiet = { stage: () => undefined, read: () => undefined }
  const [target, file] = [emptyTarget(), tenantIn(home)]
  const tenant = { cascading: story.cascading ?? "", edited: story.edited ?? {} }
  const state = Layer.mergeAll(
    warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
    journalLayer(join(home, "journal")),
    memoryTenant({ ...tenant, target, file, existing: story.existing ?? {} })
  )
  const told = await Effect.runPromise(
    Effect.gen(function* () {
      const plan = (rows: Rows, tampered: Tampered, by = definition) =>
        makePlan({ definition: by, clock, part: wholePlan, progress: quiet }).pipe(
          Effect.provide(memorySource(rows, tampered))
        )
      const found = memoryTenant({ ...tenant, target, existing: story.found ?? story.existing ?? {} })
      const furtherOn = Effect.fn(function* (story: Story, made: MadePlan) {
        const { plan_id } = made.plan
        if (story.approved !== undefined) {
          yield* approvePlan(plan_id, definition, approval, clock.now)
          return yield* plan(after(story.approved, after(story)), {})
        }
        if (story.undone !== true) return made
        const { run } = yield* applyPlan({
          id: plan_id,
          definition,
          now: clock.now,
          part: wholePlan,
          extent: "everything",
          onProgress: () => undefined
        })
        return yield* makeUndo(run, definition, brightspaceResources, clock)
      })
      if (story.first !== true) {
        for (const happening of [...(isPlain(story) ? [] : [{}]), ...(story.nights ?? [])]) {
          const night = yield* plan(after(happening), {}, before)
          yield* applyPlan({
            id: night.plan.plan_id,
            definition: before,
            now: clock.now,
            part: wholePlan,
            extent: "everything",
            onProgress: () => undefined
          })
        }
      }
      const made = yield* Effect.either(Effect.provide(plan(after(story), story.read ?? {}), found))
      if (made._tag === "Left") return `${made.left._tag}: ${made.left.message}\n`
      const shown = yield* furtherOn(story, made.right)
      const all = { actions: story.show ?? [], school: null, section: null, entity: null, limit: 200 }
      const { steps } = yield* readPlanSteps(shown.plan, shown.folder, all)
      return `${renderPlan(shown.plan)}${renderSteps(steps, { reveal: true, isPersonal: () => false })}\n`
    }).pipe(Effect.provide(state))
  ).finally(() => rmSync(home, { recursive: true, force: true }))
  await expect(`${story.say}\n\n${told}`).toMatchFileSnapshot(join(folder, name, "plan.golden.txt"))
})
