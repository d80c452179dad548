import type { PhrasingContent, RootContent } from "mdast"
import { gfmTableToMarkdown } from "mdast-util-gfm-table"
import { toMarkdown } from "mdast-util-to-markdown"
import { visible } from "../core/visible.ts"
import { approvalSentences } from "./approval-text.ts"
import { noStepsSay, nothingIs, partSays, quarantinedSays } from "./extent-text.ts"
import { holdsByGuard } from "./holds-by-guard.ts"
import { heldFor, inShort } from "./in-short.ts"
import { planActions, type PlanFile, type PlanStep, removalActions } from "./plan.ts"
import { quarantineCauses } from "./quarantine-causes.ts"
import { removalCounts, removalsIn } from "./removals.ts"
import { number } from "../core/number.ts"
import {
  fieldChanges,
  gateSentences,
  leadingRemovals,
  placeNames,
  type PlanReport,
  schoolChanges,
  standingOf,
  stepsInWords
} from "./report.ts"
import { restSays } from "./rest-text.ts"
import { rowsSay } from "./rows-text.ts"
import { undoHeading, undoSentences } from "./undo-text.ts"
import { completeSays, deltaSentences } from "./delta-text.ts"
import { whatIfSays } from "./what-if-text.ts"

/** Rows of a table, after which the rest is only counted: a pull request is read, not searched. */
const bounds = { holds: 20, removals: 50, schools: 20, courses: 20, sections: 20, others: 5, causes: 20 }

/**
 * A plan for a pull request or a chat, in GitHub's Markdown: what is held first, then what is taken away, then the
 * rest. Text from outside is escaped by the serializer; nobody named in it is notified.
 */
export const renderMarkdown = (report: PlanReport): string => {
  const { plan } = report
  const [whatIf, part, rest] = [whatIfSays(plan), partSays(plan), restSays(plan)]
  return toMarkdown(
    {
      type: "root",
      children: [
        heading(1, `Plan ${plan.plan_id}`),
        paragraph(
          `Pipeline ${plan.pipeline}, as of ${plan.as_of}, good until ${plan.expires_at}. ${stepsInWords(plan.steps.count)}.`
        ),
        ...(part === null ? [] : [paragraph(part)]),
        ...(plan.undo === null ? [] : [heading(2, undoHeading(plan.undo)), ...list(undoSentences(plan))]),
        ...(whatIf === null ? [] : [paragraph(whatIf)]),
        ...(rest === null ? [] : [paragraph(rest)]),
        ...rowsSay(plan).map((one) => paragraph(one)),
        ...short(report),
        ...held(report),
        ...removals(report),
        ...(report.approvedSince.length === 0 ? [] : [heading(2, "Approvals given"), ...list(report.approvedSince)]),
        ...(plan.approvals.length === 0 ? [] : [heading(2, "Approved"), ...list(approvalSentences(plan.approvals))]),
        ...(plan.gates.length === 0 ? [] : [heading(2, "Closed gates"), ...list(gateSentences(plan))]),
        ...(plan.unknown.length === 0 ? [] : [heading(2, "Unknown"), ...list(plan.unknown)]),
        ...counts(plan),
        ...places(report),
        ...otherSteps(report),
        // Counts of everything are not counts of the part.
        ...(part === null ? quarantine(plan) : []),
        ...source(plan)
      ]
    },
    { extensions: [gfmTableToMarkdown()], bullet: "-" }
  )
}

const short = ({ plan, summary }: PlanReport): ReadonlyArray<RootContent> => {
  const { commands, people, schools, schoolsLeftOut, verdict } = inShort(plan, summary)
  const left = schoolsLeftOut === 0 ? [] : [`and ${number(schoolsLeftOut)} more schools`]
  const lines = [...people, ...schools, ...left]
  return [
    heading(2, "What happens"),
    paragraph(verdict),
    ...(lines.length === 0 ? [] : list(lines)),
    ...commands.map((command): RootContent => ({ type: "paragraph", children: [...code(command)] }))
  ]
}

const held = ({ plan, summary }: PlanReport): ReadonlyArray<RootContent> => {
  if (plan.holds.length === 0) return [paragraph(nothingIs(plan, "held for approval"))]
  const names = placeNames(summary)
  return [
    heading(2, `Held ${heldFor(plan)}`),
    ...holdsByGuard(plan.holds).flatMap(({ guard, holds, steps }) => [
      heading(3, `${guard.replaceAll("_", " ")}: ${stepsInWords(steps)}`),
      table(
        ["hold", "why", "entity", "school", "section", "found", "allowed", "steps"],
        holds
          .slice(0, bounds.holds)
          .map((hold) => [
            hold.id,
            [hold.say, ...(hold.details ?? [])].join("; "),
            hold.entity,
            names.school(hold.school),
            names.section(hold.section),
            number(hold.value),
            number(hold.limit),
            number(hold.steps)
          ]),
        5
      ),
      ...rest(holds.length, bounds.holds, "holds")
    ])
  ]
}

const removals = ({ plan, summary, steps, filteredTo }: PlanReport): ReadonlyArray<RootContent> => {
  const total = removalsIn(plan)
  if (total === 0) return [paragraph(nothingIs(plan, "removed"))]
  const names = placeNames(summary)
  const listed = steps.filter((step) => removalActions.has(step.action)).length
  const shown = leadingRemovals(steps, bounds.removals)
  return [
    heading(2, `Removals: ${number(total)} of ${stepsInWords(plan.steps.count)}`),
    table(
      ["action", "entity", "steps"],
      removalCounts(plan).map((one) => [one.action, one.entity, number(one.steps)]),
      2
    ),
    ...(filteredTo === null ? [] : [paragraph(`Only ${filteredTo}:`)]),
    ...(shown.length === 0
      ? []
      : [
          table(
            ["action", "entity", "key", "school", "section", "why", "held"],
            shown.map((step) => [
              step.action,
              step.entity,
              code(named(step)),
              names.school(step.school),
              names.section(step.section),
              step.reason,
              standingOf(step)
            ])
          )
        ]),
    ...rest(filteredTo === null ? total : listed, shown.length, "removals")
  ]
}

const counts = (plan: PlanFile): ReadonlyArray<RootContent> => {
  const quarantined = quarantinedSays(plan)
  const stays = quarantined === null ? [] : [paragraph(`${quarantined}.`)]
  if (plan.steps.count === 0) return [paragraph(noStepsSay(plan)), ...stays]
  const used = planActions.filter((action) => plan.counts.some((count) => (count.actions[action] ?? 0) > 0))
  const busy = plan.counts.filter((count) => used.some((action) => (count.actions[action] ?? 0) > 0))
  const cell = (value: number): string => (value === 0 ? "" : number(value))
  return [
    heading(2, "Changes"),
    table(
      ["entity", ...used, "held", ...(plan.part === undefined ? ["unchanged"] : [])],
      busy.map((count) => [
        count.entity,
        ...used.map((action) => cell(count.actions[action] ?? 0)),
        cell(count.held),
        ...(plan.part === undefined ? [number(count.unchanged)] : [])
      ]),
      1
    ),
    ...stays
  ]
}

const places = ({ summary }: PlanReport): ReadonlyArray<RootContent> => {
  if (summary === null || summary.changes.length === 0) return []
  const names = placeNames(summary)
  const schools = schoolChanges(summary)
  const sums = (place: { removed: number; added: number; changed: number; held: number }): ReadonlyArray<string> =>
    [place.removed, place.added, place.changed, place.held].map(number)
  const size = (people: number | null): string => (people === null ? "" : number(people))
  return [
    heading(2, "By school"),
    table(
      ["school", "removed", "added", "changed", "held"],
      schools.slice(0, bounds.schools).map((school) => [school.name, ...sums(school)]),
      1
    ),
    ...rest(schools.length, bounds.schools, "schools"),
    ...(summary.courses.length === 0
      ? []
      : [
          heading(2, "By course"),
          table(
            ["course", "school", "removed", "added", "changed", "held"],
            summary.courses
              .slice(0, bounds.courses)
              .map((course) => [course.name ?? course.id, names.school(course.school), ...sums(course)]),
            2
          ),
          ...rest(summary.coursesTouched, bounds.courses, "courses")
        ]),
    ...(summary.sections.length === 0
      ? []
      : [
          heading(2, "By section"),
          table(
            ["section", "school", "people before", "after", "after, held included", "removed", "added", "changed"],
            summary.sections
              .slice(0, bounds.sections)
              .map((section) => [
                section.name ?? section.id,
                names.school(section.school),
                size(section.before),
                size(section.afterWithoutHeld),
                size(section.after),
                number(section.removed),
                number(section.added),
                number(section.changed)
              ]),
            2
          ),
          ...rest(summary.sectionsTouched, bounds.sections, "sections")
        ])
  ]
}

/** A few of each kind that takes nothing away, with each field before and after. */
const otherSteps = ({ steps, filteredTo, matching }: PlanReport): ReadonlyArray<RootContent> => {
  const taken = new Map<string, number>()
  const shown = steps.filter((step) => {
    if (removalActions.has(step.action)) return false
    const kind = `${step.action} ${step.entity}`
    taken.set(kind, (taken.get(kind) ?? 0) + 1)
    return (taken.get(kind) ?? 0) <= bounds.others
  })
  if (shown.length === 0) return []
  return [
    heading(2, "Some of the other steps"),
    paragraph(
      `Of ${stepsInWords(matching)}${filteredTo === null ? "" : ` (${filteredTo})`}. rollbook show lists them all.`
    ),
    table(
      ["step", "key", "why", "fields", "held"],
      shown.map((step) => [
        `${step.action} ${step.entity}`,
        code(named(step)),
        step.reason,
        fields(step),
        standingOf(step)
      ])
    )
  ]
}

const fields = (step: PlanStep): ReadonlyArray<PhrasingContent> =>
  fieldChanges(step).flatMap(({ field, before, after, standing }, index) => [
    ...words(`${index === 0 ? "" : ", "}${field}: `),
    ...(step.before === null ? [] : [...value(before), ...words(" → ")]),
    ...value(after),
    ...(standing === undefined ? [] : [...words(", where it stands there as "), ...value(standing)])
  ])

const value = (text: string | null): ReadonlyArray<PhrasingContent> =>
  text === null || text === "" ? words(text === null ? "(none)" : "(empty)") : code(text)

const quarantine = (plan: PlanFile): ReadonlyArray<RootContent> => {
  const causes = quarantineCauses(plan.quarantine)
  return [
    ...(plan.skipped.length === 0
      ? []
      : [
          heading(2, "Not sent"),
          table(
            ["entity", "why", "records"],
            plan.skipped.map((one) => [one.entity, one.say, number(one.rows)]),
            2
          )
        ]),
    ...(plan.warnings.length === 0
      ? []
      : [
          heading(2, "Warnings"),
          table(
            ["entity", "what", "records"],
            plan.warnings.map((one) => [one.entity, one.say, number(one.rows)]),
            2
          )
        ]),
    ...(causes.length === 0
      ? []
      : [
          heading(2, "Quarantine"),
          table(
            ["rule", "of", "records", "depend on them"],
            causes
              .slice(0, bounds.causes)
              .map(({ rule, entities, rows, dependents }) => [
                rule,
                entities.join(", "),
                number(rows),
                number(dependents)
              ]),
            2
          ),
          ...rest(causes.length, bounds.causes, "rules")
        ])
  ]
}

const source = (plan: PlanFile): ReadonlyArray<RootContent> =>
  plan.source.length === 0
    ? []
    : [
        heading(2, "Source"),
        table(
          ["dataset", "complete", "rows", "became", "not wanted", "quarantine"],
          plan.source.map((one) => [
            one.dataset,
            completeSays(one),
            ...[one.rows, one.became, one.unwanted, one.quarantined].map(number)
          ]),
          2
        ),
        ...list([
          ...plan.source.flatMap((one) => [...one.doubts, ...one.warnings].map((said) => `${one.dataset}: ${said}`)),
          ...deltaSentences(plan)
        ])
      ]

type TableCell = string | ReadonlyArray<PhrasingContent>

/** Rows under a head; columns from `numbersFrom` on stand to the right. */
const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<TableCell>>,
  numbersFrom = head.length
): RootContent => ({
  type: "table",
  align: head.map((_, column) => (column < numbersFrom ? null : "right")),
  children: [head, ...rows].map((row) => ({
    type: "tableRow",
    children: row.map((cell) => ({
      type: "tableCell",
      children: typeof cell === "string" ? words(cell) : [...cell]
    }))
  }))
})

const heading = (depth: 1 | 2 | 3, text: string): RootContent => ({ type: "heading", depth, children: words(text) })

const paragraph = (text: string): RootContent => ({ type: "paragraph", children: words(text) })

const list = (texts: ReadonlyArray<string>): ReadonlyArray<RootContent> =>
  texts.length === 0
    ? []
    : [
        {
          type: "list",
          spread: false,
          children: texts.map((text) => ({
            type: "listItem",
            spread: false,
            children: [{ type: "paragraph", children: words(text) }]
          }))
        }
      ]

const rest = (all: number, shown: number, what: string): ReadonlyArray<RootContent> =>
  all > shown ? [paragraph(`and ${number(all - shown)} more ${what}`)] : []

/** A forge takes `@name` for a person to notify, unless something stands between. */
const words = (text: string): Array<PhrasingContent> => [
  { type: "text", value: visible(text.replaceAll(/\s+/g, " ")).replaceAll(/@(?=\w)/g, "@\u200B") }
]

const code = (text: string): ReadonlyArray<PhrasingContent> => [
  { type: "inlineCode", value: visible(text.replaceAll(/\s+/g, " ")) }
]

const named = (step: PlanStep): string => (step.label === null ? step.key : `${step.key} (${step.label})`)
