import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { textTable } from "../../core/text-table.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { noteReveal } from "../../history/audit-trail.ts"
import { type CleanupEntry, listCleanup, stillThere } from "../../gradebook/cleanup.ts"
import { Adapters } from "../adapters.ts"
import { discreetCleanup } from "../cleanup-text.ts"
import { UsageError } from "../exit.ts"
import { readingLayer } from "../flow.ts"
import { gradePipelines, nameOneOf } from "../grade-pipelines.ts"
import { reveal, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { loadWorkspaceConnections, openWorkspace, type Workspace, workspaceConnection } from "../workspace.ts"
import { described } from "./described.ts"

const pipeline = Args.text({ name: "pipeline" }).pipe(
  Args.withDescription("pipeline that takes grades to the SIS; needed where there are several"),
  Args.optional,
  Args.map(Option.getOrNull)
)
const offline = Options.boolean("offline").pipe(
  Options.withDescription("do not ask the SIS what is done already: the list is that of the last run")
)

export const cleanup = Command.make("cleanup", { ...workspaceOptions, offline, reveal, pipeline }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const [definition, ...others] = yield* gradePipelines(workspace, given.pipeline)
    if (others.length > 0) {
      return yield* nameOneOf(
        "several pipelines take grades to the SIS",
        [definition, ...others],
        "rollbook cleanup PIPELINE"
      )
    }
    const entries = yield* Effect.gen(function* () {
      const listed = yield* listCleanup(definition)
      if (listed === null) {
        return yield* new UsageError({
          detail: `the pipeline ${definition.name} writes no assignments`,
          hint: "without a name it is the pipeline that takes grades to the SIS"
        })
      }
      return given.offline ? listed : yield* askTheSis(workspace, definition, listed)
    }).pipe(Effect.provide(readingLayer(workspace)))
    if (given.reveal) yield* noteReveal(workspace.auditFile, "cleanup", [definition.name])
    const shown = given.reveal ? entries : entries.map(discreetCleanup)
    if (given.json) return yield* printJson({ checked: !given.offline, entries: shown })
    if (given.offline) yield* note("The SIS was not asked: what is done already is still listed.")
    yield* print(shown.length === 0 ? "Nothing is to be done by hand." : [...byTeacher(shown)].map(block).join("\n\n"))
  })
).pipe(
  described(
    "List per teacher what must be done by hand in the SIS, where rollbook takes nothing away: assignments whose item was deleted, made anew, or no longer goes, and scores that were cleared. What is done there drops off the list.",
    ["rollbook cleanup", "rollbook cleanup --offline --json"]
  )
)

/** The read side of the target alone. */
const askTheSis = (workspace: Workspace, definition: Definition, entries: ReadonlyArray<CleanupEntry>) =>
  entries.length === 0
    ? Effect.succeed(entries)
    : Effect.gen(function* () {
        const adapters = yield* Adapters
        const connections = yield* loadWorkspaceConnections(workspace)
        const target = yield* workspaceConnection(connections, definition.load.connection)
        return yield* stillThere(definition, entries).pipe(
          Effect.provide(adapters.targetReader(target, definition.timezone))
        )
      })

const byTeacher = (entries: ReadonlyArray<CleanupEntry>): ReadonlyMap<string, ReadonlyArray<CleanupEntry>> => {
  const groups = new Map<string, ReadonlyArray<CleanupEntry>>()
  for (const entry of entries) {
    const teacher = entry.teacher ?? ""
    groups.set(teacher, [...(groups.get(teacher) ?? []), entry])
  }
  return groups
}

const block = ([teacher, entries]: readonly [string, ReadonlyArray<CleanupEntry>]): string => {
  const name = entries[0]?.teacherName ?? null
  const head = teacher === "" ? "No lead teacher" : `Teacher ${teacher}${name === null ? "" : `, ${name}`}`
  return [
    head,
    ...textTable(
      [
        ["course", "assignment", "scores", "why"],
        ...entries.map((entry) => [
          entry.course ?? entry.section,
          entry.title,
          String(entry.students.length),
          `${entry.say}${whom(entry)}`
        ])
      ],
      "words"
    )
  ].join("\n")
}

const whom = ({ reason, students }: CleanupEntry): string =>
  reason !== "scores-gone" || students.some(({ id }) => id === "***")
    ? ""
    : ` (students ${students.map(({ id }) => id).join(", ")})`
