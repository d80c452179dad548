import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { suggestion } from "../../core/nearest.ts"
import { textTable } from "../../core/text-table.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { noteReveal } from "../../history/audit-trail.ts"
import { explainEntity } from "../../history/explain-entity.ts"
import { type Explanation, explainRecords } from "../../history/explain-records.ts"
import type { Search } from "../../history/search.ts"
import { UsageError } from "../exit.ts"
import { maskedExplanation, personalIn, whyOf } from "../explanation.ts"
import { renderExplanation } from "../explanation-text.ts"
import { readingLayer } from "../flow.ts"
import { optionalText, reveal, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { type Found, searchedPipelines, searchPipelines, whereItWasLookedFor } from "../search.ts"
import { loadPipeline, openWorkspace, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"

const subject = Args.text({ name: "what" }).pipe(
  Args.withDescription(
    "person ID, section ID, course ID, ENTITY ID, ENTITY:KEY, or pipeline NAME [ENTITY]. An ID is one of the SIS, an Org Defined ID, a user name, a code or a remote id"
  ),
  Args.between(1, 3)
)
const pipeline = Options.text("pipeline").pipe(
  Options.withDescription("only records of this pipeline; default all of the workspace"),
  optionalText
)
const all = Options.boolean("all").pipe(
  Options.withDescription("tell what befell related records one by one, not in one line per kind")
)

export const explain = Command.make("explain", { ...workspaceOptions, pipeline, all, reveal, subject }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const [what, id, entity] = given.subject
    if (what === "pipeline" && id !== undefined) {
      return yield* explainPipeline(workspace, id, entity ?? null, given.json)
    }
    if (entity !== undefined) {
      return yield* new UsageError({ detail: `explain ${what} takes one ID`, hint: "rollbook explain person 00123" })
    }
    yield* explainFound(workspace, { what, id: id ?? null }, given)
  })
).pipe(
  described(
    "Tell everything rollbook read, decided, planned, sent and got back about a person, a section or any record, over all runs; or print an entity's SQL and lineage. Personal fields appear as *** unless --reveal is given, which is noted in the audit trail.",
    [
      "rollbook explain person 00123",
      "rollbook explain section 5013 --all",
      "rollbook explain enrollment:5013/s41001",
      "rollbook explain pipeline roster course_offering"
    ]
  )
)

/** The words that people use for entities which the target calls otherwise. */
const resourcesOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  person: ["user"],
  section: ["course_offering", "section"],
  course: ["course_template"],
  school: ["org_unit"]
}

interface Asked {
  readonly what: string
  readonly id: string | null
}

/** Beyond so many matches the question was too wide. */
const mostMatches = 20

const explainFound = (
  workspace: Workspace,
  asked: Asked,
  given: { readonly pipeline: string | null; readonly all: boolean; readonly reveal: boolean; readonly json: boolean }
) =>
  Effect.gen(function* () {
    const definitions = yield* searchedPipelines(workspace, given.pipeline)
    const found = yield* searchPipelines(definitions, (definition) => searchFor(asked, definition))
    yield* tellApart(found, asked, definitions)
    const told: Array<Explanation> = []
    for (const { definition, records } of found) {
      const explanation = yield* explainRecords(definition, definition, records, "with what is around")
      told.push(given.reveal ? explanation : maskedExplanation(explanation, personalIn(definition)))
    }
    if (given.reveal) {
      yield* noteReveal(workspace.auditFile, "explain", namesIn(found))
    }
    if (given.json) {
      return yield* printJson(
        told.map((one) => ({
          ...one,
          records: one.records.map((record) => ({ ...record, why: whyOf(record, one.events) }))
        }))
      )
    }
    for (const one of told) yield* print(renderExplanation(one, given.all))
  }).pipe(Effect.provide(readingLayer(workspace)))

const searchFor = ({ id, what }: Asked, definition: Definition): Search => {
  const loaded = definition.load.entities
  const names = [...definition.entities, ...definition.datasets].map((one) => one.name)
  const exactly = (term: string, entities: ReadonlyArray<string> | null): Search => ({
    term,
    how: "exactly",
    entities,
    limit: mostMatches + 1
  })
  if (id !== null) {
    const resources = resourcesOf[what] ?? [what]
    const entities = loaded.filter((load) => load.entity === what || resources.includes(load.resource))
    const others = names.filter((name) => name === what && !entities.some((load) => load.entity === name))
    return exactly(id, [...entities.map((load) => load.entity), ...others])
  }
  const [, entity = "", key = ""] = /^(\w+):(.+)$/.exec(what) ?? []
  return names.includes(entity) ? exactly(key, [entity]) : exactly(what, null)
}

/** Several records are one answer only where they are one thing: a class is an offering and its section. */
const tellApart = (found: ReadonlyArray<Found>, asked: Asked, definitions: ReadonlyArray<Definition>) =>
  Effect.gen(function* () {
    const keys = new Set(found.flatMap(({ records }) => records.map((record) => record.key)))
    if (keys.size === 1 && (asked.id !== null || found.every(({ records }) => records.length === 1))) return
    if (keys.size > 0) {
      yield* print(namesIn(found).slice(0, mostMatches).join("\n"))
      return yield* new UsageError({
        detail: keys.size > mostMatches ? "many records match" : "several records match",
        hint: "explain one of them by its name, as it is listed above"
      })
    }
    const entities = definitions.flatMap((one) => [...one.entities, ...one.datasets].map(({ name }) => name))
    const words = [...Object.keys(resourcesOf), ...new Set(entities)]
    const isKnown = asked.id === null || words.includes(asked.what)
    return yield* new UsageError({
      detail: isKnown ? "no record is known by that" : `there is no ${asked.what} to explain`,
      hint: isKnown
        ? `${yield* whereItWasLookedFor(definitions)}; \`rollbook audit\` searches by name too`
        : suggestion(asked.what, words) || `known: ${words.join(", ")}`
    })
  })

const namesIn = (found: ReadonlyArray<Found>): ReadonlyArray<string> =>
  found.flatMap(({ records }) => records.map((record) => `${record.entity}:${record.key}`))

const explainPipeline = (workspace: Workspace, name: string, entity: string | null, json: boolean) =>
  Effect.gen(function* () {
    const { definition } = yield* loadPipeline(workspace, name)
    const names = definition.entities.map((one) => one.name)
    const explanations = (entity === null ? names : [entity]).flatMap(
      (one) => explainEntity(definition, definition.collections, one) ?? []
    )
    const [only] = explanations
    if (only === undefined) {
      return yield* new UsageError({
        detail: `${definition.name} has no entity ${entity ?? ""}`,
        hint: suggestion(entity ?? "", names) || `it has ${names.join(", ")}`
      })
    }
    if (json) return yield* printJson(entity === null ? explanations : only)
    if (entity === null) {
      const head = ["entity", "written as", "what a row is"]
      const rows = explanations.map((one) => [one.entity, one.resource ?? "", one.describe])
      yield* print(textTable([head, ...rows], "words").join("\n"))
      return yield* note(`rollbook explain pipeline ${definition.name} ENTITY prints its SQL and what it rests on.`)
    }
    yield* print(
      [
        `${only.entity}${only.describe === "" ? "" : `: ${only.describe}`}`,
        `  written as  ${only.resource ?? "nothing: it is there for others"}`,
        `  rests on    ${only.reads.join(", ")}`,
        `  feeds       ${only.feeds.join(", ") || "nothing"}`,
        "",
        only.statement
      ].join("\n")
    )
  })
