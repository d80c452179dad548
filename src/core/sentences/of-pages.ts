/** Sentences for whoever works with the pages: about grade books, refusals, and connected systems. */

/** Why an item does not go, and what is to be done by hand. */
export const ofGrades = {
  "item.kept-back": "somebody keeps it back",
  "item.released": "somebody let it go: the next run judges it anew",
  "item.not-judged": "no run has judged it yet",
  "item.old": "not read in the last run: what is known of it is of {at:t}",
  "item.old-earlier": "not read in the last run: what is known of it is of an earlier one",
  "item.waits": "waits:",
  "item.waits-approval": "it waits for approval",
  "cleanup.deleted": "its item was deleted in {system}",
  "cleanup.recreated":
    "its item was deleted in {system} and made anew as {twin}, an assignment of its own: a duplicate, or refused by the SIS until this one is gone",
  "cleanup.turned-away": "its item can no longer be sent:",
  "cleanup.not-eligible": "its item no longer goes:",
  "cleanup.cleared": "scores were cleared in {system}",
  "cleanup.scores-why": "scores no longer go:",
  "cleanup.scores": "scores no longer go"
} as const

/** Why something is not done or shown. */
export const ofRefusals = {
  "refused.not-switchable": "the file of the pipeline does not let that be set: load.gates.switchable does not name it",
  "refused.no-time": "the freeze must begin and end on days there are, in that order",
  "refused.no-such-freeze": "that freeze is taken away already",
  "refused.schedule-alone": "the pipeline runs by its schedule alone: on_demand is switched off",
  "refused.export-off": "exporting on demand is switched off",
  "refused.not-managed":
    "no course of section {section} is managed by rollbook: it was created manually in {system}, or the roster has not brought it there yet. `rollbook run roster` brings it; sections are named by SIS id or by full name",
  "refused.session-unknown": "the pipeline {pipeline} knows no academic session {session}, so it exports nothing of it",
  "refused.which-platform":
    "several learning platforms are connected ({connections}): the course is to be written as {example}",
  "refused.no-audit": "the audit trail cannot be written, so nothing is shown or done",
  "refused.no-audit-reveal": "the audit trail cannot be written, so nothing is revealed",
  "refused.no-audit-end": "the audit trail cannot be written, so nothing is ended",
  "refused.unconfirmed":
    "the learning platform does not answer at this moment, so it is not known whether you still may do this: nothing was done. Try again in some minutes",
  "refused.sign-in-silent":
    "the district's sign-in does not answer at this moment, so it is not known whether you still may do this: nothing was done. Try again in some minutes",
  "refused.gone":
    "whoever asked for it is signed out by now, and nobody else can say whether they still may: nothing was done",
  "refused.lost": "whoever asked for it has no longer the right for it: nothing was done",
  "refused.not-kept": "the approval cannot be kept at this moment, so nothing is approved",
  "refused.at-work": "a run is at work and holds the state: ask again when it has ended",
  "refused.invalid": "a definition is not valid: Configuration says what is wrong where",
  "refused.no-state": "the state cannot be read at this moment",
  "refused.no-pipelines": "the pipelines cannot be read at this moment",
  "refused.what-if": "it is a what-if over the rows of run {run:n}. `rollbook plan {pipeline}` makes one to approve",
  "refused.what-if-apply":
    "it is a what-if over the rows of run {run:n}. `rollbook plan {pipeline}` makes one to apply",
  "refused.expired-apply": "it was good until {at:t}. Plan again",
  "refused.expired": "it was good until {at:t}. Plan again, and approve what that plan holds",
  "refused.nothing-held": "nothing of it is held",
  "refused.no-such-hold": "it has no {holds}; it has {others}",
  "refused.unknown": "what is unknown cannot be approved:",
  "refused.unproven":
    "the source was not proven complete, so that what seems gone may only not have been read. Find out why first; --even-unproven approves it all the same:",
  "refused.carried-out": "all of it was carried out already, by run {runs}",
  "refused.nothing-of-place": "no held step is of that school or section",
  "refused.nothing-of-choice": "no held step is of that choice",
  "refused.other-hold-of-place": "{holds} has no step of that school or section; those held there are of {others}",
  "refused.other-hold-of-choice": "{holds} has no step of that choice; those held there are of {others}"
} as const

/** Deeds of people through the service, as the audit trail has them. */
export const ofTrail = {
  "trail.by-link": "signed in by link",
  "trail.by-oidc": "signed in by oidc",
  "trail.by-lti": "signed in by lti",
  "trail.signed-out": "signed out",
  "trail.session-ended": "session ended: the learning platform gives other rights by now",
  "trail.sign-in-ended": "session ended: the district's sign-in gives other rights by now",
  "trail.revoked": "revoked",
  "trail.approve": "approve",
  "trail.export": "export grades",
  "trail.run": "run update now",
  "trail.reveal-run": "reveal a run",
  "trail.reveal-steps": "reveal steps of a plan",
  "trail.reveal-export": "reveal an export",
  "trail.reveal-audit": "reveal in the audit log",
  "trail.reveal-cleanup": "reveal in the clean-up",
  "trail.other-site": "refused: another site asked in their name",
  "trail.unconfirmed": "refused: the learning platform does not answer",
  "trail.sign-in-silent": "refused: the district's sign-in does not answer",
  "trail.refused": "refused: {why}",
  "trail.on": "set beside the file: {name} on, {why}",
  "trail.off": "set beside the file: {name} off, {why}",
  "trail.as-written": "set beside the file: {name} as the file says, {why}",
  "trail.freeze": "set beside the file: freeze",
  "trail.thaw": "set beside the file: thaw"
} as const

/** Findings of probes. */
export const ofProbes = {
  "probe.me": "the app runs as a user of the tenant",
  "probe.no-zone": "the tenant does not say its time zone",
  "probe.other-zone": "{zone}, and the pipelines have {wanted}: {system} shows dates in its own",
  "probe.none-named": "the pipelines name none",
  "probe.all-there": "all {n:n} that the pipelines name are there",
  "probe.no-roles": "it has no roles {missing}; it has {known}",
  "probe.no-types": "it has no org unit types {missing}; it has {known}",
  "probe.data-sets": "scores can be read from them, as of {at:t}",
  "probe.data-sets-gap": "scores can be read from them, as of {at:t}; a later differential extract is missing",
  "probe.known": "the server knows them",
  "probe.not-read": "nothing was read, so nothing says whether they are good",
  "probe.first-page": "{rows:n} rows in the first page",
  "probe.announced": "{rows:n} rows announced",
  "probe.no-rows": "it holds no rows: how it pages cannot be told",
  "probe.order": "rows come in the order of {key}",
  "probe.no-order": "rows come in no order of keys: pages are read one by one",
  "probe.more-than-asked": "it sends more rows than it is asked for",
  "probe.no-offset": "it takes no notice of the offset: it sends the same rows again",
  "probe.fewer": "it gives {rows:n} rows at most, where {asked:n} were asked for",
  "probe.pages": "pages of {rows:n}, moved on by the offset",
  "probe.totals": "it announces how many rows there are",
  "probe.wrong-total": "it announces {total:n} rows and sends more",
  "probe.no-totals": "it announces no totals: the end is known by an empty page",
  "probe.end-error": "past the end it answers with an error:",
  "probe.end": "past the end it sends an empty page",
  "probe.no-fields": "it refuses to select fields: all are read",
  "probe.all-fields": "it sends all fields, whatever is asked",
  "probe.fields": "it sends the fields that are asked for",
  "probe.no-filters": "it refuses filters",
  "probe.blind-filters": "it takes no notice of filters",
  "probe.filters": "it sends what a filter asks for",
  "probe.since": "it filters by {field}",
  "probe.no-since": "it does not filter by {field}",
  "probe.by-delta": "it filters by {field} and counts: it can be read by delta",
  "probe.uncounted": "it filters by {field} and does not count: what asks for changes reads it whole",
  "probe.unfiltered": "it does not filter by {field}: what asks for changes reads it whole",
  "probe.undated": "no record says when it was last modified: what asks for changes reads it whole",
  "probe.leaves-out": "a filter by {field} leaves out a record of that very time: what asks for changes reads it whole",
  "probe.etags":
    "it gives pages ETags, and sends none again that is as it was: with paging.etags true in the connection a night reads less; whether a page that changes gets another ETag, only reading shows",
  "probe.etags-used":
    "it gives pages ETags, and sends none again that is as it was, as paging.etags asks; whether a page that changes gets another ETag, only reading shows",
  "probe.no-etags": "it gives pages no ETags: paging.etags would save nothing",
  "probe.etags-unheeded": "it gives pages ETags, and sends them again all the same: paging.etags would save nothing",
  "probe.etags-new": "it gives the same page another ETag each time: paging.etags would save nothing",
  "probe.etags-blind":
    "it says that a page is as it was whatever ETag it is asked by: they tell nothing, and paging.etags must stay false",
  "probe.etags-moved": "the page changed while it was asked for: whether its ETags tell is not known; probe again",
  "probe.deletions": "records that are to be deleted come marked",
  "probe.no-deletions": "no record is marked to be deleted now",
  "probe.gradebook": "it answers; what it would take in is not tried, for a probe writes nothing"
} as const
