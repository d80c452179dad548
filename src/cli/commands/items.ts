import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { suggestion } from "../../core/nearest.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { findClass } from "../../extract/used-classes.ts"
import { type GradeItem, listItems, momentNow, readingOf } from "../../gradebook/grade-items.ts"
import { notManaged } from "../../gradebook/on-demand.ts"
import { thoseTaking } from "../../gradebook/several-books.ts"
import { type Choice, choose } from "../../extract/own-tables.ts"
import { nextRunOf, schedulerOf } from "../next-run.ts"
import { UsageError } from "../exit.ts"
import { readingLayer, stateLayer } from "../flow.ts"
import { gradePipelines, nameOneOf } from "../grade-pipelines.ts"
import { itemMeant, renderItems } from "../items-text.ts"
import { askedBy, optionalText, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const section = Args.text({ name: "section" }).pipe(Args.withDescription("a section, by SIS id or by its full name"))
const pipeline = Options.text("pipeline").pipe(
  Options.withDescription("pipeline that takes grades to the SIS; needed where several know the section"),
  optionalText
)
const keep = Options.text("keep").pipe(
  Options.withDescription("keep this item back from the next run on, by id or name"),
  optionalText
)
const send = Options.text("send").pipe(
  Options.withDescription("send this item, by id or name: takes --keep back, and opts in where items wait for that"),
  optionalText
)

export const items = Command.make("items", { ...workspaceOptions, pipeline, keep, send, askedBy, section }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const pipelines = yield* gradePipelines(workspace, given.pipeline)
    const isSaid = given.keep !== null || given.send !== null
    yield* Effect.gen(function* () {
      const { definition, managed } = yield* onlyTaking(pipelines, given.section)
      const moment = yield* momentNow(definition)
      const found = yield* listItems(definition, managed, moment)
      if (found === null) {
        return yield* new UsageError({
          detail: `the pipeline ${definition.name} is none of grade books`,
          hint: "--pipeline names another one"
        })
      }
      for (const [choice, wanted] of [
        ["keep", given.keep],
        ["send", given.send]
      ] as const) {
        if (wanted !== null) yield* say({ definition, known: found.items, choice, wanted, saidBy: given.askedBy })
      }
      const shown = isSaid ? ((yield* listItems(definition, managed, moment)) ?? found) : found
      yield* given.json
        ? printJson({ section: managed.section, name: managed.name, ...shown })
        : print(renderItems(managed, shown, definition, nextRunOf(yield* schedulerOf(workspace), definition.name)))
    }).pipe(Effect.provide(isSaid ? stateLayer(workspace) : readingLayer(workspace)))
  })
).pipe(
  described(
    "List a section's grade categories with their SIS tag, and its items with term, due date, whether they go, and why not. Single items can be kept back.",
    ["rollbook items 5001", 'rollbook items "1200 1 English 9" --keep "Essay 1" --as o.hernandez']
  )
)

/** The one pipeline that takes the grades of a section. */
const onlyTaking = (pipelines: readonly [Definition, ...ReadonlyArray<Definition>], named: string) =>
  Effect.gen(function* () {
    const known = yield* Effect.forEach(pipelines, (definition) =>
      Effect.map(findClass(definition, named), (managed) => (managed === null ? [] : [{ definition, managed }]))
    )
    const [first, ...others] = yield* thoseTaking(known.flat(), ({ definition, managed }) =>
      readingOf(definition, managed.remoteId)
    )
    if (first === undefined) return yield* notManaged(pipelines[0], named)
    if (others.length === 0) return first
    return yield* nameOneOf(
      `several pipelines take the grades of section ${named}`,
      [first, ...others].map(({ definition }) => definition),
      `rollbook items --pipeline PIPELINE ${first.managed.section}`
    )
  })

const say = ({
  definition,
  known,
  choice,
  wanted,
  saidBy
}: {
  readonly definition: Definition
  readonly known: ReadonlyArray<GradeItem>
  readonly choice: Choice
  readonly wanted: string
  readonly saidBy: string | null
}) =>
  Effect.gen(function* () {
    if (!definition.datasets.some(({ mode }) => mode.kind === "choices")) {
      return yield* new UsageError({
        detail: `the pipeline ${definition.name} asks nobody which items go`,
        hint: "extract.tables: { choices: { state: choices } } makes choices readable for its rules"
      })
    }
    const item = itemMeant(known, wanted)
    if (item === null) {
      return yield* new UsageError({
        detail: `the section has no item ${wanted}, or several of that name`,
        hint: suggestion(
          wanted,
          known.map((one) => one.name)
        )
      })
    }
    yield* choose(definition, item.key, choice, saidBy)
    yield* note(
      `${item.name}: ${choice === "keep" ? "kept back from the next run on; what was sent stays in the SIS" : "goes with the next run, as far as the rules let it"}.`
    )
  })
