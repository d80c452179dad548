import { textTable } from "../core/text-table.ts"
import type { PlanAction, PlanFile } from "./plan.ts"
import { shownValue, type TextOptions } from "./text.ts"
import { number } from "../core/number.ts"
import { inOneLine } from "../core/visible.ts"

/** One record whose step is not the same in two plans. */
export interface StepDifference {
  readonly entity: string
  readonly key: string
  /** `added` = only the second plan has a step for it; `gone` = only the first; `changed` = both, and not the same. */
  readonly how: "added" | "gone" | "changed"
  readonly first: DifferingStep | null
  readonly second: DifferingStep | null
  /** Fields that a changed step wants otherwise. Empty where action or hold alone differ. */
  readonly fields: ReadonlyArray<string>
}

export interface DifferingStep {
  readonly action: PlanAction
  readonly reason: string
  readonly hold: string | null
  readonly before: Readonly<Record<string, string | null>> | null
  readonly after: Readonly<Record<string, string | null>> | null
}

/** Steps of one entity and action in two plans. `changed` are counted under the second plan's action. */
export interface DifferenceCount {
  readonly entity: string
  readonly action: PlanAction
  readonly first: number
  readonly second: number
  readonly added: number
  readonly gone: number
  readonly changed: number
}

/** The difference of two plans. A step is that of a record: it is the same when action, fields and hold are. */
export interface PlanDifference {
  readonly first: PlanFile
  readonly second: PlanFile
  /** Only where something differs. */
  readonly counts: ReadonlyArray<DifferenceCount>
  /** Records in quarantine per entity and rule, only where they differ. */
  readonly quarantine: ReadonlyArray<{
    readonly entity: string
    readonly rule: string
    readonly first: number
    readonly second: number
  }>
  /** Added, gone and changed steps in all. */
  readonly differing: number
  /** At most as many of them as were asked for: gone first, then added, then changed. */
  readonly steps: ReadonlyArray<StepDifference>
}

/** A difference for people. */
export const renderDifference = (difference: PlanDifference, options: TextOptions): string =>
  [
    heading("first ", difference.first),
    heading("second", difference.second),
    "",
    ...(difference.differing === 0
      ? ["The two plans hold the same steps."]
      : ["Steps", ...textTable(countRows(difference))]),
    ...(difference.quarantine.length === 0 ? [] : ["", "Quarantine", ...textTable(quarantineRows(difference))]),
    ...(difference.steps.length === 0 ? [] : ["", ...difference.steps.flatMap((step) => stepLines(step, options))])
  ].join("\n")

/** A difference as Markdown, for a pull request or a chat. */
export const renderDifferenceMarkdown = (difference: PlanDifference, options: TextOptions): string =>
  [
    `## ${cell(difference.first.plan_id)} → ${cell(difference.second.plan_id)}`,
    "",
    `- ${cell(heading("first", difference.first))}`,
    `- ${cell(heading("second", difference.second))}`,
    "",
    ...(difference.differing === 0
      ? ["The two plans hold the same steps."]
      : ["### Steps", "", ...markdownTable(countRows(difference))]),
    ...(difference.quarantine.length === 0
      ? []
      : ["", "### Quarantine", "", ...markdownTable(quarantineRows(difference))]),
    ...(difference.steps.length === 0
      ? []
      : ["", "### Step by step", "", ...fenced(difference.steps.flatMap((step) => stepLines(step, options)))])
  ].join("\n")

const heading = (which: string, plan: PlanFile): string =>
  `${which} ${plan.plan_id}, run ${plan.run}, as of ${plan.as_of}${
    plan.from_run === undefined ? "" : `, a what-if over the rows of run ${plan.from_run}`
  }: ${number(plan.steps.count)} steps`

const countRows = ({ counts }: PlanDifference): ReadonlyArray<ReadonlyArray<string>> => [
  ["entity", "action", "first", "second", "gone", "added", "changed"],
  ...counts.map((one) => [
    one.entity,
    one.action,
    ...[one.first, one.second, one.gone, one.added, one.changed].map((count) => (count === 0 ? "" : number(count)))
  ])
]

const quarantineRows = ({ quarantine }: PlanDifference): ReadonlyArray<ReadonlyArray<string>> => [
  ["rule", "first", "second"],
  ...quarantine.map((one) => [`${one.entity}: ${one.rule}`, number(one.first), number(one.second)])
]

const stepLines = (one: StepDifference, options: TextOptions): ReadonlyArray<string> => {
  const step = one.second ?? one.first
  if (step === null) return []
  const sign = { added: "+", gone: "-", changed: "~" }[one.how]
  const held = (of: DifferingStep): string => (of.hold === null ? "" : ` [${of.hold}]`)
  const action =
    one.first !== null &&
    one.second !== null &&
    `${one.first.action}${held(one.first)}` !== `${one.second.action}${held(one.second)}`
      ? `${one.first.action}${held(one.first)} -> ${one.second.action}${held(one.second)}`
      : `${step.action}${held(step)}`
  const shown = (field: string, value: string | null | undefined): string =>
    shownValue(one.entity, field, value, options)
  return [
    inOneLine(`${sign} ${action} ${one.entity} ${one.key}: ${step.reason}`),
    ...one.fields.map(
      (field) =>
        `    ${field}: ${shown(field, one.first?.after?.[field])} -> ${shown(field, one.second?.after?.[field])}`
    )
  ]
}

const markdownTable = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const line = (cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`
  const [head = [], ...body] = rows
  return [line(head), line(head.map(() => "---")), ...body.map(line)]
}

/** Text that stays text in Markdown, on one line. */
const cell = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*[\]|]/g, "\\$&")

/** A block that its own content cannot close. */
const fenced = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const fence = "`".repeat(
    Math.max(3, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length + 1))
  )
  return [`${fence}diff`, ...lines, fence]
}
