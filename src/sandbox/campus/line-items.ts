import { bodyOf, isDateTime, type Refuse, textIn, withoutUndefined } from "./write-body.ts"
import { type OneRosterRecord, type Records, referredId } from "./records.ts"
import type { CampusSettings } from "./settings.ts"

/** The category of every assignment that came in by 1.1: categories are a section's own in Campus, and none is taken. */
const outsideCategory = "11111111-1111-1111-1111-111111111111"

/**
 * The assignment that a `{"lineItem": {…}}` makes in a section, or a refusal. A category is not taken; a grading period
 * that is not given is the one in which the work is due. Source: Infinite Campus, pushing assignment scores to Campus.
 */
export const lineItemOf = (
  sourcedId: string,
  sent: unknown,
  records: Records,
  settings: CampusSettings,
  refuse: Refuse
): OneRosterRecord => {
  const body = bodyOf(sent, "lineItem", sourcedId, refuse)
  const title = textIn(body, "title", refuse)
  if (title === undefined || title.trim() === "") throw refuse("invalid data", "The assignment has no title.")
  if (settings.titleLimit !== null && title.length > settings.titleLimit) {
    throw refuse("invalid data", `The title is longer than ${settings.titleLimit} characters.`)
  }
  const section = sectionOf(body, records, refuse)
  if (settings.uniqueTitles && isTaken(title, sourcedId, section.sourcedId, records)) {
    throw refuse("invalid data", "The section has another assignment of this title.")
  }
  if (!isDateTime(body["assignDate"])) throw refuse("invalid data", "The assign date is not a full date and time.")
  if (body["dueDate"] === undefined || body["dueDate"] === null || body["dueDate"] === "") {
    throw refuse("invalid data", "The assignment has no due date.")
  }
  if (!isDateTime(body["dueDate"])) throw refuse("invalid data", "The due date is not a full date and time.")
  const { resultValueMin, resultValueMax } = body
  if (!isNumber(resultValueMin) || !isNumber(resultValueMax)) {
    throw refuse("invalid data", "resultValueMin and resultValueMax are numbers.")
  }
  if (resultValueMax < resultValueMin) throw refuse("invalid data", "resultValueMax is less than resultValueMin.")
  const gradingPeriod = gradingPeriodOf(body, body["dueDate"], section.record, records, settings, refuse)
  return withoutUndefined({
    sourcedId,
    status: "active",
    dateLastModified: new Date().toISOString(),
    metadata: body["metadata"],
    title,
    description: textIn(body, "description", refuse),
    assignDate: body["assignDate"],
    dueDate: body["dueDate"],
    class: { sourcedId: section.sourcedId },
    category: { sourcedId: outsideCategory },
    gradingPeriod: { sourcedId: gradingPeriod },
    resultValueMin,
    resultValueMax
  })
}

const sectionOf = (
  body: OneRosterRecord,
  records: Records,
  refuse: Refuse
): { readonly sourcedId: string; readonly record: OneRosterRecord } => {
  const id = referredId(body, "class")
  if (id === null) throw refuse("invalid data", "The class is not one section.")
  const found = records.get("classes", id)
  if (found === undefined) throw refuse("unknown object", "There is no such section.")
  if (found.record["status"] === "tobedeleted") throw refuse("unknown object", "The section has ended.")
  return found
}

/** Titles are compared as the database of Campus compares text: without regard to case. */
const isTaken = (title: string, sourcedId: string, sectionId: string, records: Records): boolean =>
  records
    .referring("lineItems", "class", sectionId)
    .some(
      (other) => other.sourcedId !== sourcedId && String(other.record["title"]).toLowerCase() === title.toLowerCase()
    )

/** The grading period of the work, which must lie in an open term of the section. */
const gradingPeriodOf = (
  body: OneRosterRecord,
  dueDate: string,
  section: OneRosterRecord,
  records: Records,
  settings: CampusSettings,
  refuse: Refuse
): string => {
  // The day as it stands in UTC: 23:59 of a time zone in the west is the next day here, and the next term at its end.
  const day = new Date(dueDate).toISOString().slice(0, 10)
  const terms = (Array.isArray(section["terms"]) ? section["terms"] : []).flatMap((term: { sourcedId: string }) => {
    const found = records.get("academicSessions", term.sourcedId)
    return found === undefined ? [] : [found]
  })
  const term = terms.find(({ record }) => holds(record, day))
  const period =
    term && records.referring("academicSessions", "parent", term.sourcedId).find(({ record }) => holds(record, day))
  const due = period ?? term
  if (due === undefined) throw refuse("invalid data", "The due date lies in no term of the section.")
  if (isClosed(due.record, records, settings)) throw refuse("forbidden", "The due date lies in a term that is closed.")
  const declared = body["gradingPeriod"]
  if (declared === undefined || declared === null) return due.sourcedId
  const id = referredId(body, "gradingPeriod")
  const named = id === null ? undefined : records.get("academicSessions", id)
  const isOfSection =
    named !== undefined &&
    terms.some((one) => one.sourcedId === id || one.sourcedId === referredId(named.record, "parent"))
  if (named === undefined || !isOfSection) {
    throw refuse("invalid data", "The grading period is not one of the section.")
  }
  if (isClosed(named.record, records, settings)) throw refuse("forbidden", "The grading period is closed.")
  return named.sourcedId
}

/** First and last day are days of the session. */
const holds = (session: OneRosterRecord, day: string): boolean =>
  String(session["startDate"]) <= day && day <= String(session["endDate"])

/** A session is closed with the one in which it lies. */
const isClosed = (session: OneRosterRecord, records: Records, settings: CampusSettings): boolean => {
  const seen = new Set<unknown>()
  let one: OneRosterRecord | undefined = session
  while (one !== undefined && !seen.has(one["sourcedId"])) {
    if (settings.closedSessions.includes(String(one["sourcedId"]))) return true
    seen.add(one["sourcedId"])
    one = records.get("academicSessions", referredId(one, "parent") ?? "")?.record
  }
  return false
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)
