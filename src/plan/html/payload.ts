import type { PlanStep } from "../plan.ts"
import { fieldChanges, type PlanReport, standingOf } from "../report.ts"

/**
 * The data that the page's script filters, as short as can be, since a plan's sample is most of the page.
 *
 * `changes`: school, entity, action, steps, held: the whole plan.
 * `steps`: action, entity, key, label, school, section, why, hold, fields (name, before, after, and what somebody
 * made of it at the target, where somebody did): the sample.
 */
export interface Payload {
  readonly changes: ReadonlyArray<readonly [string, string, string, number, number]>
  readonly steps: ReadonlyArray<
    readonly [
      action: string,
      entity: string,
      key: string,
      label: string,
      school: string,
      section: string,
      why: string,
      hold: string,
      fields: ReadonlyArray<readonly [string, string | null, string | null, (string | null)?]>,
      standing: string
    ]
  >
  readonly schools: Readonly<Record<string, string>>
  readonly sections: Readonly<Record<string, string>>
  /** Whether `changes` counts what the list shows: not when the report was filtered when it was asked for. */
  readonly whole: boolean
  /** Whether `steps` are all there are to show, so that what is not among them is nowhere. */
  readonly complete: boolean
}

/** The payload as JSON that can stand inside a script element, whatever the names in it. */
export const payloadJson = (report: PlanReport): string =>
  JSON.stringify(payload(report)).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028")

const payload = ({ summary, steps, matching, filteredTo }: PlanReport): Payload => ({
  changes: (summary?.changes ?? []).map((one) => [one.school ?? "", one.entity, one.action, one.steps, one.held]),
  steps: steps.map(compact),
  schools: names(summary?.schools ?? []),
  sections: names(summary?.sections ?? []),
  whole: filteredTo === null && summary !== null,
  complete: steps.length === matching
})

const compact = (step: PlanStep): Payload["steps"][number] => [
  step.action,
  step.entity,
  step.key,
  step.label ?? "",
  step.school ?? "",
  step.section ?? "",
  step.reason,
  step.hold ?? "",
  fieldChanges(step).map(({ field, before, after, standing }) =>
    standing === undefined ? [field, before, after] : [field, before, after, standing]
  ),
  standingOf(step)
]

const names = (
  places: ReadonlyArray<{ readonly id: string; readonly name: string | null }>
): Readonly<Record<string, string>> =>
  Object.fromEntries(places.flatMap((place) => (place.name === null ? [] : [[place.id, place.name]])))
