import * as Effect from "effect/Effect"
import { dirname, join } from "node:path"
import { stampOfFile } from "../../core/ports/disk.ts"
import type { TimelineEvent } from "../../history/timeline.ts"
import type { FieldValues } from "../../core/ports/warehouse.ts"
import type { AuditFound, AuditRecord, AuditWanted } from "../../service/http/contract/administration.ts"
import { NotFound, type Busy } from "../../service/http/contract/errors.ts"
import { told as tellAs, toldOrNull } from "../../service/http/contract/told.ts"
import type { Asking } from "../../service/http/desk.ts"
import { type Audited, searchAudit } from "../audit-search.ts"
import { eventsOf, isManaged, whyOf } from "../explanation.ts"
import { whereItWasLookedFor } from "../search.ts"
import { asAnswer, type Room } from "./room.ts"
import { tell } from "../../core/told.ts"

/**
 * The search of `rollbook audit`. An answer without names is kept while state, plans and reads are as they were; one with names
 * nowhere: who asks again for them is noted again.
 */
export const auditOf = (
  room: Room,
  { entity, limit, pipeline, search }: AuditWanted,
  { reveals, who }: Asking
): Effect.Effect<AuditFound, NotFound | Busy> =>
  Effect.gen(function* () {
    const all = (yield* room.pipelines).flatMap(({ definition }) => (definition === null ? [] : [definition]))
    const definitions = all.filter(({ name }) => pipeline === undefined || name === pipeline)
    if (definitions.length === 0) return yield* new NotFound({ message: "there is no such pipeline that is valid" })
    const { plansFolder, stateFile } = room.workspace
    const stamps = yield* Effect.forEach([plansFolder, join(dirname(stateFile), "reads")], stampOfFile).pipe(
      Effect.mapError(asAnswer)
    )
    return yield* room.read(
      reveals ? null : `audit ${JSON.stringify([search, entity, pipeline, limit])} ${stamps.join(" ")}`,
      Effect.gen(function* () {
        const found = yield* searchAudit(
          definitions,
          { term: search, entity: entity ?? null, limit: limit ?? 20, reveal: reveals },
          (records) => room.note(who, tell("trail.reveal-audit", {}), records)
        )
        return {
          records: found.flatMap(recordsOf),
          more: found.some(({ hasMore }) => hasMore),
          where: found.length > 0 ? null : tellAs(yield* whereItWasLookedFor(definitions))
        }
      }),
      { records: [], more: false, where: tellAs(tell("standing.no-state", {})) }
    )
  })

const recordsOf = ({ definition, told }: Audited): ReadonlyArray<AuditRecord> =>
  told.records.map((record) => ({
    pipeline: definition.name,
    entity: record.entity,
    key: record.key,
    label: record.label,
    managed: isManaged(record),
    zone: definition.timezone,
    why: tellAs(whyOf(record, told.events)),
    since: record.since,
    last_written: record.lastWritten,
    remote_id: record.remoteId,
    changes: eventsOf(record, told.events)
      .map((event) => ({ ...changeOf(event), at: "at" in event ? event.at : (told.runs[event.run] ?? null) }))
      .toReversed()
  }))

/** An event of a record, in one form whatever it was. */
const changeOf = (event: TimelineEvent): Omit<AuditRecord["changes"][number], "at"> => {
  const nothing = {
    run: event.run,
    what: event.what,
    action: null,
    outcome: null,
    why: null,
    rule: null,
    plan: null,
    changes: []
  }
  switch (event.what) {
    case "wanted":
      return { ...nothing, changes: changesOf(event.changed, event.before, event.after) }
    case "no_longer_wanted":
      return nothing
    case "quarantine":
    case "passed_over":
      return { ...nothing, why: tellAs(event.say), rule: event.rule }
    case "planned":
      return {
        ...nothing,
        action: event.action,
        outcome: event.hold === null ? null : "held",
        why: tellAs(event.reason),
        plan: event.plan,
        changes: changesOf(event.changed, event.before, event.after)
      }
    case "answered":
      return {
        ...nothing,
        action: event.action,
        outcome: event.outcome,
        why: toldOrNull([event.reason, event.detail].filter((one) => one !== null).join(": ") || null),
        plan: event.plan
      }
  }
}

const changesOf = (fields: ReadonlyArray<string>, before: FieldValues | null, after: FieldValues | null) =>
  fields.map((field) => ({ field, before: before?.[field] ?? null, after: after?.[field] ?? null }))
