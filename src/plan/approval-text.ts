import type { ApprovalUse } from "./plan.ts"

/** What approvals did to a plan, for people; no lines where none has a say. */
export const approvalLines = (approvals: ReadonlyArray<ApprovalUse>): ReadonlyArray<string> =>
  approvals.length === 0 ? [] : ["APPROVED", ...approvals.flatMap(linesOf), ""]

const linesOf = (use: ApprovalUse): ReadonlyArray<string> => [
  `  ${use.id}  by ${use.approved_by}, good until ${use.expires_at}: ${use.why} (${steps(use.steps)} released)`,
  ...(use.held_again === 0 ? [] : [`    ${steps(use.held_again)} about records that it names wait all the same`]),
  ...use.because.map((why) => `    ! ${why}`),
  ...(use.held_again > use.because.length ? [`    and ${use.held_again - use.because.length} more`] : [])
]

const steps = (count: number): string => (count === 1 ? "1 step" : `${count.toLocaleString("en-US")} steps`)
