import type { Definition } from "../pipeline/definition.ts"
import { type ContractField, type IsPersonal, maskFields, personalByContract } from "../plan/mask.ts"
import type { FieldValues } from "../core/ports/warehouse.ts"
import type { Explanation, Standing } from "../history/explain-records.ts"
import type { TimelineEvent } from "../history/timeline.ts"

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
      ? `in quarantine since run ${away.run}, ${away.rule}: ${away.say}`
      : away?.what === "passed_over"
        ? `not wanted since run ${away.run}: ${away.say}`
        : null
  if (isManaged(standing)) {
    const stands = `stands at the target${standing.presence === "kept" ? " though no longer wanted" : ""}, ${standing.origin} by run ${standing.since}, last written by run ${standing.lastWritten}`
    return reason === null ? stands : `${stands}; what stands is left alone: ${reason}`
  }
  const state =
    standing.presence === "gone"
      ? `taken away by run ${standing.lastWritten}`
      : standing.presence === "unsure"
        ? `perhaps at the target: no answer says whether run ${standing.lastWritten} made it`
        : "not at the target"
  if (standing.read !== null) return `${state}: read by run ${standing.read.run}, ${standing.read.say}`
  return `${state}: ${reason ?? lastAttempt(mine)}`
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
    return mine.length === 0 ? "it was read, and nothing was ever planned for it" : "no plan has a step for it"
  }
  if (last.what === "planned") {
    return last.hold === null
      ? `run ${last.run} planned to ${last.action} it, and plan ${last.plan} was not carried out`
      : `run ${last.run} planned to ${last.action} it, and ${last.hold} of plan ${last.plan} holds that`
  }
  if (last.what === "answered" && last.outcome === "failed") {
    return `run ${last.run} failed to ${last.action} it, ${last.reason ?? "Unknown"}: ${last.detail ?? ""}`
  }
  const planned = mine.findLast((event) => event.what === "planned")
  return planned?.what === "planned" ? planned.reason : "no longer wanted"
}
