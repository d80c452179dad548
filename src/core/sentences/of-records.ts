/** Sentences about single records: why one is turned away or not wanted, where it stands, and how its sending failed. */

/** Why a record is in quarantine or not wanted, where no rule of the pipeline has words for it. */
export const ofQuarantine = {
  "record.missing-column": "{field} is missing",
  "record.none-of": "{field} is none of {values}",
  "record.no-kind": "{field} is not a {kind}: text of {length:n} characters",
  "record.nul": "{field} holds a NUL character",
  "record.structure": "{field} is an object or a list, not a text",
  "record.no-field": "the record has no {field}",
  "record.no-key": "{entity} has no key",
  "record.same-key": "another record has the same key",
  "record.no-match": "no record of {dataset} matches",
  "record.names-none": "names no {entity}",
  "record.no-row": "no {entity} matches",
  "record.not-wanted": "not wanted by {entity}",
  "record.ranks-behind": "another record ranks before it",
  "record.flapping": "came, went or changed in {times:n} or more of the last {runs:n} runs",
  "record.no-date": "this is no date",
  "record.no-entry": "the table has no entry for {value}",
  "record.dangling": "{field} names {entity} {key}, which the source does not hold",
  "record.depends": "depends on {entity} {key}:"
} as const

/** The place of a record at the target, and how it came there, in the audit log. */
export const ofStanding = {
  "standing.created": "stands at the target, created by run {run:n}, last written by run {last:n}",
  "standing.adopted": "stands at the target, adopted by run {run:n}, last written by run {last:n}",
  "standing.created-kept":
    "stands at the target though no longer wanted, created by run {run:n}, last written by run {last:n}",
  "standing.adopted-kept":
    "stands at the target though no longer wanted, adopted by run {run:n}, last written by run {last:n}",
  "standing.left-alone": "what stands is left alone:",
  "standing.gone": "taken away by run {run:n}:",
  "standing.unsure": "perhaps at the target: no answer says whether run {run:n} made it:",
  "standing.nowhere": "not at the target:",
  "standing.quarantine": "in quarantine since run {run:n}, {rule}:",
  "standing.unwanted": "not wanted since run {run:n}:",
  "standing.read": "read by run {run:n},",
  "standing.no-plan": "it was read, and nothing was ever planned for it",
  "standing.no-step": "no plan has a step for it",
  "standing.not-carried-out": "run {run:n} planned to {action} it, and plan {plan} was not carried out",
  "standing.held": "run {run:n} planned to {action} it, and {hold} of plan {plan} holds that",
  "standing.failed": "run {run:n} failed to {action} it, {reason}:",
  "standing.no-state": "there is no state yet: nothing was ever planned or written",
  "standing.nothing-known":
    "no record known by that was ever planned, written or turned away, and no read is kept whose rows could tell more",
  "standing.not-in-read":
    "no record known by that was ever planned, written or turned away, nor does it stand in the rows of run {runs}, the last read that is kept",
  "standing.not-in-reads":
    "no record known by that was ever planned, written or turned away, nor does it stand in the rows of run {runs}, the last reads that are kept"
} as const

/** How the sending of a step ended, where it did not end well. */
export const ofFailures = {
  "failure.Unauthorized": "Unauthorized:",
  "failure.Forbidden": "Forbidden:",
  "failure.NotFound": "NotFound:",
  "failure.Invalid": "Invalid:",
  "failure.Conflict": "Conflict:",
  "failure.Throttled": "Throttled:",
  "failure.Unreachable": "Unreachable:",
  "failure.AnswerLost": "AnswerLost:",
  "failure.Malformed": "Malformed:",
  "failure.Unsupported": "Unsupported:",
  "failure.Misconfigured": "Misconfigured:",
  "failure.Unknown": "Unknown:",
  "failure.DependsOn": "DependsOn:",
  "failure.EditedSince": "EditedSince:",
  "failure.NotWritten": "NotWritten:",
  "failure.LeftAlone": "LeftAlone:",
  "failure.NotShown": "NotShown:",
  "failure.failed": "failed:",
  "failure.stopped": "stopped:",
  "failure.row-not-shown": "its row was handed over at {t:t}, and it does not show at the target",
  "failure.row-not-gone": "its row was handed over at {t:t}, and the target does not show that it is gone",
  "failure.upstream": "{what} does not stand at the target",
  "failure.taken-away": "it was taken away at the target since the plan was made",
  "failure.edited": "changed at the target since the plan was made: {fields}",
  "failure.perhaps-edited": "whether it was changed at the target since the plan was made could not be found out",
  "failure.nothing-stood": "the target answered that it was done, but when it was read back nothing of it stood",
  "failure.approval-withdrawn": "{approval}, by which it would go, was taken back",
  "failure.nightly-off": "the nightly export was switched off while this run was at work",
  "failure.on-demand-off": "exports by people were switched off while this run was at work",
  "failure.switches-unread": "what is set beside the files cannot be read, so nothing more is sent:"
} as const
