import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Option from "effect/Option"

/** Options that several commands share, each described once. */

const workspace = Options.text("workspace").pipe(
  Options.withDescription("folder with pipelines/ and .rollbook/"),
  Options.withDefault(".")
)

const state = Options.text("state").pipe(
  Options.withDescription("state file; default .rollbook/state.duckdb in the workspace, or ROLLBOOK_STATE"),
  optionalText
)

const logFormat = Options.choice("log-format", ["pretty", "json"] as const).pipe(
  Options.withDescription("how notes on stderr are written"),
  Options.withDefault("pretty" as const)
)

/** For a service, which nobody may be watching. */
export const serviceLogFormat = Options.choice("log-format", ["pretty", "json"] as const).pipe(
  Options.withDescription("how notes on stderr are written; default pretty on a terminal, json elsewhere"),
  optionalText
)

const json = Options.boolean("json").pipe(Options.withDescription("machine output on stdout"))

/** For every command that works on a workspace. */
export const workspaceOptions = { workspace, state, logFormat, json }

export const asOf = Options.text("as-of").pipe(
  Options.withDescription("date of the run, YYYY-MM-DD in the district's time zone; default today"),
  optionalText
)

export const only = Options.text("only").pipe(
  Options.withDescription(
    "a part of the plan: school=ID,section=ID,session=ID,entity=NAME; a key may come more than once"
  ),
  optionalText
)

export const full = Options.boolean("full").pipe(
  Options.withDescription(
    "compute everything, also where nothing that was read has changed since an earlier night; collections without parts are read whole"
  )
)

export const askedBy = Options.text("as").pipe(
  Options.withDescription(
    "who asks for it, for the history; who types that is noted in the audit trail; without it the run counts as the schedule's, or, of single sections or sessions of an export, as that of the account that types it"
  ),
  optionalText
)

export const pipeline = Args.text({ name: "pipeline" }).pipe(
  Args.withDescription("name of a pipeline, or path of its file")
)

export const pipelineFileNames = Args.text({ name: "file" }).pipe(
  Args.withDescription("pipeline files; all of the workspace when none is named"),
  Args.repeated
)

export const reveal = Options.boolean("reveal").pipe(
  Options.withDescription("show names, user names and e-mail addresses instead of ***")
)

/** For commands that list steps or records. */
export const entityOption = (listed: "steps" | "records") =>
  Options.text("entity").pipe(Options.withDescription(`only ${listed} of this entity`), optionalText)

/** Takes a whole number from `least` to `most`; another one is refused before anything is done. */
export const inRange = (name: string, least: number, most = Number.MAX_SAFE_INTEGER) =>
  Options.filterMap(
    (given: number) => (given >= least && given <= most ? Option.some(given) : Option.none()),
    `${name} takes ${most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `a number from ${least} to ${most}`}`
  )

export const highestPort = 65_535

/** For commands that list something: how many; infinite if all are wanted. */
export const limitOption = (listed: "steps" | "records" | "runs", byDefault = 50) =>
  Options.integer("limit").pipe(
    inRange("--limit", 0),
    Options.withDescription(`at most so many ${listed}; 0 = all`),
    Options.withDefault(byDefault),
    Options.map((limit) => (limit === 0 ? Number.POSITIVE_INFINITY : limit))
  )

/** Hoisted: options above are made with it. */
export function optionalText<A>(option: Options.Options<A>): Options.Options<A | null> {
  return Options.map(Options.optional(option), Option.getOrNull)
}
