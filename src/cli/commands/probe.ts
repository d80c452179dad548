import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { zoneDoubt } from "../../core/zone-data.ts"
import { textTable } from "../../core/text-table.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { isReadFromSource, textsOf } from "../../pipeline/references.ts"
import type { Finding, ProbeWish } from "../../core/ports/probe.ts"
import { keepProbe } from "../../extract/behaviour.ts"
import { Adapters } from "../adapters.ts"
import { EndedWith } from "../exit.ts"
import { exitCodes } from "../../core/exit-codes.ts"
import { stateLayer } from "../flow.ts"
import { workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { throughService } from "../through-service.ts"
import { chosenPipelineFiles, connectionGiven, loadPipelineFile, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"
import { now } from "../../core/clock.ts"

const connection = Args.text({ name: "connection" }).pipe(
  Args.withDescription("name of a connection in pipelines/connections.yaml")
)

export const probe = Command.make("probe", { ...workspaceOptions, connection }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const chosen = yield* connectionGiven(workspace, given.connection)
    const files = yield* chosenPipelineFiles(workspace, [])
    const pipelines = yield* Effect.forEach(files, (file) =>
      Effect.map(loadPipelineFile(workspace, file), (loaded) => loaded.definition)
    )
    // Before anything is asked, which would be asked twice otherwise.
    yield* throughService(workspace)
    const adapters = yield* Adapters
    const wish = wishOf(given.connection, pipelines)
    const asked = yield* adapters.probe(chosen, wish)
    const at = yield* now
    const probed = { ...asked, findings: [...asked.findings, zoneFinding(wish.timezone, at)] }
    const before = yield* Effect.provide(keepProbe(probed, at.toISOString()), stateLayer(workspace))
    const changed = before === null ? [] : changesSince(before.findings, probed.findings)
    if (given.json) {
      yield* printJson({ ...probed, before: before?.probedAt ?? null, changed })
    } else {
      const lines = textTable([["what", "", "found", "where"], ...tableOf(probed.findings)], "words")
      yield* print([`${given.connection}, by ${probed.requests} requests that read:`, ...lines].join("\n"))
      if (changed.length > 0) {
        const rows = changed.map(({ before, now }) => [now.about, now.endpoint ?? "", before.says, now.says])
        const table = textTable([["changed", "where", "before", "now"], ...rows], "words")
        yield* print([``, `Not as on ${before?.probedAt ?? ""}:`, ...table].join("\n"))
      }
      yield* note("Kept: a read that finds a collection otherwise holds removals until it is probed again.")
    }
    if (probed.findings.some((finding) => finding.state === "failing")) {
      const connector = (yield* adapters.connectors).find(({ type }) => type === chosen.type)
      const code = connector?.kind === "sis" ? exitCodes.sourceFailed : exitCodes.targetFailed
      return yield* new EndedWith({ code })
    }
  })
).pipe(
  described(
    "Ask a connected system how it behaves, and keep the answers: credentials, permissions and versions; of Infinite Campus its pages, totals, order, filters and marks of deletion; of Brightspace the roles and org unit types that the pipelines name. Writes nothing to it. A later read that finds the source otherwise adds and updates, and holds every removal.",
    ["rollbook probe campus", "rollbook probe brightspace --json"]
  )
)

/** The collections and resources of a connection that the pipelines of the workspace use. */
const wishOf = (connection: string, pipelines: ReadonlyArray<Definition>): ProbeWish => {
  const reading = pipelines.filter((one) => one.source === connection)
  const writing = pipelines.filter((one) => one.load.connection === connection)
  const loads = writing.flatMap((one) => one.load.entities)
  const roles = writing.flatMap((one) =>
    one.entities.flatMap(({ fields }) =>
      fields.flatMap((field) =>
        field.kind === "value" && field.name === "role" ? textsOf(field.value, one.rules) : []
      )
    )
  )
  return {
    endpoints: distinct(
      reading
        .flatMap((one) => one.datasets.filter((dataset) => isReadFromSource(dataset) && dataset.parts === null))
        .map(({ endpoint }) => endpoint)
    ),
    takesGrades: writing.some(({ load, resources }) =>
      load.entities.some((one) => resources.get(one.resource)?.serves !== undefined)
    ),
    timezone: [...reading, ...writing][0]?.timezone ?? "UTC",
    orgUnitTypes: distinct(loads.flatMap((load) => (load.type === null ? [] : [load.type]))),
    roles: distinct(roles)
  }
}

/** Whether Node, by whose clock other programs on this machine go, has the district's zone as the engine has it. */
const zoneFinding = (timezone: string, at: Date): Finding => {
  const doubt = zoneDoubt(timezone, at.getTime())
  return {
    about: "zone data",
    endpoint: null,
    state: doubt === null ? "good" : "limited",
    says: doubt ?? `the engine and Node agree about ${timezone} over this school year`
  }
}

const distinct = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)].sort()

/** A row per thing found, with all collections in which it was. */
const tableOf = (findings: ReadonlyArray<Finding>): ReadonlyArray<ReadonlyArray<string>> => {
  const alike: Array<Finding & { readonly where: Array<string> }> = []
  for (const one of findings) {
    const same = alike.find(({ about, says, state }) => about === one.about && says === one.says && state === one.state)
    if (same === undefined) alike.push({ ...one, where: [one.endpoint ?? ""] })
    else same.where.push(one.endpoint ?? "")
  }
  const abouts = findings.map((one) => one.about)
  return alike
    .toSorted((a, b) => abouts.indexOf(a.about) - abouts.indexOf(b.about))
    .map(({ about, says, state, where }) => [about, state, says, where.join(" ")])
}

/** Findings that are not what they were. Numbers alone are no change: rows come and go. */
const changesSince = (
  before: ReadonlyArray<Finding>,
  now: ReadonlyArray<Finding>
): ReadonlyArray<{ readonly before: Finding; readonly now: Finding }> => {
  const earlier = new Map(before.map((one) => [`${one.about} ${one.endpoint ?? ""}`, one]))
  return now.flatMap((one) => {
    const was = earlier.get(`${one.about} ${one.endpoint ?? ""}`)
    return was === undefined || was.state === one.state ? [] : [{ before: was, now: one }]
  })
}
