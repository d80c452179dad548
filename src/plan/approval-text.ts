import type { ApprovalUse } from "./plan.ts"
import { number } from "../core/number.ts"
import { stepsInWords } from "./report.ts"

/**
 * The effect of approvals on a plan, for people: one sentence each, and why steps about the records that they name are
 * held again.
 */
export const approvalSentences = (approvals: ReadonlyArray<ApprovalUse>): ReadonlyArray<string> =>
  approvals.flatMap((use) => [
    `${use.id} by ${use.approved_by}, good until ${use.expires_at}: ${use.why} (${stepsInWords(use.steps)} released)`,
    ...(use.held_again === 0
      ? []
      : [`${stepsInWords(use.held_again)} about records that ${use.id} names wait all the same`]),
    ...use.because.map((why) => `! ${why}`),
    ...(use.held_again > use.because.length ? [`and ${number(use.held_again - use.because.length)} more`] : [])
  ])

/** The same under its heading; no lines where no approval has a say. */
export const approvalLines = (approvals: ReadonlyArray<ApprovalUse>): ReadonlyArray<string> =>
  approvals.length === 0 ? [] : ["APPROVED", ...approvalSentences(approvals).map((one) => `  ${one}`), ""]
