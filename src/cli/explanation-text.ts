import { utcMinute } from "../core/clock.ts"
import type { FieldValues } from "../core/ports/warehouse.ts"
import type { Explanation, SourceRow, Standing } from "../history/explain-records.ts"
import type { TimelineEvent } from "../history/timeline.ts"
import { eventsOf, isManaged, whyOf } from "./explanation.ts"
import { inWords } from "./sent-report.ts"
import { number } from "../core/number.ts"
import { tell } from "../core/told.ts"
import { inOneLine } from "../core/visible.ts"

/**
 * An explanation for people: where each record stands and why, the row it comes from, then run by run what befell it.
 * Events of records that refer to it are told in one line per kind, unless `all` are wanted.
 */
export const renderExplanation = (told: Explanation, all: boolean): string =>
  [
    ...told.records.flatMap((record) => [...standingLines(record, told.events), ""]),
    ...told.sources.flatMap((source) => [...sourceLines(source), ""]),
    ...(told.related.length === 0
      ? []
      : [
          `What refers to it: ${told.related
            .map((one) => `${number(one.records)} ${one.entity} (${number(one.present)} at the target)`)
            .join(", ")}`,
          ...(told.relatedLeftOut ? ["  too many to be told; ask for one of them"] : []),
          ""
        ]),
    ...timelineLines(told, all)
  ].join("\n")

/** The record's story for the audit: managed or not, and every change. */
export const renderAudit = (record: Standing, told: Explanation): string => {
  const mine = eventsOf(record, told.events)
  const lines = mine.flatMap((event) => {
    if (event.what !== "answered") return []
    const planned = mine.find((one) => one.what === "planned" && one.plan === event.plan && one.action === event.action)
    const why = planned?.what === "planned" ? `: ${planned.reason}` : ""
    return [`    run ${event.run}, ${utcMinute(event.at)}: ${answer(event)}${why}`]
  })
  return [
    `${isManaged(record) ? "managed    " : "not managed"}  ${record.entity}:${record.key}${labelOf(record)}${remote(record)}`,
    `    ${whyOf(record, told.events)}`,
    ...lines
  ].join("\n")
}

const standingLines = (record: Standing, events: ReadonlyArray<TimelineEvent>): ReadonlyArray<string> => [
  `${record.entity} ${record.key}${labelOf(record)}${remote(record)}`,
  `  ${whyOf(record, events)}`,
  ...fieldLines(record.fields)
]

const sourceLines = (source: SourceRow): ReadonlyArray<string> => [
  `Read by run ${source.run} as ${source.dataset} ${source.key}`,
  ...fieldLines(source.columns)
]

const fieldLines = (fields: FieldValues): ReadonlyArray<string> =>
  Object.entries(fields).map(([name, value]) => `    ${name}: ${inOneLine(value ?? "(none)")}`)

const labelOf = (record: Standing): string => (record.label === null ? "" : ` (${inOneLine(record.label)})`)

const remote = ({ previousKeys, remoteId }: Standing): string =>
  `${remoteId === null ? "" : `, remote id ${remoteId}`}${previousKeys.length === 0 ? "" : `, before under ${previousKeys.join(", ")}`}`

const timelineLines = (told: Explanation, all: boolean): ReadonlyArray<string> => {
  const runs = [...new Set(told.events.map((event) => event.run))]
  return runs.flatMap((run) => {
    const events = told.events.filter((event) => event.run === run)
    const own = events.filter((event) => event.itself || all)
    const others = events.filter((event) => !event.itself && !all)
    const began = told.runs[run]
    return [
      `Run ${run}${began === undefined ? "" : `, ${utcMinute(began)}`}`,
      ...own.flatMap((event) => [
        inOneLine(`  ${mark(event)} ${phrase(event)} ${event.entity} ${event.key}${because(event)}`),
        ...changes(event)
      ]),
      ...grouped(others)
    ]
  })
}

const mark = (event: TimelineEvent): string =>
  event.what === "quarantine" ||
  event.what === "passed_over" ||
  (event.what === "answered" && event.outcome === "failed")
    ? "!"
    : "·"

/** An event without the record that it befell: events with the same phrase become one line. */
const phrase = (event: TimelineEvent): string => {
  switch (event.what) {
    case "wanted":
      return event.before === null ? "wanted:" : "wanted otherwise:"
    case "no_longer_wanted":
      return tell("step.unwanted-why", {})
    case "quarantine":
      return `in quarantine${untilText(event.until)}, ${event.rule}:`
    case "passed_over":
      return `not wanted${untilText(event.until)}:`
    case "planned":
      return `planned to ${event.action}${event.hold === null ? "" : `, held by ${event.hold}`}:`
    case "answered":
      return `${answer(event)}:`
  }
}

const because = (event: TimelineEvent): string => {
  switch (event.what) {
    case "quarantine":
    case "passed_over":
      return `, ${event.say}`
    case "planned":
      return `, ${event.reason}`
    case "answered":
      return event.remoteId === null || event.outcome === "failed" ? "" : `, remote id ${event.remoteId}`
    case "wanted":
    case "no_longer_wanted":
      return ""
  }
}

const changes = (event: TimelineEvent): ReadonlyArray<string> =>
  event.what === "wanted"
    ? event.changed.map((field) =>
        inOneLine(`      ${field}: ${event.before?.[field] ?? "(none)"} -> ${event.after[field] ?? "(none)"}`)
      )
    : []

const answer = (event: Extract<TimelineEvent, { what: "answered" }>): string => {
  if (event.outcome === "failed")
    return `${event.action} failed, ${[event.reason ?? "Unknown", event.detail, inWords(event.said)].filter(Boolean).join(": ")}`
  if (event.reason === "Implied") return `${event.action} done, by the removal of ${event.detail ?? "another record"}`
  if (event.reason === "LeftAlone") return `${event.action} done, but for ${event.detail ?? ""}, which is left alone`
  return event.wrote ? `${event.action} done` : `${event.action} done, it stood so already`
}

const grouped = (events: ReadonlyArray<TimelineEvent>): ReadonlyArray<string> => {
  const groups = new Map<string, Array<string>>()
  for (const event of events) {
    const head = `${mark(event)} ${phrase(event)} ${event.entity}`
    const keys = groups.get(head) ?? []
    groups.set(head, keys)
    keys.push(event.key)
  }
  return [...groups].map(
    ([head, keys]) =>
      `    ${head} ${keys.slice(0, 3).join(", ")}${keys.length > 3 ? ` and ${number(keys.length - 3)} more` : ""}`
  )
}

const untilText = (until: number | null): string => (until === null ? "" : ` until run ${until}`)
