import type { Definition } from "../pipeline/definition.ts"
import { type ContractField, type IsPersonal, maskFields, personalByContract } from "../plan/mask.ts"
import type { FieldValues } from "../core/ports/warehouse.ts"
import type { Explanation, Standing } from "../history/explain-records.ts"
import type { TimelineEvent } from "../history/timeline.ts"
import { tell } from "../core/told.ts"

/** Which of a pipeline's fields and columns may say something of a person. */
export const personalIn = (definition: Definition): IsPersonal =>
  personalByContract(
    new Map([
      ...definition.load.entities.map((load): readonly [string, ReadonlyArray<ContractField>] => [
        load.entity,
        definition.resources.get(load.resource)?.fields ?? []
      ]),
      ...definition.datasets.map(
        (dataset) => [dataset.name, definition.collections.get(dataset.endpoint)?.columns ?? []] as const
      )
    ])
  )

/** An explanation with *** for what says something of a person. A label may be somebody's name, so it goes. */
export const maskedExplanation = (told: Explanation, isPersonal: IsPersonal): Explanation => {
  const hide = (name: string, fields: FieldValues): FieldValues => maskFields(name, fields, isPersonal) ?? {}
  return {
    ...told,
    records: told.records.map((one) => ({ ...one, label: null, fields: hide(one.entity, one.fields) })),
    sources: told.sources.map((one) => ({ ...one, columns: hide(one.dataset, one.columns) })),
    events: told.events.map((event): TimelineEvent => {
      if (event.what === "wanted") {
        return {
          ...event,
          before: maskFields(event.entity, event.before, isPersonal),
          after: hide(event.entity, event.after)
        }
      }
      if (event.what === "answered") return { ...event, said: null }
      return event.what === "planned"
        ? {
            ...event,
            before: maskFields(event.entity, event.before, isPersonal),
            after: maskFields(event.entity, event.after, isPersonal)
          }
        : event
    })
  }
}

/** Whether it stands at the target by what rollbook wrote. */
export const isManaged = ({ presence }: Standing): boolean => presence === "present" || presence === "kept"

/** Why a record stands at the target or does not, in one sentence; the newest of what speaks of it decides. */
export const whyOf = (standing: Standing, events: ReadonlyArray<TimelineEvent>): string => {
  const mine = eventsOf(standing, events)
  const away = mine.findLast(
    (event) => (event.what === "quarantine" || event.what === "passed_over") && event.until === null
  )
  const reason =
    away?.what === "quarantine"
      ? `${tell("standing.quarantine", { run: away.run, rule: away.rule })} ${away.say}`
      : away?.what === "passed_over"
        ? `${tell("standing.unwanted", { run: away.run })} ${away.say}`
        : null
  const { lastWritten: last, origin, presence, since: run } = standing
  const wasWritten = last !== null && run !== null && origin !== null
  if (wasWritten && isManaged(standing)) {
    const stands = tell(`standing.${origin}${presence === "kept" ? "-kept" : ""}`, { run, last })
    return reason === null ? stands : `${stands}; ${tell("standing.left-alone", {})} ${reason}`
  }
  const state =
    wasWritten && presence === "gone"
      ? tell("standing.gone", { run: last })
      : wasWritten && presence === "unsure"
        ? tell("standing.unsure", { run: last })
        : tell("standing.nowhere", {})
  if (standing.read !== null)
    return `${state} ${tell("standing.read", { run: standing.read.run })} ${standing.read.say}`
  return `${state} ${reason ?? lastAttempt(mine)}`
}

/** The events of a record, under its key and its previous ones. */
export const eventsOf = (
  { entity, previousKeys, key }: Standing,
  events: ReadonlyArray<TimelineEvent>
): ReadonlyArray<TimelineEvent> =>
  events.filter((event) => event.entity === entity && (event.key === key || previousKeys.includes(event.key)))

const lastAttempt = (mine: ReadonlyArray<TimelineEvent>): string => {
  const last = mine.findLast((event) => event.what === "planned" || event.what === "answered")
  if (last === undefined) {
    return tell(mine.length === 0 ? "standing.no-plan" : "standing.no-step", {})
  }
  if (last.what === "planned") {
    return last.hold === null
      ? tell("standing.not-carried-out", { run: last.run, action: last.action, plan: last.plan })
      : tell("standing.held", { run: last.run, action: last.action, hold: last.hold, plan: last.plan })
  }
  if (last.what === "answered" && last.outcome === "failed") {
    return `${tell("standing.failed", { run: last.run, action: last.action, reason: last.reason ?? "Unknown" })} ${last.detail ?? ""}`
  }
  const planned = mine.findLast((event) => event.what === "planned")
  return planned?.what === "planned" ? planned.reason : tell("step.unwanted", {})
}
