import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { textTable } from "../../core/text-table.ts"
import { noteReveal, readAuditTrail } from "../../history/audit-trail.ts"
import { searchAudit } from "../audit-search.ts"
import { eventsOf, isManaged, whyOf } from "../explanation.ts"
import { renderAudit } from "../explanation-text.ts"
import { readingLayer } from "../flow.ts"
import { entityOption, inRange, optionalText, reveal, workspaceOptions } from "../options.ts"
import { refuseUnknown } from "../known.ts"
import { note, print, printJson } from "../output.ts"
import { searchedPipelines, whereItWasLookedFor } from "../search.ts"
import { openWorkspace, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"

const search = Args.text({ name: "search" }).pipe(
  Args.withDescription(
    "name, code or id of a person, a course or a section; without one, who was shown what, or did it"
  ),
  Args.optional,
  Args.map(Option.getOrNull)
)
const pipeline = Options.text("pipeline").pipe(
  Options.withDescription("only records of this pipeline; default all of the workspace"),
  optionalText
)
const entity = entityOption("records")
const limit = Options.integer("limit").pipe(
  inRange("--limit", 1),
  Options.withDescription("at most so many records per pipeline"),
  Options.withDefault(20)
)

export const audit = Command.make("audit", { ...workspaceOptions, pipeline, entity, limit, reveal, search }, (given) =>
  given.search === null
    ? showTrail(openWorkspace(given), given.json)
    : showFound(openWorkspace(given), { ...given, term: given.search })
).pipe(
  described(
    "Search people, courses and sections by name, code or id: whether rollbook manages them, by which run they came, changed and went, and why. Names appear as *** unless --reveal is given, which is noted; what was searched for is written nowhere. Without a search: who was shown personal data, and who signed in to the service, changed something there or was refused, and when.",
    ["rollbook audit 00123", "rollbook audit 'english 9' --entity course_offering", "rollbook audit"]
  )
)

interface Asked {
  readonly term: string
  readonly pipeline: string | null
  readonly entity: string | null
  readonly limit: number
  readonly reveal: boolean
  readonly json: boolean
}

const showFound = (workspace: Workspace, asked: Asked) =>
  Effect.gen(function* () {
    const definitions = yield* searchedPipelines(workspace, asked.pipeline)
    yield* refuseUnknown(
      "entity",
      asked.entity,
      definitions.flatMap((definition) => [...definition.entities, ...definition.datasets].map((one) => one.name))
    )
    const found = yield* searchAudit(definitions, asked, (names) => noteReveal(workspace.auditFile, "audit", names))
    const answers: Array<unknown> = []
    for (const { definition, hasMore, told } of found) {
      if (!asked.json) yield* print(told.records.map((record) => renderAudit(record, told)).join("\n"))
      answers.push(
        ...told.records.map((record) => ({
          pipeline: definition.name,
          ...record,
          managed: isManaged(record),
          why: whyOf(record, told.events),
          changes: eventsOf(record, told.events)
        }))
      )
      if (hasMore) yield* note(`More records of ${definition.name} match; --limit raises the number`)
    }
    if (asked.json) return yield* printJson(answers)
    if (found.length === 0) yield* print(`Not managed: ${yield* whereItWasLookedFor(definitions)}.`)
  }).pipe(Effect.provide(readingLayer(workspace)))

const showTrail = (workspace: Workspace, json: boolean) =>
  Effect.gen(function* () {
    const trail = yield* readAuditTrail(workspace.auditFile)
    if (json) return yield* printJson(trail)
    if (trail.length === 0) return yield* print("Nobody was shown personal data yet.")
    const rows = trail.map((one) => [one.at, one.who, one.what, one.of.join(", ")])
    yield* print(textTable([["when", "who", "what", "of"], ...rows], "words").join("\n"))
  })
