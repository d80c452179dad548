/**
 * Sentences about a plan: why steps wait, why the read is in doubt, and why a step is there. A name once used keeps its
 * meaning: sentences of earlier plans are known by it. How a sentence is written stands in `core/told.ts`.
 */

/** Why guards hold steps. */
export const ofHolds = {
  "hold.changed": "{value:n} of {present:n} {entity} would be changed; {limit:n} {limit?is|are} allowed",
  "hold.gone": "{value:n} of {present:n} {entity} would be removed; {limit:n} {limit?is|are} allowed",
  "hold.many-guardians": "{over:n} {over?student|students} would have more than {limit:n} guardians, {most:n} at most",
  "hold.many-students": "{over:n} {over?guardian|guardians} would have more than {limit:n} students, {most:n} at most",
  "hold.upstream-removals": "{entity} to which held removals refer",
  "hold.edited": "these {entity} steps would overwrite values at the target that rollbook did not write",
  "hold.edited-perhaps":
    "whether these {entity} steps would overwrite changes made at the target could not be found out",
  "hold.empty": "no {entity} is left where {present:n} stand",
  "hold.flapping":
    "{value:n} {entity} came, went or changed in {times:n} or more of the last {runs:n} runs: their removal waits",
  "hold.upstream-updates": "{entity} that may change only because of what is gone and held",
  "hold.identity":
    "{field}, by which {entity} are known, would change in {value:n} of {present:n}; {limit:n} may change in a night",
  "hold.incomplete": "{value:n} removals of {entity} wait, because the source was not proven complete:",
  "hold.incomplete-change": "{value:n} changes of {entity} wait, because it is made from what was not proven complete:",
  "hold.per-school": "school {school} would lose {value:n} of {present:n} {entity}; {limit:n} {limit?is|are} allowed",
  "hold.per-section": "section {section} would fall from {present:n} to {after:n} {entity}; it may lose {limit:n}",
  "hold.pipeline-edited-gone":
    "{value:n} of {present:n} {entity} would be removed, and the pipeline was edited since run {run:n}",
  "hold.pipeline-edited": "{value:n} of {present:n} {entity} change, and the pipeline was edited since run {run:n}",
  "hold.other-engine-gone":
    "{value:n} of {present:n} {entity} would be removed, and the engine is another one since run {run:n}",
  "hold.other-engine": "{value:n} of {present:n} {entity} change, and the engine is another one since run {run:n}",
  "hold.rekey":
    "{gone:n} {entity} that {gone?is|are} gone and {fresh:n} new may be the same under a new key: people must say so",
  "hold.rekey-roster":
    "{gone:n} {entity} that {gone?is|are} gone and {fresh:n} new may be the same under a new key, but share {shared}% of a roster at most: people must say so",
  "hold.school-growth":
    "school {school} would gain {value:n} {entity} to its {present:n}; {limit:n} {limit?is|are} allowed",
  "hold.section-growth":
    "{value:n} {entity} would land in section {section}, which would go from {present:n} to {after:n}; {limit:n} may come, and {rows:n} be in it",
  "hold.students": "{value:n} {value?student is|students are} left with no class, of {all:n} in one; {limit:n} may be",
  "hold.students-of-school":
    "in school {school} {value:n} {value?student is|students are} left with no class, of {all:n} in one; {limit:n} may be",
  "hold.name-conflict": "these {entity} are to have a {fields} that another record keeps: change one of the two",
  "hold.teachers": "{value:n} {value?teacher loses|teachers lose} every student, of {all:n} who teach; {limit:n} may",
  "hold.unknown": "it is not known what these {entity} steps would do; what refers to them waits with them",
  "hold.unusual-removals":
    "{value:n} {entity} would be removed, where the last {runs:n} good runs let {most:n} through at most; {limit:n} {limit?is|are} allowed",
  "hold.unusual-additions":
    "{value:n} {entity} would be added, where the last {runs:n} good runs let {most:n} through at most; {limit:n} {limit?is|are} allowed",
  "hold.shared": "of what this guard found, {steps:n} {steps?is|are} under {hold}",
  "hold.teacher": "{teacher}, who teaches {classes}",
  "hold.teacher-of-more": "{teacher}, who teaches {classes} and {more:n} more",
  "hold.more-teachers": "and {more:n} more {more?teacher|teachers}",
  "hold.more-people": "{people} and {more:n} more",
  "hold.places":
    "{steps:n} {steps?step|steps}: the places of {teachers:n} {teachers?teacher|teachers} and {students:n} {students?student|students}",
  "hold.places-of-students": "{steps:n} {steps?step|steps}: the places of {students:n} {students?student|students}",
  "hold.places-of-teachers": "{steps:n} {steps?step|steps}: the places of {teachers:n} {teachers?teacher|teachers}"
} as const

/** Reasons for which a read may not have been whole. */
export const ofReads = {
  "read.no-end": "the end of the data was not recognised",
  "read.moved": "records moved from page to page while it was read",
  "read.total-changed": "the total changed while reading, from {from:n} to {to:n}",
  "read.fewer": "the server announced {total:n} rows and {rows:n} different ones were read",
  "read.not-landed": "{received:n} rows were received and {landed:n} were landed",
  "read.keyless": "{rows:n} {rows?row has|rows have} no id that can be read, and may be any that {rows?is|are} missing",
  "read.empty": "no rows, where the last good run read {rows:n}",
  "read.no-totals": "it announces no total, and did when it was probed; ask the provider, then `rollbook probe` again",
  "read.no-order": "it does not sort, and did when it was probed; ask the provider, then `rollbook probe` again",
  "read.nameless":
    "{rows:n} {rows?row|rows} in quarantine {rows?does|do} not say which {entity} {rows?it is|they are}, and may be any that {rows?is|are} missing",
  "read.turned-away":
    "{rows:n} of {all:n} rows were turned away for one reason, {why}; expect.turned_away allows {limit:n}"
} as const

/** Why what a system lists of itself was not gone by, where it is to be. */
export const ofListings = {
  "listed.not-read": "what the system lists itself could not be taken, so that all was asked for:",
  "listed.too-old":
    "what the system lists itself is as of {at:t}, and everything is read whole every {days:n} {days?day|days}: all was asked for",
  "listed.empty": "what the system lists itself has no record of these, where some are known: all was asked for",
  "listed.other-news":
    "whole_with names what the system does not list itself, so that its lists tell nothing of these: all was asked for",
  "listed.gap": "{name}, as the system lists it:",
  "listed.left":
    "{parts:n} {parts?part was|parts were} asked for as ever: what the system lists of {parts?it|them} is older than what is known, or is not all"
} as const

/** Questions that planning could not answer. */
export const ofUnknowns = {
  "unknown.stands": "whether {n:n} {entity} stand at the target already:",
  "unknown.which": "which record of the target {n:n} {entity} are is not certain",
  "unknown.edited": "whether {n:n} {entity} were changed at the target since they were last written:",
  "unknown.sample": "whether {n:n} of {all:n} {entity} were changed at the target since: only a sample was looked at",
  "unknown.role":
    "{n:n} {entity} would have the role {role} at the organization itself, where it cascades on this tenant into every school, and waits. Give such people another role there in the pipeline, or let the role cascade no more"
} as const

/** Why a step is there. */
export const ofSteps = {
  "step.new": "new at the source",
  "step.changed": "changed at the source: {fields}",
  "step.back": "back at the source",
  "step.back-unsure": "back at the source: whether its removal was carried out is not known",
  "step.missing": "missing at the target",
  "step.again": "sent again: whether its last sending was carried out is not known",
  "step.gone": "no longer at the source",
  "step.unwanted": "no longer wanted",
  "step.unwanted-why": "no longer wanted:",
  "step.adopted": "stands at the target already, known by its {field}",
  "step.several": "several records of the target have its {field}",
  "step.shared": "several source records match one record of the target",
  "step.not-asked": "whether it stands at the target already could not be found out",
  "step.not-asked-yet": "whether it stands at the target already is not known before what it belongs to is",
  "step.role-reaches-down": "the role {role} reaches down into everything below the organization",
  "step.known-before": "known as {key} before, by its {field}",
  "step.went-over": "known as {key} before",
  "step.perhaps-known-before":
    "its {field} is that of {former}, no longer wanted, and whether they are one is not certain",
  "step.known-again": "known again by {fields}; its key was {former}",
  "step.name-kept": "its {field} is that of {holder}, which keeps it",
  "step.name-held": "its {field} is that of {holder}, whose change is held",
  "step.taken-away": "it was taken away at the target since",
  "step.overwrites": "overwrites what was changed at the target: {fields}",
  "step.stands": "overwrites what stands at the target, and is not known to have been written: {fields}",
  "step.leaves": "leaves what was changed at the target: {fields}",
  "step.takes-back": "takes back: {action}"
} as const
