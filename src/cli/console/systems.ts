import * as Effect from "effect/Effect"
import { lastProbe } from "../../extract/behaviour.ts"
import { listQuarantine, quarantineOverTime } from "../../history/quarantine.ts"
import type { ConnectionView, Quarantine } from "../../service/http/contract/administration.ts"
import type { Busy, NotFound } from "../../service/http/contract/errors.ts"
import { told } from "../../service/http/contract/told.ts"
import type { QuarantineWanted } from "../../service/http/desk.ts"
import { knownConnections } from "../../pipeline/known-connections.ts"
import { connectionsFile } from "../workspace.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { openPlanOf } from "./opened-plans.ts"
import { readsOf } from "./reads.ts"
import { asAnswer, type Room } from "./room.ts"

/** The connected systems: what the last probe of each found, and when its credentials end. Nothing is asked of them. */
export const connectionsOf = (room: Room): Effect.Effect<ReadonlyArray<ConnectionView>, NotFound | Busy> =>
  Effect.gen(function* () {
    const connectors = yield* room.adapters.connectors
    const known = yield* knownConnections(connectionsFile(room.workspace), connectors)
    const definitions = (yield* room.pipelines).flatMap(({ definition }) => (definition === null ? [] : [definition]))
    const types = [...(known?.types ?? [])]
    const probes = yield* room.read(
      "probes",
      Effect.map(
        Effect.forEach(types, ([name]) => Effect.map(lastProbe(name), (probe) => [name, probe] as const)),
        (found) => new Map(found)
      ),
      new Map<string, null>()
    )
    const reads = yield* lastReadsOf(room, definitions)
    return types.map(([name, type]) => {
      const probe = probes.get(name) ?? null
      return {
        name,
        system: connectors.find((one) => one.type === type)?.title ?? type,
        reads: definitions.flatMap((one) => (one.source === name ? [one.name] : [])),
        writes: definitions.flatMap((one) => (one.load.connection === name ? [one.name] : [])),
        credentials_end: known?.ends.get(name) ?? null,
        zone: definitions.find((one) => one.source === name || one.load.connection === name)?.timezone ?? "UTC",
        probed_at: probe?.probedAt ?? null,
        findings: (probe?.findings ?? []).map((finding) => ({ ...finding, says: told(finding.says) })),
        last_reads: reads.flatMap(({ source, ...read }) => (source === name ? [read] : []))
      }
    })
  })

/** How the last plan of each pipeline read its source; of one whose files are gone nothing. */
const lastReadsOf = (room: Room, definitions: ReadonlyArray<Definition>) =>
  Effect.gen(function* () {
    const runs = yield* Effect.mapError(room.live.runs, asAnswer)
    return (yield* Effect.forEach(definitions, ({ name, source }) =>
      Effect.gen(function* () {
        const run = runs.find(({ kind, pipeline, plan }) => kind === "plan" && pipeline === name && plan !== null)
        const opened = yield* Effect.option(openPlanOf(room, run?.plan ?? ""))
        if (opened._tag === "None") return []
        const { plan } = opened.value
        return [
          { source, pipeline: name, plan: plan.plan_id, at: plan.created_at, collections: yield* readsOf(room, plan) }
        ]
      })
    )).flat()
  })

/** Records that the last run of a pipeline turned away, as `rollbook quarantine` tells them. */
export const quarantineOf = (
  room: Room,
  pipeline: string,
  { entity, limit, offset, rule }: QuarantineWanted
): Effect.Effect<Quarantine, NotFound | Busy> =>
  Effect.gen(function* () {
    const { name } = yield* room.definition(pipeline)
    const rules = yield* room.read(
      `quarantine rules of ${name} ${entity ?? ""}`,
      quarantineOverTime(name, { entity, rule: null }),
      []
    )
    const records = yield* room.read(
      `quarantine of ${JSON.stringify([name, entity, rule])}`,
      listQuarantine(name, { entity, rule }),
      []
    )
    return {
      rules,
      matching: records.length,
      records: records.slice(offset, offset + limit).map((one) => ({ ...one, say: told(one.say) }))
    }
  })
