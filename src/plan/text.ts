import { textTable } from "../core/text-table.ts"
import { approvalLines } from "./approval-text.ts"
import { noStepsSay, partSays, quarantinedSays } from "./extent-text.ts"
import { completeSays, deltaSentences } from "./delta-text.ts"
import { holdsByGuard } from "./holds-by-guard.ts"
import { approveCommands, heldFor } from "./in-short.ts"
import type { IsPersonal } from "./mask.ts"
import { notReadSentences } from "./not-read-text.ts"
import { restSays } from "./rest-text.ts"
import { rowsSay } from "./rows-text.ts"
import {
  type EntityPlanCounts,
  type Hold,
  type PlanAction,
  planActions,
  type PlanFile,
  type PlanStep,
  type QuarantineCount
} from "./plan.ts"
import { quarantineCauses } from "./quarantine-causes.ts"
import { removalCounts, removalsIn } from "./removals.ts"
import { number } from "../core/number.ts"
import { gateSentences, stepsInWords } from "./report.ts"
import { undoLines } from "./undo-text.ts"
import { whatIfSays } from "./what-if-text.ts"
import { inOneLine } from "../core/visible.ts"

/** How much of a plan is shown. */
export interface TextOptions {
  /** Whether values of personal fields, and labels, are shown. */
  readonly reveal: boolean
  readonly isPersonal: IsPersonal
}

/**
 * A plan for people, under a screen for a normal night: what is held first, then what is taken away, then the counts,
 * then what there is to know of the source, then the quarantine.
 */
export const renderPlan = (plan: PlanFile): string => {
  const lines = [`Plan ${plan.plan_id} of ${plan.pipeline}, as of ${plan.as_of}, good until ${plan.expires_at}`, ""]
  const whatIf = whatIfSays(plan)
  if (whatIf !== null) lines.push(whatIf, "")
  const part = partSays(plan)
  if (part !== null) lines.push(part, "")
  lines.push(...undoLines(plan))
  if (plan.holds.length > 0) lines.push(`HELD ${heldFor(plan)}`, ...holdLines(plan.holds), ...approvingLines(plan), "")
  if (removalsIn(plan) > 0) lines.push(...removalLines(plan), "")
  lines.push(...approvalLines(plan.approvals))
  if (plan.gates.length > 0) {
    lines.push("CLOSED GATES", ...gateSentences(plan).map((one) => `  ${one}`), "")
  }
  if (plan.unknown.length > 0) {
    lines.push("UNKNOWN", ...plan.unknown.map((one) => `  ${one}`), "")
  }
  lines.push(plan.steps.count === 0 ? noStepsSay(plan) : "Changes")
  if (plan.steps.count > 0) lines.push(...countsTable(plan.counts, part === null))
  // These are counts of everything, and the plan is not.
  lines.push(...(part === null ? restLines(plan) : []), "")
  if (plan.source.length > 0) lines.push("Source", ...sourceTable(plan), "")
  if (part === null && plan.skipped.length > 0) {
    lines.push("Not sent", ...textTable(plan.skipped.map((one) => [`${one.entity}: ${one.say}`, number(one.rows)])), "")
  }
  if (part === null && plan.warnings.length > 0) {
    lines.push(
      "Warnings",
      ...textTable(plan.warnings.map((one) => [`${one.entity}: ${one.say}`, number(one.rows)])),
      ""
    )
  }
  if (part === null && plan.quarantine.length > 0) lines.push("Quarantine", ...quarantineLines(plan.quarantine), "")
  for (const one of rowsSay(plan)) lines.push(one, "")
  const rest = restSays(plan)
  if (rest !== null) lines.push(rest, "")
  const notRead = notReadSentences(plan)
  if (notRead.length > 0) lines.push("NOT READ", ...notRead.map((one) => `  ${one}`), "")
  return lines.join("\n")
}

/** Counts of records at the target that have no step. */
const restLines = (plan: PlanFile): ReadonlyArray<string> => {
  const sum = (of: "unchanged" | "covered" | "keptThoughGone"): number =>
    plan.counts.reduce((total, count) => total + count[of], 0)
  const quarantined = quarantinedSays(plan)
  const [covered, kept] = [sum("covered"), sum("keptThoughGone")]
  return [
    `  ${number(sum("unchanged"))} records unchanged${covered > 0 ? `, ${number(covered)} granted by a cascading role` : ""}${
      kept > 0 ? `, ${number(kept)} gone at the source and kept` : ""
    }`,
    ...(quarantined === null ? [] : [`  ${quarantined}`])
  ]
}

const holdLines = (holds: ReadonlyArray<Hold>): ReadonlyArray<string> =>
  holdsByGuard(holds).flatMap(({ guard, holds }) => [
    ...holds
      .slice(0, 10)
      .flatMap((hold) => [
        inOneLine(`  ${hold.id}  ${guard}: ${hold.say} (${stepsInWords(hold.steps)})`),
        ...(hold.details ?? []).map((line) => `          ${inOneLine(line)}`)
      ]),
    ...(holds.length > 10 ? [`  and ${holds.length - 10} more holds of ${guard}`] : [])
  ])

const approvingLines = (plan: PlanFile): ReadonlyArray<string> => {
  const [approve] = approveCommands(plan)
  return approve === undefined ? [] : [`  ${approve} releases what is held`]
}

const removalLines = (plan: PlanFile): ReadonlyArray<string> => [
  `REMOVALS: ${number(removalsIn(plan))} of ${stepsInWords(plan.steps.count)}`,
  ...textTable(removalCounts(plan).map((one) => [`${one.action} ${one.entity}`, number(one.steps)]))
]

const quarantineLines = (counts: ReadonlyArray<QuarantineCount>): ReadonlyArray<string> => {
  const causes = quarantineCauses(counts)
  const shown = causes.slice(0, 8)
  return [
    ...textTable(
      shown.map(({ rule, entities, rows, dependents }) => [
        `${entities.join(", ")}: ${rule}`,
        number(rows),
        dependents === 0 ? "" : `and ${number(dependents)} that depend on ${rows === 1 ? "it" : "them"}`
      ])
    ),
    ...(causes.length > shown.length ? [`  and ${causes.length - shown.length} more rules`] : []),
    "  rollbook quarantine lists them with the reasons"
  ]
}

/** Some steps, one block each: what, why, and each field before and after. */
export const renderSteps = (list: ReadonlyArray<PlanStep>, options: TextOptions): string =>
  list
    .map((step) => {
      const head = `${symbol(step.action)} ${step.action} ${step.entity} ${step.key}${
        step.label !== null && options.reveal ? ` (${step.label})` : ""
      }${step.hold === null ? "" : ` [${step.hold}]`}${step.approval === null ? "" : ` [${step.approval}]`}${step.gate === null ? "" : ` [stopped: ${step.gate}]`}: ${step.reason}`
      const fields = step.changed
        .filter((field) => step.after !== null && (step.action !== "create" || step.after[field] !== null))
        .map((field) => `    ${field}: ${change(step, field, options)}`)
      const theirs = Object.entries(step.edited ?? {}).map(
        ([field, value]) => `    ${field} stands there as: ${shownValue(step.entity, field, value, options)}`
      )
      return [inOneLine(head), ...fields, ...theirs].join("\n")
    })
    .join("\n")

/** A value as it may be shown; one that is not there is told from one that is masked. */
export const shownValue = (
  of: string,
  field: string,
  value: string | null | undefined,
  options: TextOptions
): string =>
  value === null || value === undefined
    ? "(none)"
    : !options.reveal && options.isPersonal(of, field, value)
      ? "***"
      : JSON.stringify(value)

const change = (step: PlanStep, field: string, options: TextOptions): string => {
  const shown = (value: string | null | undefined): string => shownValue(step.entity, field, value, options)
  const after = shown(step.after?.[field])
  return step.before === null ? after : `${shown(step.before[field])} -> ${after}`
}

const symbol = (action: PlanAction): string => {
  switch (action) {
    case "create":
    case "restore":
      return "+"
    case "adopt":
    case "rekey":
    case "update":
    case "forget":
      return "~"
    case "deactivate":
    case "unenroll":
    case "delete":
      return "-"
    case "unknown":
      return "?"
  }
}

const countsTable = (counts: ReadonlyArray<EntityPlanCounts>, isWhole: boolean): ReadonlyArray<string> => {
  const used = planActions.filter((action) => counts.some((count) => (count.actions[action] ?? 0) > 0))
  const busy = counts.filter((count) => used.some((action) => (count.actions[action] ?? 0) > 0))
  const head = ["", ...used, "held", ...(isWhole ? ["unchanged"] : [])]
  const rows = busy.map((count) => [
    count.entity,
    ...used.map((action) => (count.actions[action] === undefined ? "" : number(count.actions[action] ?? 0))),
    count.held === 0 ? "" : number(count.held),
    ...(isWhole ? [number(count.unchanged)] : [])
  ])
  return textTable([head, ...rows])
}

const sourceTable = (plan: PlanFile): ReadonlyArray<string> => [
  ...textTable([
    ["", "rows", "became", "not wanted", "quarantine", "complete"],
    ...plan.source.map((source) => [
      source.dataset,
      number(source.rows),
      number(source.became),
      number(source.unwanted),
      number(source.quarantined),
      completeSays(source)
    ])
  ]),
  ...plan.source.flatMap((source) => [
    ...source.doubts.map((doubt) => `  ! ${source.dataset}: ${doubt}`),
    ...source.warnings.map((warning) => `  ${source.dataset}: ${warning}`)
  ]),
  ...deltaSentences(plan).map((one) => `  ${one}`)
]
